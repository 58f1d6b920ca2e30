from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.aligner import CROP_HEIGHT, CROP_WIDTH, Aligner, crop_around, from_crop, into_crop
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Floats, ModelSpec
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import PLAIN
from tests.recognition.drawn_quads import convex_quads

SPEC = ModelSpec("knowing", "align", CROP_HEIGHT, CROP_WIDTH, *PLAIN, stride=32, digest="a" * 64)
PHOTO = np.full((600, 800, 3), 90, np.uint8)


class KnowingAligner:
    """An aligner's network that was told where the cards are, asked about quads in their order, over and over."""

    def __init__(self, quads: list[Points], rough: list[Points], *, step: float = 1.0, card: float = 5.0) -> None:
        self._quads, self._at, self._step, self._card = quads, list(rough), step, card
        self.asked: list[int] = []

    def run(self, batch: Floats) -> list[Floats]:
        """Go `step` of the way to the truth: networks place a far corner less well than a near one."""
        self.asked.append(len(batch))
        said, flipped = [], []
        for place in range(len(batch)):
            here, there = self._at[place], self._quads[place]
            over = np.linalg.norm(np.roll(there, 2, axis=0) - here) < np.linalg.norm(there - here)
            aim = np.roll(there, 2, axis=0) if over else there
            reached = here + (aim - here) * self._step
            said.append(into_crop(reached, here).reshape(8))
            flipped.append([4.0 if over else -4.0])
            self._at[place] = np.roll(reached, 2, axis=0) if over else reached
        card = np.full((len(batch), 1), self._card, np.float32)
        return [np.array(said, np.float32), np.array(flipped, np.float32), card]


@given(convex_quads(), convex_quads())
def test_points_go_into_the_crop_and_come_back(points: Points, quad: Points) -> None:
    np.testing.assert_allclose(from_crop(into_crop(quad, quad), quad), quad, atol=0.05)
    centre = quad.mean(axis=0, keepdims=True)
    np.testing.assert_allclose(from_crop(into_crop(centre, quad), quad), centre, atol=0.05)
    assert np.isfinite(into_crop(points, quad)).all()


def test_a_crop_shows_the_card_in_its_middle_and_grey_beyond_the_photo() -> None:
    photo = PHOTO.copy()
    quad = card_at(400, 300, 126, 0)
    photo[212:388, 337:463] = (250, 10, 10)
    crop = crop_around(photo, quad)
    assert crop.shape == (CROP_HEIGHT, CROP_WIDTH, 3)
    assert tuple(crop[CROP_HEIGHT // 2, CROP_WIDTH // 2]) == (250, 10, 10)
    assert tuple(crop[2, 2]) == (90, 90, 90)
    corners = into_crop(quad, quad)
    inside = crop[int(corners[0, 1]) + 2, int(corners[0, 0]) + 2]
    assert tuple(inside) == (250, 10, 10)
    assert tuple(crop_around(photo, card_at(0, 0, 100, 0))[2, 2]) == (127, 127, 127)


@settings(max_examples=40)
@given(quad=convex_quads(frame=600, smallest=60, largest=160), off=st.lists(st.floats(-8, 8), min_size=8, max_size=8))
def test_corners_end_where_the_network_sees_them(quad: Points, off: list[float]) -> None:
    rough = np.asarray(quad + np.reshape(off, (4, 2)), np.float32)
    (aligned,) = Aligner(KnowingAligner([quad], [rough]), SPEC).align(PHOTO, [rough])
    np.testing.assert_allclose(aligned.quad, quad, atol=0.1)
    assert aligned.card == pytest.approx(0.993, abs=0.001)


def test_a_card_upside_down_is_turned() -> None:
    quad = card_at(300, 300, 120, 0.2)
    rough = np.asarray(np.roll(quad, 2, axis=0) + 2, np.float32)
    (aligned,) = Aligner(KnowingAligner([quad], [rough]), SPEC).align(PHOTO, [rough])
    np.testing.assert_allclose(aligned.quad, quad, atol=0.1)


def test_what_moved_much_is_looked_at_again_and_only_that() -> None:
    quads = [card_at(150 + 200 * place, 300, 120, 0) for place in range(3)]
    rough = [np.asarray(quad + 1, np.float32) for quad in quads]
    network = KnowingAligner(quads, rough)
    Aligner(network, SPEC).align(PHOTO, rough)
    assert network.asked == [3]
    far = [np.asarray(quad + 12, np.float32) for quad in quads[:1]] + rough[1:]
    network = KnowingAligner(quads, far, step=0.9)
    aligned = Aligner(network, SPEC).align(PHOTO, far)
    assert network.asked == [3, 1]
    np.testing.assert_allclose(aligned[0].quad, quads[0], atol=0.5)


def test_a_thing_that_is_no_card_is_looked_at_once() -> None:
    quad = card_at(300, 300, 120, 0)
    rough = np.asarray(quad + 15, np.float32)
    network = KnowingAligner([quad], [rough], card=-5)
    (aligned,) = Aligner(network, SPEC).align(PHOTO, [rough])
    assert network.asked == [1]
    assert aligned.card < 0.01


def test_a_display_is_looked_at_in_parts_and_nothing_is_nothing() -> None:
    quads = [card_at(100 + 10 * place, 200, 80, 0) for place in range(6)]
    network = KnowingAligner(quads, quads)
    assert len(Aligner(network, SPEC).align(PHOTO, quads)) == 6
    assert Aligner(network, SPEC).align(PHOTO, []) == []
    assert network.asked == [6]
