"""Joins several readings of one card: what most of them say, never surer than the surest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from cardlens.recognition.number import NumberText, SetCodeText
from cardlens.recognition.reading import NameText, Reading

Said = TypeVar("Said")
_AT_MOST = 6


def joined(readings: Sequence[Reading]) -> Reading | None:
    """One reading of all: each field as most of them have it; None where there is none."""
    if not readings:
        return None
    hits = _commonest((one.hp for one in readings if one.hp), lambda hp: hp, lambda _: 0.0)
    words = _commonest((one.hp_word for one in readings if one.hp_word), lambda word: word, lambda _: 0.0)
    banners = _commonest((one.banner for one in readings if one.banner), lambda banner: banner, lambda _: 0.0)
    codes = _commonest((one.set_code for one in readings if one.set_code), _code, _code_worth)
    names = _commonest((name for one in readings for name in one.names), lambda name: name.text.casefold(), _name_worth)
    numbers = _commonest((number for one in readings for number in one.numbers), str, _number_worth)
    return Reading(
        names=tuple(names[:_AT_MOST]),
        hp=next(iter(hits), None),
        hp_word=next(iter(words), None),
        banner=next(iter(banners), None),
        numbers=tuple(sorted(numbers, key=lambda number: (not number.certain, number.total is None))[:_AT_MOST]),
        set_code=next(iter(codes), None),
        height=max(one.height for one in readings),
    )


def _commonest(said: Iterable[Said], same: Callable[[Said], str], worth: Callable[[Said], float]) -> list[Said]:
    """Each thing said once, in its best form; what was said oftenest first, then what is worth most."""
    groups: dict[str, list[Said]] = {}
    for one in said:
        groups.setdefault(same(one), []).append(one)
    best = [(len(group), max(group, key=worth)) for group in groups.values()]
    return [one for _, one in sorted(best, key=lambda pair: (-pair[0], -worth(pair[1])))]


def _name_worth(name: NameText) -> float:
    return name.confidence


def _number_worth(number: NumberText) -> float:
    return number.certain + number.confidence


def _code(code: SetCodeText) -> str:
    return code.code


def _code_worth(code: SetCodeText) -> float:
    return 2 * code.known + (code.language is not None) + code.confidence
