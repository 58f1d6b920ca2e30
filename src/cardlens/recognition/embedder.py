"""Turns upright crops into vectors that lie close where the artwork is the same, and describes their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.local import units
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, Runtime, prepare

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Description:
    """What the network says of n crops.

    Attributes:
        vectors: (n, 768) float32, L2-normalised.
        local: (n, 14, 14, 16) float32, unit descriptors of their parts; None where the model gives none.
    """

    vectors: Floats
    local: Floats | None = None

    def __len__(self) -> int:
        """Of how many crops."""
        return len(self.vectors)

    def __getitem__(self, some: slice) -> Description:
        """Of some of the crops."""
        return Description(self.vectors[some], None if self.local is None else self.local[some])

    def averaged(self, each: int) -> Description:
        """The mean of every `each` crops one after the other, which show one card; of unit length again."""
        return Description(_mean(self.vectors, each), None if self.local is None else _mean(self.local, each))


def _mean(units: Floats, each: int) -> Floats:
    """(n * each, ...) unit vectors -> (n, ...)."""
    sums = units.reshape(-1, each, *units.shape[1:]).sum(axis=1)
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=-1, keepdims=True), 1e-9), np.float32)


class Embedder:
    """The student network behind a runtime."""

    def __init__(self, runtime: Runtime, spec: ModelSpec) -> None:
        """`spec` says the size and normalisation of the crops."""
        self._runtime, self.spec = runtime, spec

    @property
    def digest(self) -> str:
        """SHA-256 of the model file: databases name it."""
        return self.spec.digest

    def embed(self, crops: Sequence[Bytes]) -> Floats:
        """(height, width, 3) uint8 RGB crops of the spec's size -> (n, 768) float32, L2-normalised."""
        return self.describe(crops).vectors

    def describe(self, crops: Sequence[Bytes]) -> Description:
        """Embed crops as `embed` does, and describe their parts where the model can."""
        if not crops:
            return Description(np.zeros((0, 768), np.float32))
        batches = [
            self._runtime.run(prepare(crops[at : at + _AT_ONCE], self.spec)) for at in range(0, len(crops), _AT_ONCE)
        ]
        vectors, *rest = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return Description(np.asarray(vectors, np.float32), units(rest[0]) if rest else None)
