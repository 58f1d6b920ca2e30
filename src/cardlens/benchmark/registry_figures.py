"""From the benchmark's report to the figures that the registry's gates look at: `figures.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardlens.errors import CardlensError

FILE = "figures.json"
_OURS = "cardlens"
_UNSEEN = "learnt from: no"
_LARGEST = 50_000_000  # bytes; a full report has a few MB


def write_figures(report: dict[str, Any], out: Path) -> Path:
    """Write `figures.json` into `out`, aside and then renamed; raises `CardlensError` where one was not measured."""
    file = out / FILE
    aside = file.with_name(f".{file.name}.partial")
    aside.write_text(json.dumps(picked(report, out), indent=1) + "\n", encoding="utf-8")
    aside.replace(file)
    return file


@dataclass(frozen=True, slots=True)
class Parity:
    """What an embedder finds in fp32 and in INT8, as shares, on so many photos."""

    fp32: float
    int8: float
    photos: int

    @classmethod
    def measured_in(cls, report: dict[str, Any]) -> Parity:
        """Read it from a report; raises `KeyError` or `TypeError` where it was not measured."""
        if report["int8"]["weights"] != "as trained":
            raise KeyError("INT8 against the weights as they were trained")
        plain = report["int8"]["r1"]
        # as it ships: with parts compared, where the model gives them
        shares = report["int8"].get("r1_with_parts") or plain
        return cls(shares["fp32"], shares["int8"], report["int8"]["photos"])


def figures_of(file: Path, parity_of: Callable[[str], Parity] | None = None) -> dict[str, Any]:
    """Pick the registry's figures out of `bench.json`.

    Args:
        file: the report.
        parity_of: gives an embedder's parity by its digest, where it was measured before and not again.

    Raises:
        CardlensError: one was not measured.
    """
    return picked(_read(file), file, parity_of)


def picked(report: dict[str, Any], of: Path, parity_of: Callable[[str], Parity] | None = None) -> dict[str, Any]:
    """Pick them out of a report; `of` names it in an error; the rest as `figures_of`."""
    try:
        embedder = report["about"]["embedder"]
        parity = parity_of(embedder) if parity_of else Parity.measured_in(report)
        unseen = report["photos"][_OURS]["names"][_UNSEEN]["r1"]
        return {
            "embedder": embedder,
            "r_at_1_fp32": parity.fp32,
            "r_at_1_int8": parity.int8,
            "artwork_r_at_1": unseen["value"],
            "int8_loss": round(max(0.0, parity.fp32 - parity.int8), 6),
            "samples": int(min(parity.photos, unseen["count"])),
            "measured_by": f"cardlens bench, seed {report['about']['seed']}",
            "figures_digest": report["about"]["figures_digest"],
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise CardlensError(f"{of}: {error} was not measured; run `cardlens bench --fp32 FILE` again") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        size = file.stat().st_size
        report: dict[str, Any] = json.loads(file.read_bytes()) if size <= _LARGEST else {}
    except (OSError, ValueError) as error:
        raise CardlensError(f"{file}: not a report of `cardlens bench` ({error}); run it again") from error
    return report
