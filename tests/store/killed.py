"""A program that is killed: does one piece of work with a store. Says `ready` before, and `done` after."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup
from cardlens.store.layout import dataset
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.publish import Release, plan_publishing, publish
from cardlens.store.pull import plan_pulling, pull
from cardlens.store.restore import plan_restore, restore
from cardlens.store.rollback import plan_rollback, roll_back
from cardlens.store.snapshot import load_snapshot
from cardlens.store.switch import Switch

NAMES = ("reference", "raw")
SWITCHES = 300


def do_push(store: Store, place: str) -> None:
    tree = LocalTree(Path(place))
    for name in NAMES:
        plan = plan_publishing(store, dataset(name), tree)
        if not plan.is_empty:
            publish(store, plan, tree, Release())


def do_pull(store: Store, place: str) -> None:
    tree = LocalTree(Path(place))
    for name in NAMES:
        pull(store, plan_pulling(store, dataset(name), tree), tree)


def do_backup(store: Store, place: str) -> None:
    backup = open_store(place)
    back_up(store, backup, plan_backup(store, backup))


def do_restore(store: Store, place: str) -> None:
    target = open_store(place)
    restore(store, plan_restore(store, load_snapshot(store), target), target)


def do_rollback(store: Store, _: str) -> None:
    for name in NAMES:
        roll_back(store, plan_rollback(store, dataset(name)), take_over=True)


def do_switch(_: Store, place: str) -> None:
    switch = Switch(LocalTree(Path(place)), dataset("reference"))
    for _turn in range(SWITCHES):
        switch.use(switch.previous())


WORK: dict[str, Callable[[Store, str], None]] = {
    "push": do_push,
    "pull": do_pull,
    "backup": do_backup,
    "restore": do_restore,
    "rollback": do_rollback,
    "switch": do_switch,
}

if __name__ == "__main__":
    what, address, where = sys.argv[1:]
    its_store = open_store(address)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    WORK[what](its_store, where)
    sys.stdout.write("done\n")
    sys.stdout.flush()
