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
from cardlens.scale.inputs import folder_state
from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import as_plan
from cardlens.scale.same import check_same, fingerprint, for_workers
from cardlens.scale.work import Patience
from cardlens.settings import Settings
from cardlens.store.address import open_store

_A_PART = Patience(item=6 * 3600.0, each=0.0)  # the whole benchmark takes half an hour of two cores
_SHORT = 12  # hex digits of a digest
PARTS = pa.schema([("part", pa.string()), ("report", pa.string()), ("error", pa.string())])


@dataclass(frozen=True, slots=True)
class BenchWork:
    """Measuring parts of a report on card data that every machine has in the same folder.

    Attributes:
        content: names, sizes and times of the card data's files, as one digest.
        lines: the confidence of each contender that is precise on rendered photos; empty before they were shown.
        prints: what every worker must have: models, database and program.
    """

    data: Path
    content: str
    cache: Path
    settings: Settings
    plan: Plan
    seed: int
    lines: dict[str, float]
    prints: dict[str, str]

    @property
    def patience(self) -> Patience:
        """As `Work.patience`."""
        return _A_PART

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        return {
            "kind": "bench",
            "data": self.content,
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
        place: address of a store for parts, which all machines reach; a folder for each stage of each benchmark, so
            that what was measured of other cards, models or seeds is not taken for this one's.
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
        work = self._work(lines)
        items = dict.fromkeys(parts, "")
        stage = f"{parts[0].partition(' ')[0]}-{as_plan(work.describe(), items, 1).digest[:_SHORT]}"
        place = f"{self.place.rstrip('/')}/{stage}"
        done = run(work, items, 1, place, self.cluster, self.progress)
        for table in Ledger(open_store(place)).tables(range(done.plan.count)):
            for row in table.to_pylist():
                if row["error"]:
                    raise ScaleError(f"{row['part']}: {row['error']}; when it is mended, give other --parts")
                yield json.loads(row["report"])

    def _work(self, lines: Mapping[str, float]) -> BenchWork:
        settings, prints = for_workers(self.settings), fingerprint(self.settings)
        content = folder_state(self.data)
        return BenchWork(self.data, content, self.cache, settings, self.plan, self.seed, dict(lines), prints)
