"""Writes the bundled card facts from the catalogues of physical and TCG Pocket cards."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from cardlens.errors import BadMetadata
from cardlens.recognition.facts import FORMAT

Record = dict[str, Any]

# The code is printed on the face since Scarlet & Violet; sets before have a symbol there.
SERIES_WITH_PRINTED_CODE = {"Scarlet & Violet", "Mega Evolution"}
# Promos print another code than the one players use.
PRINTED_PROMO_CODES = {"PR-SV": "SVP"}
# Black Star promos print a number and no total.
SETS_WITHOUT_TOTAL = {"basep", "np", "dpp", "hsp", "bwp", "xyp", "smp", "swshp", "svp", "mep", "sve"}
# "TG12/TG30", "H1/H32": series within a set that count for themselves. Others ("SL1", "AR2", "SM01") print no total.
PREFIXES_WITH_TOTAL = {"TG", "GG", "RC", "SV", "H"}
# Celebrations: Classic Collection reprints old cards with their old numbers.
FACSIMILES = "cel25c"
POCKET_STAGES = {"basic": ["Basic"], 0: ["Basic"], 1: ["Stage 1"], 2: ["Stage 2"]}


class _Table:
    """Gives each distinct value a number."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def place(self, value: Any) -> int:
        key = json.dumps(value)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def build_facts(metadata_folder: Path, out: Path) -> int:
    """Write the compact facts file and return the number of cards in it.

    `metadata_folder` holds `cards.jsonl.gz`, `sets.json`, `pocket-cards.json` and `pocket-sets.json`; the same input
    gives the same bytes. Raises `BadMetadata` where one is missing or not what it should be.
    """
    try:
        sets = [*_physical_sets(metadata_folder), *_pocket_sets(metadata_folder)]
        cards = [*_physical_cards(metadata_folder), *_pocket_cards(metadata_folder)]
        record = _columns(sets, cards)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadMetadata(f"{metadata_folder}: cannot build card facts from it ({error!r})") from error
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return len(cards)


def _columns(sets: list[list[Any]], cards: list[Record]) -> Record:
    places = {row[0]: at for at, row in enumerate(sets)}
    cards.sort(key=lambda card: places[card["set"]])
    tables = {name: _Table() for name in ("name", "hp", "supertype", "subtypes", "rarity")}
    columns: dict[str, list[Any]] = {
        name: [table.place(card[name]) for card in cards] for name, table in tables.items()
    }
    columns["set"] = [places[card["set"]] for card in cards]
    columns["printed_total"] = _printed_totals(cards, {row[0]: row[3] for row in sets})
    columns["number"] = [card["number"] for card in cards]
    return {
        "format": FORMAT,
        "sets": sets,
        "ids": [card["id"] for card in cards],
        "columns": columns,
        "tables": {name: table.values for name, table in tables.items()},
    }


def _printed_totals(cards: list[Record], of_sets: dict[str, int | None]) -> list[int | None]:
    """The number after the slash of each card: its set's, but for series within a set and facsimiles of old cards."""
    prefixes = [_prefix(card["number"]) for card in cards]
    sizes = Counter((card["set"], prefix) for card, prefix in zip(cards, prefixes, strict=True))
    first = {(card["name"], card["number"]): card["set"] for card in reversed(cards)}
    totals: list[int | None] = []
    for card, prefix in zip(cards, prefixes, strict=True):
        total = of_sets[card["set"]]
        if card["set"] == FACSIMILES:
            total = of_sets[first[card["name"], card["number"]]]
        elif prefix in PREFIXES_WITH_TOTAL:
            total = sizes[card["set"], prefix]
        elif prefix:
            total = None
        totals.append(total)
    return totals


def _prefix(number: str) -> str:
    return number.rstrip("0123456789abAB") if number[-1:].isdigit() or number[-1:] in "ab" else ""


def _physical_sets(folder: Path) -> Iterable[list[Any]]:
    for record in _json(folder / "sets.json"):
        code = record.get("ptcgoCode")
        printed = record["series"] in SERIES_WITH_PRINTED_CODE
        yield [
            record["id"],
            record["name"],
            record["series"],
            None if record["id"] in SETS_WITHOUT_TOTAL else record["printedTotal"],
            code,
            PRINTED_PROMO_CODES.get(code, code) if printed else None,
            _iso_date(record["releaseDate"]),
            "physical",
        ]


def _pocket_sets(folder: Path) -> Iterable[list[Any]]:
    for records in _json(folder / "pocket-sets.json").values():
        for record in records:
            code, name = record["code"], record["name"]["en"]
            yield [code, name, "TCG Pocket", None, None, None, record["releaseDate"], "pocket"]


def _physical_cards(folder: Path) -> Iterable[Record]:
    with gzip.open(folder / "cards.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield {
                "id": record["id"],
                "name": record["name"],
                "set": record["set"],
                "number": record["number"],
                "hp": _digits(record.get("hp")),
                "supertype": record["supertype"],
                "subtypes": record.get("subtypes", []),
                "rarity": record.get("rarity"),
            }


def _pocket_cards(folder: Path) -> Iterable[Record]:
    records = _json(folder / "pocket-cards.json")
    # where every Pokémon has the same hit points, they were filled in
    known = len({record["health"] for record in records if record.get("health") is not None}) > 1
    for record in records:
        number = str(record["number"])
        yield {
            "id": f"{record['set']}-{number}",
            "name": record["name"],
            "set": record["set"],
            "number": number,
            "hp": _digits(record.get("health")) if known else None,
            "supertype": "Pokémon" if _is_pokemon(record) else "Trainer",
            "subtypes": POCKET_STAGES.get(record.get("stage"), []),
            "rarity": record.get("rarity"),
        }


def _is_pokemon(record: Record) -> bool:
    """Newer records have no type, but the picture's name says it: cPK is a Pokémon, cTR a Trainer."""
    kind, picture = record.get("type"), str(record["image"])
    return picture.startswith("cPK") if kind is None else kind == "pokemon"


def _digits(hit_points: str | int | None) -> str | None:
    """As they are printed: catalogues write "70" or 70, and 0 for none."""
    return str(hit_points) if hit_points not in (None, 0, "0", "") else None


def _iso_date(text: str) -> str | None:
    return text.replace("/", "-") if text[:4].isdigit() else None


def _json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
