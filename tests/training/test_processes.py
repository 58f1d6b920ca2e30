from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.embedder_training import EmbedderRun
from cardlens.training.processes import Processes
from tests.training.drawn_data import drawn_data
from tests.training.several_processes import EMBEDDER, SETTINGS
from tests.training.tiny_run import TinyRun

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    data, cache, _ = drawn_data(tmp_path_factory.mktemp("cards"))
    return data, cache


@pytest.fixture(scope="module")
def two_processes(cards: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("two")
    script = str(Path(__file__).with_name("several_processes.py"))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*torchrun, script, *map(str, (out, *cards))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_two_processes_learn_what_one_with_two_batches_a_step_does(two_processes: Path, tmp_path: Path) -> None:
    alone = TinyRun(tmp_path, replace(SETTINGS, accumulate=2))
    alone.train()
    shared = load_checkpoint(two_processes / "0" / "tiny.pt")
    assert shared is not None
    learnt = dict(alone.average.named_parameters())
    for name, value in learnt.items():
        torch.testing.assert_close(shared["network"][name], value, rtol=1e-4, atol=1e-6)


def test_two_processes_of_the_embedder_learn_weights_and_bank_of_one(
    cards: tuple[Path, Path], two_processes: Path, tmp_path: Path
) -> None:
    alone = EmbedderRun(*cards, tmp_path, replace(EMBEDDER, accumulate=2))
    start = alone.average.state_dict()["head.weight"].clone()
    alone.train()
    shared = load_checkpoint(two_processes / "embedder-0" / "checkpoint.pt")
    assert shared is not None
    learnt = {"weights": alone.average.state_dict()["head.weight"], "bank": alone.bank}
    found = {"weights": shared["average"]["head.weight"], "bank": shared["kept"]["bank"]}
    moved = (learnt["weights"] - start).norm()
    assert float((found["weights"] - learnt["weights"]).norm() / moved) < 0.05  # half precision, summed otherwise
    assert float((found["bank"] * learnt["bank"]).sum(dim=1).min()) > 0.999
    assert torch.equal(shared["kept"]["near"], alone.near)
    assert list((two_processes / "embedder-1").iterdir()) == []


def test_two_processes_learn_something_else_than_one_of_them_alone(two_processes: Path, tmp_path: Path) -> None:
    alone = TinyRun(tmp_path, SETTINGS)
    alone.train()
    shared = load_checkpoint(two_processes / "0" / "tiny.pt")
    assert shared is not None
    assert not torch.allclose(shared["network"]["head.weight"], alone.average.state_dict()["head.weight"], rtol=1e-3)


def test_only_the_first_process_writes(two_processes: Path) -> None:
    assert sorted(file.name for file in (two_processes / "0").iterdir()) == ["checkpoint.pt", "log.jsonl", "tiny.pt"]
    assert len((two_processes / "0" / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert list((two_processes / "1").iterdir()) == []


def test_one_process_alone_needs_nobody() -> None:
    alone, module, rows = Processes.started({}), nn.Linear(1, 1), torch.ones(2, 3)
    alone.meet(torch.device("cpu"))
    assert (alone.leads, alone.count) == (True, 1)
    assert alone.share(module) is module
    assert alone.gathered(rows) is rows
    assert alone.agreed(True, torch.device("cpu")) is True
    with alone.leader_first(), alone.apart(module):
        alone.part()


def test_what_torchrun_says_is_read() -> None:
    third = Processes.started({"RANK": "2", "WORLD_SIZE": "4", "LOCAL_RANK": "0"})
    assert third == Processes(rank=2, count=4, local=0)
    assert not third.leads
