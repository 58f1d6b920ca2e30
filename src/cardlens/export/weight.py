"""What the forms of a model weigh: megabytes, parameters, milliseconds; and what they may weigh at most."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from cardlens.export.parity import GATE, Embeds
from cardlens.runtimes.base import Bytes

# what a release keeps to: size of the INT8 file, its speed against fp32, R@1 that it may lose; of the student in fp32
# the parameters and the size of the file
INT8_MEGABYTES, FASTER, LOST = 7.0, 1.6, GATE
PARAMETERS, WHOLE_MEGABYTES = 6.1e6, 23.0
_MEGA, _REPEATS = 1e6, 40


@dataclass(frozen=True, slots=True)
class Weight:
    """Megabytes (10⁶ bytes) of the file; numbers in its weights, where it is an ONNX file; median ms of one crop."""

    megabytes: float
    parameters: int | None
    milliseconds: float

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        timing = {"milliseconds": self.milliseconds}
        return {"megabytes": self.megabytes, "parameters": self.parameters, "timing": timing}


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of each form."""

    forms: Mapping[str, Weight]

    @classmethod
    def of(
        cls, files: Mapping[str, Path], forms: Mapping[str, Embeds], crop: Bytes, repeats: int = _REPEATS
    ) -> Weights:
        """Weigh files, and time the forms in them on one crop."""
        spent = milliseconds(forms, crop, repeats)
        return cls({name: Weight(*_size(file), spent[name]) for name, file in files.items()})

    def faster(self, whole: str, small: str) -> float | None:
        """How many times faster `small` is than `whole`; None where one of them is not there."""
        if not {whole, small} <= set(self.forms):
            return None
        return round(self.forms[whole].milliseconds / self.forms[small].milliseconds, 2)

    def verdicts(self, whole: str, small: str) -> Iterator[str]:
        """What is larger or slower than a release is to be, a line each."""
        faster = self.faster(whole, small)
        if small in self.forms and self.forms[small].megabytes > INT8_MEGABYTES:
            yield f"{small}: {self.forms[small].megabytes:g} MB, more than {INT8_MEGABYTES:g}"
        if faster is not None and faster < FASTER:
            yield f"{small}: {faster:g} times as fast as {whole}, less than {FASTER:g}; is something else running?"
        if whole in self.forms and self.forms[whole].megabytes > WHOLE_MEGABYTES:
            yield f"{whole}: {self.forms[whole].megabytes:g} MB, more than {WHOLE_MEGABYTES:g}"
        if whole in self.forms and (self.forms[whole].parameters or 0) > PARAMETERS:
            yield f"{whole}: {self.forms[whole].parameters:,} parameters, more than {PARAMETERS:,.0f}"

    def as_json(self, whole: str, small: str) -> dict[str, Any]:
        """The object that `--json` prints."""
        forms = {name: weight.as_json() for name, weight in self.forms.items()}
        return {"forms": forms, "timing": {"faster": self.faster(whole, small)}}

    def cells(self, name: str) -> tuple[str, str, str]:
        """Of one form, as a table shows it."""
        one = self.forms[name]
        counted = "-" if one.parameters is None else f"{one.parameters:,}"
        return f"{one.megabytes:.2f}", counted, f"{one.milliseconds:.2f}"


def _size(file: Path) -> tuple[float, int | None]:
    tensors = onnx.load(file).graph.initializer if file.suffix == ".onnx" else None
    counted = None if tensors is None else int(sum(np.prod(tensor.dims) for tensor in tensors if len(tensor.dims)))
    return round(file.stat().st_size / _MEGA, 3), counted


def milliseconds(forms: Mapping[str, Embeds], crop: Bytes, repeats: int = _REPEATS) -> dict[str, float]:
    """Median of embedding one crop, by form; they take turns, so that what else runs disturbs all of them alike."""
    spent: dict[str, list[float]] = {name: [] for name in forms}
    for form in forms.values():
        form.describe([crop])
    for _ in range(repeats):
        for name, form in forms.items():
            started = time.perf_counter()
            form.describe([crop])
            spent[name].append((time.perf_counter() - started) * 1000)
    return {name: round(float(np.median(each)), 3) for name, each in spent.items()}
