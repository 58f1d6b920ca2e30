from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.strip_code import code_likeness, language_read, whole_code


def test_a_code_read_whole_is_like_itself() -> None:
    assert code_likeness(["JTG EN"], "JTG") == 1.0
    assert code_likeness(["I JTGEN"], "JTG") == 1.0


@pytest.mark.parametrize("text", ["STGEN", "UTGEN", "JTGON", "JTG", "CRIN JTGM"])
def test_a_misread_code_is_still_like_it(text: str) -> None:
    assert code_likeness([text], "JTG") > 0.7


def test_the_small_language_counts_for_less_than_the_code() -> None:
    # "SVEN" is an energy's "SVE EN" without an E rather than a promo's "SVP EN" without its P
    assert code_likeness(["SVEN"], "SVE") > code_likeness(["SVEN"], "SVP") + 0.1


def test_another_code_is_not_like_it() -> None:
    assert code_likeness(["CRIN"], "BLK") < 0.5
    assert code_likeness(["TWMEN"], "PAR") < 0.5


def test_nothing_read_is_like_nothing() -> None:
    assert code_likeness([], "JTG") == 0.0
    assert code_likeness(["", "·"], "JTG") < 0.3


def test_the_best_of_several_readings_counts() -> None:
    assert code_likeness(["O", "JTGEN"], "JTG") == 1.0


def test_the_language_is_that_of_most_readings() -> None:
    assert language_read(["JTGDE", "JTG DE", "JTGEN"], "JTG") == "de"
    assert language_read(["JTGN", "JTG"], "JTG") is None


def test_a_code_that_two_readings_show_whole_is_one() -> None:
    assert whole_code(["H XYZEN", "XYZ EN", "0"]) == "XYZ"
    assert whole_code(["XYZEN", "CRIN"]) is None


@given(st.text(max_size=20), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3))
def test_likeness_is_a_share_and_grows_with_readings(text: str, code: str) -> None:
    alone = code_likeness([text], code)
    assert 0.0 <= alone <= 1.0
    assert code_likeness([text, code + "EN"], code) == 1.0
