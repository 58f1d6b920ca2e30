"""A gallery without some of its cards: how a card that no database has looks to the matcher."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from cardlens.recognition.matcher import Gallery
from cardlens.reference.nearest import Hits
from cardlens.runtimes.base import Bytes, Floats


class LeftOut:
    """`gallery` as if `card_ids`, and what is tied with them, had never been added."""

    def __init__(self, gallery: Gallery, card_ids: Collection[str]) -> None:
        self._gallery = gallery
        gone = {tied for card_id in card_ids for tied in gallery.printings(card_id)}
        self._gone = np.array([card_id in gone for card_id in gallery.card_ids], bool)
        self._card_ids = tuple("" if card_id in gone else card_id for card_id in gallery.card_ids)

    @property
    def card_ids(self) -> Sequence[str]:
        """Card id of each row of the whole gallery; empty for those that are left out, which are never found."""
        return self._card_ids

    @property
    def languages(self) -> Sequence[str]:
        """Language of each row, as in the whole gallery."""
        return self._gallery.languages

    def search(self, vectors: Floats, k: int) -> Hits:
        """The k nearest rows of those that are left."""
        hits = self._gallery.search(vectors, k + int(self._gone.sum()))
        kept = [np.flatnonzero(~self._gone[rows])[:k] for rows in hits.rows]
        rows = [row[keep] for row, keep in zip(hits.rows, kept, strict=True)]
        near = [row[keep] for row, keep in zip(hits.similarities, kept, strict=True)]
        return Hits(np.array(rows), np.array(near, np.float32))

    def local(self, rows: Sequence[int]) -> Bytes | None:
        """Packed local descriptors of some rows, as in the whole gallery."""
        return self._gallery.local(rows)

    def metadata(self, card_id: str) -> Mapping[str, Any]:
        """What is known of a card."""
        return self._gallery.metadata(card_id)

    def printings(self, card_id: str) -> tuple[str, ...]:
        """The cards tied with one."""
        return self._gallery.printings(card_id)
