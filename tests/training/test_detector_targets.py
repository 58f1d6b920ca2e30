from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from cardlens.recognition.quad import Points, area, middle
from cardlens.training.detector_targets import targets
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scenes import SeenCard
from tests.recognition.drawn_quads import convex_quads

SIZE, GRID = 256, 32


def seen(quad: Points, visible: float = 1.0) -> SeenCard:
    return SeenCard(quad, 0, visible)


def cell_middle(row: int, column: int) -> tuple[float, float]:
    """(x, y) of a cell's middle, in pixels whose own middles are whole numbers."""
    return column * 8 + 3.5, row * 8 + 3.5


@settings(max_examples=30)
@given(convex_quads(frame=SIZE, smallest=20, largest=90))
def test_heat_is_one_at_the_centre_and_falls_off_around(quad: Points) -> None:
    heat, care, _, _ = targets([seen(quad)], SIZE)
    x, y = middle(quad)
    row, column = int(y // 8), int(x // 8)
    assert heat.shape == care.shape == (1, GRID, GRID)
    assert heat[0, row, column] == heat.max() == 1
    assert (care == 1).all()
    spread = max(np.sqrt(area(quad)) * 0.09, 3.6)
    for away in range(1, 4):
        cell_x, cell_y = cell_middle(row, min(column + away, GRID - 1))
        expected = np.exp(-((cell_x - x) ** 2 + (cell_y - y) ** 2) / (2 * spread**2))
        assert heat[0, row, min(column + away, GRID - 1)] == pytest.approx(expected, abs=1e-3)


@settings(max_examples=30)
@given(convex_quads(frame=SIZE, smallest=20, largest=90))
def test_every_cell_that_is_asked_points_to_the_four_corners(quad: Points) -> None:
    _, _, corners, weight = targets([seen(quad)], SIZE)
    rows, columns = np.nonzero(weight[0])
    assert len(rows) >= 1
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        said = corners[:, row, column].reshape(4, 2) + cell_middle(row, column)
        np.testing.assert_allclose(said, quad, atol=1e-3)
        assert weight[0, row, column] == pytest.approx(1 / np.sqrt(area(quad)), rel=1e-4)


def test_a_hidden_card_is_neither_asked_for_nor_punished() -> None:
    heat, care, _, weight = targets([seen(card_at(128, 128, 80, 0), visible=0.2)], SIZE)
    assert heat.max() == weight.max() == 0
    assert care[0, 16, 16] == 0
    assert care[0, 1, 1] == 1


def test_a_card_whose_middle_is_outside_is_not_asked_for() -> None:
    heat, care, _, _ = targets([seen(card_at(-10, 128, 80, 0))], SIZE)
    assert heat.max() == 0
    assert care[0, 16, 1] == 0


def test_where_a_seen_card_lies_on_a_hidden_one_it_is_asked_for() -> None:
    hidden, shown = seen(card_at(128, 128, 90, 0), 0.1), seen(card_at(140, 128, 80, 0))
    for cards in ([hidden, shown], [shown, hidden]):
        heat, care, _, _ = targets(cards, SIZE)
        assert (care[heat > 0.5] == 1).all()


def test_a_scene_without_cards_asks_for_nothing() -> None:
    heat, care, _, weight = targets([], SIZE)
    assert (heat.max(), care.min(), weight.max()) == (0, 1, 0)
