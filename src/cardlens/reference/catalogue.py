"""What is known of the cards of a database: metadata files that the user gives, on top of the bundled facts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from cardlens.errors import BadMetadata
from cardlens.recognition.facts import Card, SetFacts

Record = dict[str, Any]

# Fields of catalogue records that go into a database as they are.
_KEPT = ("name", "supertype", "subtypes", "hp", "types", "rarity", "artist")
_GZIP = b"\x1f\x8b"


class Facts(Protocol):
    """The part of the bundled card facts that is needed here."""

    @property
    def sets(self) -> Sequence[SetFacts]:
        """All known sets."""
        ...

    def get(self, card_id: str) -> Card | None:
        """The card of that id, or None."""
        ...


class Catalogue:
    """Metadata by card id: fields of the given files first, bundled facts for the rest."""

    def __init__(self, facts: Facts, records: Mapping[str, Record], sets: Mapping[str, Record]) -> None:
        """Take card records by id and set records (`set_name`, `printed_total`, …) by set id."""
        self._facts = facts
        self._records = records
        self._sets = {its_set.set_id: _known_set(its_set) for its_set in facts.sets} | dict(sets)

    @classmethod
    def open(cls, metadata: Sequence[Path], facts: Facts) -> Catalogue:
        """Read metadata files: `cards.jsonl.gz`, JSON lists of cards or sets, `pocket-cards.json`, `pocket-sets.json`.

        Raises `BadMetadata` for a file that is none of them.
        """
        records: dict[str, Record] = {}
        sets: dict[str, Record] = {}
        for file in metadata:
            for record in _records(file):
                _sort_in(record, file, records, sets)
        return cls(facts, records, sets)

    def get(self, card_id: str) -> Record | None:
        """Metadata of a card: `name`, `set_id`, `set_name`, `number`, …; None where nothing is known."""
        card, record = self._facts.get(card_id), self._records.get(card_id, {})
        if card is None and not record:
            return None
        known = _known_card(card) if card else {}
        set_id = str(record.get("set_id") or known.get("set_id"))
        return {"set_name": set_id, **self._sets.get(set_id, {}), **known, **record}


def _known_card(card: Card) -> Record:
    record = {name: value for name, value in asdict(card).items() if value is not None and name != "card_id"}
    return record | {"subtypes": list(card.subtypes)}


def _known_set(its_set: SetFacts) -> Record:
    record = {name: value for name, value in asdict(its_set).items() if value is not None}
    return {"set_name": record.pop("name"), **{name: value for name, value in record.items() if name != "set_id"}}


def _records(file: Path) -> Iterator[Record]:
    """Every object of a JSON list, of JSON lines, or of the lists in a JSON object; gzipped or not."""
    try:
        content = file.read_bytes()
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode("utf-8-sig")
        yield from _objects(text)
    except (OSError, EOFError, ValueError) as error:
        raise BadMetadata(f"{file}: cannot be read as card metadata ({error}); give JSON or JSON lines") from error


def _objects(text: str) -> Iterable[Record]:
    try:
        content = json.loads(text)
    except ValueError:
        content = [json.loads(line) for line in text.splitlines() if line.strip()]
    if isinstance(content, dict):
        lists = [value for value in content.values() if isinstance(value, list)]
        content = [record for records in lists for record in records] if lists else [content]
    if not isinstance(content, list) or not all(isinstance(record, dict) for record in content):
        raise ValueError("not a list of objects")
    return content


def _sort_in(record: Record, file: Path, cards: dict[str, Record], sets: dict[str, Record]) -> None:
    try:
        if "number" in record and "set" in record:
            card_id, card = _card(record, sets)
            cards[card_id] = card
        else:
            set_id, its_set = _set(record)
            sets[set_id] = its_set
    except (KeyError, TypeError, AttributeError) as error:
        raise BadMetadata(
            f"{file}: {str(record)[:80]} is neither a card (set, number, name) nor a set (id or code, name): {error!r}"
        ) from error


def _card(record: Record, sets: dict[str, Record]) -> tuple[str, Record]:
    its_set = record["set"]
    if isinstance(its_set, dict):  # as pokemontcg.io's own API has it
        set_id, sets_record = _set(its_set)
        sets.setdefault(set_id, sets_record)
    else:
        set_id = str(its_set)
    number = str(record["number"])
    card = {name: record[name] for name in _KEPT if record.get(name)}
    if record.get("health"):
        card["hp"] = str(record["health"])
    return record.get("id", f"{set_id}-{number}"), {"name": record["name"], **card, "set_id": set_id, "number": number}


def _set(record: Record) -> tuple[str, Record]:
    name = record["name"]
    values = {
        "set_name": name["en"] if isinstance(name, dict) else name,
        "series": record.get("series"),
        "printed_total": record.get("printedTotal"),
        "set_code": record.get("ptcgoCode"),
        "release_date": record["releaseDate"].replace("/", "-") if record.get("releaseDate") else None,
    }
    set_id = record.get("id") or record["code"]
    return set_id, {field: value for field, value in values.items() if value is not None}
