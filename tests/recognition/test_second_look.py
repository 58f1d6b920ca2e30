from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.aligner import Aligned
from cardlens.recognition.detector import Detector
from cardlens.recognition.quad import Points, area, middle
from cardlens.recognition.second_look import stretched, views
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import DETECTOR_SPEC, ContentAligner, KnowingDetector

# as large as the detector looks at near photos, so that nothing is resized
PHOTO = np.full((1024, 1024, 3), 90, np.uint8)
OWN, OTHER = card_at(300, 300, 120, 0.3), card_at(700, 650, 140, 1.0)


class SayingAligner(ContentAligner):
    """Says for every start, in turn, what it was told."""

    def __init__(self, said: Sequence[Aligned]) -> None:
        super().__init__()
        self._said = iter(said)

    def align(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        self.asked += quads
        return [next(self._said) for _ in quads]


def seen(quads: Sequence[Points], *said: Aligned) -> tuple[list[list[Points]], list[Points]]:
    """The views, and the starts that the aligner was asked about."""
    aligner = SayingAligner(said)
    detector = Detector(KnowingDetector([], (1024, 1024)), DETECTOR_SPEC, aligner)
    return views(detector, PHOTO, quads), aligner.asked


def test_the_starts_are_a_larger_and_a_smaller_card_about_the_same_middle() -> None:
    _, starts = seen([OWN], Aligned(OWN, 1.0), Aligned(OWN, 1.0))
    assert len(starts) == 2
    assert min(area(start) for start in starts) < 0.9 * area(OWN)
    assert max(area(start) for start in starts) > 1.1 * area(OWN)
    for start in starts:
        np.testing.assert_allclose(middle(start), middle(OWN), atol=0.1)


@given(st.integers(0, 3))
def test_what_was_placed_anew_is_seen_the_same_way_up(turns: int) -> None:
    near = card_at(303, 298, 122, 0.28)
    (found,), _ = seen([OWN], Aligned(np.roll(near, turns, axis=0), 0.95), Aligned(near, 0.99))
    for view, wanted in zip(found, [OWN, near, near], strict=True):
        np.testing.assert_allclose(view, wanted, atol=1e-3)


def test_what_is_not_surely_placed_or_is_elsewhere_is_the_first_look_again() -> None:
    doubtful, elsewhere = Aligned(card_at(305, 300, 125, 0.3), 0.5), Aligned(card_at(420, 300, 120, 0.3), 0.99)
    (found,), _ = seen([OWN], doubtful, elsewhere)
    assert all(np.array_equal(view, OWN) for view in found)


def test_each_card_has_its_own_views() -> None:
    said = [Aligned(quad, 1.0) for quad in (OWN, OWN, OTHER, OTHER)]
    (one, other), _ = seen([OWN, OTHER], *said)
    assert len(one) == len(other) == 3
    assert middle(one[2]) == pytest.approx(middle(OWN), abs=0.1)
    assert middle(other[1]) == pytest.approx(middle(OTHER), abs=0.1)


def test_a_washed_out_crop_gets_its_contrast_and_colours_back() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    washed = (150 + crop * [0.3, 0.2, 0.25]).astype(np.uint8)
    assert np.abs(stretched(washed).astype(int) - crop).mean() < 5
    assert stretched(crop).dtype == np.uint8


def test_a_plain_crop_stays_plain() -> None:
    assert np.ptp(stretched(np.full((64, 64, 3), 130, np.uint8))) == 0
