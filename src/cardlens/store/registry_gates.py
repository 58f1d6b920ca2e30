"""What must hold before a version is approved: the gates' numbers have their one home here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cardlens.errors import CardlensError
from cardlens.store.registry_figures import Figures

_ROUNDING = 1e-9  # 0.995 - 0.993 is a little more than 0.002 in binary


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate: what it is called, what was measured, what must hold, and whether it does."""

    name: str
    measured: str
    must: str
    holds: bool

    def __str__(self) -> str:
        """For messages and the log."""
        return f"{self.measured} (must be {self.must})"


@dataclass(frozen=True, slots=True)
class Gates:
    """The settings of approval.

    Attributes:
        int8_loss: R@1 that INT8 may lose against fp32, 0..1 (`CARDLENS_GATE_INT8_LOSS`); 0.002 is 0.2 points.
        artwork_r_at_1: share of unseen cards whose artwork must come first, 0..1 (`CARDLENS_GATE_ARTWORK_R1`).
            0.90 is what the first bundled model reached on whole rendered photos of sets that it never saw; raise it
            with the models.
        samples: number of crops that the figures must rest on (`CARDLENS_GATE_SAMPLES`); with 300 a share near
            0.99 is known to about a point.
    """

    int8_loss: float = 0.002
    artwork_r_at_1: float = 0.90
    samples: int = 150

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Gates:
        """Read `CARDLENS_GATE_*`; raises `CardlensError` for what is no number."""
        env = os.environ if environment is None else environment
        plain = cls()
        return cls(
            int8_loss=_share(env, "CARDLENS_GATE_INT8_LOSS", plain.int8_loss),
            artwork_r_at_1=_share(env, "CARDLENS_GATE_ARTWORK_R1", plain.artwork_r_at_1),
            samples=round(_number(env, "CARDLENS_GATE_SAMPLES", plain.samples)),
        )

    def results(self, record: Mapping[str, Any], embedder: str) -> list[GateResult]:
        """Hold the figures of a version, whose embedder has that digest, against every gate."""
        figures = Figures.from_record(record)
        loss = figures.r_at_1_fp32 - figures.r_at_1_int8
        least = self.artwork_r_at_1
        return [
            GateResult("figures", f"of embedder {figures.embedder[:12]}", embedder[:12], figures.embedder == embedder),
            GateResult(
                "parity",
                f"INT8 loses {100 * loss:.2f} points R@1",
                f"at most {100 * self.int8_loss:.2f}",
                loss <= self.int8_loss + _ROUNDING,
            ),
            GateResult(
                "accuracy",
                f"artwork R@1 {100 * figures.artwork_r_at_1:.2f} %",
                f"at least {100 * least:.2f} %",
                figures.artwork_r_at_1 >= least - _ROUNDING,
            ),
            GateResult(
                "samples", f"{figures.samples:,} crops", f"at least {self.samples:,}", figures.samples >= self.samples
            ),
        ]


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name)
    try:
        number = default if text is None else float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise CardlensError(f"{name}={text!r}: not a number; unset it or give one, such as {name}={default}")
    return number


def _share(env: Mapping[str, str], name: str, default: float) -> float:
    number = _number(env, name, default)
    if number > 1:
        raise CardlensError(f"{name}={env[name]!r}: a share from 0 to 1 is meant, such as {name}={default}")
    return number
