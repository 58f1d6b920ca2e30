"""What cardlens' decision is made of, each to be switched off by itself. A further ingredient is one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cardlens.recognition.company import in_company
from cardlens.recognition.decision import Seen
from cardlens.recognition.sight import Sighting, sharpness

_CROP = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)


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


def _alone(seen: Sighting) -> Sighting:
    nearest = sorted(seen.artworks, key=lambda artwork: -artwork.similarity)
    return replace(seen, artworks=nearest, company=0.0, sequence=0.0)


INGREDIENTS = (
    Ingredient(
        "margin", "how much less like the runner-up it is", lambda seen: replace(seen, artworks=seen.artworks[:1])
    ),
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
        _alone,
        work=lambda cards: in_company([one.sighting for one in cards]),
    ),
    Ingredient("reading", "name, HP, number and set code, where they can be read", unread=True, stage="read"),
)
