from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator import scenes as module
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scenes import Scene, draw_scene, render
from tests.recognition.drawn_quads import rectangle
from tests.training.drawn_scans import drawn_grounds, drawn_scans

SIZE = 256


def scene(seed: int) -> Scene:
    return draw_scene(np.random.default_rng(seed), SIZE, drawn_scans().pixels, drawn_grounds())


@pytest.fixture
def no_fingers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_lay_finger", lambda *_: None)


def visible(quads: list[Points], seed: int = 0) -> list[float]:
    canvas = np.full((SIZE, SIZE, 3), 90, np.uint8)
    drawn = render(np.random.default_rng(seed), canvas, quads, drawn_scans().pixels, [])
    return [card.visible for card in drawn.cards]


@pytest.mark.parametrize("seed", range(8))
def test_the_same_seed_renders_the_same_scene(seed: int) -> None:
    one, other = scene(seed), scene(seed)
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert len(one.cards) == len(other.cards)
    for left, right in zip(one.cards, other.cards, strict=True):
        np.testing.assert_array_equal(left.quad, right.quad)
        assert (left.scan, left.visible) == (right.scan, right.visible)


def test_a_scene_is_a_picture_and_the_truth_about_it() -> None:
    for seed in range(6):
        drawn = scene(seed)
        assert drawn.pixels.shape == (SIZE, SIZE, 3)
        assert drawn.pixels.dtype == np.uint8
        for card in drawn.cards:
            assert card.quad.shape == (4, 2)
            assert 0 <= card.visible <= 1
            assert 0 <= card.scan < 3


def test_scenes_differ_and_some_show_no_card() -> None:
    drawn = [scene(seed) for seed in range(30)]
    assert len({one.pixels.tobytes() for one in drawn}) == 30
    assert any(not one.cards for one in drawn)
    assert sum(not one.cards for one in drawn) < 12


@pytest.mark.usefixtures("no_fingers")
def test_a_card_alone_is_wholly_in_sight() -> None:
    assert visible([card_at(128, 128, 90, 0.4)]) == [pytest.approx(1, abs=0.03)]


@pytest.mark.usefixtures("no_fingers")
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_of_a_card_under_another_the_rest_is_in_sight(share: float) -> None:
    under, over = rectangle(40, 60, 100, 140), rectangle(40 + 100 * share, 60, 100, 140)
    assert visible([under, over]) == [pytest.approx(share, abs=0.03), pytest.approx(1, abs=0.03)]


@pytest.mark.usefixtures("no_fingers")
def test_a_card_wholly_under_another_is_not_in_sight() -> None:
    assert visible([rectangle(60, 60, 60, 84), rectangle(50, 50, 90, 126)])[0] == 0


@pytest.mark.usefixtures("no_fingers")
def test_of_a_card_half_outside_the_frame_half_is_in_sight() -> None:
    assert visible([rectangle(-50, 60, 100, 140)]) == [pytest.approx(0.5, abs=0.03)]


def test_a_finger_hides_what_it_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    laid = []

    def half_a_hand(picture: Bytes, *_: object) -> None:
        picture[:, :128] = picture[:, :128] // 2 + 1
        picture[:, :128, 0] ^= 64  # no pixel stays as it was
        laid.append(True)

    monkeypatch.setattr(module, "finger", half_a_hand)
    shares = []
    for seed in range(100):
        shares = visible([rectangle(78, 60, 100, 140)], seed)
        if laid:
            break
    assert laid
    assert shares == [pytest.approx(0.5, abs=0.03)]


def test_each_card_says_how_it_was_photographed() -> None:
    quads = [card_at(60, 70, 60, 0.5), card_at(190, 170, 70, 0.0)]
    canvas = np.full((SIZE, SIZE, 3), 90, np.uint8)
    drawn = render(np.random.default_rng(4), canvas, quads, drawn_scans().pixels, [])
    first, second = (card.conditions for card in drawn.cards)
    assert first.width == pytest.approx(60, abs=0.1)
    assert first.turned == pytest.approx(28.65, abs=0.1)
    assert second.turned == pytest.approx(0, abs=0.1)
    assert [card.visible for card in drawn.cards] == [first.visible, second.visible]
    assert first.blur == second.blur


def test_what_light_foil_and_plastic_there_were_differs_between_photos() -> None:
    said = [card.conditions for seed in range(30) for card in scene(seed).cards]
    assert {one.foil for one in said} == {one.sleeve for one in said} == {True, False}
    assert min(one.glare for one in said) == 0 < max(one.glare for one in said) <= 0.9
    assert any(one.finger for one in said)
    assert min(one.blur for one in said) == 0 < max(one.blur for one in said)
