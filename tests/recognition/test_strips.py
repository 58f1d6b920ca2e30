"""Strips are drawn here, by the project's own hand; real ones are read in tests/test_fan_photos.py."""

from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.strip_catalogue import StripCard, StripCatalogue
from cardlens.recognition.strip_match import match_strips
from cardlens.recognition.strips import StripReader
from cardlens.recognition.text import TextEngine
from cardlens.runtimes.base import Bytes
from cardlens.training.strip_photos import draw_fan

CATALOGUE = StripCatalogue(bundled_facts())
IDS = ["sv6-101", "sv6-45", "sv6-143"]


@pytest.fixture(scope="module")
def reader() -> StripReader:
    return StripReader(CATALOGUE, TextEngine(threads=1))


@pytest.fixture(scope="module")
def fan() -> Bytes:
    return draw_fan([card(card_id) for card_id in IDS], np.random.default_rng(4), digits=15).pixels


def card(card_id: str) -> StripCard:
    number = card_id.rpartition("-")[2]
    return next(card for card in CATALOGUE.numbered(number) if card.card_id == card_id)


def named(reader: StripReader, pixels: Bytes) -> list[str]:
    return [candidates[0].card.card_id for candidates in match_strips(reader.read(pixels), CATALOGUE)]


@pytest.mark.parametrize("quarters", [0, 1, 2])
def test_a_fan_is_read_from_the_top_however_it_lies(reader: StripReader, fan: Bytes, quarters: int) -> None:
    assert named(reader, np.ascontiguousarray(np.rot90(fan, quarters))) == IDS


def test_a_strip_says_where_it_is_and_what_was_read(reader: StripReader, fan: Bytes) -> None:
    first = reader.read(fan)[0]
    assert str(first.numbers[0]) == "101/167"
    assert len(first.numbers) <= first.readings
    assert any("TWM" in text for text in first.codes)
    left, right = first.quad[0, 0], first.quad[1, 0]
    assert left < right  # its own top left first: this photo is upright
    assert first.quad.min() >= 0
    assert first.quad[:, 1].max() < fan.shape[0] / 2


def test_a_picture_without_text_has_no_strips(reader: StripReader) -> None:
    assert reader.read(np.full((120, 200, 3), 128, np.uint8)) == []


def test_the_smallest_picture_has_no_strips(reader: StripReader) -> None:
    assert reader.read(np.zeros((1, 1, 3), np.uint8)) == []
