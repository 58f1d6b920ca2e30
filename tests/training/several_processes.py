"""One of several processes of two runs, a tiny one and the embedder's, on drawn cards.

`torchrun --nproc-per-node 2 tests/training/several_processes.py OUT DATA CACHE`
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings
from cardlens.training.processes import Processes
from cardlens.training.run import RunSettings
from tests.training.tiny_run import TinyRun

SETTINGS = RunSettings(
    seed=3, steps=20, rate=0.05, average=0.9, clip=1.0, weight_decay=0.01, threads=1, minutes=60, device="cpu"
)
EMBEDDER = EmbedderSettings(steps=3, small=64, size=64, cards=4, device="cpu")


def main() -> None:
    """Each process has a folder of its own, so that the test sees which of them writes."""
    out, data, cache = (Path(name) for name in sys.argv[1:])
    processes = Processes.started()
    run = TinyRun(out / str(processes.rank), SETTINGS)
    run.train()
    rows = torch.full((processes.rank + 1, 2), float(processes.rank))
    assert run.processes.gathered(rows).tolist() == [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]
    assert run.processes.gathered(rows[:0]).shape == (0, 2)
    assert run.processes.agreed(processes.leads, run.device) is True
    EmbedderRun(data, cache, out / f"embedder-{processes.rank}", EMBEDDER).train()
    run.processes.part()


if __name__ == "__main__":
    main()
