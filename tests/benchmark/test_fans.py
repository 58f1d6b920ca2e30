from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cardlens.benchmark.fans import Fan, fans_of, measure_fans
from cardlens.errors import CardlensError
from cardlens.recognition.answer import Answer, CardSet, Milliseconds, PhotoAnswer

NOWHERE = ((0.0, 0.0),) * 4
FAN = Fan(Path("fan.jpg"), tuple(frozenset({f"sv3pt5-{number}"}) for number in (25, 7, 25, 150)))


def said(number: str, confidence: float = 0.9, set_id: str = "sv3pt5") -> Answer:
    card_id = f"{set_id}-{number}"
    return Answer(NOWHERE, "printing", card_id, set=CardSet(set_id, ""), number=number, confidence=confidence)


class Told:
    def __init__(self, *answers: Answer) -> None:
        self.answers = answers

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        return PhotoAnswer(photo.name, (1, 1), self.answers, Milliseconds())


@pytest.mark.parametrize(
    ("answers", "right", "wrong"),
    [
        ([said("25"), said("7"), said("25"), said("150")], 4, 0),
        ([said("7"), said("25")], 2, 0),
        ([said("150"), said("25"), said("7")], 2, 0),  # in another order, not all can be right
        ([said("25"), said("25"), said("25")], 2, 1),  # there are two
        ([said("25"), said("8")], 1, 1),
        ([said("25"), said("8", 0.45)], 1, 0),
        ([said("25", set_id="base1")], 0, 1),
        ([Answer(NOWHERE, "unknown", None, confidence=0.3)], 0, 0),
        ([], 0, 0),
    ],
)
def test_strips_are_right_by_set_and_number_in_their_order(answers: list[Answer], right: int, wrong: int) -> None:
    found = measure_fans([FAN], Told(*answers))
    assert (found["strips"], found["right"], found["wrong_and_sure"]) == (4, right, wrong)
    assert found["photos"]["fan.jpg"]["right"] == right


def test_fans_are_the_photos_whose_numbers_are_known(tmp_path: Path) -> None:
    assert fans_of(tmp_path) == []
    (tmp_path / "photos").mkdir()
    truth = {"fan.jpg": {"numbers": ["025", "007"], "set_codes": ["MEW"]}, "mew.jpg": {"cards": ["sv3pt5-151"]}}
    (tmp_path / "photos" / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    with pytest.raises(CardlensError, match=r"tells of fan\.jpg, which is not there"):
        fans_of(tmp_path)
    Image.new("RGB", (8, 8)).save(tmp_path / "photos" / "fan.jpg")
    [fan] = fans_of(tmp_path)
    assert fan == Fan(tmp_path / "photos" / "fan.jpg", (frozenset({"sv3pt5-25"}), frozenset({"sv3pt5-7"})))


@pytest.mark.parametrize("text", ["[]", "{", '{"fan.jpg": {"numbers": ["1"]}}', '{"fan.jpg": {"numbers": 4}}'])
def test_a_record_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "truth.json").write_text(text, encoding="utf-8")
    with pytest.raises(CardlensError, match=r"truth\.json: not a record of photos"):
        fans_of(tmp_path)
