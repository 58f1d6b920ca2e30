"""What a public card database is to us: sets, and the cards of a set with the addresses of their pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.outcome import Remark

# Every id that is known is of this form ("ex10-?", "cel25c-15_A1"); it becomes a file name, so that no other will do.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9!?._-]{0,63}")


@dataclass(frozen=True, slots=True)
class SourceSet:
    """A set of cards.

    Attributes:
        set_id: as cardlens calls it.
        address: as the service calls it.
        name: to show.
        cards: how many the service says there are; 0 where it does not say.
        stamp: changes when the set changes; None where the service does not say.
        record: what is known of it, as `cardlens reference build --metadata` reads it.
    """

    set_id: str
    address: str
    name: str
    cards: int = 0
    stamp: str | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A card. `pictures`: addresses of its scan, the best first; `record`: metadata, as `--metadata` reads it."""

    card_id: str
    name: str
    pictures: tuple[str, ...]
    record: Mapping[str, Any]


class CardDatabase(Protocol):
    """A public card database."""

    @property
    def name(self) -> str:
        """Its short name."""
        ...

    @property
    def language(self) -> str:
        """Language of its pictures, such as `en`."""
        ...

    def sets(self) -> Sequence[SourceSet]:
        """All sets."""
        ...

    def cards(self, its_set: SourceSet, left_out: list[Remark]) -> Sequence[SourceCard]:
        """All cards of a set that can be used; the others are told in `left_out`."""
        ...


def usable(
    records: Iterable[Mapping[str, Any]],
    card_of: Callable[[Mapping[str, Any]], SourceCard],
    left_out: list[Remark],
) -> list[SourceCard]:
    """Make cards of records; one that makes no sense does not cost the others."""
    cards = []
    for record in records:
        try:
            cards.append(card_of(record))
        except BadCatalogue as error:
            left_out.append(Remark(str(record.get("id"))[:60], str(error)))
    return cards


def is_id(text: Any) -> bool:
    """Tell whether something is an id of a card or set, and so can be a file name."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def sound_id(text: Any, where: str) -> str:
    """Give an id that can be a file name; raises `BadCatalogue`."""
    if not is_id(text):
        raise BadCatalogue(f"{where}: {str(text)[:60]!r} is no id of a card or set; report it to the service")
    return str(text)


def sound_list(body: Any, where: str) -> list[Mapping[str, Any]]:
    """Give a list of objects; raises `BadCatalogue`."""
    if not isinstance(body, list) or not all(isinstance(one, dict) for one in body):
        raise BadCatalogue(f"{where}: not the list that was expected; try again later, or another --source")
    return body


def sound_text(record: Mapping[str, Any], name: str, where: str) -> str:
    """Give a text of a record; raises `BadCatalogue` where it is missing or empty."""
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise BadCatalogue(f"{where}: {str(record)[:80]} has no {name}; report it to the service")
    return value
