from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.reference.nearest import build_index, extend_index, open_index, search_every_row, search_index


def unit_vectors(rows: int, seed: int = 0, rank: int | None = None) -> np.ndarray:
    """Random unit vectors; with `rank`, most of their length in so many dimensions, as embeddings have it."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((rows, 768))
    if rank:
        vectors += random.standard_normal((rows, rank)) @ random.standard_normal((rank, 768))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def test_the_index_agrees_with_comparing_every_row() -> None:
    rows = unit_vectors(3000, rank=48)
    noisy = rows[:300] + 0.03 * np.random.default_rng(1).standard_normal((300, 768)).astype(np.float32)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    exact = search_every_row(rows, noisy, 5)
    found = search_index(build_index(rows.astype(np.float16)), rows, noisy, 5, threads=1)
    assert (found.rows[:, 0] == exact.rows[:, 0]).mean() > 0.999
    np.testing.assert_allclose(found.similarities[:, 0], exact.similarities[:, 0], atol=1e-5)


def test_similarities_are_cosines_best_first() -> None:
    rows = unit_vectors(200)
    hits = search_every_row(rows, rows[:10], 200)
    assert hits.rows.shape == hits.similarities.shape == (10, 200)
    np.testing.assert_allclose(hits.similarities[:, 0], 1, atol=1e-5)
    assert (np.diff(hits.similarities, axis=1) <= 0).all()
    assert (np.sort(hits.rows, axis=1) == np.arange(200)).all()


def test_equal_rows_are_all_found() -> None:
    rows = np.repeat(unit_vectors(1), 400, axis=0)
    hits = search_index(build_index(rows), rows, rows[:3], 30, threads=1)
    assert hits.rows.shape == (3, 30)
    np.testing.assert_allclose(hits.similarities, 1, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_one_vector_is_searched_as_many_are(count: int) -> None:
    rows = unit_vectors(50)
    assert search_index(build_index(rows), rows, rows[:count], 3, threads=1).rows[:, 0].tolist() == list(range(count))


def test_an_extended_index_finds_old_and_new_rows(tmp_path: Path) -> None:
    rows = unit_vectors(60)
    build_index(rows[:40]).save(str(tmp_path / "old.index"))
    index = open_index(tmp_path / "old.index", view=False)
    extend_index(index, rows[40:])
    index.save(str(tmp_path / "both.index"))
    both = open_index(tmp_path / "both.index")
    assert search_index(both, rows, rows, 1, threads=1).rows[:, 0].tolist() == list(range(60))


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -200])
def test_a_file_cut_short_is_refused_and_does_not_end_the_program(tmp_path: Path, kept: float) -> None:
    build_index(unit_vectors(30)).save(str(tmp_path / "whole.index"))
    content = (tmp_path / "whole.index").read_bytes()
    size = int(kept * len(content)) if isinstance(kept, float) else kept if kept >= 0 else len(content) + kept
    (tmp_path / "cut.index").write_bytes(content[:size])
    with pytest.raises(BadReference, match=r"cut\.index: not a whole usearch index"):
        open_index(tmp_path / "cut.index")


def test_a_missing_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadReference, match="missing"):
        open_index(tmp_path / "usearch.index")
