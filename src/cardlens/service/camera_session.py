"""One camera over a WebSocket: a live session, and the evidence that the page shows of each row."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from cardlens.live import Pace, Row
from cardlens.recognition.answer import Answer
from cardlens.recognition.picture import Limits, Picture, decode
from cardlens.runtimes.base import Bytes
from cardlens.service.generation import Generation
from cardlens.service.looking import crop, jpeg, nearest_to, with_names

_MOST_PIXELS = 4_000_000  # a frame of 1080p has two million
_LONG_SIDE = 1280
_KEPT = 64  # crops of cards that were in view


class CameraSession:
    """Not for several threads at once: one frame after the other."""

    def __init__(self, generation: Generation, most_bytes: int, pace: Pace | None = None) -> None:
        """Begin with an empty list; the models are those of `generation` to the end."""
        self._generation = generation
        self._session = generation.live.session(pace)
        self._limits = Limits(most_bytes, _MOST_PIXELS)
        self._crops: dict[int, tuple[int, Bytes]] = {}  # by track: looks so far, the crop of the latest

    def see(self, frame: bytes) -> dict[str, Any]:
        """Look at a frame, a JPEG; raises `UnreadablePicture`.

        Returns:
            `size` of the frame, `cards` in view with their answers, and `rows` that were counted or changed.
        """
        picture = decode(frame, "frame", self._limits, _LONG_SIDE)
        view = self._session.feed(picture.pixels, time.monotonic())
        for card in view.cards:
            self._keep_crop(picture, card.track, card.looks, card.answer)
        cards = [
            {"track": card.track, "stable": card.stable, "row": card.row, "answer": _brief(card.answer)}
            for card in view.cards
        ]
        height, width = picture.pixels.shape[:2]
        return {"size": [width, height], "cards": cards, "rows": [self._row(row) for row in view.rows]}

    def _keep_crop(self, picture: Picture, track: int, looks: int, answer: Answer) -> None:
        """Keep a card's picture whenever it was looked at again: frames between are not worth the time."""
        if self._crops.get(track, (0, None))[0] == looks:
            return
        flat = Picture(picture.pixels, picture.name, picture.size)  # quads are in pixels of the frame as decoded
        self._crops.pop(track, None)
        self._crops[track] = (looks, crop(flat, answer))
        while len(self._crops) > _KEPT:
            del self._crops[next(iter(self._crops))]

    def _row(self, row: Row) -> dict[str, Any]:
        answer = with_names(self._generation, asdict(row.answer))
        if row.track in self._crops:
            pixels = self._crops[row.track][1]
            answer |= {"crop": jpeg(pixels), "nearest": nearest_to(self._generation, [pixels])[0]}
        return {"row": row.number, "copy": row.copy, "changed": row.changed, "answer": answer}


def _brief(answer: Answer) -> dict[str, Any]:
    """What is drawn over the picture."""
    whole = asdict(answer)
    keys = ("quad", "decision", "card_id", "name", "set", "number", "confidence", "artwork_confidence")
    return {key: whole[key] for key in keys}
