"""How many times faster an INT8 embedder is than its fp32 twin: on one thread and on all, one crop at a time and eight.

All of a call is timed, from pixels to unit vectors. Threads wait for each other after every layer, and there are as
many layers in INT8: the more threads share one crop, the less there is to win. `docs/decisions/0034-speed-of-int8.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
class Speed:
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
class Speeds:
    """In every way of working that was timed; the first is what a release keeps to."""

    ways: tuple[Speed, ...]

    @classmethod
    def of(cls, whole: Path, small: Path, crop: Bytes, turns: int = _TURNS) -> Speeds:
        """Time two `.onnx` files, fp32 and INT8, on one crop (h, w, 3) uint8 RGB of their size."""
        return cls(
            tuple(
                _timed(whole, small, [crop] * count, threads, turns // count or 1)
                for threads in _THREADS
                for count in _CROPS
            )
        )

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


def _timed(whole: Path, small: Path, crops: Sequence[Bytes], threads: int, turns: int) -> Speed:
    forms = {"whole": open_onnx(whole, threads), "small": open_onnx(small, threads)}
    spent = {name: np.divide(each, len(crops)) for name, each in take_turns(forms, crops, turns).items()}
    one, other = (round(float(np.median(each)), 3) for each in spent.values())
    return Speed(threads, len(crops), one, other, round(float(np.median(spent["whole"] / spent["small"])), 2))
