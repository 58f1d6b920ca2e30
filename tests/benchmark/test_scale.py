from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.benchmark.scale_indexes import WAYS
from cardlens.benchmark.scale_measure import Asked
from cardlens.benchmark.scale_rows import NEAREST, ask, every_row, make_rows
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.files import Vectors
from cardlens.settings import BUNDLED

pytest.importorskip("matplotlib", reason="needs the extra train")

from cardlens.benchmark.scale import ScalePlan, exponents, table, targets


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    """600 real embeddings."""
    database = ReferenceDatabase.open(BUNDLED / "reference", None)
    return make_rows(database, 600, tmp_path_factory.mktemp("rows") / "rows.npy", 1, lambda *_: None)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_finds_nearly_what_comparing_every_row_finds(way: str, rows: Vectors, tmp_path: Path) -> None:
    WAYS[way].build(rows, tmp_path, 1)
    truth = ask(rows, 40, seed=2)
    figures = Asked.of(WAYS[way].open(rows, tmp_path), truth.vectors).figures(truth, rows)
    assert figures["recall_at_5"] >= 0.97
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]


def test_what_is_asked_is_as_near_to_its_row_as_a_photo(rows: Vectors) -> None:
    truth = ask(rows, 30, seed=4)
    near = truth.vectors @ np.asarray(rows, np.float32).T
    np.testing.assert_allclose(np.linalg.norm(truth.vectors, axis=1), 1, atol=1e-3)
    assert (np.diff(np.take_along_axis(near, truth.rows, axis=1), axis=1) <= 1e-5).all()
    assert np.median(near.max(axis=1)) == pytest.approx(0.75, abs=0.03)
    assert every_row(rows, truth.vectors).shape == (30, NEAREST)


def test_exponents_are_those_of_the_figures() -> None:
    sizes = [
        {"rows": count, "compact": {"build_seconds": count**1.5, "p50_ms": 2.0}, "exact": {"p50_ms": count / 10}}
        for count in (1000, 10_000, 100_000)
    ]
    fitted = exponents(sizes)
    assert fitted["compact"] == {"build_seconds": 1.5, "p50_ms": 0.0}
    assert fitted["exact"] == {"p50_ms": 1.0}
    assert exponents(sizes[:1]) == {"compact": {}, "exact": {}}


def test_targets_are_judged_at_a_million_rows_alone() -> None:
    good = {"build_seconds": 800, "open_seconds": 0.2, "p50_ms": 1.5, "resident_bytes": 2e9, "recall_at_5": 0.99}
    assert {one["verdict"] for one in targets([{"rows": 1_000_000, "reference": good}])} == {"met"}
    poor = good | {"recall_at_5": 0.97}
    assert [one["verdict"] for one in targets([{"rows": 1_000_000, "reference": poor}])].count("missed") == 1
    assert {one["verdict"] for one in targets([{"rows": 100_000, "reference": good}])} == {"missing"}


def test_sizes_end_with_the_one_that_was_asked_for() -> None:
    assert ScalePlan(most=50_000).sizes == (17_592, 50_000)
    assert not ScalePlan().is_measured("pgvector", 1_000_000)


def test_the_table_has_a_line_a_way_and_size() -> None:
    size = {"rows": 1000, "compact": {"p50_ms": 1.25}, "exact": {"p50_ms": 10.0}}
    lines = table({"sizes": [size], "exponents": {"compact": {"p50_ms": 0.5}}}).splitlines()
    assert sum(line.startswith("| 1,000 |") for line in lines) == 2
    assert lines[-1] == "| compact |  |  | 0.5 |  |"
