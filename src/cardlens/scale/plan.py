"""What there is to do: every item once, in order, in numbered batches that are the same at every start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cardlens import __version__
from cardlens.scale.errors import ScaleError
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store

PLAN = "plan.json"
SCHEMA = 1
_NAMES_A_FILE = 100_000
_LARGEST_FILE = 512_000_000  # names are paths; 4 kB each at most, and few are


@dataclass(frozen=True, slots=True)
class Batch:
    """Items that one worker takes at once: names of files, or numbers of things to render."""

    number: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All items, and what is done with them.

    Attributes:
        work: what is done and with which models: a plan is gone on with only by the same.
        names: every item, in the order of the results.
        size: items in a batch.
    """

    work: dict[str, Any]
    names: tuple[str, ...]
    size: int

    @property
    def count(self) -> int:
        """How many batches there are."""
        return -(-len(self.names) // self.size)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is planned."""
        text = json.dumps([self.work, self.size, list(self.names)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def batches(self) -> Iterator[Batch]:
        """Cut the items into batches."""
        for number in range(self.count):
            yield Batch(number, self.names[number * self.size : (number + 1) * self.size])


def keep_plan(store: Store, plan: Plan) -> Plan:
    """Write a plan, or give the one that is there; raises `ScaleError` where that is for other work.

    Items that are in only one of the two are no reason to refuse: what was planned is done, as it was planned.
    """
    there = read_plan(store)
    if there is None:
        _write(store, plan)
        there = read_plan(store)
    if there is None:
        raise ScaleError(f"{store.at(PLAN)}: was not kept; give another place")
    other = sorted(key for key in {*plan.work, *there.work} if plan.work.get(key) != there.work.get(key))
    if other:
        raise ScaleError(
            f"{store.address}: holds work that was begun with another {', '.join(other)}; give another place for this"
        )
    return there


def read_plan(store: Store) -> Plan | None:
    """Read the plan of a place, None where there is none; raises `ScaleError` where it is none of ours."""
    found = store.read(PLAN)
    if found is None:
        return None
    try:
        record = json.loads(found.content)
        names = [name for file in record["files"] for name in _names(store, file)]
        plan = Plan(record["work"], tuple(names), int(record["size"]))
        sound = record["schema"] == SCHEMA and plan.digest == record["digest"]
    except (ValueError, KeyError, TypeError) as error:
        raise ScaleError(f"{store.at(PLAN)}: not a plan ({error}); give another place") from error
    if not sound:
        raise ScaleError(f"{store.at(PLAN)}: was changed, or is of another version; give another place")
    return plan


def _names(store: Store, file: str) -> list[str]:
    found = store.read(file, _LARGEST_FILE)
    if found is None:
        raise ValueError(f"{file} is missing")
    names: list[str] = json.loads(found.content)
    return names


def _write(store: Store, plan: Plan) -> None:
    """Write the names first: a plan that is there is whole. Of two who plan at once, one plan stands."""
    files = []
    for at in range(0, len(plan.names), _NAMES_A_FILE):
        names = json.dumps(plan.names[at : at + _NAMES_A_FILE]).encode()
        files.append(f"plan/{hashlib.sha256(names).hexdigest()[:16]}.json")
        store.put(files[-1], names)
    record = {
        "schema": SCHEMA,
        "made_by": f"cardlens {__version__}",
        "work": plan.work,
        "size": plan.size,
        "items": len(plan.names),
        "batches": plan.count,
        "files": files,
        "digest": plan.digest,
    }
    try:
        store.create(PLAN, json.dumps(record, indent=1).encode())
    except AlreadyThere:
        return


def as_plan(work: dict[str, Any], names: Sequence[str], size: int) -> Plan:
    """Plan `work` on `names`; raises `ScaleError` where there is nothing to do."""
    if not names:
        raise ScaleError("nothing to do: there is not one item; name a folder or prefix with pictures")
    return Plan(work, tuple(names), size)
