from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.aligner import Aligned
from cardlens.recognition.detector import CLOSE, FAR, NEAR, Detector, peaks
from cardlens.recognition.quad import CARD_ASPECT, Points, height, iou, width
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import DETECTOR_SPEC, ContentAligner, KnowingDetector, maps_of
from tests.recognition.drawn_quads import convex_quads


def photo(width: int, height: int) -> Bytes:
    return np.full((height, width, 3), 127, np.uint8)


def find(quads: list[Points], width: int, height: int) -> tuple[list[Points], KnowingDetector]:
    network = KnowingDetector(quads, (width, height))
    return [
        card.quad for card in Detector(network, DETECTOR_SPEC, ContentAligner()).find(photo(width, height))
    ], network


def assert_same_cards(found: list[Points], quads: list[Points], at_least: float = 0.95) -> None:
    assert len(found) == len(quads)
    for quad in quads:
        best = max(found, key=lambda other: iou(quad, other))
        assert iou(quad, best) > at_least
        assert np.linalg.norm(best - quad, axis=1).max() < 0.05 * np.linalg.norm(quad[2] - quad[0])


@settings(max_examples=60)
@given(convex_quads(frame=512, smallest=40, largest=240))
def test_a_card_of_any_size_at_any_angle_is_read_from_the_maps_that_training_draws(quad: Points) -> None:
    heat, corners = maps_of([quad], 512)
    found = peaks(heat[0], corners, likely=0.3)
    found = [max(found, key=lambda card: card.score)]
    assert_same_cards([card.quad for card in found], [quad])
    assert found[0].score == pytest.approx(1)


@settings(max_examples=10)
@given(angle=st.floats(0, 2 * np.pi), across=st.floats(45, 60))
def test_a_page_of_cards_is_read_card_by_card(angle: float, across: float) -> None:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    places = np.array([[x - 1, y - 1] for y in range(3) for x in range(3)]) * across * [1.1, 1.1 * CARD_ASPECT]
    quads = [card_at(x, y, across, angle) for x, y in places @ turn + 256]
    found, _ = find(quads, 512, 512)
    assert_same_cards(found, quads)


@pytest.mark.parametrize(("width", "height"), [(640, 640), (900, 500), (333, 517), (1280, 960), (3000, 2000)])
def test_quads_are_in_pixels_of_the_photo_whatever_its_size(width: int, height: int) -> None:
    quads = [card_at(width * 0.3, height * 0.5, height * 0.3, 0.3), card_at(width * 0.7, height * 0.5, height * 0.3, 4)]
    found, _ = find(quads, width, height)
    assert_same_cards(found, quads)


@pytest.mark.parametrize("size", [(412, NEAR), (NEAR, 412), (NEAR, NEAR), (NEAR, 260)])
def test_where_no_centre_is_seen_a_card_as_large_as_the_picture_is_asked_for(size: tuple[int, int]) -> None:
    aligner = ContentAligner(card=0.95)
    found = Detector(KnowingDetector([], size), DETECTOR_SPEC, aligner).find(photo(*size))
    assert len(found) == 1
    for quad in aligner.asked:
        assert height(quad) / width(quad) == pytest.approx(CARD_ASPECT)
        assert (quad.min(axis=0) > -0.6).all()
        assert (quad.max(axis=0) < np.array(size)).all()
        assert quad.mean(axis=0) == pytest.approx(np.array(size) / 2 - 0.5)
        along = np.roll(quad, -1, axis=0) - quad
        assert (along[:, 0] * np.roll(along, -1, axis=0)[:, 1] > along[:, 1] * np.roll(along, -1, axis=0)[:, 0]).all()


def test_nothing_found_is_an_empty_list_after_a_closer_look() -> None:
    network = KnowingDetector([], (1400, 1400))
    assert Detector(network, DETECTOR_SPEC, ContentAligner(card=0.89)).find(photo(1400, 1400)) == []
    assert [shape[3] for shape in network.shapes] == [FAR, NEAR, CLOSE]


@pytest.mark.parametrize(("across", "looks"), [(500, [FAR]), (190, [FAR, NEAR])])
def test_large_cards_need_one_look_and_smaller_ones_two(across: float, looks: list[int]) -> None:
    _, network = find([card_at(700, 700, across, 0.1)], 1400, 1400)
    assert [shape[3] for shape in network.shapes] == looks


def test_small_cards_are_looked_at_again_and_named_once() -> None:
    quads = [card_at(400, 700, 90, 0.1), card_at(800, 700, 90, 0.2)]
    found, network = find(quads, 1400, 1400)
    assert [shape[3] for shape in network.shapes] == [FAR, NEAR, CLOSE]
    assert_same_cards(found, quads)


@settings(max_examples=25)
@given(width=st.integers(1, 1200), height=st.integers(1, 1200))
def test_the_network_is_fed_whole_strides_of_any_photo(width: int, height: int) -> None:
    network = KnowingDetector([], (width, height))
    assert Detector(network, DETECTOR_SPEC, ContentAligner(card=0)).find(photo(width, height)) == []
    for shape in network.shapes:
        assert shape[2] % DETECTOR_SPEC.stride == shape[3] % DETECTOR_SPEC.stride == 0
        assert max(shape) <= CLOSE


class Repeating:
    """A network that answers with maps of one's own."""

    def __init__(self, *maps: Floats) -> None:
        self._maps = [part[None] for part in maps]

    def run(self, batch: Floats) -> list[Floats]:
        return self._maps


def test_of_two_readings_of_one_card_the_surer_stays() -> None:
    quad = card_at(256, 256, 100, 0)
    heat, corners = maps_of([quad], 512)
    heat[heat < 1] = 0
    heat[0, 34, 32], corners[:, 34, 32] = 0.8, corners[:, 32, 32]  # the same card, two cells below
    found = Detector(Repeating(heat, corners), DETECTOR_SPEC, ContentAligner()).find(photo(160, 160))
    assert [round(card.score, 2) for card in found] == [1.0]


def test_the_surest_card_comes_first() -> None:
    quads = [card_at(120, 256, 100, 0), card_at(256, 256, 100, 0), card_at(400, 256, 100, 0)]
    heat, corners = maps_of(quads, 512)
    for place, score in ((15, 0.5), (32, 0.9), (50, 0.7)):
        heat[..., place - 3 : place + 4] *= score
    found = Detector(Repeating(heat, corners), DETECTOR_SPEC, ContentAligner()).find(photo(160, 160))
    assert [round(card.score, 1) for card in found] == [0.9, 0.7, 0.5]


def test_what_is_unlikely_is_no_card() -> None:
    heat, corners = maps_of([card_at(256, 256, 150, 0)], 512)
    assert peaks(heat[0] * np.float32(0.29), corners, likely=0.3) == []
    assert len(peaks(heat[0] * np.float32(0.31), corners, likely=0.3)) == 1


def test_what_the_aligner_takes_for_no_card_is_left_out() -> None:
    quads = [card_at(120, 256, 100, 0), card_at(256, 256, 100, 0)]
    network = KnowingDetector(quads, (512, 512))
    found = Detector(network, DETECTOR_SPEC, ContentAligner(none=quads[:1])).find(photo(512, 512))
    assert_same_cards([card.quad for card in found], quads[1:])


class Drawing(ContentAligner):
    """An aligner that draws everything to one card."""

    def __init__(self, quad: Points) -> None:
        super().__init__()
        self._quad = quad

    def align(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        return [Aligned(self._quad, 0.9) for _ in quads]


def test_two_that_the_aligner_finds_to_be_one_card_are_one() -> None:
    quads = [card_at(120, 256, 100, 0), card_at(256, 256, 100, 0)]
    found = Detector(KnowingDetector(quads, (NEAR, NEAR)), DETECTOR_SPEC, Drawing(quads[1])).find(photo(NEAR, NEAR))
    assert_same_cards([card.quad for card in found], quads[1:])
    assert found[0].score == pytest.approx(0.9, abs=0.05)
