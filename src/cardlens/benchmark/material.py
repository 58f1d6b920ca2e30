"""What the benchmark renders from: scans, grounds, which cards were held out, and who plays the stranger when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cardlens.benchmark.subject import Subject
from cardlens.recognition.matcher import Gallery
from cardlens.runtimes.base import Bytes
from cardlens.training.embedder_training import split_scans
from cardlens.training.simulator.conditions import Conditions
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import ScanRecord, Scans, open_scans
from cardlens.training.split import HELD_OUT_SETS, Split, set_of

Printings = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Fold:
    """Held-out sets that are left out of the database: their cards are strangers, the other held-out cards known."""

    sets: tuple[str, ...]
    card_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class FlatCards:
    """One flat picture (336, 240, 3) a card of the database, and which."""

    pictures: list[Bytes]
    card_ids: list[str]


class Material:
    """Pictures of cards and grounds, and the roles of the cards.

    Attributes:
        scans: every picture there is; `rows` of those that show a card of the database.
        held_out: pictures of cards that nothing was trained on.
        printings: the cards that share an artwork with one.
    """

    def __init__(self, scans: Scans, split: Split, grounds: list[Bytes], gallery: Gallery) -> None:
        """Keep the pictures of cards that `gallery` has: others cannot be asked for."""
        self.split, self.grounds, self.printings = split, grounds, gallery.printings
        there = set(gallery.card_ids)
        self.scans = scans
        self.rows = [row for row, record in enumerate(scans.records) if record.card_id in there]
        self.held_out = scans.of([card_id for card_id in split.held_out if card_id in there])
        self._learnt_from, self._held_out = set(split.train), set(split.held_out)

    @classmethod
    def open(cls, data: Path, cache: Path, gallery: Gallery) -> Material:
        """Read the card data, decoded into `cache` the first time."""
        scans = open_scans(data, cache)
        return cls(scans, split_scans(scans), open_grounds(data / "backgrounds"), gallery)

    @cached_property
    def flat(self) -> FlatCards:
        """What baselines are told of."""
        rows = [row for row in self.rows if self.scans.records[row].source == "scans"]
        return FlatCards([self.scans.pixels[row] for row in rows], [self.scans.records[row].card_id for row in rows])

    def rows_of(self, wanted: Callable[[ScanRecord], bool]) -> list[int]:
        """Rows of the pictures of cards of the database that are `wanted`."""
        return [row for row in self.rows if wanted(self.scans.records[row])]

    def subject(self, card_id: str, source: str, conditions: Conditions, company: int = 0) -> Subject:
        """Everything that figures are sliced by."""
        return Subject(
            card_id,
            conditions,
            source,
            held_out=card_id in self._held_out,
            seen=card_id in self._learnt_from,
            tied=len(self.printings(card_id)) > 1,
            company=company,
        )

    def same(self, card_id: str, other: str) -> bool:
        """Whether two cards share an artwork."""
        return card_id == other or other in self.printings(card_id)

    @cached_property
    def folds(self) -> tuple[Fold, Fold]:
        """Each held-out card is a stranger in one and known in the other."""
        sets = sorted({set_of(card_id) for card_id in self.split.held_out} & set(HELD_OUT_SETS))
        return self._fold(tuple(sets[0::2])), self._fold(tuple(sets[1::2]))

    def fold_of(self, card_id: str) -> int | None:
        """In which fold the card is a stranger; None for cards that were not held out, and for those in both."""
        places = [place for place, fold in enumerate(self.folds) if card_id in fold.card_ids]
        return places[0] if len(places) == 1 else None

    def _fold(self, sets: tuple[str, ...]) -> Fold:
        gone = {
            tied
            for card_id in self.split.held_out
            if any(set_of(one) in sets for one in self.printings(card_id))
            for tied in self.printings(card_id)
        }
        return Fold(sets, frozenset(gone))
