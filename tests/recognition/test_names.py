"""Names are found however OCR spells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.names import NameIndex, normalised_name, trigrams

INDEX = NameIndex(["pikachu", "raichu", "mewtwo", "mew", "charizardex", "charizard"])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Poké Ball", "pokeball"),
        ("Farfetch’d", "farfetchd"),
        ("Nidoran ♀", "nidoran"),
        ("Mewtwo-EX", "mewtwoex"),
        ("ピカ", ""),
    ],
)
def test_folds_accents_case_and_signs(text: str, folded: str) -> None:
    assert normalised_name(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert normalised_name(normalised_name(text)) == normalised_name(text)


@pytest.mark.parametrize(("read", "meant"), [("pikachv", "pikachu"), ("mew", "mew"), ("chari2ardex", "charizardex")])
def test_nearest_name_comes_first(read: str, meant: str) -> None:
    assert INDEX.similar(read)[0] == meant


def test_nothing_shared_is_nothing_found() -> None:
    assert INDEX.similar("zzzz") == []


@given(st.text(alphabet="abcxyz", min_size=1, max_size=12))
def test_a_known_name_is_nearest_to_itself(name: str) -> None:
    assert NameIndex(["abc", name, "xyz"]).similar(name)[0] == name
    assert len(trigrams(name)) <= len(name)
