"""Turns upright crops into vectors that lie close where the artwork is the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.runtimes.base import Bytes, Floats, ModelSpec, Runtime, prepare

_AT_ONCE = 8


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
        parts = [
            self._runtime.run(prepare(crops[at : at + _AT_ONCE], self.spec))[0] for at in range(0, len(crops), _AT_ONCE)
        ]
        vectors = np.concatenate(parts) if parts else np.zeros((0, 768), np.float32)
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
