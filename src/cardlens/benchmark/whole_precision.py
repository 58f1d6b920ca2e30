"""What INT8 costs and gives, against fp32: the weights as they were trained, or else as INT8 has rounded them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cardlens.errors import CardlensError
from cardlens.export.parity import Trials, compare, open_onnx
from cardlens.export.release import export_unrounded
from cardlens.export.speedup import Speedups
from cardlens.export.unrounded import check_whole, is_quantised, is_unrounded
from cardlens.export.weight import size_of
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import Bytes

# two forms of one model are nearer than this; of two models, hardly anything is
_TWINS = 0.8


@dataclass(frozen=True, slots=True)
class Twin:
    """The embedder in fp32; `rounded` where its weights are those of the INT8 file."""

    file: Path
    embedder: Embedder
    rounded: bool


@contextmanager
def open_twin(whole: Path | None, small: Path | None) -> Iterator[Twin | None]:
    """Open the fp32 file `whole`, or make one of the INT8 file `small`; None where that is not INT8, or not given.

    Raises `CardlensError` where `whole` is none, before anything is measured.
    """
    if whole is not None:
        if not whole.is_file():
            raise CardlensError(f"{whole}: no such file; give the fp32 .onnx that the INT8 embedder was made from")
        check_whole(whole)
        yield Twin(whole, open_onnx(whole), rounded=is_unrounded(whole))
    elif small is not None and small.is_file() and is_quantised(small):
        with TemporaryDirectory(prefix="cardlens-fp32-") as folder:
            file = export_unrounded(small, small.stem, Path(folder))
            yield Twin(file, open_onnx(file), rounded=True)
    else:
        yield None


def check_twins(twin: Twin, small: Embedder, crops: Sequence[Bytes]) -> None:
    """Raise `CardlensError` where the two are of different models; a few crops tell."""
    cosines = (twin.embedder.describe(crops).vectors * small.describe(crops).vectors).sum(axis=1)
    if float(np.median(cosines)) < _TWINS:
        raise CardlensError(
            f"{twin.file}: another model than the INT8 embedder (median cosine {np.median(cosines):.2f}); "
            "give the file that it was made from"
        )


def against_fp32(twin: Twin, file: Path, small: Embedder, trials: Trials) -> dict[str, Any]:
    """R@1 of both on the same photos, each with the database it embeds itself; speed, size and parameters.

    `file`: that of `small`.
    """
    forms = {"fp32": twin.embedder, "int8": small}
    parity = compare(forms, trials)
    megabytes, parameters = size_of(twin.file)
    return {
        **parity.as_json(),
        "weights": "as rounded" if twin.rounded else "as trained",
        "lost": round(parity.lost("fp32", "int8"), 5),
        "parameters": parameters,
        "megabytes": megabytes,
        "timing": Speedups.of(twin.file, file, trials.photos[0]).as_json(),
    }
