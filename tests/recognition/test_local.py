from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.local import ALIKE, BYTES, CELLS, STEEP, agreement, cells_within, pack, units, unpack
from tests.recognition.doubles import random_parts


def test_packed_descriptors_are_small_and_little_is_lost() -> None:
    parts = random_parts(6)
    packed = pack(parts)
    assert packed.shape == (6, BYTES)
    assert BYTES <= 4000
    cosines = (unpack(packed) * parts).sum(axis=3)
    assert cosines.min() > 0.95
    assert cosines.mean() > 0.99


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_packing_what_was_unpacked_changes_nothing_but_lengths(seed: int) -> None:
    once = unpack(pack(random_parts(1, seed)))
    again = unpack(pack(once))
    assert float((once * again).sum(axis=3).min()) > 0.97


def test_maps_become_unit_descriptors_part_by_part_and_blank_ones_stay_numbers() -> None:
    maps = np.random.default_rng(1).normal(size=(2, 16, 14, 14)).astype(np.float32)
    maps[1] = 0
    parts = units(maps)
    np.testing.assert_allclose(parts[0, 2, 9], maps[0, :, 2, 9] / np.linalg.norm(maps[0, :, 2, 9]), atol=1e-6)
    assert np.isfinite(parts).all()


def slow_share(one: np.ndarray, other: np.ndarray) -> float:
    total = 0.0
    for row in range(CELLS):
        for column in range(CELLS):
            best = max(
                float(one[row, column] @ other[y, x]) if 0 <= y < CELLS and 0 <= x < CELLS else 0.0
                for y in range(row - 1, row + 2)
                for x in range(column - 1, column + 2)
            )
            total += 1 / (1 + np.exp((ALIKE - best) * STEEP))
    return total / CELLS**2


def test_the_share_of_parts_that_agree_is_what_the_slow_loop_says() -> None:
    parts = random_parts(4)
    packed = pack(parts)
    said = agreement(parts[0], packed)
    np.testing.assert_allclose(said.share, [slow_share(parts[0], other) for other in unpack(packed)], atol=1e-5)
    assert said.share[0] > 0.95
    assert said.likeness[0] > 0.98
    assert max(said.share[1:]) < 0.3


def test_a_card_a_little_off_its_place_still_agrees() -> None:
    parts = random_parts(1)
    moved = np.roll(parts, (1, -1), axis=(1, 2))
    assert agreement(moved[0], pack(parts)).share[0] > 0.8


def test_parts_beyond_the_photo_are_not_asked() -> None:
    parts = random_parts(2)
    half = parts[0].copy()
    half[:, 7:] = parts[1, :, :7]
    within = np.zeros((CELLS, CELLS), bool)
    within[:, :7] = True
    assert agreement(half, pack(parts[:1])).share[0] < 0.7
    assert agreement(half, pack(parts[:1]), within).share[0] > 0.95


def test_where_nothing_is_within_the_photo_all_parts_are_asked() -> None:
    parts = random_parts(1)
    nothing = np.zeros((CELLS, CELLS), bool)
    assert agreement(parts[0], pack(parts), nothing).share[0] == pytest.approx(
        agreement(parts[0], pack(parts)).share[0]
    )


def test_the_parts_within_a_photo_are_those_whose_middles_are() -> None:
    quad = np.array([[-70, 0], [70, 0], [70, 196], [-70, 196]], np.float32)
    within = cells_within(quad, 400, 300)
    assert within[:, 7:].all()
    assert not within[:, :7].any()
    assert cells_within(quad + np.array([100, 10], np.float32), 400, 300).all()


def test_an_upside_down_card_hides_its_own_lower_end_at_the_upper_edge() -> None:
    quad = np.roll(np.array([[10, -70], [110, -70], [110, 70], [10, 70]], np.float32), 2, axis=0)
    within = cells_within(quad, 400, 300)
    assert within[:7].all()
    assert not within[7:].any()
