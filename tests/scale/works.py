"""Work that is quick to do, for tests of how it is shared out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cardlens.errors import CardlensError
from cardlens.scale.engine import Batches, Cluster, Done, Progress
from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import as_plan, keep_plan
from cardlens.scale.work import PICTURES, Patience, Work
from cardlens.store.address import open_store

ROWS = pa.schema([("name", pa.string()), ("error", pa.string())])


@dataclass(frozen=True)
class NotingWork:
    """Notes every look at an item in a file; ends its process over those in `deadly`, and hangs over `endless` ones."""

    notes: str
    seconds: float = 0.0
    deadly: tuple[str, ...] = ()
    broken: bool = False
    endless: tuple[str, ...] = ()
    patience: Patience = PICTURES

    def describe(self) -> dict[str, Any]:
        return {"kind": "noting"}

    def open(self) -> NotingWork:
        if self.broken:
            raise CardlensError("models: not on this machine; install them")
        return self

    def __call__(self, names: Sequence[str]) -> pa.Table:
        for name in names:
            if name in self.deadly:
                os._exit(9)
            if name in self.endless:
                time.sleep(3600)
            with Path(self.notes).open("a") as notes:
                notes.write(f"{name}\n")
            time.sleep(self.seconds)
        return pa.Table.from_pylist([{"name": name} for name in names], ROWS)

    def failed(self, name: str, reason: str) -> pa.Table:
        return pa.Table.from_pylist([{"name": name, "error": reason}], ROWS)

    def noted(self) -> list[str]:
        return Path(self.notes).read_text().split()


def run_here(
    work: Work, items: Mapping[str, str], size: int, place: str, _: Cluster, progress: Progress = lambda *_: None
) -> Done:
    """Do what the cluster does, one batch after the other; how it shares them out is tested with the engine."""
    store = open_store(place)
    plan = keep_plan(store, as_plan(work.describe(), items, size))
    batches = Batches(work, place)
    for batch in plan.batches():
        row = {"number": batch.number, "names": json.dumps(batch.names)}
        assert batches.take(row)["failure"] == ""
    return Done(Ledger(store).close(plan), plan, plan.count, 0)


def plain(*names: str) -> dict[str, str]:
    """Items that have no input."""
    return dict.fromkeys(names, "")


def without_time(line: str) -> dict[str, Any]:
    """Give an answer without what differs from run to run."""
    record: dict[str, Any] = json.loads(line)
    record.pop("milliseconds", None)
    return record
