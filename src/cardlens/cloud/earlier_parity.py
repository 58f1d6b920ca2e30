"""What INT8 costs an embedder that was measured for an earlier version: a job that trains another model keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from cardlens.benchmark.registry_figures import Parity
from cardlens.errors import CardlensError
from cardlens.store.registry import Registry
from cardlens.store.registry_figures import Figures


@dataclass(frozen=True, slots=True)
class EarlierParity:
    """Parity by embedder, from the versions of a registry."""

    registry: Registry

    def __call__(self, embedder: str) -> Parity:
        """Give what the latest version with this embedder (SHA-256) was measured with.

        Raises:
            CardlensError: no version has that embedder.
        """
        for registered in reversed(self.registry.versions()):
            if registered.version.embedder == embedder:
                figures = Figures.from_record(registered.version.figures)
                return Parity(figures.r_at_1_fp32, figures.r_at_1_int8, figures.samples)
        raise CardlensError(
            f"embedder {embedder[:12]}: no version in the registry has it, so nobody knows what INT8 costs it; "
            "register a version with it first: cardlens registry register"
        )
