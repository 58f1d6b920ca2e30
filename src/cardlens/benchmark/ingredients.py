"""What cardlens' decision is made of, each to be switched off by itself. A further ingredient is one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cardlens.recognition.company import in_company
from cardlens.recognition.decision import Seen
from cardlens.recognition.local import BYTES, agreement, units
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting, sharpness

# what is compared to time the work: any crop takes as long as any other
_RANDOM = np.random.default_rng(0)
_CROP = _RANDOM.integers(0, 256, (224, 224, 3), dtype=np.uint8)
_PARTS = units(_RANDOM.normal(size=(1, 16, 14, 14)).astype(np.float32))[0]
_SCANS = _RANDOM.integers(0, 256, (8, BYTES), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One witness of the decision.

    Attributes:
        name: short, for tables; `about`: what it says.
        without: a sighting as if it had not been asked: what it filled in is the same for every card, and the order of
            the candidates is as it was before.
        unread: whether it is the reading that is left out.
        work: does again what it costs, for the cards of one photo; None where a stage of the clock says so, or where
            it costs nothing that can be measured.
        stage: that stage.
    """

    name: str
    about: str
    without: Callable[[Sighting], Sighting] = lambda seen: seen
    unread: bool = False
    work: Callable[[Sequence[Seen]], object] | None = None
    stage: str | None = None


def _nearest_first(seen: Sighting, artworks: Sequence[Artwork]) -> Sighting:
    return replace(seen, artworks=sorted(artworks, key=lambda artwork: -artwork.nearness))


def _without_margin(seen: Sighting) -> Sighting:
    """The runner-up is as near as the crowd is."""
    if not seen.checked:
        return replace(seen, artworks=seen.artworks[:1])
    best, *rest = seen.artworks
    return replace(seen, artworks=[best, *(replace(one, similarity=seen.crowd) for one in rest[:1]), *rest[1:]])


def _without_crowd(seen: Sighting) -> Sighting:
    """The crowd is as near as the runner-up is."""
    rest = [replace(one, similarity=seen.runner_up) for one in seen.artworks[2:]]
    return replace(seen, artworks=[*seen.artworks[:2], *rest])


def _without_parts(seen: Sighting) -> Sighting:
    told = [one if one.agreement is None else replace(one, agreement=0.0, likeness=0.0) for one in seen.artworks]
    return _nearest_first(seen, told)


def _compare_parts(cards: Sequence[Seen]) -> None:
    for one in cards:
        if one.sighting.checked:
            agreement(_PARTS, _SCANS)


INGREDIENTS = (
    Ingredient("margin", "how much less like the runner-up it is", _without_margin),
    Ingredient("normalisation", "how much less like the crowd after that it is", _without_crowd),
    Ingredient("parts", "whether it agrees part by part, by local descriptors", _without_parts, work=_compare_parts),
    Ingredient("size", "how wide the card is in the photo", lambda seen: replace(seen, width=120.0)),
    Ingredient(
        "sharpness",
        "how crisp the crop is",
        lambda seen: replace(seen, sharpness=10.0),
        work=lambda cards: [sharpness(_CROP) for _ in cards],
    ),
    Ingredient("detector", "how sure the detector is of the card", lambda seen: replace(seen, score=0.5)),
    Ingredient("cut off", "how much of the card is within the photo", lambda seen: replace(seen, inside=1.0)),
    Ingredient(
        "company",
        "whether the photo's other cards are of its set, and next to it there",
        lambda seen: replace(_nearest_first(seen, seen.artworks), company=0.0, sequence=0.0),
        work=lambda cards: in_company([one.sighting for one in cards]),
    ),
    Ingredient("reading", "name, HP, number and set code, where they can be read", unread=True, stage="read"),
)
