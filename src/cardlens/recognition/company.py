"""What the other cards in a photo say: collectors keep sets together, and in order.

A card that is in no database looks most like some card of some set: hardly ever like the one between its neighbours'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting

# fewer other cards say nothing
_COMPANY = 3
# numbers this far apart are neighbours; so many of them are as good as more
_NEIGHBOURS, _ENOUGH = 2, 3
# a candidate that fits the page may be this much less near than the best one, and be taken all the same
_PATIENCE = 0.06


@dataclass(frozen=True, slots=True)
class _Place:
    """A card's set and its number there; -1 where it has no plain one."""

    card_set: str
    number: int


def in_company(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Give each sighting `company` and `sequence`; of candidates that are close, prefer the one that fits the page."""
    nearest = [_place(seen.artworks[0]) if seen.artworks else _Place("", -1) for seen in sightings]
    return [
        _with_company(seen, nearest[:at] + nearest[at + 1 :]) if seen.artworks else seen
        for at, seen in enumerate(sightings)
    ]


def _with_company(seen: Sighting, others: list[_Place]) -> Sighting:
    if len(others) < _COMPANY:
        return seen
    sets = Counter(place.card_set for place in others)
    close = [artwork for artwork in seen.artworks if artwork.nearness > seen.artworks[0].nearness - _PATIENCE]
    best = max(close, key=lambda artwork: _fit(artwork, others, sets))
    if best is not seen.artworks[0]:
        seen = replace(seen, artworks=[best, *(artwork for artwork in seen.artworks if artwork is not best)])
    place = _place(best)
    return replace(seen, company=sets[place.card_set] / len(others), sequence=_sequence(place, others))


def _fit(artwork: Artwork, others: list[_Place], sets: Counter[str]) -> tuple[float, bool, float]:
    place = _place(artwork)
    return _sequence(place, others), 2 * sets[place.card_set] > len(others), artwork.nearness


def _sequence(place: _Place, others: list[_Place]) -> float:
    """Neighbouring numbers of the same set among the others, 0..1."""
    if place.number < 0:
        return 0.0
    apart = {other.number - place.number for other in others if other.card_set == place.card_set and other.number >= 0}
    return min(sum(0 < abs(step) <= _NEIGHBOURS for step in apart), _ENOUGH) / _ENOUGH


def _place(artwork: Artwork) -> _Place:
    card_set, _, number = artwork.printings[0].rpartition("-")
    return _Place(card_set, int(number) if number.isascii() and number.isdigit() else -1)
