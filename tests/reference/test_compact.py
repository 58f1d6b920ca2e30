from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.reference import compact, files
from cardlens.reference.compact import CompactIndex


@pytest.fixture
def rows() -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    """Rows near a plane of 40 dimensions, as embeddings are near one of some."""
    random = np.random.default_rng(3)
    plane = random.normal(size=(40, 768))
    made = random.normal(size=(1500, 40)) @ plane + 0.1 * random.normal(size=(1500, 768))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float16)


def test_finds_what_comparing_every_row_finds(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path
) -> None:
    compact.build(rows, tmp_path, threads=1)
    index = CompactIndex.open(tmp_path, rows)
    asked = np.asarray(rows[:60], np.float32)
    hits = index.search(asked, 5)
    near = asked @ rows.astype(np.float32).T
    best = np.argsort(-near, axis=1)[:, :5]
    shared = [len(set(mine) & set(true)) for mine, true in zip(hits.rows.tolist(), best.tolist(), strict=True)]
    assert sum(shared) / 300 >= 0.98
    np.testing.assert_allclose(hits.similarities, np.take_along_axis(near, hits.rows, axis=1), atol=1e-5)


def test_an_index_of_other_rows_is_refused(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path
) -> None:
    compact.build(rows[:100], tmp_path, threads=1)
    with pytest.raises(BadReference, match="of 100 rows, there are 1,500"):
        CompactIndex.open(tmp_path, rows)
    file = tmp_path / files.COMPACT
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(BadReference, match="not a whole usearch index"):
        CompactIndex.open(tmp_path, rows[:100])
    file.unlink()
    with pytest.raises(BadReference, match=r"compact\.index"):
        CompactIndex.open(tmp_path, rows[:100])


def test_an_index_of_another_number_of_components_opens_as_it_was_made(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    monkeypatch.setattr(compact, "COMPONENTS", 128)
    compact.build(rows[:1200], before, threads=1)
    monkeypatch.undo()
    asked = np.asarray(rows[:20], np.float32)
    assert CompactIndex.open(before, rows[:1200]).search(asked, 1).rows[:, 0].tolist() == list(range(20))
    compact.extend(before, rows, after, threads=1)
    grown = CompactIndex.open(after, rows)
    assert grown.search(np.asarray(rows[-20:], np.float32), 1).rows[:, 0].tolist() == list(range(1480, 1500))


def test_each_row_is_added_once_and_found_among_those_near_it(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path
) -> None:
    compact.build(rows, tmp_path, threads=1)
    near = CompactIndex.open(tmp_path, rows).near_each(16)
    assert near.shape == (1500, 16)
    assert (near == np.arange(1500)[:, None]).any(axis=1).all()
    assert all(len(set(found)) == 16 for found in near.tolist())


@pytest.mark.parametrize("attempt", range(10))
def test_several_threads_lose_no_row(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path, attempt: int
) -> None:
    """More than half of graphs made by several threads lack a row, where rows that are lost are not added again."""
    few = rows[attempt : attempt + 400]
    compact.build(few, tmp_path, threads=4)
    index = CompactIndex.open(tmp_path, few)
    assert len(index) == 400
    assert compact.rows_without_themselves(index.near_each(16)).tolist() == []


def test_where_the_graph_reaches_fewer_every_row_is_compared(
    rows: np.ndarray[tuple[int, ...], np.dtype[np.float16]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compact.build(rows[:100], tmp_path, threads=1)
    index = CompactIndex.open(tmp_path, rows[:100])
    asked = np.asarray(rows[:2], np.float32)
    owed = index.search(asked, 5)
    two_alone = type("Reached", (), {"keys": np.array([7, 8])})
    monkeypatch.setattr(index, "_index", type("Graph", (), {"search": lambda *_, **__: two_alone})())
    np.testing.assert_array_equal(index.search(asked, 5).rows, owed.rows)
