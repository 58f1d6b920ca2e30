from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import UnreadablePicture
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.number import NumberText
from cardlens.recognition.picture import Limits
from cardlens.recognition.strip_answers import StripNamer
from cardlens.recognition.strip_catalogue import StripCatalogue
from cardlens.recognition.strips import Strip, StripReader
from cardlens.recognition.text import TextEngine
from cardlens.runtimes.base import Bytes

CATALOGUE = StripCatalogue(bundled_facts())
QUAD = np.array([[10, 20], [110, 20], [110, 40], [10, 40]], np.float32)


class ReadsAlways(StripReader):
    """Reads the same strips in every photo."""

    def __init__(self, *strips: Strip) -> None:
        super().__init__(CATALOGUE, TextEngine())
        self.strips = list(strips)

    def read(self, pixels: Bytes) -> list[Strip]:
        return self.strips


def strip(text: str, *codes: str) -> Strip:
    number, _, total = text.partition("/")
    read = NumberText(number, int(total) if total else None, bool(total), 0.99)
    return Strip(QUAD, (read, read, read), codes, 3)


def namer(*strips: Strip) -> StripNamer:
    return StripNamer(ReadsAlways(*strips), CATALOGUE, Limits())


PAGE = np.zeros((60, 120, 3), np.uint8)


def test_a_strip_is_answered_as_a_card_is() -> None:
    (answer,) = namer(strip("108/159", "JTGEN", "JTG EN")).name_strips(PAGE)
    assert (answer.decision, answer.card_id, answer.name) == ("printing", "sv9-108", "Hop's Corviknight")
    assert answer.set is not None
    assert (answer.set.id, answer.number, answer.language) == ("sv9", "108", "en")
    assert answer.quad[0] == (10.0, 20.0)
    assert answer.confidence == answer.printings[0].probability > 0.9
    evidence = answer.evidence
    assert (evidence.source, evidence.number_read, evidence.set_code_read) == ("read", "108/159", "JTG")


def test_a_card_of_a_newer_set_has_an_id_but_no_name() -> None:
    (answer,) = namer(strip("030/086", "CRIEN", "CRI EN")).name_strips(PAGE)
    assert (answer.card_id, answer.name, answer.evidence.set_code_read) == ("me4-30", None, "CRI")


def test_a_set_that_is_not_known_is_said_with_what_was_read() -> None:
    (answer,) = namer(strip("030/086", "QXWEN", "QXWDE", "QXWEN")).name_strips(PAGE)
    assert (answer.decision, answer.card_id, answer.set) == ("unknown", None, None)
    assert (answer.evidence.set_code_read, answer.evidence.number_read) == ("QXW", "030/086")
    assert answer.language == "en"


def test_without_a_code_the_sets_it_may_be_of_are_listed() -> None:
    (answer,) = namer(strip("4/102")).name_strips(PAGE, top=3)
    assert 1 < len(answer.printings) <= 3
    assert answer.confidence < 0.7
    assert answer.evidence.set_code_read is None


def test_a_photo_becomes_one_answer_in_its_own_pixels(tmp_path: Path) -> None:
    file = tmp_path / "fan.png"
    Image.fromarray(PAGE).save(file)
    answer = namer(strip("108/159", "JTGEN", "JTGEN")).name_cards(file)
    assert (answer.photo, answer.size) == (str(file), (120, 60))
    said = json.loads(json.dumps(answer.as_json()))
    assert said["cards"][0]["card_id"] == "sv9-108"
    assert said["milliseconds"]["total"] == pytest.approx(
        said["milliseconds"]["decode"] + said["milliseconds"]["read"], abs=0.11
    )


def test_a_file_that_is_no_picture_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "fan.jpg"
    file.write_bytes(b"no picture")
    with pytest.raises(UnreadablePicture, match=r"fan\.jpg"):
        namer().name_cards(file)
