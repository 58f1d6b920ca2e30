"""Photos of fanned cards: of how many strips are set code and number resolved to the right card?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cardlens.errors import CardlensError
from cardlens.recognition.answer import Answer, PhotoAnswer
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.strip_catalogue import NEWER_SETS

# a wrong card said at least this surely is no doubt
_SURE = 0.5


class NamesStrips(Protocol):
    """What `cardlens read-numbers` runs."""

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        """One answer a strip, from the top."""
        ...


@dataclass(frozen=True, slots=True)
class Fan:
    """One photo: the numbers on its strips from the top, without leading noughts, and the codes of their sets."""

    photo: Path
    numbers: tuple[str, ...]
    codes: frozenset[str]


def fans_of(data: Path) -> list[Fan]:
    """The fans among the photos with known truth; raises `CardlensError` where their record is none."""
    file = data / "photos" / "truth.json"
    if not file.exists():
        return []
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return [_fan(data / "photos" / name, entry) for name, entry in record.items() if "numbers" in entry]
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise CardlensError(f"{file}: not a record of photos ({error}); restore the card data") from error


def _fan(photo: Path, entry: dict[str, Any]) -> Fan:
    return Fan(photo, tuple(_plain(number) for number in entry["numbers"]), frozenset(entry["set_codes"]))


def measure_fans(fans: Sequence[Fan], namer: NamesStrips) -> dict[str, Any]:
    """Strips resolved to the right card, in their order, and cards named surely that are not there."""
    photos = {}
    for fan in fans:
        named = [answer for answer in namer.name_cards(fan.photo).cards if answer.card_id]
        said = [(_number(answer, fan), answer.confidence) for answer in named]
        sure = Counter(number for number, confidence in said if confidence >= _SURE)
        photos[fan.photo.name] = {
            "strips": len(fan.numbers),
            "right": _in_common(fan.numbers, [number for number, _ in said]),
            "wrong_and_sure": (sure - Counter(fan.numbers)).total(),
        }
    return {"photos": photos} | {
        name: sum(one[name] for one in photos.values()) for name in ("strips", "right", "wrong_and_sure")
    }


def _number(answer: Answer, fan: Fan) -> str:
    """The number of a card that is of one of the fan's sets; of another, its id."""
    sets = (*bundled_facts().sets, *NEWER_SETS)
    codes = {one.set_id: {one.set_code, one.printed_code} for one in sets}
    own = answer.set is not None and bool(codes.get(answer.set.id, set()) & fan.codes)
    return _plain(answer.number or "") if own else str(answer.card_id)


def _plain(number: str) -> str:
    return number.lstrip("0")


def _in_common(ones: Sequence[str], others: Sequence[str]) -> int:
    """Length of the longest run of entries, with gaps, that both have in the same order."""
    longest = [0] * (len(others) + 1)
    for one in ones:
        before = 0
        for at, other in enumerate(others, 1):
            before, longest[at] = longest[at], before + 1 if one == other else max(longest[at], longest[at - 1])
    return longest[-1]
