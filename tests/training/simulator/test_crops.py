from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.quad import Points, iou, width
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.crops import Wish, at_width, described_crop, jitter, photo_crop, place
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.surfaces import Surface
from tests.recognition.drawn_quads import convex_quads, patterned_card
from tests.training.drawn_scans import drawn_grounds, drawn_scan, drawn_scans

SCAN = drawn_scan(0)


def crop(seed: int) -> Bytes:
    return photo_crop(SCAN, np.random.default_rng(seed), 96, drawn_scans().pixels, drawn_grounds())


@pytest.mark.parametrize("seed", range(12))
def test_the_same_seed_renders_the_same_crop(seed: int) -> None:
    one = crop(seed)
    assert one.shape == (96, 96, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, crop(seed))


def test_another_seed_renders_another_crop() -> None:
    assert (crop(0) != crop(1)).any()


def test_a_scan_is_never_changed() -> None:
    scan = SCAN.copy()
    for seed in range(6):
        photo_crop(scan, np.random.default_rng(seed), 64, drawn_scans().pixels, drawn_grounds())
    np.testing.assert_array_equal(scan, SCAN)


def likeness(one: Bytes, scan: Bytes) -> float:
    flat = straighten(scan, np.array([[0, 0], [239, 0], [239, 335], [0, 335]], np.float32), 96, 96)
    both = [picture.astype(float).mean(axis=2) for picture in (one, flat)]
    return float(np.corrcoef(both[0].ravel(), both[1].ravel())[0, 1])


def test_a_crop_shows_its_card_upright() -> None:
    rendered = [photo_crop(SCAN, np.random.default_rng(seed), 96) for seed in range(12)]
    own = [likeness(one, SCAN) for one in rendered]
    turned = [likeness(one, np.ascontiguousarray(SCAN[::-1, ::-1])) for one in rendered]
    assert np.median(own) > 0.45
    assert np.mean([a > b for a, b in zip(own, turned, strict=True)]) >= 0.9


@given(convex_quads(), st.integers(0, 2**32))
def test_a_jittered_quad_is_what_a_good_detector_would_give(quad: Points, seed: int) -> None:
    moved = jitter(quad, np.random.default_rng(seed))
    assert moved.shape == (4, 2)
    assert moved.dtype == np.float32
    side = np.linalg.norm(quad[1] - quad[0])
    assert np.linalg.norm(moved - quad, axis=1).max() < 0.25 * side
    assert iou(moved, quad) > 0.6


def test_jitter_has_no_direction_of_its_own() -> None:
    quad, rng = card_at(0, 0, 100, 0), np.random.default_rng(0)
    mean = np.mean([jitter(quad, rng) - quad for _ in range(3000)], axis=0)
    assert np.abs(mean.mean(axis=0)).max() < 0.15
    assert np.abs(mean).max() < 0.8  # it grows by half a per cent on average


@pytest.mark.parametrize("across", [16, 60, 239])
def test_a_scan_is_averaged_down_to_its_width(across: int) -> None:
    small = at_width(SCAN, across)
    assert small.shape[1] == across
    assert small.shape[0] == pytest.approx(across * 336 / 240, abs=1)
    np.testing.assert_allclose(small.mean(axis=(0, 1)), SCAN.mean(axis=(0, 1)), atol=3)


def test_a_scan_is_never_enlarged() -> None:
    assert at_width(SCAN, 500) is SCAN


@settings(max_examples=20)
@given(convex_quads(smallest=60, largest=120))
def test_a_card_fills_its_quad_and_nothing_else(quad: Points) -> None:
    card = patterned_card()
    canvas = np.full((400, 400, 3), 90, np.uint8)
    cover = np.full(card.shape[:2], 255, np.uint8)
    place(canvas, Surface(card, cover, (0, 0, card.shape[1], card.shape[0])), quad)
    back = straighten(canvas, quad, card.shape[1], card.shape[0])
    assert np.abs(back[6:-6, 6:-6].astype(int) - card[6:-6, 6:-6]).mean() < 5
    away = 2 + np.ceil(quad.max(axis=0)).astype(int)
    assert (canvas[away[1] :] == 90).all()
    assert (canvas[:, away[0] :] == 90).all()


def test_plastic_lets_the_ground_through() -> None:
    canvas = np.full((60, 60, 3), 100, np.uint8)
    film = Surface(np.full((40, 40, 3), 200, np.uint8), np.full((40, 40), 51, np.uint8), (0, 0, 40, 40))
    place(canvas, film, np.array([[9.5, 9.5], [49.5, 9.5], [49.5, 49.5], [9.5, 49.5]], np.float32))
    assert canvas[30, 30].tolist() == [120, 120, 120]


def test_a_card_beyond_the_frame_is_not_seen() -> None:
    canvas = np.full((60, 60, 3), 100, np.uint8)
    place(canvas, Surface(SCAN, np.full(SCAN.shape[:2], 255, np.uint8), (0, 0, 240, 336)), card_at(500, 500, 40, 0))
    assert (canvas == 100).all()
    assert width(card_at(500, 500, 40, 0)) == pytest.approx(40)


def test_a_card_that_is_cut_off_says_how_much_of_it_is_in_sight() -> None:
    whole = [described_crop(SCAN, np.random.default_rng(seed), 64).conditions.visible for seed in range(8)]
    cut = [described_crop(SCAN, np.random.default_rng(seed), 64, wish=Wish(cut=1.0)) for seed in range(24)]
    shares = [crop.conditions.visible for crop in cut]
    assert min(whole) > 0.999
    assert 0.5 < min(shares) < 0.8
    assert 0.8 < max(shares) < 0.99
    assert all(crop.pixels.shape == (64, 64, 3) for crop in cut)


def test_little_light_makes_dark_photos() -> None:
    bright = [photo_crop(SCAN, np.random.default_rng(seed), 64).mean() for seed in range(8)]
    dark = [
        described_crop(SCAN, np.random.default_rng(seed), 64, wish=Wish(dim=1.0)).pixels.mean() for seed in range(8)
    ]
    assert np.mean(dark) < 0.75 * np.mean(bright)


def test_what_was_done_to_a_crop_is_said() -> None:
    wish = Wish(narrowest=60, widest=61, plastic=1.0, foil=1.0, shine=1.0)
    crop = described_crop(drawn_scan(1), np.random.default_rng(3), 64, wish=wish)
    said = crop.conditions
    assert (said.foil, said.sleeve, said.relabelled) == (True, True, False)
    assert 60 <= said.width < 61
    assert 0.2 <= said.glare <= 0.8


def test_asking_what_was_done_changes_nothing_of_what_is_drawn() -> None:
    one, other = np.random.default_rng(7), np.random.default_rng(7)
    plain = [photo_crop(drawn_scan(2), one, 64, drawn_scans().pixels, drawn_grounds()) for _ in range(6)]
    told = [described_crop(drawn_scan(2), other, 64, drawn_scans().pixels, drawn_grounds()).pixels for _ in range(6)]
    np.testing.assert_array_equal(np.stack(plain), np.stack(told))
    assert one.random() == other.random()
