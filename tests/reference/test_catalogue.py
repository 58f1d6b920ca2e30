from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from cardlens.errors import BadMetadata
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.catalogue import Catalogue
from tests.reference.doubles import NoFacts

CARD = {"id": "sv3pt5-25", "name": "Pikachu", "set": "sv3pt5", "number": "25", "rarity": "Common", "attacks": []}
POCKET = {"set": "PROMO-A", "number": 7, "name": "Pikachu", "health": 60, "rarity": "P"}
SET = {"id": "sv3pt5", "name": "151", "series": "Scarlet & Violet", "printedTotal": 165, "releaseDate": "2023/09/22"}


def written(file: Path, content: object) -> Path:
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_reads_gzipped_json_lines_and_sets(tmp_path: Path) -> None:
    lines = tmp_path / "cards.jsonl.gz"
    lines.write_bytes(gzip.compress("\n".join([json.dumps(CARD), json.dumps({**CARD, "id": "sv3pt5-26"})]).encode()))
    catalogue = Catalogue.open([lines, written(tmp_path / "sets.json", [SET])], NoFacts())
    assert catalogue.get("sv3pt5-25") == {
        "name": "Pikachu",
        "set_id": "sv3pt5",
        "set_name": "151",
        "number": "25",
        "rarity": "Common",
        "series": "Scarlet & Violet",
        "printed_total": 165,
        "release_date": "2023-09-22",
    }
    assert catalogue.get("sv3pt5-26") is not None


def test_ids_of_pocket_cards_are_set_and_number(tmp_path: Path) -> None:
    sets = written(tmp_path / "sets.json", {"A": [{"code": "PROMO-A", "name": {"en": "Promo A", "de": "Promo A"}}]})
    catalogue = Catalogue.open([written(tmp_path / "pocket.json", [POCKET]), sets], NoFacts())
    record = catalogue.get("PROMO-A-7")
    assert record is not None
    assert (record["set_id"], record["set_name"], record["number"], record["hp"]) == ("PROMO-A", "Promo A", "7", "60")


def test_sets_inside_of_card_records_are_understood(tmp_path: Path) -> None:
    catalogue = Catalogue.open([written(tmp_path / "api.json", {"data": [{**CARD, "set": SET}]})], NoFacts())
    record = catalogue.get("sv3pt5-25")
    assert record is not None
    assert (record["set_id"], record["set_name"]) == ("sv3pt5", "151")


def test_bundled_facts_fill_in_what_no_file_says(tmp_path: Path) -> None:
    catalogue = Catalogue.open([written(tmp_path / "own.json", [{**CARD, "rarity": "My own"}])], bundled_facts())
    own, bundled = catalogue.get("sv3pt5-25"), catalogue.get("base1-4")
    assert own is not None
    assert bundled is not None
    assert (own["rarity"], own["set_name"], own["printed_total"]) == ("My own", "151", 165)
    assert (bundled["name"], bundled["set_name"], bundled["number"]) == ("Charizard", "Base", "4")
    assert catalogue.get("nonsense-1") is None


@pytest.mark.parametrize("content", ["", "not json", "[1, 2]", '[{"number": 1}]', '[{"set": "a", "number": 1}]'])
def test_other_content_is_refused_by_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content, encoding="utf-8")
    if not content:
        assert Catalogue.open([file], NoFacts()).get("sv3pt5-25") is None
        return
    with pytest.raises(BadMetadata, match=r"bad\.json"):
        Catalogue.open([file], NoFacts())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMetadata, match=r"gone\.json"):
        Catalogue.open([tmp_path / "gone.json"], NoFacts())
