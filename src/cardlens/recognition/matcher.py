"""From embeddings to the artworks they are nearest to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cardlens.recognition.embedder import Description
from cardlens.recognition.local import Mask, agreement
from cardlens.runtimes.base import Bytes, Floats

# rows asked for: several may belong to one artwork (views, tied printings)
_ROWS = 24
# the nearest artworks are checked part by part; the share of parts that agree counts twice as much as the cosine
_CHECKED, _WEIGHT = 8, 2.0


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
    def local(self, rows: Sequence[int]) -> Bytes | None:
        """Packed local descriptors of some rows, (n, BYTES); None where the database keeps none."""
        ...

    def metadata(self, card_id: str) -> Mapping[str, Any]: ...
    def printings(self, card_id: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Artwork:
    """A candidate: its tied printings, the cosine to its nearest scan, and that scan's language.

    Attributes:
        agreement: share of the card's parts that look like that scan's, 0..1; None where that was not checked.
        likeness: mean cosine of the parts; None likewise.
    """

    printings: tuple[str, ...]
    similarity: float
    language: str
    agreement: float | None = None
    likeness: float | None = None

    @property
    def nearness(self) -> float:
        """What candidates are ordered by."""
        return self.similarity + _WEIGHT * (self.agreement or 0.0)


class Matcher:
    """Looks vectors up in a gallery."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery

    def match(self, description: Description, within: Sequence[Mask | None] | None = None) -> list[list[Artwork]]:
        """For each of n crops the nearest artworks, nearest first, none twice.

        The nearest few are compared part by part, where model and gallery have local descriptors.

        Args:
            description: of the crops.
            within: for each, which of its parts lie within the photo; None where all do.
        """
        hits = self.gallery.search(description.vectors, _ROWS)
        found = [self._artworks(rows, near) for rows, near in zip(hits.rows, hits.similarities, strict=True)]
        if description.local is None:
            return [list(artworks.values()) for artworks in found]
        masks = within or [None] * len(description)
        return [self._checked(*each) for each in zip(found, description.local, masks, strict=True)]

    def _artworks(self, rows: Sequence[int], similarities: Sequence[float]) -> dict[int, Artwork]:
        """Candidates by their nearest row."""
        found: dict[tuple[str, ...], tuple[int, Artwork]] = {}
        for row, similarity in zip(rows, similarities, strict=True):
            printings = self.gallery.printings(self.gallery.card_ids[row])
            if printings not in found:
                found[printings] = row, Artwork(printings, float(similarity), self.gallery.languages[row])
        return dict(found.values())

    def _checked(self, found: Mapping[int, Artwork], parts: Floats, within: Mask | None) -> list[Artwork]:
        """Order candidates anew, by how their parts agree with the crop's too."""
        artworks, rows = list(found.values()), list(found)[:_CHECKED]
        scans = self.gallery.local(rows) if rows else None
        if scans is None:
            return artworks
        said = agreement(parts, scans, within)
        checked = [
            replace(artwork, agreement=float(share), likeness=float(likeness))
            for artwork, share, likeness in zip(artworks, said.share, said.likeness, strict=False)
        ]
        return sorted(checked, key=lambda artwork: -artwork.nearness) + artworks[len(checked) :]
