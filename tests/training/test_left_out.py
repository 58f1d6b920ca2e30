from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.embedder import Description
from cardlens.recognition.matcher import Matcher
from cardlens.training.left_out import LeftOut
from tests.recognition.doubles import SmallGallery

IDS = ("a-1", "a-2", "b-1", "b-2", "c-1", "c-1")
TIES = (("a-1", "b-1"),)
_RANDOM = np.random.default_rng(0).normal(size=(len(IDS), 768)).astype(np.float32)
ROWS = np.asarray(_RANDOM / np.linalg.norm(_RANDOM, axis=1, keepdims=True), np.float32)
WHOLE = SmallGallery(IDS, ROWS, TIES, ["en", "en", "de", "en", "en", "ja"])


@settings(max_examples=40)
@given(st.sets(st.sampled_from(IDS)), st.integers(1, 8))
def test_matches_are_those_of_a_gallery_that_never_had_them(gone: set[str], k: int) -> None:
    tied = {other for card_id in gone for other in WHOLE.printings(card_id)}
    kept = [row for row, card_id in enumerate(IDS) if card_id not in tied]
    small = SmallGallery([IDS[row] for row in kept], ROWS[kept], TIES)
    hits, expected = LeftOut(WHOLE, gone).search(ROWS, k), small.search(ROWS, k)
    assert [[IDS[row] for row in rows] for rows in hits.rows] == [
        [small.card_ids[r] for r in rows] for rows in expected.rows
    ]
    np.testing.assert_allclose(hits.similarities, expected.similarities, atol=1e-6)


def test_a_card_is_left_out_with_what_is_tied_with_it() -> None:
    artworks = Matcher(LeftOut(WHOLE, ["a-1"])).match(Description(ROWS))
    assert all({"a-1", "b-1"}.isdisjoint(artwork.printings) for found in artworks for artwork in found)


def test_with_every_card_left_out_nothing_matches() -> None:
    assert Matcher(LeftOut(WHOLE, IDS)).match(Description(ROWS[:2])) == [[], []]


def test_with_none_left_out_all_is_as_before() -> None:
    assert Matcher(LeftOut(WHOLE, [])).match(Description(ROWS)) == Matcher(WHOLE).match(Description(ROWS))


@pytest.mark.parametrize("card_id", IDS)
def test_what_is_known_of_cards_stays_known(card_id: str) -> None:
    less = LeftOut(WHOLE, IDS)
    assert less.metadata(card_id) == WHOLE.metadata(card_id)
    assert less.printings(card_id) == WHOLE.printings(card_id)
    assert less.languages == WHOLE.languages


def test_a_card_that_is_left_out_is_no_longer_said_to_be_there() -> None:
    assert list(LeftOut(WHOLE, ["a-1"]).card_ids) == ["", "a-2", "", "b-2", "c-1", "c-1"]
