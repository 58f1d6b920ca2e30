"""What the forms of a model weigh: megabytes, parameters, milliseconds; and what they may weigh at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from cardlens.export.parity import GATE, Embeds
from cardlens.export.turns import take_turns
from cardlens.runtimes.base import Bytes

# what a release keeps to: size of the INT8 file, R@1 that it may lose; of the student in fp32 the parameters and the
# size of the file
INT8_MEGABYTES, LOST = 7.0, GATE
PARAMETERS, WHOLE_MEGABYTES = 6.1e6, 23.0
_MEGA, _TURNS = 1e6, 40


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
    def of(cls, files: Mapping[str, Path], forms: Mapping[str, Embeds], crop: Bytes, turns: int = _TURNS) -> Weights:
        """Weigh files, and time the forms in them on one crop."""
        spent = {name: float(np.median(each)) for name, each in take_turns(forms, [crop], turns).items()}
        return cls({name: Weight(*size_of(file), round(spent[name], 3)) for name, file in files.items()})

    def verdicts(self, whole: str, small: str) -> Iterator[str]:
        """What is larger than a release is to be, a line each."""
        if small in self.forms and self.forms[small].megabytes > INT8_MEGABYTES:
            yield f"{small}: {self.forms[small].megabytes:g} MB, more than {INT8_MEGABYTES:g}"
        if whole in self.forms and self.forms[whole].megabytes > WHOLE_MEGABYTES:
            yield f"{whole}: {self.forms[whole].megabytes:g} MB, more than {WHOLE_MEGABYTES:g}"
        if whole in self.forms and (self.forms[whole].parameters or 0) > PARAMETERS:
            yield f"{whole}: {self.forms[whole].parameters:,} parameters, more than {PARAMETERS:,.0f}"

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {"forms": {name: weight.as_json() for name, weight in self.forms.items()}}

    def cells(self, name: str) -> tuple[str, str, str]:
        """Of one form, as a table shows it."""
        one = self.forms[name]
        counted = "-" if one.parameters is None else f"{one.parameters:,}"
        return f"{one.megabytes:.2f}", counted, f"{one.milliseconds:.2f}"


def size_of(file: Path) -> tuple[float, int | None]:
    """Megabytes (10⁶ bytes) of a file; numbers in its weights, where it is an ONNX file."""
    tensors = onnx.load(file).graph.initializer if file.suffix == ".onnx" else None
    counted = None if tensors is None else int(sum(np.prod(tensor.dims) for tensor in tensors if len(tensor.dims)))
    return round(file.stat().st_size / _MEGA, 3), counted
