from __future__ import annotations

import numpy as np
import pytest

from cardlens.benchmark.contender import LISTED
from cardlens.recognition.raster import resize
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scans import HEIGHT, WIDTH
from tests.benchmark.drawn_material import Thumbnail
from tests.training.drawn_scans import drawn_scan

IDS = [f"a-{number}" for number in range(14)]
FACES = [drawn_scan(number) for number in range(14)]


@pytest.fixture(scope="module")
def contender() -> Thumbnail:
    made = Thumbnail()
    made.enrol(FACES, IDS)
    return made


def test_the_enrolled_picture_is_nearest_to_itself(contender: Thumbnail) -> None:
    crops = [resize(face, 224, 224) for face in FACES]
    ranked = contender.rank(contender.describe(crops))
    assert [candidates[0].card_id for candidates in ranked] == IDS
    for candidates in ranked:
        scores = [candidate.score for candidate in candidates]
        assert scores == sorted(scores, reverse=True)
        assert len({candidate.card_id for candidate in candidates}) == len(candidates) == LISTED


def test_cards_that_are_left_out_are_not_ranked(contender: Thumbnail) -> None:
    described = contender.describe([resize(FACES[3], 224, 224)])
    [candidates] = contender.rank(described, {"a-3", "a-4"})
    assert not {"a-3", "a-4"} & {candidate.card_id for candidate in candidates}
    [nobody] = contender.rank(described, set(IDS))
    assert nobody == []


def test_nothing_asked_is_nothing_answered(contender: Thumbnail) -> None:
    assert contender.rank(contender.describe([])) == []
    assert contender.name_cards(FACES[0]) == []


@pytest.mark.parametrize("turns", [0, 2])
def test_a_quad_is_named_the_way_up_that_matches_better(turns: int) -> None:
    contender = Thumbnail([np.roll(card_at(WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5, WIDTH, 0.0), turns, axis=0)])
    contender.enrol(FACES, IDS)
    [said] = contender.name_cards(FACES[5])
    assert said.candidates[0].card_id == "a-5"
    assert said.quad[0].tolist() == pytest.approx([0, 0], abs=1.5)
    assert said.confidence == said.artwork_confidence == said.candidates[0].score
