"""Quads and patterned cards for tests of geometry."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st

from cardlens.recognition.quad import CARD_ASPECT, Points
from cardlens.runtimes.base import Bytes


def rectangle(left: float, top: float, across: float, down: float) -> Points:
    """An upright quad, clockwise from its top left."""
    right, bottom = left + across, top + down
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


@st.composite
def convex_quads(draw: st.DrawFn, frame: float = 400, smallest: float = 25, largest: float = 90) -> Points:
    """Cards seen at any angle and a little from the side, clockwise, wholly within `frame` x `frame`."""
    across = draw(st.floats(smallest, largest))
    angle = draw(st.floats(0, 2 * np.pi))
    lean = draw(st.tuples(*[st.floats(-0.12, 0.12)] * 8))
    corners = rectangle(-0.5, -CARD_ASPECT / 2, 1, CARD_ASPECT) + np.reshape(lean, (4, 2))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    reach = across * 1.05
    middle = [draw(st.floats(reach, frame - reach)), draw(st.floats(reach, frame - reach))]
    return np.asarray(corners @ turn * across + middle, np.float32)


def patterned_card(seed: int = 0, across: int = 126, down: int = 176) -> Bytes:
    """Soft blobs of colour, (down, across, 3): smooth enough to be warped there and back, no two places alike."""
    blobs = np.random.default_rng(seed).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(blobs, (across, down), interpolation=cv2.INTER_CUBIC), np.uint8)


def laid(card: Bytes, quad: Points, canvas: Bytes) -> Bytes:
    """`canvas` with `card` warped into `quad` by OpenCV: the card's pixel edges, not middles, lie on the corners."""
    down, across = card.shape[:2]
    matrix = cv2.getPerspectiveTransform(rectangle(-0.5, -0.5, across, down), quad)
    size = (canvas.shape[1], canvas.shape[0])
    seen = cv2.warpPerspective(card, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(np.ones((down, across), np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    return np.where(cover[..., None] > 0, seen, canvas)
