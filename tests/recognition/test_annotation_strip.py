from __future__ import annotations

from dataclasses import replace

import numpy as np

from cardlens.recognition.annotation import COLOURS, annotate
from cardlens.recognition.annotation_strip import is_strip
from cardlens.recognition.answer import Answer, CardSet, Corners, Evidence, Milliseconds, PhotoAnswer
from cardlens.recognition.quad import as_quad
from cardlens.runtimes.base import Bytes

LEFT: Corners = ((20.0, 40.0), (180.0, 40.0), (180.0, 64.0), (20.0, 64.0))
RIGHT: Corners = ((430.0, 40.0), (590.0, 40.0), (590.0, 64.0), (430.0, 64.0))
EVIDENCE = Evidence("read", number_read="108/159", set_code_read="JTG")
NAMED = Answer(
    LEFT, "printing", "sv9-108", "Hop's Corviknight", CardSet("sv9", "Journey Together"), "108", 0.99, evidence=EVIDENCE
)
PAGE = np.full((100, 600, 3), 127, np.uint8)


def drawn(answer: Answer) -> Bytes:
    return annotate(PAGE, PhotoAnswer("fan.jpg", (600, 100), (answer,), Milliseconds()), 1.0)


def changed(pixels: Bytes, left: int, right: int) -> float:
    """Share of the pixels between two columns that were drawn on."""
    away = np.abs(pixels[:, left:right].astype(int) - 127).max(axis=2)
    return float(np.mean(np.asarray(away > 20)))


def width_of(pixels: Bytes) -> float:
    return float(pixels.shape[1]) / float(PAGE.shape[1])


def test_a_line_of_print_is_a_strip_and_a_card_is_none() -> None:
    assert is_strip(as_quad(LEFT))
    assert not is_strip(as_quad(((0, 0), (63, 0), (63, 88), (0, 88))))


def test_the_label_stands_behind_the_strip_and_leaves_it_legible() -> None:
    pixels = drawn(NAMED)
    zoom = width_of(pixels)
    assert changed(pixels, round(190 * zoom), round(420 * zoom)) > 0.05
    inside = pixels[round(46 * zoom) : round(58 * zoom), round(30 * zoom) : round(170 * zoom)]
    assert np.abs(inside.astype(int) - 127).max() < 20


def test_the_label_stands_before_a_strip_at_the_right_edge() -> None:
    pixels = drawn(replace(NAMED, quad=RIGHT))
    zoom = width_of(pixels)
    assert changed(pixels, round(250 * zoom), round(420 * zoom)) > 0.05


def test_an_unknown_strip_is_drawn_in_its_own_colour() -> None:
    pixels = drawn(Answer(LEFT, "unknown", evidence=EVIDENCE))
    wanted = np.array(COLOURS["unknown"])
    assert (np.abs(pixels.astype(int) - wanted).max(axis=2) < 12).any()
    assert not (np.abs(pixels.astype(int) - np.array(COLOURS["printing"])).max(axis=2) < 12).any()
