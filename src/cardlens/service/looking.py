"""From the bytes of a photo to what the service says of it: the answer, and the evidence a page can show."""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from PIL import Image

from cardlens.recognition import picture as pictures
from cardlens.recognition.answer import Answer
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.picture import Picture
from cardlens.recognition.quad import as_quad
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.service.generation import Generation

Extra = Literal["crops", "nearest", "preview"]
# pixels of a crop that a person looks at: a card's proportions, small enough to keep hundreds
CROP = (244, 340)
_PREVIEW = 1400  # long side, pixels
_NEAREST = 5
_QUALITY = 82
_SMOOTH = Image.Resampling.BILINEAR


@dataclass(frozen=True, slots=True)
class Photo:
    """Bytes as they were sent, and what the sender calls them: shown again, never opened."""

    name: str
    data: bytes


def look(
    generation: Generation, photo: Photo, limits: pictures.Limits, top: int, extras: Collection[Extra]
) -> dict[str, Any]:
    """Name the cards of a photo; raises `UnreadablePicture`."""
    picture = pictures.decode(photo.data, photo.name, limits)
    answer = generation.recognizer.recognize(picture, top, photo.data)
    said = answer.as_json()
    said["photo"] = photo.name
    for card in said["cards"]:
        with_names(generation, card)
    if "crops" in extras or "nearest" in extras:
        _add_evidence(generation, [crop(picture, one) for one in answer.cards], said["cards"], extras)
    if "preview" in extras:
        said["preview"] = jpeg(_reduced(picture.pixels))
    return said


def crop(picture: Picture, answer: Answer) -> Bytes:
    """The card upright, (340, 244, 3) RGB."""
    quad = (as_quad(answer.quad) + 0.5) * picture.scale - 0.5
    return straighten(picture.pixels, quad, *CROP)


def jpeg(pixels: Bytes) -> str:
    """A picture as a data URI, which a page can show without asking again."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _add_evidence(
    generation: Generation, crops: Sequence[Bytes], cards: list[dict[str, Any]], extras: Collection[Extra]
) -> None:
    if "crops" in extras:
        for card, pixels in zip(cards, crops, strict=True):
            card["crop"] = jpeg(pixels)
    if "nearest" in extras:
        for card, artworks in zip(cards, nearest_to(generation, crops), strict=True):
            card["nearest"] = artworks


def nearest_to(generation: Generation, crops: Sequence[Bytes]) -> list[list[dict[str, Any]]]:
    """For each upright crop, of any size, the artworks that it is nearest to, by cosine."""
    spec = generation.recognizer.embedder.spec
    fitted = [np.asarray(Image.fromarray(one).resize((spec.width, spec.height), _SMOOTH)) for one in crops]
    found = generation.recognizer.matcher.match(generation.recognizer.embedder.describe(fitted))
    return [[_describe(generation, artwork) for artwork in artworks[:_NEAREST]] for artworks in found]


def with_names(generation: Generation, card: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an answer, its printings with their names."""
    card["printings"] = [name_of(generation, one["card_id"]) | one for one in card["printings"]]
    return card


def _describe(generation: Generation, artwork: Artwork) -> dict[str, Any]:
    return {
        "similarity": round(artwork.similarity, 4),
        "language": artwork.language,
        "cards": [name_of(generation, card_id) for card_id in artwork.printings],
    }


def name_of(generation: Generation, card_id: str) -> dict[str, Any]:
    """Say a card in a few words, from the facts or from the database."""
    card = bundled_facts().get(card_id)
    if card is not None:
        return {"card_id": card_id, "name": card.name, "set_name": card.set_name, "number": card.number}
    known = generation.known.record(card_id)
    return {"card_id": card_id, **{key: str(known[key]) for key in ("name", "set_name", "number")}}


def _reduced(pixels: Bytes) -> Bytes:
    image = Image.fromarray(pixels)
    image.thumbnail((_PREVIEW, _PREVIEW), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)
