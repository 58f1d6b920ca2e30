"""The facts file is built from the catalogues, the same every time."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cardlens.errors import BadMetadata
from cardlens.recognition.facts import CardFacts
from cardlens.training.card_facts import build_facts

SETS = [
    {
        "id": "base1",
        "name": "Base",
        "series": "Base",
        "printedTotal": 102,
        "ptcgoCode": "BS",
        "releaseDate": "1999/01/09",
    },
    {
        "id": "mep",
        "name": "Promos",
        "series": "Mega Evolution",
        "printedTotal": 13,
        "ptcgoCode": "MEP",
        "releaseDate": "---",
    },
    {"id": "swsh9tg", "name": "Gallery", "series": "Sword & Shield", "printedTotal": 30, "releaseDate": "2022/02/25"},
]
CARDS: list[dict[str, Any]] = [
    {"id": "base1-4", "name": "Charizard", "set": "base1", "number": "4", "hp": "120", "supertype": "Pokémon"},
    {"id": "mep-1", "name": "Riolu", "set": "mep", "number": "1", "supertype": "Pokémon", "subtypes": ["Basic"]},
    {"id": "swsh9tg-TG01", "name": "Flareon", "set": "swsh9tg", "number": "TG01", "supertype": "Pokémon"},
    {"id": "swsh9tg-TG02", "name": "Vaporeon", "set": "swsh9tg", "number": "TG02", "supertype": "Pokémon"},
]
POCKET: list[dict[str, Any]] = [{"set": "A1", "number": 7, "rarity": "C", "name": "Potion", "image": "cTR_10.webp"}]
POCKET_SETS = {"A": [{"code": "A1", "releaseDate": "2024-10-30", "name": {"en": "Genetic Apex"}}]}


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    (tmp_path / "sets.json").write_text(json.dumps(SETS))
    (tmp_path / "pocket-cards.json").write_text(json.dumps(POCKET))
    (tmp_path / "pocket-sets.json").write_text(json.dumps(POCKET_SETS))
    (tmp_path / "cards.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, CARDS)).encode()))
    return tmp_path


def test_what_was_written_can_be_read(metadata: Path) -> None:
    assert build_facts(metadata, metadata / "out.gz") == 5
    facts = CardFacts.open(metadata / "out.gz")
    assert [card.card_id for card in facts] == ["base1-4", "mep-1", "swsh9tg-TG01", "swsh9tg-TG02", "A1-7"]
    assert [card.printed_total for card in facts] == [102, None, 2, 2, None]
    assert [card.printed_code for card in facts] == [None, "MEP", None, None, None]
    assert [card.release_date for card in facts][:2] == ["1999-01-09", None]
    assert [card.supertype for card in facts][-1] == "Trainer"


def test_same_input_gives_same_bytes(metadata: Path) -> None:
    build_facts(metadata, metadata / "one.gz")
    build_facts(metadata, metadata / "two.gz")
    assert (metadata / "one.gz").read_bytes() == (metadata / "two.gz").read_bytes()


def pokemon(number: int, health: int | None, **more: str) -> dict[str, Any]:
    return {
        "set": "A1",
        "number": number,
        "name": "Absol",
        "image": "A1_1.webp",
        "type": "pokemon",
        "health": health,
    } | more


def built(metadata: Path, pocket: list[dict[str, Any]]) -> CardFacts:
    (metadata / "pocket-cards.json").write_text(json.dumps(pocket))
    build_facts(metadata, metadata / "out.gz")
    return CardFacts.open(metadata / "out.gz")


@pytest.mark.parametrize(("hp", "known"), [("120", "120"), (120, "120"), (0, None), (None, None)])
def test_hit_points_are_what_is_printed_or_nothing(metadata: Path, hp: object, known: str | None) -> None:
    lines = [json.dumps(CARDS[0] | {"hp": hp})]
    (metadata / "cards.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    card = built(metadata, POCKET).get("base1-4")
    assert card is not None
    assert card.hp == known


def test_hit_points_that_every_pocket_card_shares_were_filled_in_and_are_not_known(metadata: Path) -> None:
    assert [card.hp for card in built(metadata, [pokemon(1, 50), pokemon(2, 50)])][-2:] == [None, None]
    assert [card.hp for card in built(metadata, [pokemon(1, 50), pokemon(2, 110)])][-2:] == ["50", "110"]


def test_a_pocket_card_is_what_its_type_says_else_what_its_pictures_name_says(metadata: Path) -> None:
    unsaid = {"set": "A1", "number": 3, "name": "Absol", "image": "cPK_10.webp"}
    cards = built(metadata, [pokemon(1, 50), pokemon(2, None, type="item"), unsaid])
    assert [card.supertype for card in cards][-3:] == ["Pokémon", "Trainer", "Pokémon"]


@pytest.mark.parametrize("content", ["", "[]", '[{"id": 1}]'])
def test_names_the_folder_that_cannot_be_used(metadata: Path, content: str) -> None:
    (metadata / "sets.json").write_text(content)
    with pytest.raises(BadMetadata, match=metadata.name):
        build_facts(metadata, metadata / "out.gz")


def test_bundled_facts_are_built_from_the_card_data(cards_folder: Path, tmp_path: Path) -> None:
    build_facts(cards_folder / "metadata", tmp_path / "facts.gz")
    rebuilt = CardFacts.open(tmp_path / "facts.gz")
    assert list(rebuilt)[::97] == [rebuilt.get(card.card_id) for card in list(rebuilt)[::97]]
    assert len(rebuilt) == 23_395
