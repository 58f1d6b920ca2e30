"""Printed text is read off cards in photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.quad import Points
from cardlens.recognition.reader import Reader
from cardlens.recognition.reading_match import identify_reading
from cardlens.runtimes.base import Bytes

WIDTH, HEIGHT = 700, 978
READER = Reader(bundled_facts(), threads=1)


def whole(pixels: Bytes) -> Points:
    height, width = pixels.shape[:2]
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def drawn(texts: list[tuple[str, int, int, int]], ground: str = "#e8d88a") -> Bytes:
    """A card face with texts at (x, y), so many pixels high."""
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    pen = ImageDraw.Draw(image)
    for text, x, y, size in texts:
        pen.text((x, y), text, "#181818", ImageFont.load_default(size))
    return np.asarray(image)


MODERN = drawn([("Pikachu", 60, 48, 52), ("HP 60", 500, 52, 44), ("MEW EN", 70, 920, 17), ("025/165", 150, 918, 20)])
CLASSIC = drawn(
    [("Magmar", 60, 78, 52), ("80 HP", 490, 82, 44), ("Illus. Ken Sugimori", 40, 916, 18), ("20/108", 590, 916, 18)]
)


@pytest.mark.parametrize(("face", "card_id"), [(MODERN, "sv3pt5-25"), (CLASSIC, "xy12-20")])
def test_names_a_card_from_its_print(face: Bytes, card_id: str) -> None:
    best = identify_reading(READER.read(face, whole(face)), bundled_facts())[0]
    assert best.card_id == card_id
    assert best.probability > 0.9


def test_reads_the_fields_of_a_modern_face() -> None:
    reading = READER.read(MODERN, whole(MODERN))
    assert (reading.name_text, reading.hp, reading.number_text, reading.language) == ("Pikachu", "60", "025/165", "en")
    assert reading.set_code is not None
    assert reading.set_code.code == "MEW"
    assert reading.height == pytest.approx(HEIGHT)


def test_reads_a_card_that_lies_turned_in_the_photo() -> None:
    turned = np.rot90(CLASSIC)  # its top is on the left, so its top left corner is at the bottom left
    quad = np.array([[0, WIDTH], [0, 0], [HEIGHT, 0], [HEIGHT, WIDTH]], np.float32)
    assert READER.read(np.ascontiguousarray(turned), quad).number_text == "20/108"


def test_upside_down_it_reads_nothing_that_names_a_card() -> None:
    reading = READER.read(CLASSIC, np.roll(whole(CLASSIC), 2, axis=0))
    assert identify_reading(reading, bundled_facts()) == []


@pytest.mark.parametrize("shape", [(978, 700, 3), (60, 40, 3), (3, 2, 3)])
def test_an_empty_face_has_nothing_to_read(shape: tuple[int, int, int]) -> None:
    blank = np.full(shape, 200, np.uint8)
    reading = READER.read(blank, whole(blank))
    assert (reading.names, reading.hp, reading.numbers, reading.set_code) == ((), None, (), None)


@pytest.mark.cards
@pytest.mark.parametrize("card_id", ["xy12-20", "xy12-75", "xy12-103", "base1-58", "base1-92", "basep-7"])
def test_names_real_scans(cards_folder: Path, card_id: str) -> None:
    sharp = cards_folder / "views" / "sharp" / f"{card_id}.webp"
    with Image.open(sharp if sharp.exists() else cards_folder / "scans" / f"{card_id}.webp") as image:
        pixels = np.asarray(image.convert("RGB"))
    best = identify_reading(READER.read(pixels, whole(pixels)), bundled_facts())[0]
    assert best.card_id == card_id
    assert best.probability > 0.8


# Corners found by eye; the photos show the lower end of a card, so the upper corners lie outside.
BOTTOMS = [
    ("webcam-04", [[91, 831], [1880, 831]], "sv7-36", "en"),
    ("webcam-10", [[48, 843], [1846, 867]], "sv5-159", "fr"),
    ("webcam-16", [[48, 818], [1846, 873]], "sv1-198", "de"),
    ("webcam-20", [[51, 819], [1865, 849]], "sv2-183", "en"),
]


@pytest.mark.cards
@pytest.mark.parametrize(("photo", "bottom", "card_id", "language"), BOTTOMS)
def test_set_code_and_number_name_a_card_whose_top_is_not_seen(
    cards_folder: Path, photo: str, bottom: list[list[float]], card_id: str, language: str
) -> None:
    left, right = np.array(bottom, np.float32)
    along = right - left
    up = np.array([along[1], -along[0]], np.float32) * 88 / 63
    with Image.open(cards_folder / "photos" / "unlabelled" / f"{photo}.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))
    reading = READER.read(pixels, np.array([left + up, right + up, right, left], np.float32))
    best = identify_reading(reading, bundled_facts())[0]
    assert (best.card_id, reading.language) == (card_id, language)
    assert best.probability > 0.9


OTHER_GAMES = [
    ("mtg-02", [[104, 106], [522, 106], [522, 691], [104, 691]]),
    ("mtg-18", [[0, 0], [672, 0], [672, 936], [0, 936]]),
    ("mtg-54", [[306, 66], [820, 173], [673, 897], [155, 787]]),
]


@pytest.mark.cards
@pytest.mark.parametrize(("photo", "quad"), OTHER_GAMES)
def test_cards_of_other_games_are_not_named(cards_folder: Path, photo: str, quad: list[list[float]]) -> None:
    with Image.open(cards_folder / "not-pokemon" / f"{photo}.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))
    candidates = identify_reading(READER.read(pixels, np.array(quad, np.float32)), bundled_facts())
    assert all(candidate.probability < 0.5 for candidate in candidates)
