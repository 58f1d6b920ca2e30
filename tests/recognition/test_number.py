"""Collector numbers, totals and set codes come out of bottom lines as OCR gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.number import NumberText, numbers_in, set_code_in

TOTALS = {64, 91, 95, 102, 108, 131, 142, 165, 198}
CODES = {"SVI", "MEW", "PAL", "PRE", "JTG", "SFA", "SVP"}


def first(text: str) -> tuple[str, int | None, bool]:
    number = numbers_in(text, 1.0, TOTALS)[0]
    return number.number, number.total, number.certain


@given(st.integers(1, 999), st.integers(10, 999), st.sampled_from(["", "TG", "GG", "RC", "SV", "H"]))
def test_reads_back_any_number_with_its_total(number: int, total: int, prefix: str) -> None:
    assert first(f"{prefix}{number}/{prefix}{total}") == (f"{prefix}{number}", total, True)


@given(st.integers(1, 165))
def test_prints_as_it_was_read(number: int) -> None:
    text = f"{number:03d}/165"
    assert str(numbers_in(text, 1.0, TOTALS)[0]) == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20/108XX", ("20", 108, True)),
        ("999Wizards. 4/102 ★", ("4", 102, True)),
        ("199 22/102*", ("22", 102, True)),
        ("G SVIEN O25/198", ("025", 198, True)),
        ("TG12/TG30", ("TG12", 30, True)),
        ("SWSH123", ("SWSH123", None, True)),
        ("D XY01 *", ("XY01", None, True)),
        ("91108", ("91", 108, False)),
        ("025165", ("025", 165, False)),
        ("#39", ("39", None, False)),
        ("SVP EN 085", ("085", None, False)),
    ],
)
def test_reads_numbers_as_ocr_gives_them(text: str, found: tuple[str, int | None, bool]) -> None:
    assert first(text) == found


def test_puts_back_a_slash_only_before_a_total_that_exists() -> None:
    assert [number.total for number in numbers_in("91108", 1.0, {64})] == []


@pytest.mark.parametrize("text", ["", "Illus. Ken Sugimori", "©2016 Pokémon", "©1995 Nintendo", "cost"])
def test_other_print_holds_no_number_that_is_certain(text: str) -> None:
    assert [number for number in numbers_in(text, 1.0, TOTALS) if number.certain or number.total] == []


@given(st.text(max_size=30))
def test_any_text_can_be_looked_through(text: str) -> None:
    for number in numbers_in(text, 0.5, TOTALS):
        assert isinstance(number, NumberText)
        assert number.confidence == 0.5
    set_code_in(text, 0.5, CODES)


@pytest.mark.parametrize(
    ("text", "code", "language", "known"),
    [
        ("JTGEN", "JTG", "en", True),
        ("G SVIEN", "SVI", "en", True),
        ("H SFA EN 057/064", "SFA", "en", True),
        ("SVIDE", "SVI", "de", True),
        ("5VIFR", "SVI", "fr", True),
        ("PRE", "PRE", None, True),
        ("SVP 001", "SVP", None, True),
        ("CRIEN", "CRI", "en", False),
    ],
)
def test_reads_set_code_and_language_box(text: str, code: str, language: str | None, known: bool) -> None:
    found = set_code_in(text, 0.9, CODES)
    assert found is not None
    assert (found.code, found.language, found.known) == (code, language, known)


@pytest.mark.parametrize("text", ["", "Illus. Palmer", "PALADIN KNIGHT", "20/108", "weakness"])
def test_words_are_not_set_codes(text: str) -> None:
    assert set_code_in(text, 0.9, CODES) is None
