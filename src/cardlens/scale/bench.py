"""The benchmark on many machines: each contender's part of the report is an item; the driver puts them together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cardlens.benchmark.run import Benchmark, Plan, Report
from cardlens.errors import CardlensError, bug_report
from cardlens.scale.engine import Cluster, Progress, run
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.same import check_same, fingerprint, for_workers
from cardlens.settings import Settings
from cardlens.store.address import open_store

PARTS = pa.schema([("part", pa.string()), ("report", pa.string()), ("error", pa.string())])


@dataclass(frozen=True, slots=True)
class BenchWork:
    """Measuring parts of a report on card data that every machine has in the same folder.

    `lines`: the confidence of each contender that is precise on rendered photos; empty before they were shown.
    """

    data: Path
    cache: Path
    settings: Settings
    plan: Plan
    seed: int
    lines: dict[str, float]
    prints: dict[str, str]

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        return {
            "kind": "bench",
            "data": str(self.data),
            "plan": json.dumps(asdict(self.plan)),
            "seed": self.seed,
            "lines": json.dumps(self.lines, sort_keys=True),
            **self.prints,
        }

    def open(self) -> BenchWorker:
        """As `Work.open`."""
        check_same(self.settings, self.prints)
        return BenchWorker(Benchmark(self.data, self.cache, self.settings, self.plan, self.seed), self.lines)

    def failed(self, name: str, reason: str) -> pa.Table:
        """As `Work.failed`."""
        return pa.Table.from_pylist([{"part": name, "error": reason}], PARTS)


class BenchWorker:
    """One process that measures parts."""

    def __init__(self, benchmark: Benchmark, lines: Mapping[str, float]) -> None:
        """Keep what is open."""
        self._benchmark, self._lines = benchmark, lines

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """As `Worker.__call__`."""
        return pa.Table.from_pylist([self._row(name) for name in names], PARTS)

    def _row(self, name: str) -> dict[str, Any]:
        try:
            report = next(iter(self._benchmark.do_here([name], self._lines)))
        except CardlensError as error:
            return {"part": name, "error": str(error)}
        except Exception as error:  # the driver says which part it was
            return {"part": name, "error": bug_report(error)}
        return {"part": name, "report": json.dumps(report)}


@dataclass(frozen=True, slots=True)
class RayBench:
    """Does the parts of `Benchmark.run` on a cluster.

    Attributes:
        place: address of a store for parts, which all machines reach; a folder a stage.
    """

    data: Path
    cache: Path
    settings: Settings
    plan: Plan
    seed: int
    place: str
    cluster: Cluster
    progress: Progress

    def __call__(self, parts: Sequence[str], lines: Mapping[str, float]) -> Iterator[Report]:
        """As `Do`; raises `ScaleError` where a part could not be measured."""
        place = f"{self.place.rstrip('/')}/{parts[0].partition(' ')[0]}"
        settings, prints = for_workers(self.settings), fingerprint(self.settings)
        work = BenchWork(self.data, self.cache, settings, self.plan, self.seed, dict(lines), prints)
        done = run(work, parts, 1, place, self.cluster, self.progress)
        for table in Ledger(open_store(place)).tables(range(done.plan.count)):
            for row in table.to_pylist():
                if row["error"]:
                    raise ScaleError(f"{row['part']}: {row['error']}; when it is mended, give other --parts")
                yield json.loads(row["report"])
