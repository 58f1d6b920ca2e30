"""Tracks as a test wants them, with what was seen of them, and no models."""

from __future__ import annotations

import numpy as np

from cardlens.recognition.answer import Answer, CardSet, Corners, Decision, Printing
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.quad import Points
from cardlens.recognition.sight import Sighting
from cardlens.recognition.tracker import Track
from cardlens.recognition.tracker_evidence import Look
from cardlens.recognition.tracker_follow import Shrunk, template
from tests.recognition.moving_card import at, frame

_CORNERS: Corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def track(
    number: int,
    born: float = 0.0,
    seen: float | None = None,
    cards: tuple[str, ...] = ("demo-1",),
    chance: float = 0.98,
    looks: int = 3,
    quad: Points | None = None,
) -> Track:
    """A card in view from `born` to `seen`, looked at `looks` times, each time taken for `cards` by `chance`."""
    seen = born if seen is None else seen
    place = at(320, 180) if quad is None else quad
    made = Track(number, place, born, seen, seen, 0.9, template(Shrunk.of(frame((1, place))), place))
    made.finds = max(looks, 1)
    for _ in range(looks):
        made.evidence.add(look(cards, chance, seen))
    return made


def look(cards: tuple[str, ...], chance: float, seconds: float = 0.0) -> Look:
    """A look that takes a card for one artwork."""
    artworks = [Artwork(cards, 0.8, "en"), Artwork(("demo-12",), 0.4, "en")]
    vector = np.zeros(768, np.float32)
    vector[0] = 1
    return Look(seconds, Sighting(artworks, 200.0, 10.0, 0.9), chance, vector)


def answer(card_id: str | None, confidence: float = 0.98, decision: Decision = "printing", *tied: str) -> Answer:
    """What is said of a card."""
    printings = tuple(Printing(one, confidence) for one in (tied or ((card_id,) if card_id else ())))
    if decision == "unknown":
        card_id = None
    number = card_id.partition("-")[2] if card_id else None
    name, card_set = (f"Card {number}", CardSet("demo", "Demo")) if card_id else (None, None)
    return Answer(_CORNERS, decision, card_id, name, card_set, number, confidence, confidence, None, printings)
