from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.embedder import Description
from cardlens.recognition.local import pack
from cardlens.recognition.matcher import Matcher
from cardlens.runtimes.base import Floats
from tests.recognition.doubles import SmallGallery, random_parts

IDS = ("a-1", "a-2", "b-1", "c-1", "c-1")
GROUPS = (("a-1", "b-1"),)
LANGUAGES = ("en", "en", "de", "en", "ja")


def unit_vectors(count: int, seed: int = 0) -> Floats:
    vectors = np.random.default_rng(seed).normal(size=(count, 768)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


ROWS = unit_vectors(len(IDS))
MATCHER = Matcher(SmallGallery(IDS, ROWS, GROUPS, LANGUAGES))


def test_a_card_matches_its_own_scan_best() -> None:
    for row, artworks in enumerate(MATCHER.match(Description(ROWS))):
        assert IDS[row] in artworks[0].printings
        assert artworks[0].similarity > 0.999


def test_the_artworks_are_those_that_the_slow_loop_finds() -> None:
    queries = unit_vectors(6, seed=1)
    for query, artworks in zip(queries, MATCHER.match(Description(queries)), strict=True):
        best: dict[tuple[str, ...], float] = {}
        for card_id, row in zip(IDS, ROWS, strict=True):
            group = next((group for group in GROUPS if card_id in group), (card_id,))
            best[group] = max(best.get(group, -1.0), sum(float(a) * float(b) for a, b in zip(query, row, strict=True)))
        expected = sorted(best, key=lambda group: -best[group])
        assert [artwork.printings for artwork in artworks] == expected
        np.testing.assert_allclose(
            [artwork.similarity for artwork in artworks], [best[group] for group in expected], atol=1e-5
        )


def test_tied_printings_are_one_artwork_with_the_language_of_the_nearest_scan() -> None:
    first = MATCHER.match(Description(ROWS[2:3]))[0][0]
    assert first.printings == ("a-1", "b-1")
    assert first.language == "de"


def test_another_view_of_a_card_says_its_language() -> None:
    first = MATCHER.match(Description(ROWS[4:]))[0][0]
    assert (first.printings, first.language) == (("c-1",), "ja")


def test_nothing_to_match_matches_nothing() -> None:
    assert MATCHER.match(Description(np.zeros((0, 768), np.float32))) == []


def test_an_empty_gallery_has_no_artworks() -> None:
    assert Matcher(SmallGallery((), np.zeros((0, 768), np.float32))).match(Description(ROWS[:2])) == [[], []]


def test_of_candidates_alike_the_one_whose_parts_agree_comes_first() -> None:
    parts = random_parts(3)
    rows = unit_vectors(1) + unit_vectors(3, seed=2) * np.array([[0.02], [0.05], [0.08]], np.float32)
    vectors = np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
    matcher = Matcher(SmallGallery(("a-1", "b-1", "c-1"), vectors, packed=pack(parts)))
    [plain] = matcher.match(Description(unit_vectors(1)))
    [checked] = matcher.match(Description(unit_vectors(1), parts[2:]))
    assert plain[0].printings == ("a-1",)
    assert plain[0].agreement is None
    assert checked[0].printings == ("c-1",)
    assert [artwork.agreement or 0 for artwork in checked] == sorted(
        (artwork.agreement or 0 for artwork in checked), reverse=True
    )
    assert checked[0].agreement == pytest.approx(1.0, abs=0.02)


def test_a_gallery_without_local_descriptors_matches_by_the_whole_alone() -> None:
    assert MATCHER.match(Description(ROWS, random_parts(len(ROWS)))) == MATCHER.match(Description(ROWS))
