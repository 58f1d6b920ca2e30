from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("pyarrow", reason="needs the extra scale")
pytest.importorskip("torch", reason="needs the extra train")

from cardlens.benchmark.run import FULL, QUICK, Benchmark, merged
from cardlens.errors import CardlensError
from cardlens.scale import bench
from cardlens.scale.bench import BenchWork, BenchWorker, RayBench
from cardlens.scale.engine import Cluster, Done
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import as_plan
from cardlens.settings import Settings
from cardlens.store.address import open_store


class _Parts:
    """Stands for a benchmark: every part is a figure of its contender."""

    def do_here(self, parts: Sequence[str], lines: Mapping[str, float]) -> Iterator[dict[str, Any]]:
        for part in parts:
            kind, _, who = part.partition(" ")
            if who == "bad":
                raise CardlensError("bad: has no pictures")
            yield {kind: {who: lines.get(who, 0.1 + 0.2)}}


def _worker(lines: Mapping[str, float]) -> BenchWorker:
    return BenchWorker(cast(Benchmark, _Parts()), lines)


def _run_here(work: BenchWork, items: Mapping[str, str], size: int, place: str, *_: object) -> Done:
    assert work.describe()["lines"] == json.dumps(work.lines)
    ledger, plan = Ledger(open_store(place)), as_plan(work.describe(), items, size)
    for batch in plan.batches():
        ledger.deliver(batch.number, _worker(work.lines)(batch.names))
    return Done({}, plan, plan.count, 0)


def _ray(folder: Path, seed: int) -> RayBench:
    data = folder / "data"
    data.mkdir(exist_ok=True)
    place = str(folder / "parts"), Cluster(), lambda *_: None
    return RayBench(data, folder / "cache", Settings(), QUICK, seed, *place)


def test_parts_of_all_contenders_make_the_report_that_one_machine_makes() -> None:
    apart = [{"crops": {"a": 1}, "growth": {"a": 2}}, {"crops": {"b": 3}, "growth": {}}, {"fans": {"x": 4}}]
    assert merged(apart) == {"crops": {"a": 1, "b": 3}, "growth": {"a": 2}, "fans": {"x": 4}}
    assert list(merged(apart)["crops"]) == ["a", "b"]


def test_a_part_keeps_every_bit_of_its_figures() -> None:
    rows = _worker({"b": 1 / 3})(["crops a", "real b"]).to_pylist()
    assert [json.loads(row["report"]) for row in rows] == [{"crops": {"a": 0.1 + 0.2}}, {"real": {"b": 1 / 3}}]
    assert [row["error"] for row in rows] == [None, None]


def test_a_part_that_cannot_be_measured_says_why() -> None:
    assert _worker({})(["crops bad"]).to_pylist()[0]["error"] == "bad: has no pictures"


def test_the_driver_gives_reports_in_order_and_refuses_a_part_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "run", _run_here)
    ray = _ray(tmp_path, 1)
    assert list(ray(["crops b", "crops a"], {})) == [{"crops": {"b": 0.1 + 0.2}}, {"crops": {"a": 0.1 + 0.2}}]
    with pytest.raises(ScaleError, match="real bad: bad: has no pictures; when it is mended, give other --parts"):
        list(ray(["real bad"], {"bad": 0.5}))


def test_a_part_of_other_cards_or_another_seed_is_not_taken_for_this_one_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "run", _run_here)
    places = []
    for seed, cards in ((1, b"one"), (1, b"one"), (2, b"one"), (2, b"other")):
        ray = _ray(tmp_path, seed)
        card = ray.data / "card.jpg"
        if not card.exists() or card.read_bytes() != cards:
            card.write_bytes(cards)
        list(ray(["crops a"], {}))
        places.append(len(list((tmp_path / "parts").iterdir())))
    assert places == [1, 1, 2, 3]


def test_a_part_of_the_benchmark_has_the_time_that_it_takes() -> None:
    work = BenchWork(Path("data"), "", Path("cache"), Settings(), QUICK, 1, {}, {})
    assert work.patience.batch(1) == work.patience.item > FULL.minutes * 60 * 4
