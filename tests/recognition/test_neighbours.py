from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.neighbours import as_neighbour
from cardlens.recognition.quad import middle
from cardlens.training.simulator.layouts import card_at

places = st.floats(50, 1000)


@given(places, places)
def test_the_nearest_quad_is_moved_to_the_middle_of_the_doubtful_one(x: float, y: float) -> None:
    near, far = card_at(x + 60, y, 80, 0.3), card_at(x + 300, y, 160, 1.0)
    doubtful = card_at(x, y, 50, 0)
    moved = as_neighbour(doubtful, [far, near])
    np.testing.assert_allclose(middle(moved), middle(doubtful), atol=0.1)
    np.testing.assert_allclose(moved - middle(moved), near - middle(near), atol=0.1)
