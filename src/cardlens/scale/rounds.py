"""Work on inputs that come and change: each round has its own plan, and does what those before it have not done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pyarrow as pa

from cardlens.scale.engine import Cluster, Progress, run
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import read_plan
from cardlens.scale.work import Work
from cardlens.store.address import open_store

_ROUND = "round-"


@dataclass(frozen=True, slots=True)
class Round:
    """One round that is done. `stands`: the items whose row here is that of the input as it is now."""

    ledger: Ledger
    batches: int
    stands: frozenset[str]

    def tables(self, column: str) -> Iterator[pa.Table]:
        """Read the parts, one in memory at a time; `column` holds the names of the items.

        Raises:
            ScaleError: in the end, where an item has no row.
        """
        absent = set(self.stands)
        for table in self.ledger.tables(range(self.batches)):
            absent.difference_update(table.column(column).to_pylist())
            yield table
        if absent:
            address = self.ledger.store.address
            raise ScaleError(f"{address}: holds no row of {min(absent)}; delete it and give the same command again")


def run_rounds(
    work: Work, items: Mapping[str, str], size: int, place: str, cluster: Cluster, progress: Progress = lambda *_: None
) -> list[Round]:
    """Do `work` on every item, as `run` does, where earlier rounds at `place` have not done it on the same input.

    Raises:
        ScaleError: `place` holds other work, or a worker could not go on.
    """
    rounds: list[Round] = []
    left = dict(items)
    for number in count():
        at = f"{place.rstrip('/')}/{_ROUND}{number:03d}"
        begun = read_plan(open_store(at))
        if begun is None and not left:
            return rounds
        done = run(work, left if begun is None else begun.items, size, at, cluster, progress)
        stands = frozenset(name for name, state in done.plan.items.items() if left.get(name) == state)
        rounds.append(Round(Ledger(open_store(at)), done.plan.count, stands))
        left = {name: state for name, state in left.items() if name not in stands}
    return rounds


def remove_rounds(folder: Path) -> None:
    """Remove the rounds of a folder, and the folder where nothing else is in it."""
    for its_round in folder.glob(f"{_ROUND}*"):
        shutil.rmtree(its_round, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()
