"""The port between cardlens and whatever engine runs a model, and the one home of preprocessing numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from cardlens.errors import BadModel

Task = Literal["embed", "detect", "align", "find_text", "read_text"]
Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a model wants to be fed and what it is, saved beside its weights as `<name>.json`.

    Attributes:
        task: `embed`, `detect`, `align`, `find_text` or `read_text`.
        height, width: input size in pixels; for a detector the size it was trained at (any multiple of `stride` runs).
        mean, std: normalisation in 0..255 units, per RGB channel: `(pixel - mean) / std`.
        stride: input sides must be multiples of it.
        digest: SHA-256 of the weights file, hex.
        runtime: what runs it: `onnx`, or the Hailo it is compiled for, `hailo8` or `hailo8l`. Databases keep the spec
            of their model, and so say what embedded them.
    """

    name: str
    task: Task
    height: int
    width: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    stride: int
    digest: str
    runtime: str = "onnx"

    @classmethod
    def load(cls, file: Path) -> ModelSpec:
        """Read a spec; raises `BadModel` where it is missing or not a spec."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            record["mean"], record["std"] = tuple(record["mean"]), tuple(record["std"])
            spec = cls(**record)
            spec.check_types()
        except FileNotFoundError:
            raise BadModel(f"{file}: no model spec here; reinstall cardlens or set CARDLENS_MODELS") from None
        except OSError as error:
            raise BadModel(
                f"{file}: cannot be read ({error.strerror}); reinstall cardlens or set CARDLENS_MODELS"
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadModel(f"{file}: not a model spec ({error}); export the model again") from error
        return spec

    def check_types(self) -> None:
        """Raise `ValueError` where a value is of another kind than its field."""
        kinds: dict[str, tuple[tuple[object, ...], tuple[type, ...]]] = {
            "name, task, digest or runtime": ((self.name, self.task, self.digest, self.runtime), (str,)),
            "height, width or stride": ((self.height, self.width, self.stride), (int,)),
            "mean or std": ((*self.mean, *self.std), (int, float)),
        }
        for names, (values, kind) in kinds.items():
            if not all(isinstance(value, kind) for value in values):
                raise ValueError(f"{names} is not {kind[-1].__name__}")
        if min(self.height, self.width, self.stride) < 1 or len(self.mean) != 3 or len(self.std) != 3 or 0 in self.std:
            raise ValueError("a size below 1, or not three means and deviations")

    def save(self, file: Path) -> None:
        """Write the spec as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


class Runtime(Protocol):
    """Runs one model."""

    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32 as `prepare` makes it -> the model's outputs, first axis n."""
        ...


def prepare(crops: Sequence[Bytes], spec: ModelSpec) -> Floats:
    """Normalise RGB crops, each (h, w, 3) uint8 of one size, into a (n, 3, h, w) float32 batch."""
    batch = np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2)).astype(np.float32)
    batch -= np.asarray(spec.mean, np.float32)[:, None, None]
    batch /= np.asarray(spec.std, np.float32)[:, None, None]
    return batch
