"""What one actor does with a batch, here without Ray around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardlens.scale.careful import Attempts
from cardlens.scale.engine import Batches
from cardlens.scale.ledger import Ledger
from cardlens.scale.work import Patience
from cardlens.store.address import open_store
from tests.scale.works import NotingWork

ROW = {"number": 0, "names": json.dumps(["a", "b", "c"])}


@pytest.fixture
def notes(tmp_path: Path) -> str:
    return str(tmp_path / "notes")


@pytest.fixture
def out(tmp_path: Path) -> str:
    return str(tmp_path / "out")


def test_a_batch_that_is_there_is_not_done_again(notes: str, out: str) -> None:
    work = NotingWork(notes)
    for _ in range(2):
        assert Batches(work, out).take(ROW) == {"number": 0, "items": 3, "failure": ""}
    assert work.noted() == ["a", "b", "c"]


def test_a_machine_that_lacks_something_says_what(notes: str, out: str) -> None:
    result = Batches(NotingWork(notes, broken=True), out).take(ROW)
    assert result["failure"] == "models: not on this machine; install them"


def test_an_item_that_ends_the_process_again_and_again_costs_one_row(notes: str, out: str) -> None:
    attempts = Attempts(open_store(out))
    assert [attempts.begin(0) for _ in range(2)] == [1, 2]  # two processes that ended before they delivered
    work = NotingWork(notes, deadly=("b",))
    assert Batches(work, out).take(ROW)["failure"] == ""
    rows = Ledger(open_store(out)).table(0).to_pylist()
    assert [row["name"] for row in rows] == ["a", "b", "c"]
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert work.noted() == ["a", "c"]


def test_what_a_careful_process_lacks_is_said_too(notes: str, out: str) -> None:
    for _ in range(2):
        Attempts(open_store(out)).begin(0)
    result = Batches(NotingWork(notes, broken=True), out).take(ROW)
    assert result["failure"] == "models: not on this machine; install them"


ATTEMPT = """
import sys
from cardlens.scale.engine import Batches
from cardlens.scale.work import Patience
from tests.scale.works import NotingWork
notes, out = sys.argv[1:]
work = NotingWork(notes, endless=("b",), patience=Patience(1.0, 0.1))
Batches(work, out).take({"number": 0, "names": '["a", "b", "c"]'})
"""


def test_an_item_that_never_ends_ends_its_process_and_then_costs_one_row(notes: str, out: str) -> None:
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", ATTEMPT, notes, out],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 1
    assert b"Timeout" in ended.stderr  # where it hung is told
    Attempts(open_store(out)).begin(0)  # the second, ended likewise
    work = NotingWork(notes, endless=("b",), patience=Patience(10.0, 0.1))
    assert Batches(work, out).take(ROW)["failure"] == ""
    rows = Ledger(open_store(out)).table(0).to_pylist()
    assert [row["name"] for row in rows if row["error"]] == ["b"]
    assert rows[1]["error"].startswith("its look at this came to no end in 10 s; ")


def test_what_ends_in_time_is_not_ended_later() -> None:
    text = "import time; from cardlens.scale.careful import ended_after\nwith ended_after(2): pass\ntime.sleep(3)"
    subprocess.run([sys.executable, "-c", text], check=True, timeout=120)
