"""Looks at cards in a frame: crop, embed, match, how sure. What `Recognizer.look` does for photos, track by track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cardlens.recognition.company import in_company
from cardlens.recognition.detector import Found
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.tracker import Track
from cardlens.recognition.tracker_evidence import Look
from cardlens.runtimes.base import Bytes

# below it, a card that was never named, or may be another than the one that was, may have been found upside down
_DOUBTFUL = 0.5
# a card whose corners are so near to the frame's edge, as a share of its longer side, may go on beyond it
_EDGE = 0.015


class Looker:
    """Looks at cards with the models of a `Recognizer`."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer

    def look(self, pixels: Bytes, tracks: Sequence[Track], others: Sequence[Track], seconds: float) -> list[Look]:
        """Look at `tracks` in a frame (H, W, 3); `others` are in view too, and vouch for them as last seen."""
        cards = [Found(track.quad, track.score) for track in tracks]
        return self._among(self._seen(pixels, cards, seconds), others)

    def turned(self, pixels: Bytes, tracks: Sequence[Track], looks: Sequence[Look], seconds: float) -> dict[int, Look]:
        """Look the other way up at those of which nothing was recognised; gives, by place, what is better."""
        doubtful = [
            at
            for at, (track, look) in enumerate(zip(tracks, looks, strict=True))
            if look.probability < _DOUBTFUL and (track.evidence.settled is None or track.unproven)
        ]
        around = [Found(np.roll(tracks[at].quad, 2, axis=0), tracks[at].score) for at in doubtful]
        seen = self._seen(pixels, around, seconds)
        better = zip(doubtful, seen, strict=True)
        return {at: look for at, look in better if look.probability > max(looks[at].probability, _DOUBTFUL)}

    def _seen(self, pixels: Bytes, cards: Sequence[Found], seconds: float) -> list[Look]:
        sightings, description = self._recognizer.sight(pixels, cards)
        return [
            Look(seconds, sighting, self._recognizer.calibration.probability(sighting), vector, is_whole(card, pixels))
            for card, sighting, vector in zip(cards, sightings, description.vectors, strict=True)
        ]

    def _among(self, looks: list[Look], others: Sequence[Track]) -> list[Look]:
        company = [track.evidence.latest.sighting for track in others if track.evidence.latest is not None]
        sightings = in_company([*(look.sighting for look in looks), *company])
        return [
            replace(look, sighting=sighting, probability=self._recognizer.calibration.probability(sighting))
            for look, sighting in zip(looks, sightings, strict=False)
        ]


def is_whole(card: Found, pixels: Bytes) -> bool:
    """Whether all of the card is surely within the frame."""
    size = np.array(pixels.shape[1::-1], np.float32)
    margin = _EDGE * size.max()
    return bool((card.quad >= margin).all() and (card.quad <= size - margin).all())
