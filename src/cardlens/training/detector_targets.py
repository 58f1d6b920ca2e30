"""What the detector is asked to say of a scene: heat, corners and where not to ask."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cardlens.recognition.detector import HEAT_STRIDE as _STRIDE
from cardlens.recognition.quad import area, middle
from cardlens.runtimes.base import Floats
from cardlens.training.simulator.scenes import SeenCard

# less of a card in sight is not asked for, and not punished
_ENOUGH = 0.35


def targets(cards: Sequence[SeenCard], size: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Return heat (1, g, g), care (1, g, g), corners (8, g, g) in pixels and weight (1, g, g), g = size / stride."""
    grid = size // _STRIDE
    heat, weight = np.zeros((grid, grid), np.float32), np.zeros((grid, grid), np.float32)
    care, corners = np.ones((grid, grid), np.float32), np.zeros((8, grid, grid), np.float32)
    rows, columns = np.mgrid[0:grid, 0:grid].astype(np.float32)
    x, y = columns * _STRIDE + _STRIDE / 2 - 0.5, rows * _STRIDE + _STRIDE / 2 - 0.5
    for card in sorted(cards, key=lambda card: card.visible):
        middle_x, middle_y = middle(card.quad).tolist()
        inside = 0 <= middle_x < size and 0 <= middle_y < size
        if card.visible < _ENOUGH or not inside:
            cv2.fillConvexPoly(care, np.round(card.quad / _STRIDE).astype(np.int32), 0.0)
            continue
        reach = float(np.sqrt(area(card.quad)))
        far = (x - middle_x) ** 2 + (y - middle_y) ** 2
        spread = max(reach * 0.09, _STRIDE * 0.45)
        np.maximum(heat, np.exp(-far / (2 * spread**2)), out=heat)
        row, column = int(middle_y // _STRIDE), int(middle_x // _STRIDE)
        heat[row, column] = 1
        near = far <= max(reach * 0.11, _STRIDE * 0.9) ** 2
        weight[near] = 1 / reach
        corners[0::2, near] = card.quad[:, 0, None] - x[near]
        corners[1::2, near] = card.quad[:, 1, None] - y[near]
    care[heat > 0.5] = 1
    return heat[None], care[None], corners, weight[None]
