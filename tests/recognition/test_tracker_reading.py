from __future__ import annotations

from cardlens.recognition.number import NumberText, SetCodeText
from cardlens.recognition.reading import NameText, Reading
from cardlens.recognition.tracker_reading import joined


def _number(number: str, certain: bool = True, confidence: float = 0.8) -> NumberText:
    return NumberText(number, 165, certain, confidence)


def test_no_reading_is_none() -> None:
    assert joined([]) is None


def test_one_reading_stays_as_it_is() -> None:
    reading = Reading(names=(NameText("Pikachu", 0.9),), hp="60", numbers=(_number("025"),), height=400.0)
    assert joined([reading]) == reading


def test_what_most_readings_say_stands_first() -> None:
    readings = [Reading(numbers=(_number(number),)) for number in ("026", "025", "025")]
    both = joined(readings)
    assert both is not None
    assert both.number_text == "025/165"


def test_a_number_with_its_slash_goes_before_a_guess_said_oftener() -> None:
    readings = [Reading(numbers=(_number("26", certain=False),))] * 2 + [Reading(numbers=(_number("025"),))]
    both = joined(readings)
    assert both is not None
    assert both.number_text == "025/165"


def test_readings_are_never_surer_together_than_the_surest() -> None:
    both = joined([Reading(names=(NameText("Pikachu", score),)) for score in (0.6, 0.8, 0.7)])
    assert both is not None
    assert both.names == (NameText("Pikachu", 0.8),)


def test_what_one_reading_missed_another_fills_in() -> None:
    code = SetCodeText("MEW", "en", True, 0.9)
    both = joined([Reading(hp="60", height=300.0), Reading(set_code=code, banner="Trainer", height=350.0)])
    assert both == Reading(hp="60", set_code=code, banner="Trainer", height=350.0)


def test_a_known_set_code_is_kept_in_its_fullest_form() -> None:
    both = joined([Reading(set_code=SetCodeText("MEW", language, True, 0.9)) for language in (None, "en")])
    assert both is not None
    assert both.language == "en"
