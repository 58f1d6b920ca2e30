"""What is known of every card without its scan: name, set, number and what is printed on its face."""

from __future__ import annotations

import functools
import gzip
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from cardlens.errors import BadMetadata
from cardlens.recognition.names import NameIndex, face_name, normalised_name

FORMAT = 1


@dataclass(frozen=True, slots=True)
class SetFacts:
    """One set of cards.

    Attributes:
        printed_total: the number after the slash on the cards ("165"); None where no total is printed.
        set_code: the code that players use for it ("MEW"); None where it has none.
        printed_code: the code printed on the cards beside the number (since 2023); None where the face shows none.
        release_date: ISO date.
        game: `physical` or `pocket`.
    """

    set_id: str
    name: str
    series: str
    printed_total: int | None
    set_code: str | None
    printed_code: str | None
    release_date: str | None
    game: str


@dataclass(frozen=True, slots=True)
class Card:
    """One printing.

    Attributes:
        number: collector number as catalogues write it: "25" (the face may say "025"), "TG12", "SWSH001".
        printed_total: the number after the slash ("165"; 30 for "TG12/TG30"); None where the face shows none.
    """

    card_id: str
    name: str
    set_id: str
    set_name: str
    number: str
    printed_total: int | None
    set_code: str | None
    printed_code: str | None
    hp: str | None
    supertype: str
    subtypes: tuple[str, ...]
    rarity: str | None
    release_date: str | None
    series: str
    game: str


def normalised_number(text: str) -> str:
    """Fold a collector number so that "025" and "25", "TG05" and "tg5", "SWSH001" and "SWSH1" agree."""
    text = text.strip().upper()
    digits = next((at for at, letter in enumerate(text) if letter.isdigit()), len(text))
    return text[:digits] + text[digits:].lstrip("0") if text[digits:].strip("0") else text


class CardFacts:
    """All cards by id, by printed number and by name. Cards are made on demand, so that opening is fast."""

    def __init__(self, record: dict[str, Any]) -> None:
        """Take the columns that `cardlens.training.card_facts.build_facts` wrote."""
        if record.get("format") != FORMAT:
            raise BadMetadata(f"card facts of format {record.get('format')}, not {FORMAT}; build the facts again")
        self.sets = tuple(SetFacts(*row) for row in record["sets"])
        self._ids: list[str] = record["ids"]
        self._columns: dict[str, list[Any]] = record["columns"]
        self._tables: dict[str, list[Any]] = record["tables"]
        self._row = {card_id: row for row, card_id in enumerate(self._ids)}

    @classmethod
    def open(cls, file: Path) -> CardFacts:
        """Read a facts file; raises `BadMetadata` where it is missing or damaged."""
        try:
            return cls(json.loads(gzip.decompress(file.read_bytes())))
        except FileNotFoundError:
            raise BadMetadata(f"{file}: no card facts here; reinstall cardlens") from None
        except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadMetadata(f"{file}: damaged card facts ({error}); reinstall cardlens") from error

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, card_id: object) -> bool:
        return card_id in self._row

    def __iter__(self) -> Iterator[Card]:
        return map(self._card, range(len(self)))

    def get(self, card_id: str) -> Card | None:
        """The card of that id, or None."""
        row = self._row.get(card_id)
        return None if row is None else self._card(row)

    def find(
        self, number: str | None = None, printed_total: int | None = None, set_code: str | None = None
    ) -> list[Card]:
        """Cards that agree with everything given; leading zeros and case do not matter.

        `set_code` may be the players' code, the printed code or the set's id.
        """
        rows: Iterable[int] = range(len(self))
        if number is not None:
            rows = self._by_number.get(normalised_number(number), [])
        if printed_total is not None:
            totals = self._columns["printed_total"]
            rows = [row for row in rows if totals[row] == printed_total]
        if set_code is not None:
            places, sets = self._columns["set"], self._sets_of_code(set_code.upper())
            rows = [row for row in rows if places[row] in sets]
        return [self._card(row) for row in rows]

    def without_sets(self, set_ids: Collection[str]) -> CardFacts:
        """The same facts as if these sets were not known."""
        gone = {at for at, its_set in enumerate(self.sets) if its_set.set_id in set_ids}
        kept = [row for row, at in enumerate(self._columns["set"]) if at not in gone]
        columns = {name: [column[row] for row in kept] for name, column in self._columns.items()}
        sets = [astuple(its_set) for its_set in self.sets]
        ids = [self._ids[row] for row in kept]
        return CardFacts({"format": FORMAT, "sets": sets, "ids": ids, "columns": columns, "tables": self._tables})

    def named(self, name: str) -> list[Card]:
        """Cards whose face shows `name`, whatever its case, accents and signs."""
        return [self._card(row) for row in self._by_name.get(normalised_name(name), [])]

    def search(self, text: str, limit: int = 20) -> list[Card]:
        """Cards that a person may mean by `text`: words of name, set, number or id in any order, best first."""
        if exact := self.get(text.strip()):
            return [exact]
        words = [normalised_number(word) for word in map(normalised_name, text.replace("/", " ").split()) if word]
        words = [word.lower() for word in words]
        if not words or limit < 1:
            return []
        rows = [row for row, text in enumerate(self._search_texts) if all(word in text for word in words)]
        if not rows:
            return [card for name in self.similar_names(text, 5) for card in self.named(name)][:limit]
        rows.sort(key=lambda row: -sum(f" {word} " in self._search_texts[row] for word in words))
        return [self._card(row) for row in rows[:limit]]

    def similar_names(self, text: str, limit: int = 10) -> list[str]:
        """Names, folded by `face_name`, that look most like `text`, best first."""
        return self._name_index.similar(normalised_name(text), limit)

    def _card(self, row: int) -> Card:
        its_set = self.sets[self._columns["set"][row]]
        table = self._tables
        return Card(
            card_id=self._ids[row],
            name=table["name"][self._columns["name"][row]],
            set_id=its_set.set_id,
            set_name=its_set.name,
            number=self._columns["number"][row],
            printed_total=self._columns["printed_total"][row],
            set_code=its_set.set_code,
            printed_code=its_set.printed_code,
            hp=table["hp"][self._columns["hp"][row]],
            supertype=table["supertype"][self._columns["supertype"][row]],
            subtypes=tuple(table["subtypes"][self._columns["subtypes"][row]]),
            rarity=table["rarity"][self._columns["rarity"][row]],
            release_date=its_set.release_date,
            series=its_set.series,
            game=its_set.game,
        )

    def _sets_of_code(self, code: str) -> set[int]:
        return {at for at, its_set in enumerate(self.sets) if code in _codes(its_set)}

    def _folded_name(self, row: int) -> str:
        place: int = self._columns["name"][row]
        return self._folded[place]

    @functools.cached_property
    def _folded(self) -> list[str]:
        return [face_name(name) for name in self._tables["name"]]

    @functools.cached_property
    def _by_number(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row, number in enumerate(self._columns["number"]):
            rows[normalised_number(number)].append(row)
        return dict(rows)

    @functools.cached_property
    def _by_name(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = defaultdict(list)
        for row in range(len(self)):
            rows[self._folded_name(row)].append(row)
        return dict(rows)

    @functools.cached_property
    def _name_index(self) -> NameIndex:
        return NameIndex(self._by_name)

    @functools.cached_property
    def _search_texts(self) -> list[str]:
        sets = [
            f"{s.set_id} {normalised_name(s.name)} {s.set_code or ''} {s.printed_total or ''} ".lower()
            for s in self.sets
        ]
        words = [" ".join(map(normalised_name, name.split())) for name in self._tables["name"]]
        names, places = self._columns["name"], self._columns["set"]
        numbers = map(str.lower, map(normalised_number, self._columns["number"]))
        return [f" {words[names[row]]} {number} {sets[places[row]]}" for row, number in enumerate(numbers)]


def _codes(its_set: SetFacts) -> set[str]:
    codes = (its_set.set_id, its_set.set_code, its_set.printed_code)
    return {code.upper() for code in codes if code}


@functools.cache
def bundled_facts() -> CardFacts:
    """Facts of all cards known when this version was made."""
    return CardFacts.open(Path(str(resources.files("cardlens.bundled") / "facts.json.gz")))
