"""Photos in, entries out: each card that is named is added with its crop."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cardlens.cli import console
from cardlens.cli.collection_show import called, say, say_json
from cardlens.cli.photos import find_photos
from cardlens.errors import CardlensError
from cardlens.recognition.picture import Limits, decode
from cardlens.recognition.straighten import straighten
from cardlens.settings import Settings

if TYPE_CHECKING:
    from cardlens.collection import Collection
    from cardlens.recognition.answer import Answer
    from cardlens.recognition.recognizer import Recognizer

WIDTH, HEIGHT = 480, 670  # of a crop kept as proof: small print can be read on it, and it is about 60 kB
_QUALITY = 88


class Scanning:
    """One run of `cardlens collection scan`."""

    def __init__(self, collection: Collection, min_confidence: float, about: dict[str, Any], *, merge: bool) -> None:
        """Keep what every card is added with."""
        self._collection, self._min_confidence, self._about, self._merge = collection, min_confidence, about, merge
        self._settings = Settings.from_environment()

    def add_all(self, photos: Iterable[str], *, as_json: bool) -> int:
        """Add the cards of every photo; returns 1 where a photo could not be read."""
        from cardlens.assembly import open_recognizer

        recognizer = open_recognizer(self._settings)
        code = 0
        for photo in find_photos(photos):
            try:
                self._add(photo, recognizer, as_json=as_json)
            except CardlensError as error:
                console.say_error(str(error))
                code = 1
        return code

    def _add(self, photo: Path, recognizer: Recognizer, *, as_json: bool) -> None:
        picture = decode(photo, limits=Limits(self._settings.max_bytes, self._settings.max_pixels), at_least=None)
        left_out = 0
        for answer in recognizer.recognize(picture).cards:
            if answer.card_id is None or answer.artwork_confidence < self._min_confidence:
                left_out += 1
                continue
            copy = self._collection.add_answer(
                answer,
                crop_of(picture.pixels, answer),
                merge=self._merge,
                scanned_at=datetime.now(UTC),
                scanned_from=photo.name[:200],
                **self._about,
            )
            say_json(copy.as_json()) if as_json else say(f"added {called(copy)}")
        if left_out:
            console.say_error(f"{photo}: {left_out} not added, as no card was named or not surely enough; add by id")


def crop_of(pixels: np.ndarray[Any, np.dtype[np.uint8]], answer: Answer) -> bytes:
    """The card of an answer, upright, as JPEG; `pixels` is the whole photo, (H, W, 3) uint8."""
    flat = straighten(pixels, np.asarray(answer.quad, np.float32), WIDTH, HEIGHT)
    out = io.BytesIO()
    Image.fromarray(flat).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
