"""What there is to do: every item once, in order, in numbered batches that are the same at every start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from cardlens import __version__
from cardlens.recognition.picture_file import printable
from cardlens.scale.errors import ScaleError
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store

PLAN = "plan.json"
SCHEMA = 2
_ITEMS_A_FILE = 100_000
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
        states: of the inputs of the items, which change when these do; none for items without an input.
    """

    work: dict[str, Any]
    names: tuple[str, ...]
    size: int
    states: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many batches there are."""
        return -(-len(self.names) // self.size)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that is planned."""
        text = json.dumps([self.work, self.size, list(self.items.items())], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def items(self) -> dict[str, str]:
        """The state of each item's input, in their order."""
        return dict(zip_longest(self.names, self.states, fillvalue=""))

    def batches(self) -> Iterator[Batch]:
        """Cut the items into batches."""
        for number in range(self.count):
            yield Batch(number, self.names[number * self.size : (number + 1) * self.size])


def keep_plan(store: Store, plan: Plan) -> Plan:
    """Write a plan, or give the one that is there.

    Items that are in only one of the two are no reason to refuse: what was planned is done, as it was planned.

    Raises:
        ScaleError: what is there is for other work, or the input of an item has changed since.
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
    now = plan.items
    changed = [name for name, state in there.items.items() if (now.get(name) or state) != state]
    if changed:
        which = printable(changed[0]) + (f" and {len(changed) - 1:,} more" if len(changed) > 1 else "")
        raise ScaleError(f"{store.address}: changed since this was begun: {which}; give another place for a new run")
    return there


def read_plan(store: Store) -> Plan | None:
    """Read the plan of a place, None where there is none; raises `ScaleError` where it is none of ours."""
    found = store.read(PLAN)
    if found is None:
        return None
    try:
        record = json.loads(found.content)
        sound = record["schema"] == SCHEMA
        if sound:
            plan = _as_read(store, record)
            sound = plan.digest == record["digest"]
    except (ValueError, KeyError, TypeError) as error:
        raise ScaleError(f"{store.at(PLAN)}: not a plan ({error}); give another place") from error
    if not sound:
        raise ScaleError(f"{store.at(PLAN)}: was changed, or is of another version; give another place")
    return plan


def _as_read(store: Store, record: dict[str, Any]) -> Plan:
    items: dict[str, str] = {}
    for file in record["files"]:
        found = store.read(file, _LARGEST_FILE)
        if found is None:
            raise ValueError(f"{file} is missing")
        items.update(json.loads(found.content))
    return Plan(record["work"], tuple(items), int(record["size"]), tuple(items.values()))


def _write(store: Store, plan: Plan) -> None:
    """Write the items first: a plan that is there is whole. Of two who plan at once, one plan stands."""
    files = []
    items = list(plan.items.items())
    for at in range(0, len(items), _ITEMS_A_FILE):
        content = json.dumps(dict(items[at : at + _ITEMS_A_FILE])).encode()
        files.append(f"plan/{hashlib.sha256(content).hexdigest()[:16]}.json")
        store.put(files[-1], content)
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


def as_plan(work: dict[str, Any], items: Mapping[str, str], size: int) -> Plan:
    """Plan `work` on items, whose state is that of their input; raises `ScaleError` where there is nothing to do."""
    if not items:
        raise ScaleError("nothing to do: there is not one item; name a folder or prefix with pictures")
    return Plan(work, tuple(items), size, tuple(items.values()))
