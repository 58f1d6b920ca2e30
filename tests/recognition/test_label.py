from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from cardlens.recognition.answer import Answer, CardSet, Corners, Printing
from cardlens.recognition.label import fitted, font, label, length, percent, spelled, write

QUAD: Corners = ((0.0, 0.0), (63.0, 0.0), (63.0, 88.0), (0.0, 88.0))
TIED = (Printing("A1-1", 0.52), Printing("A4b-1", 0.45))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Farfetch'd", "Farfetch'd"),
        ("Nidoran ♀", "Nidoran F"),
        ("Nidoran♂", "Nidoran M"),
        ("Gardevoir δ", "Gardevoir delta"),
        ("Flabébé", "Flabébé"),
        ("Ho-Oh ★", "Ho-Oh *"),
        ("Señor", "Senor"),
        ("ピカ", "??"),
    ],
)
def test_names_are_written_in_the_glyphs_there_are(name: str, written: str) -> None:
    assert spelled(name) == written


def test_a_printing_tells_set_number_and_confidence() -> None:
    said = label(Answer(QUAD, "printing", "sv3pt5-25", "Pikachu", CardSet("sv3pt5", "151"), "25", 0.971, 0.98))
    assert said.title == ("Pikachu",)
    assert said.details[:2] == ("151 · 25 · 97 %", "sv3pt5 · 25 · 97 %")


def test_an_artwork_tells_how_many_more_printings_there_are() -> None:
    tied = Answer(QUAD, "artwork", "A1-1", "Bulbasaur", CardSet("A1", "Genetic Apex"), "1", 0.52, 0.94, None, TIED)
    assert label(tied).details[0] == "Genetic Apex · 1 (+1) · 94 %"


def test_an_unknown_card_is_called_so() -> None:
    assert label(Answer(QUAD, "unknown")).title[0] == "unknown card"


@pytest.mark.parametrize(("probability", "said"), [(0, "0 %"), (0.5, "50 %"), (0.994, "99 %"), (1, "> 99 %")])
def test_nothing_is_quite_sure(probability: float, said: str) -> None:
    assert percent(probability) == said


@given(st.text(max_size=60), st.integers(8, 60), st.floats(0, 400))
def test_a_fitted_text_fits(text: str, size: int, room: float) -> None:
    assert length(fitted((text,), size, room), size) <= room


def test_the_fullest_wording_that_fits_is_chosen() -> None:
    wordings = ("Scarlet & Violet 151 · 25", "sv3pt5 · 25", "25")
    assert fitted(wordings, 20, 1000) == wordings[0]
    assert fitted(wordings, 20, length(wordings[1], 20)) == wordings[1]
    assert fitted(wordings, 20, 5) == ""


def test_the_acute_is_set_over_its_letter() -> None:
    drawn = {}
    for text in ("Poke", "Poké"):
        image = Image.new("L", (200, 60))
        write(ImageDraw.Draw(image), 5, 45, text, 40, "white")
        drawn[text] = np.asarray(image).astype(int)
    rows, columns = np.nonzero(drawn["Poké"] - drawn["Poke"])
    last = 5 + font(40).getlength("Pok")
    assert rows.max() < 45 - 20
    assert columns.min() > last
    assert columns.max() < last + font(40).getlength("e")
