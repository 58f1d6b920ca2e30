"""The bundled facts answer what a face can say of itself."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.errors import BadMetadata
from cardlens.recognition.facts import CardFacts, bundled_facts, normalised_number


def test_knows_every_physical_and_pocket_card() -> None:
    games = [card.game for card in bundled_facts()]
    assert (games.count("physical"), games.count("pocket")) == (20_106, 3_289)


def test_says_what_is_printed_on_a_card() -> None:
    card = bundled_facts().get("sv3pt5-25")
    assert card is not None
    assert (card.name, card.set_name, card.number, card.printed_total) == ("Pikachu", "151", "25", 165)
    assert (card.set_code, card.printed_code, card.hp, card.supertype) == ("MEW", "MEW", "60", "Pokémon")


def test_unknown_id_has_no_card() -> None:
    assert bundled_facts().get("demo-1") is None
    assert "demo-1" not in bundled_facts()


def test_promo_prints_a_code_of_its_own_and_no_total() -> None:
    card = bundled_facts().get("svp-85")
    assert card is not None
    assert (card.set_code, card.printed_code, card.printed_total) == ("PR-SV", "SVP", None)


@pytest.mark.parametrize(
    ("card_id", "total"),
    [("swsh9tg-TG05", 30), ("g1-RC1", 32), ("ecard2-H1", 32), ("xyp-XY01", None), ("cel25c-4_A", 102), ("A1-1", None)],
)
def test_printed_total_is_the_number_after_the_slash(card_id: str, total: int | None) -> None:
    card = bundled_facts().get(card_id)
    assert card is not None
    assert card.printed_total == total


def test_finds_by_number_and_total_as_printed() -> None:
    found = {card.card_id for card in bundled_facts().find(number="025", printed_total=165)}
    assert found == {"sv3pt5-25", "ecard1-25"}


def test_finds_by_set_code_in_any_case() -> None:
    assert [card.card_id for card in bundled_facts().find(number="25", set_code="mew")] == ["sv3pt5-25"]


def test_find_without_arguments_is_everything() -> None:
    assert len(bundled_facts().find()) == len(bundled_facts())


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sv3pt5-25", "sv3pt5-25"),
        ("pikachu 025/165", "sv3pt5-25"),
        ("mewtwo 151", "sv3pt5-150"),
        ("charizard base 4/102", "base1-4"),
        ("bulbasor jungle", None),
        ("TG05 brilliant", "swsh9tg-TG05"),
    ],
)
def test_search_takes_words_in_any_order(text: str, first: str | None) -> None:
    found = [card.card_id for card in bundled_facts().search(text)]
    assert first is None or found[0] == first


def test_search_forgives_a_misspelt_name() -> None:
    assert {card.name for card in bundled_facts().search("Bulbasor")} == {"Bulbasaur"}


def test_search_of_nothing_finds_nothing() -> None:
    assert bundled_facts().search("  ") == []
    assert bundled_facts().search("pikachu", limit=0) == []


@given(st.integers(1, 999), st.integers(0, 3), st.sampled_from(["", "TG", "SWSH", "RC"]))
def test_leading_zeros_do_not_matter(number: int, zeros: int, prefix: str) -> None:
    assert normalised_number(f"{prefix.lower()}{'0' * zeros}{number}") == f"{prefix}{number}"


@pytest.mark.parametrize("content", [b"", b"nonsense", gzip.compress(b"[]"), gzip.compress(b'{"format": 99}')])
def test_refuses_a_damaged_file_by_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "facts.json.gz"
    file.write_bytes(content)
    with pytest.raises(BadMetadata, match=r"build the facts again|facts\.json\.gz"):
        CardFacts.open(file)


def test_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadMetadata, match="reinstall"):
        CardFacts.open(tmp_path / "absent.gz")


def test_every_scan_has_facts(cards_folder: Path) -> None:
    ids = [scan.stem for scan in (cards_folder / "scans").iterdir()]
    assert [card_id for card_id in ids if card_id not in bundled_facts()] == []
