"""What the Hailo Dataflow Compiler is told, and what a compiled model is like: one place for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Bytes, ModelSpec
from cardlens.runtimes.hailo import Architecture

ARCHITECTURES: tuple[str, ...] = get_args(Architecture)
# fewer calibration pictures and the compiler leaves out its better optimisations
LEAST_PICTURES = 1024
_DISTINCT = 0.9


def model_script(spec: ModelSpec, pictures: int) -> str:
    """Normalise in the network (raw pixels go in), optimise on all `pictures`."""
    return (
        f"norm = normalization({_numbers(spec.mean)}, {_numbers(spec.std)})\n"
        f"model_optimization_config(calibration, batch_size=8, calibset_size={pictures})\n"
        "model_optimization_flavor(optimization_level=2, compression_level=0)\n"
    )


def _numbers(values: Sequence[float]) -> str:
    return "[" + ", ".join(f"{value:g}" for value in values) + "]"


def check_architecture(name: str) -> None:
    """Raise `CardlensError` for what is no architecture that is compiled for."""
    if name not in ARCHITECTURES:
        raise CardlensError(f"--arch {name}: not an architecture; give {' or '.join(ARCHITECTURES)}")


def compiled_spec(spec: ModelSpec, arch: Architecture, digest: str) -> ModelSpec:
    """The spec of a compiled model: it is fed raw pixels, as normalisation is in the network."""
    return replace(
        spec, name=f"{spec.name}-{arch}", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), digest=digest, runtime=arch
    )


def read_pictures(file: Path, spec: ModelSpec, least: int = LEAST_PICTURES) -> Bytes:
    """Read calibration pictures, (n, height, width, 3) uint8, memory-mapped.

    Raises `CardlensError` where they are too few, already normalised, of another size, or mostly one picture.
    """
    try:
        pictures: Bytes = np.lib.format.open_memmap(file, mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise CardlensError(f"{file}: no calibration pictures ({error}); {_MAKE_THEM}") from error
    if pictures.dtype != np.uint8:
        raise CardlensError(f"{file}: {pictures.dtype}, not raw uint8 pixels: the network normalises; {_MAKE_THEM}")
    wanted = (spec.height, spec.width, 3)
    if pictures.ndim != 4 or pictures.shape[1:] != wanted:
        raise CardlensError(f"{file}: of shape {pictures.shape}, not (n, {spec.height}, {spec.width}, 3); {_MAKE_THEM}")
    if len(pictures) < least:
        raise CardlensError(f"{file}: {len(pictures):,} pictures, at least {least:,} are needed; {_MAKE_THEM}")
    distinct = len({picture[::16, ::16].tobytes() for picture in pictures})
    if distinct < _DISTINCT * len(pictures):
        raise CardlensError(f"{file}: {distinct:,} different pictures among {len(pictures):,}; {_MAKE_THEM}")
    return pictures


_MAKE_THEM = "make them with `cardlens dataset calibration`"
