"""`kill -9` at random moments: nothing is lost, nothing shows half, the next run does the rest only.

One kill of each kind by default, of some only in a folder. CARDLENS_KILLS=50: as often as the project promises.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.backup import verify_backup
from cardlens.store.journal import Journal
from cardlens.store.layout import DATASETS, dataset
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.pointer import read_pointer
from cardlens.store.pull import plan_pulling, pull
from cardlens.store.snapshot import snapshot_times
from cardlens.store.survey import survey
from cardlens.store.switch import Switch
from cardlens.store.verify import verify_store
from tests.store.killed import NAMES, WORK
from tests.store.trees import read, write

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("CARDLENS_KILLS", "1"))
SEED = int(os.environ.get("CARDLENS_KILLS_SEED", "1"))
LARGE = 9_000_000  # more than one part
State = dict[str, dict[str, bytes]]

FOLDER, BUCKET = "folder", pytest.param("bucket", marks=pytest.mark.s3)
stores = pytest.mark.parametrize("store", [FOLDER, BUCKET], indirect=True)
often = [FOLDER, BUCKET] if KILLS > 1 else [FOLDER]


class Victim:
    """A piece of work that is started as a program of its own, and killed."""

    def __init__(self, what: str, store: Store, place: Path | str) -> None:
        self._arguments = [sys.executable, "-m", "tests.store.killed", what, store.address, str(place)]
        self._random = random.Random(f"{SEED} {what}")
        self.seconds = 0.0

    def run(self) -> None:
        """Let it finish; how long that takes says when to kill the next."""
        process = self._start()
        started = time.perf_counter()
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        self.seconds = time.perf_counter() - started
        process.wait()
        process.stdout.close()

    def kill(self) -> None:
        """Kill it at a random moment of its work."""
        process = self._start()
        time.sleep(self._random.uniform(0, self.seconds))
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(self._arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process


def fill(tree: LocalTree, turn: int) -> State:
    """Write the files of a turn: a database with a large file, and scans; returns them."""
    word = f"turn {turn} ".encode()
    database = {f"{name}.npy": word + name.encode() for name in "abcd"} | {"large.npy": word * (LARGE // len(word))}
    scans = {f"card_images/sv{number}-1.png": word + str(number).encode() for number in range(30)}
    write(tree, "reference", database)
    write(tree, "raw", scans)
    return {"reference": database, "raw": scans}


def pulled(store: Store, tree: LocalTree) -> State:
    """Pull both data sets."""
    for name in NAMES:
        pull(store, plan_pulling(store, dataset(name), tree), tree)
    return {name: read(tree, name) for name in NAMES}


@stores
def test_push(store: Store, tmp_path: Path) -> None:
    tree = LocalTree(tmp_path / "publisher")
    before = fill(tree, 0)
    victim = Victim("push", store, tree.root)
    victim.run()
    for turn in range(1, KILLS + 1):
        after = fill(tree, turn)
        victim.kill()
        seen = pulled(store, LocalTree(tmp_path / f"reader-{turn}"))
        for name in NAMES:
            assert seen[name] in (before[name], after[name])
        sent = {name: journaled(store, tree, name) for name in NAMES}
        assert sends_of_the_next_run(store, tree) == sum(len(after[name]) for name in NAMES) - sum(sent.values())
        assert pulled(store, LocalTree(tmp_path / f"reader-{turn}")) == after
        assert verify_store(store, DATASETS) == []
        before = after
    for name in NAMES:
        versions = list(read_pointer(store, dataset(name)).pointer.digests)
        assert versions == [f"v1.{number}" for number in range(KILLS + 1)]


def journaled(store: Store, tree: LocalTree, name: str) -> int:
    """Count the files that the killed run has sent and noted, or published."""
    pointer = read_pointer(store, dataset(name)).pointer
    journal = Journal(tree.own / f"publish-{name}.jsonl")
    head = journal.head()
    manifest = survey(store, dataset(name)).manifest
    here = tree.files(dataset(name))
    if manifest and all(
        path in manifest.files and manifest.files[path].sha256 == one.sha256 for path, one in here.items()
    ):
        return len(here)
    if head is None or pointer.claim is None or pointer.claim.token != head["token"]:
        return 0 if head is None else len(journal.steps())
    return len(journal.steps())


def sends_of_the_next_run(store: Store, tree: LocalTree) -> int:
    """Let the work be done by the next run; returns how many files it sent."""
    sent: list[str] = []
    kind = type(store)

    class Counting(kind):  # type: ignore[misc, valid-type]
        def send(self, path: str, *rest: object) -> object:
            sent.append(path)
            return super().send(path, *rest)

    counting = open_store(store.address)
    counting.__class__ = Counting
    WORK["push"](counting, str(tree.root))
    return len(sent)


@stores
def test_pull(store: Store, tmp_path: Path) -> None:
    publisher, tree = LocalTree(tmp_path / "publisher"), LocalTree(tmp_path / "reader")
    before = fill(publisher, 0)
    WORK["push"](store, str(publisher.root))
    victim = Victim("pull", store, tree.root)
    victim.run()
    for turn in range(1, KILLS + 1):
        after = fill(publisher, turn)
        WORK["push"](store, str(publisher.root))
        victim.kill()
        seen = {name: read(tree, name) for name in NAMES}
        assert seen["reference"] in (before["reference"], after["reference"])
        assert all(content in (before["raw"][path], after["raw"][path]) for path, content in seen["raw"].items())
        left = [plan_pulling(store, dataset(name), tree) for name in NAMES]
        there = sum(content == after[name][path] for name in NAMES for path, content in seen[name].items())
        assert sum(len(plan.wanted) for plan in left) == sum(map(len, after.values())) - there
        assert pulled(store, tree) == after
        before = after


@pytest.mark.parametrize("store", often, indirect=True)
def test_backup(store: Store, tmp_path: Path) -> None:
    tree = LocalTree(tmp_path / "publisher")
    fill(tree, 0)
    WORK["push"](store, str(tree.root))
    backup = open_store(str(tmp_path / "backup"))
    victim = Victim("backup", store, backup.address)
    victim.run()
    for turn in range(1, KILLS + 1):
        fill(tree, turn)
        WORK["push"](store, str(tree.root))
        snapshots = len(snapshot_times(backup))
        victim.kill()
        assert verify_backup(backup) == []
        assert len(snapshot_times(backup)) in (snapshots, snapshots + 1)
        WORK["backup"](store, backup.address)
        assert verify_backup(backup) == []


@pytest.mark.parametrize("kind", often)
def test_restore(store: Store, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    tree = LocalTree(tmp_path / "publisher")
    fill(tree, 0)
    WORK["push"](store, str(tree.root))
    files = fill(tree, 1)
    WORK["push"](store, str(tree.root))
    backup = open_store(str(tmp_path / "backup"))
    WORK["backup"](store, backup.address)
    start = str(tmp_path) if kind == "folder" else request.getfixturevalue("bucket")
    victim = Victim("restore", backup, f"{start}/restored-0")
    victim.run()
    for turn in range(1, KILLS + 1):
        place = f"{start}/restored-{turn}"
        killed = Victim("restore", backup, place)
        killed._random, killed.seconds = victim._random, victim.seconds  # another place, the same dice
        killed.kill()
        target = open_store(place)
        for name in NAMES:
            if survey(target, dataset(name)).manifest is not None:  # what shows is whole
                seen = LocalTree(tmp_path / f"seen-{turn}")
                pull(target, plan_pulling(target, dataset(name), seen), seen)
                assert read(seen, name) == files[name]
        if read_pointer(target, DATASETS[0]).tag is None or target.read(".cardlens/restore.json") is None:
            WORK["restore"](backup, place)
        assert verify_store(target, DATASETS) == []


@pytest.mark.parametrize("store", often, indirect=True)
def test_rollback(store: Store, tmp_path: Path) -> None:
    tree = LocalTree(tmp_path / "publisher")
    first = fill(tree, 0)
    WORK["push"](store, str(tree.root))
    second = fill(tree, 1)
    WORK["push"](store, str(tree.root))
    victim = Victim("rollback", store, "-")
    victim.run()
    for turn in range(1, KILLS + 1):
        victim.kill()
        seen = pulled(store, LocalTree(tmp_path / f"reader-{turn}"))
        for name in NAMES:
            assert seen[name] in (first[name], second[name])
        WORK["rollback"](store, "-")
        assert verify_store(store, DATASETS) == []


def test_switch(store: Store, tmp_path: Path) -> None:
    publisher, tree = LocalTree(tmp_path / "publisher"), LocalTree(tmp_path / "reader")
    states = []
    for turn in range(2):
        states.append(fill(publisher, turn)["reference"])
        WORK["push"](store, str(publisher.root))
        pulled(store, tree)
    victim = Victim("switch", store, tree.root)
    victim.run()
    switch = Switch(tree, dataset("reference"))
    for _ in range(KILLS):
        victim.kill()
        assert switch.in_use in ("v1.0", "v1.1")
        assert read(tree, "reference") in states
        switch.use(switch.previous())
        assert read(tree, "reference") in states
