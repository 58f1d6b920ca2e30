"""What a run brought in, and what is still missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cardlens.reference.fetch.folder import RawFolder, place_of
from cardlens.reference.outcome import Remark


@dataclass(slots=True)
class FetchReport:
    """What became of the cards of a run.

    Attributes:
        sets: how many were looked at.
        cards: how many they have.
        fetched: places of the pictures that are new or changed.
        bytes: of these.
        unchanged: asked for again, and still right.
        already: brought in by an earlier run; not asked for.
        own: scans that someone else put there; never touched.
        missing: cards of which the service has no picture.
        placeholders: cards for which it gives the same picture as for others.
        rejected: pictures that are no scan of a card.
        failed: what could not be had this time; the next run asks again.
        left_out: records that make no sense.
    """

    source: str
    language: str
    sets: int = 0
    cards: int = 0
    fetched: list[str] = field(default_factory=list)
    bytes: int = 0
    unchanged: int = 0
    already: int = 0
    own: int = 0
    missing: list[Remark] = field(default_factory=list)
    placeholders: list[Remark] = field(default_factory=list)
    rejected: list[Remark] = field(default_factory=list)
    failed: list[Remark] = field(default_factory=list)
    left_out: list[Remark] = field(default_factory=list)

    def sort(self) -> None:
        """Put everything in the order of the cards, not of arrival."""
        self.fetched.sort()
        for remarks in (self.missing, self.placeholders, self.rejected, self.failed, self.left_out):
            remarks.sort(key=lambda remark: remark.place)

    @property
    def complete(self) -> bool:
        """Whether everything that the service has is here: what it lacks is not our failure."""
        return not (self.failed or self.rejected or self.left_out)


@dataclass(frozen=True, slots=True)
class MissingOfSet:
    """A set, and its cards without a scan."""

    set_id: str
    cards: int
    missing: tuple[str, ...]


def missing_scans(raw: RawFolder, language: str) -> list[MissingOfSet]:
    """List per set the cards of the metadata that have no scan; nothing is asked of the network."""
    records = raw.read_cards()
    sizes = Counter(str(record.get("set")) for record in records)
    return [
        MissingOfSet(set_id, sizes[set_id], tuple(sorted(cards)))
        for set_id, cards in _without(raw, records, language).items()
    ]


def _without(raw: RawFolder, records: Sequence[Mapping[str, object]], language: str) -> dict[str, list[str]]:
    there = raw.there(language)
    without: dict[str, list[str]] = {str(record.get("set")): [] for record in records}
    for record in records:
        card_id = str(record["id"])
        if place_of(card_id, language) not in there:
            without[str(record.get("set"))].append(card_id)
    return without
