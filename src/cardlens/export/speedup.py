"""How many times faster an INT8 embedder is than its fp32 twin: on one thread and on all, one crop at a time and eight.

All of a call is timed, from pixels to unit vectors. Threads wait for each other after every layer, and there are as
many layers in INT8: the more threads share one crop, the less there is to win. `docs/decisions/0034-speed-of-int8.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.export.parity import open_onnx
from cardlens.export.turns import take_turns
from cardlens.runtimes.base import Bytes

# what a release keeps to, on one thread and one crop at a time, as the service looks at a card
FASTER = 1.6
_THREADS, _CROPS = (1, 0), (1, 8)
_TURNS = 200


@dataclass(frozen=True, slots=True)
class Speedup:
    """Both forms, timed in turns.

    Attributes:
        threads: CPU threads of each; 0 for all cores.
        crops: how many were embedded at once.
        whole, small: median milliseconds a crop, in fp32 and in INT8.
        faster: how many times; the median over turns. A computer that others share changes its speed by half from one
            second to the next: what is milliseconds apart can be compared, medians of different seconds cannot.
    """

    threads: int
    crops: int
    whole: float
    small: float
    faster: float

    def __str__(self) -> str:
        """One line for people."""
        threads = {0: "all cores", 1: "one thread"}.get(self.threads, f"{self.threads} threads")
        crops = "one crop" if self.crops == 1 else f"{self.crops} crops at once"
        spent = f"{self.whole:.2f} ms a crop in fp32, {self.small:.2f} in INT8"
        return f"{threads}, {crops}: {spent}, {self.faster:.2f} times as fast"


@dataclass(frozen=True, slots=True)
class Speedups:
    """In every way of working that was timed; the first is what a release keeps to."""

    ways: tuple[Speedup, ...]

    @classmethod
    def of(cls, whole: Path, small: Path, crop: Bytes, turns: int = _TURNS) -> Speedups:
        """Time two `.onnx` files, fp32 and INT8, on one crop (h, w, 3) uint8 RGB of their size."""
        return cls(tuple(way for threads in _THREADS for way in _timed(whole, small, crop, threads, turns)))

    @property
    def faster(self) -> float:
        """How many times, on one thread and one crop at a time."""
        return self.ways[0].faster

    def verdicts(self) -> Iterator[str]:
        """What is slower than a release is to be, in one line."""
        if self.faster < FASTER:
            shown = f"{self.faster:g} times as fast as fp32 on one thread"
            yield f"INT8: {shown}, less than {FASTER:g}; is something else running?"

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"faster": self.faster, "ways": [asdict(way) for way in self.ways]}


def _timed(whole: Path, small: Path, crop: Bytes, threads: int, turns: int) -> Iterator[Speedup]:
    forms = {"whole": open_onnx(whole, threads), "small": open_onnx(small, threads)}
    for crops in _CROPS:
        spent = {
            name: np.divide(each, crops)
            for name, each in take_turns(forms, [crop] * crops, turns // crops or 1).items()
        }
        one, other = (round(float(np.median(each)), 3) for each in spent.values())
        yield Speedup(threads, crops, one, other, round(float(np.median(spent["whole"] / spent["small"])), 2))
