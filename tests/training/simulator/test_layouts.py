from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.quad import CARD_ASPECT, Points, height, width
from cardlens.training.simulator.layouts import LAYOUTS, Layout, card_at, filling, page, tilt

SIZE = 512
SEEDS = st.integers(0, 2**32)
EVERY = pytest.mark.parametrize("layout", [layout for layout, _ in LAYOUTS])


def is_convex_and_clockwise(quad: Points) -> bool:
    edges = np.roll(quad, -1, axis=0).astype(float) - quad
    following = np.roll(edges, -1, axis=0)
    return bool((edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0] > 0).all())


@EVERY
@settings(max_examples=25)
@given(seed=SEEDS)
def test_a_layout_gives_convex_clockwise_quads(layout: Layout, seed: int) -> None:
    quads = layout(np.random.default_rng(seed), SIZE)
    assert quads
    for quad in quads:
        assert quad.shape == (4, 2)
        assert quad.dtype == np.float32
        assert is_convex_and_clockwise(quad)


@EVERY
@settings(max_examples=25)
@given(seed=SEEDS)
def test_a_layout_seen_from_a_side_is_still_one_of_cards(layout: Layout, seed: int) -> None:
    rng = np.random.default_rng(seed)
    flat = layout(rng, SIZE)
    seen = tilt(flat, rng, SIZE)
    assert len(seen) == len(flat)
    assert all(is_convex_and_clockwise(quad) for quad in seen)


@EVERY
def test_the_same_seed_gives_the_same_layout(layout: Layout) -> None:
    one, other = (layout(np.random.default_rng(7), SIZE) for _ in range(2))
    np.testing.assert_array_equal(np.stack(one), np.stack(other))


@EVERY
def test_a_layout_grows_with_the_picture(layout: Layout) -> None:
    small, large = (layout(np.random.default_rng(11), size) for size in (SIZE, 2 * SIZE))
    if layout is not filling:
        assert max(map(width, large)) == pytest.approx(2 * max(map(width, small)), rel=0.02)
    assert len(small) == len(large)


@given(st.floats(-50, 600), st.floats(-50, 600), st.floats(10, 500), st.floats(0, 2 * np.pi))
def test_a_card_has_the_place_width_shape_and_angle_asked_for(x: float, y: float, across: float, angle: float) -> None:
    quad = card_at(x, y, across, angle)
    np.testing.assert_allclose(quad.mean(axis=0), [x, y], atol=1e-2)
    assert width(quad) == pytest.approx(across, rel=1e-3)
    assert height(quad) == pytest.approx(across * CARD_ASPECT, rel=1e-3)
    top = (quad[1] - quad[0]) / across
    np.testing.assert_allclose(top, [np.cos(angle), np.sin(angle)], atol=1e-3)


def test_pages_of_many_cards_occur() -> None:
    counts = [len(page(np.random.default_rng(seed), SIZE)) for seed in range(60)]
    assert max(counts) >= 54
    assert min(counts) <= 4


def test_every_way_up_occurs() -> None:
    ways = set()
    for seed in range(60):
        quad = filling(np.random.default_rng(seed), SIZE)[0]
        across, down = quad[1] - quad[0]
        ways.add(round(float(np.arctan2(down, across)) / (np.pi / 2)) % 4)
    assert ways == {0, 1, 2, 3}


def test_nothing_seen_from_a_side_is_nothing() -> None:
    assert tilt([], np.random.default_rng(0), SIZE) == []
