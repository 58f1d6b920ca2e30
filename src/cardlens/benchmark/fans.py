"""Photos of fanned cards: of how many strips are set code and number resolved to the right card?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cardlens.errors import CardlensError
from cardlens.recognition.answer import PhotoAnswer
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import decode
from cardlens.recognition.strip_catalogue import StripCatalogue

# a wrong card said at least this surely is no doubt
_SURE = 0.5


class NamesStrips(Protocol):
    """What `cardlens read-numbers` runs."""

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        """One answer a strip, from the top."""
        ...


@dataclass(frozen=True, slots=True)
class Fan:
    """One photo: of each strip from the top the cards that it may be of, by its number and the codes in the photo."""

    photo: Path
    strips: tuple[frozenset[str], ...]


def fans_of(data: Path) -> list[Fan]:
    """The fans among the photos with known truth; raises `CardlensError` where record or photos cannot be used."""
    file = data / "photos" / "truth.json"
    if not file.exists():
        return []
    catalogue = StripCatalogue(bundled_facts())
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        fans = [_fan(data / "photos" / name, entry, catalogue) for name, entry in record.items() if "numbers" in entry]
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise CardlensError(f"{file}: not a record of photos ({error}); restore the card data") from error
    check_photos(file, [fan.photo for fan in fans])
    return fans


def check_photos(record: Path, photos: Sequence[Path]) -> None:
    """Raise `CardlensError` where a photo is missing or unreadable that `record` tells of."""
    for photo in photos:
        if not photo.is_file():
            raise CardlensError(f"{record}: tells of {photo.name}, which is not there; restore the card data")
        decode(photo, at_least=None)


def _fan(photo: Path, entry: dict[str, Any], catalogue: StripCatalogue) -> Fan:
    codes = set(entry["set_codes"])
    numbered = (catalogue.numbered(number) for number in entry["numbers"])
    return Fan(photo, tuple(frozenset(card.card_id for card in cards if card.code in codes) for cards in numbered))


def measure_fans(fans: Sequence[Fan], namer: NamesStrips) -> dict[str, Any]:
    """Strips resolved to the right card, in their order, and cards named surely that are not there."""
    photos = {}
    for fan in fans:
        said = [(answer.card_id, answer.confidence) for answer in namer.name_cards(fan.photo).cards if answer.card_id]
        photos[fan.photo.name] = {
            "strips": len(fan.strips),
            "right": _in_common(fan.strips, [card_id for card_id, _ in said]),
            "wrong_and_sure": _wrong(fan.strips, [card_id for card_id, confidence in said if confidence >= _SURE]),
        }
    return {"photos": photos} | {
        name: sum(one[name] for one in photos.values()) for name in ("strips", "right", "wrong_and_sure")
    }


def _in_common(strips: Sequence[frozenset[str]], card_ids: Sequence[str]) -> int:
    """How many strips are said in their order, others left out."""
    longest = [0] * (len(card_ids) + 1)
    for strip in strips:
        before = 0
        for at, card_id in enumerate(card_ids, 1):
            right = before + 1 if card_id in strip else 0
            before, longest[at] = longest[at], max(right, longest[at], longest[at - 1])
    return longest[-1]


def _wrong(strips: Sequence[frozenset[str]], card_ids: Sequence[str]) -> int:
    """How many cards are said that no strip is left for."""
    left, wrong = list(strips), 0
    for card_id in card_ids:
        own = next((strip for strip in left if card_id in strip), None)
        if own is None:
            wrong += 1
        else:
            left.remove(own)
    return wrong
