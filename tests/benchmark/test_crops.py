from __future__ import annotations

import numpy as np
import pytest

from cardlens.benchmark.contender import Candidate
from cardlens.benchmark.crops import is_right, lists, rank_queries, render_queries
from tests.benchmark.drawn_material import HELD_OUT, STRANGERS_FIRST, Thumbnail, drawn_material


def test_the_same_seed_renders_the_same_queries() -> None:
    material = drawn_material()
    one, other = (render_queries(material, 4, 2, 7) for _ in range(2))
    assert [query.subject for query in one] == [query.subject for query in other]
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True))
    assert {query.pixels.shape for query in one} == {(224, 224, 3)}


def test_hard_ones_are_small_held_out_cards_with_everything_at_once() -> None:
    hard = [query for query in render_queries(drawn_material(), 3, 5, 7) if query.hard]
    assert len(hard) == 5
    for query in hard:
        seen = query.subject.conditions
        assert query.subject.card_id in HELD_OUT
        assert 60 <= seen.width <= 90
        assert seen.foil
        assert seen.sleeve
        assert seen.glare > 0


def test_held_out_cards_are_ranked_as_known_and_as_strangers() -> None:
    material = drawn_material()
    contender = Thumbnail()
    contender.enrol(material.flat.pictures, material.flat.card_ids)
    queries = render_queries(material, 12, 0, 3)
    ranked = rank_queries(contender, contender.describe([query.pixels for query in queries]), queries, material)
    for query, one in zip(queries, ranked, strict=True):
        if not query.subject.held_out:
            assert one.known is one.stranger is None
            continue
        own = set(STRANGERS_FIRST) if query.subject.card_id in STRANGERS_FIRST else set(HELD_OUT) - set(STRANGERS_FIRST)
        assert one.known is not None
        assert one.stranger is not None
        assert not own & {candidate.card_id for candidate in one.stranger}
        assert own <= {candidate.card_id for candidate in one.known}


@pytest.mark.parametrize(
    ("ids", "among", "right"),
    [
        (["A3b-2", "A1-1"], 1, True),
        (["A1-1", "A3b-1"], 1, False),
        (["A1-1", "A3b-1"], 2, True),
        (["A1-1", "A1-2", "A3b-1"], 2, False),
        ([], 5, False),
    ],
)
def test_a_ranking_is_right_where_the_artwork_is_among_the_first(ids: list[str], among: int, right: bool) -> None:
    candidates = [Candidate(card_id, -place) for place, card_id in enumerate(ids)]
    assert is_right(drawn_material(), "A3b-1", candidates, among) == right


def test_tied_printings_count_as_one_artwork() -> None:
    candidates = [Candidate(card_id, 1.0) for card_id in ("A3b-1", "A3b-2", "A1-1")]
    assert is_right(drawn_material(), "A1-1", candidates, 2)


def test_the_very_printing_is_listed_only_where_it_is_itself() -> None:
    candidates = [Candidate(card_id, 1.0) for card_id in ("A3b-1", "A3b-2", "A1-1")]
    assert [lists("A3b-2", candidates, among) for among in (1, 2)] == [False, True]
    assert lists("A3b-1", candidates)
    assert not lists("A3b-1", [])
