"""From embeddings to the artworks they are nearest to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cardlens.runtimes.base import Floats

# rows asked for: several may belong to one artwork (views, tied printings)
_ROWS = 24


class Rows(Protocol):
    """Search results: `rows` (n, k) and cosine `similarities` (n, k), nearest first."""

    @property
    def rows(self) -> Any: ...
    @property
    def similarities(self) -> Floats: ...


class Gallery(Protocol):
    """The part of a reference database that matching needs."""

    @property
    def card_ids(self) -> Sequence[str]: ...
    @property
    def languages(self) -> Sequence[str]: ...
    def search(self, vectors: Floats, k: int) -> Rows: ...
    def metadata(self, card_id: str) -> Mapping[str, Any]: ...
    def printings(self, card_id: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Artwork:
    """A candidate: its tied printings, the cosine to its nearest scan, and that scan's language."""

    printings: tuple[str, ...]
    similarity: float
    language: str


class Matcher:
    """Looks vectors up in a gallery."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def match(self, vectors: Floats) -> list[list[Artwork]]:
        """(n, 768) unit vectors -> for each the nearest artworks, nearest first, none twice."""
        hits = self.gallery.search(vectors, _ROWS)
        return [self._artworks(rows, near) for rows, near in zip(hits.rows, hits.similarities, strict=True)]

    def _artworks(self, rows: Sequence[int], similarities: Sequence[float]) -> list[Artwork]:
        found: dict[tuple[str, ...], Artwork] = {}
        for row, similarity in zip(rows, similarities, strict=True):
            printings = self.gallery.printings(self.gallery.card_ids[row])
            if printings not in found:
                found[printings] = Artwork(printings, float(similarity), self.gallery.languages[row])
        return list(found.values())
