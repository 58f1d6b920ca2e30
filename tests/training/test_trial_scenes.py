from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.quad import width
from cardlens.training import trial_scenes as module
from cardlens.training.simulator.scenes import Scene
from cardlens.training.trial_scenes import trial_scenes
from tests.training.drawn_scans import drawn_grounds, drawn_scans

SMALLER = 400


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    """Rendered at a third of the real size: the narrowest card is as wide."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SIZE", SMALLER)
        return list(trial_scenes(drawn_scans(), drawn_grounds(), 5, seed=4))


def test_there_are_as_many_as_were_asked_for(scenes: list[Scene]) -> None:
    assert [scene.pixels.shape for scene in scenes] == [(SMALLER, SMALLER, 3)] * 5


def test_each_shows_one_to_nine_cards_none_too_narrow(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert 1 <= len(scene.cards) <= 9
        assert min(width(card.quad) for card in scene.cards) >= 60


def test_a_scene_does_not_depend_on_how_many_there_are(scenes: list[Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SIZE", SMALLER)
    (first,) = trial_scenes(drawn_scans(), drawn_grounds(), 1, seed=4)
    np.testing.assert_array_equal(first.pixels, scenes[0].pixels)
    (other,) = trial_scenes(drawn_scans(), drawn_grounds(), 1, seed=5)
    assert (other.pixels != first.pixels).any()
