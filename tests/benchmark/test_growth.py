from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cardlens.benchmark.growth import Asked, Gallery, distractors, measure_growth, right_among
from cardlens.runtimes.base import Floats


def unit(vectors: npt.NDArray[Any]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    """300 cards in ten families, as sets of one layout are."""
    random = np.random.default_rng(0)
    families = np.repeat(random.normal(size=(10, 768)), 30, axis=0)
    return Gallery(unit(families + random.normal(size=(300, 768))), np.arange(300))


@pytest.fixture(scope="module")
def asked(gallery: Gallery) -> Asked:
    noise = np.random.default_rng(1).normal(size=gallery.matrix.shape) * 0.03
    return Asked(unit(gallery.matrix + noise), gallery.labels)


def median_nearest(vectors: Floats, matrix: Floats) -> float:
    return float(np.median((vectors @ matrix.T).max(axis=1)))


def test_distractors_are_as_near_to_cards_as_cards_are_to_each_other(gallery: Gallery) -> None:
    more, wanted = distractors(gallery, 500, seed=3)
    near = gallery.matrix @ gallery.matrix.T - 2 * np.eye(300)
    assert wanted == pytest.approx(np.median(near.max(axis=1)), abs=0.02)
    assert median_nearest(more.astype(np.float32), gallery.matrix) == pytest.approx(wanted, abs=0.03)


def test_the_same_seed_gives_the_same_ones_and_none_are_asked_for_where_the_gallery_is_large_enough(
    gallery: Gallery,
) -> None:
    np.testing.assert_array_equal(distractors(gallery, 50, 3)[0], distractors(gallery, 50, 3)[0])
    assert not np.array_equal(distractors(gallery, 50, 3)[0], distractors(gallery, 50, 4)[0])
    assert distractors(gallery, 0, 3)[0].shape == (0, 768)


def test_a_distractor_nearer_than_the_card_makes_the_answer_wrong(gallery: Gallery, asked: Asked) -> None:
    nothing = np.zeros((0, 768), np.float16)
    assert right_among(gallery, nothing, asked).all()
    rival = asked.vectors[:1].astype(np.float16)
    said = right_among(gallery, rival, asked)
    assert not said[0]
    assert said[1:].all()


def test_rows_of_one_artwork_are_right_for_each_other(asked: Asked, gallery: Gallery) -> None:
    pairs = Gallery(gallery.matrix, gallery.labels // 2)
    swapped = asked.vectors.reshape(150, 2, 768)[:, ::-1].reshape(300, 768)
    assert right_among(pairs, np.zeros((0, 768), np.float16), Asked(swapped, gallery.labels // 2)).all()


def test_recall_is_given_by_size_and_the_index_where_it_is_asked_for(gallery: Gallery, asked: Asked) -> None:
    few = Asked(asked.vectors[:40], asked.labels[:40])
    first, grown = measure_growth(gallery, few, (1500,), (1500,), seed=5)
    assert (first["rows"], grown["rows"]) == (300, 1500)
    assert first["r1"] == 1.0 >= grown["r1"]
    assert "index_agrees" not in first
    assert grown["index_agrees"] >= 0.95
    assert grown["timing"]["index_milliseconds"] > 0
