from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from cardlens.scale.engine import IN_FLIGHT, Cluster, run, worker_environment
from cardlens.scale.ledger import Ledger
from cardlens.scale.local_cluster import LocalCluster
from cardlens.scale.plan import Plan
from cardlens.store.address import open_store
from tests.scale.works import NotingWork, plain

NAMES = tuple(f"item-{number:02d}" for number in range(32))
SIZE = 2
BATCHES = len(NAMES) // SIZE
DRIVER = """
import sys
from cardlens.scale.engine import Cluster, run
from tests.scale.works import NotingWork, plain
address, notes, out, *names = sys.argv[1:]
run(NotingWork(notes, 0.3), plain(*names), 2, out, Cluster(address, 2))
"""


def names_in(place: Path, plan: Plan) -> list[str]:
    tables = Ledger(open_store(str(place))).tables(range(plan.count))
    return [name for table in tables for name in table.column("name").to_pylist()]


def kill_a_driver(address: str, notes: Path, out: Path) -> set[int]:
    """Start a driver, end it as a power cut does, and give the batches that are done."""
    arguments = [sys.executable, "-c", DRIVER, address, str(notes), str(out), *NAMES]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    driver = subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL)
    ledger = Ledger(open_store(str(out)))
    while len(ledger.done()) < 3:
        assert driver.poll() is None, "the driver ended by itself"
        time.sleep(0.05)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    return ledger.done()


def test_a_killed_driver_and_then_a_killed_node_cost_only_what_was_at_hand(
    two_nodes: LocalCluster, tmp_path: Path
) -> None:
    notes, out = tmp_path / "notes", tmp_path / "out"
    there = kill_a_driver(two_nodes.address, notes, out)
    assert len(there) < BATCHES
    seen: list[int] = []

    def kill_a_node(done: int, total: int) -> None:
        seen.append(done)
        if done >= total * 2 // 3 and len(two_nodes.nodes) == 2:
            two_nodes.kill()

    try:
        work = NotingWork(str(notes), 0.3)
        done = run(work, plain(*NAMES), SIZE, str(out), Cluster(two_nodes.address, 2), kill_a_node)
    finally:
        while len(two_nodes.nodes) < 2:
            two_nodes.add()
    assert names_in(out, done.plan) == list(NAMES)
    assert (done.manifest["rows"], done.manifest["errors"]) == (len(NAMES), 0)
    assert 0 < done.fresh <= BATCHES - len(there)
    assert seen == sorted(seen)
    assert seen[-1] == len(NAMES)
    looks = Counter(work.noted())
    assert set(looks) == set(NAMES)
    kept = [name for number in there for name in NAMES[number * SIZE : (number + 1) * SIZE]]
    assert {looks[name] for name in kept} == {1}  # the second run did only the rest
    again = sum(looks.values()) - len(NAMES)
    assert again <= (2 + 1) * IN_FLIGHT * SIZE  # two workers of the lost driver, one of the lost node


def test_what_is_done_needs_no_cluster(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    plan = Plan({"kind": "noting"}, ("a",), 1)
    from_before = Ledger(open_store(out))
    work = NotingWork(str(tmp_path / "notes"))
    from_before.deliver(0, work(["a"]))
    done = run(work, plan.items, 1, out, Cluster("nobody.invalid:1"))
    assert (done.fresh, done.manifest["rows"]) == (0, 1)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({}, str(os.cpu_count())),
        ({"OMP_NUM_THREADS": "3"}, "3"),
        ({"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"}, "2"),
    ],
)
def test_workers_share_sums_among_as_many_threads_as_the_local_engine(
    monkeypatch: pytest.MonkeyPatch, here: dict[str, str], there: str
) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    assert worker_environment()["OPENBLAS_NUM_THREADS"] == there


def test_keys_do_not_travel_to_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert worker_environment()["AWS_REGION"] == "eu-west-1"
    assert "secret" not in worker_environment().values()
