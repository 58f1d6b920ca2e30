from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cardlens.recognition.regions import Mask, bounds, label

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12)))


@given(MASKS)
def test_labels_the_regions_that_opencv_labels(mask: Mask) -> None:
    labels, count = label(mask)
    their_count, theirs = cv2.connectedComponents(mask.astype(np.uint8))
    pairs = set(zip(labels.ravel().tolist(), theirs.ravel().tolist(), strict=True))
    assert count == their_count - 1
    assert len(pairs) == len({ours for ours, _ in pairs}) == len({their for _, their in pairs})
    assert ((labels > 0) == mask).all()


@given(MASKS)
def test_bounds_are_tight(mask: Mask) -> None:
    labels, count = label(mask)
    for number, (left, top, width, height) in enumerate(bounds(labels, count), 1):
        rows, columns = np.nonzero(labels == number)
        assert (left, top) == (columns.min(), rows.min())
        assert (left + width - 1, top + height - 1) == (columns.max(), rows.max())


def test_corners_touch() -> None:
    assert label(np.eye(3, dtype=bool))[1] == 1
