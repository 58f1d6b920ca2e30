"""The record of one training run, in a folder of its own: what it was made from, its course, and what came out.

`events.out.tfevents.*` are TensorBoard's (`tensorboard --logdir experiments`), `run.json` is for programs,
`curves.png` for people.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter

from cardlens.errors import CardlensError
from cardlens.training.checkpoint import named
from cardlens.training.experiment_plots import plot_curves
from cardlens.training.experiment_source import Code, Data
from cardlens.training.run import TrainingRun

SCHEMA = 1
Origin = Mapping[str, Any]
_RECORD = "run.json"


class Experiment:
    """Watches a run from its start to its end."""

    def __init__(self, folder: Path, run: TrainingRun, data: Data, settings: Mapping[str, Any], origin: Origin) -> None:
        """Begin the record, anew if what was begun was broken off, or go on with that of a run that is resumed.

        Args:
            folder: made if need be.
            run: watched from now on; already resumed, if it is to be.
            data: what it learns from.
            settings: all that it was asked for; written down as it is.
            origin: what it starts from, beside the data: a teacher, weights.

        Raises:
            CardlensError: the folder has the record of another run, which came to its end.
        """
        self.folder, self._run = folder, run
        earlier = _read(folder / _RECORD)
        if earlier is not None and earlier.get("ended") and not run.step:
            raise CardlensError(f"{folder}: has the record of another run; give another folder with --record")
        folder.mkdir(parents=True, exist_ok=True)
        self._record = {
            "schema": SCHEMA,
            "model": run.name,
            "started": earlier["started"] if earlier and run.step else _now(),
            "code": asdict(Code.running()),
            "data": asdict(data),
            "origin": dict(origin),
            "settings": dict(settings),
            "machine": _machine(run),
        }
        self._write({"ended": None})
        # what was noted after the last checkpoint is noted again
        self._events = SummaryWriter(str(folder), purge_step=run.step)
        run.watch(self.note)

    def note(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a step's figures to the curves."""
        for name, value in figures.items():
            self._events.add_scalar(name, value, step)
        self._events.flush()

    def close(self, weights: Path, figures: Mapping[str, float]) -> None:
        """Write what came out, and plot the run's whole course from its log."""
        run = self._run
        for name, value in figures.items():
            self._events.add_scalar(f"result/{name}", value, run.step)
        self._events.close()
        plot_curves(run.out / "log.jsonl", self.folder / "curves.png", run.name)
        ended = {"at": _now(), "steps": run.step, "because": run.ended or "all steps are done"}
        costs = {"seconds": round(run.budget.seconds, 1), "dollars": round(run.budget.spent, 4)}
        self._write({"ended": ended, "costs": costs, "weights": named(weights), "figures": dict(figures)})

    def _write(self, outcome: Mapping[str, Any]) -> None:
        aside = self.folder / f".{_RECORD}"
        aside.write_text(json.dumps({**self._record, **outcome}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        aside.replace(self.folder / _RECORD)


def train_recorded(run: TrainingRun, data: Data, folder: Path) -> Path:
    """Train from ImageNet's weights, alone, and record it; returns the weights. Its figures are measured later."""
    experiment = Experiment(folder, run, data, asdict(run.run_settings), {"weights": "ImageNet"})
    weights = run.train()
    experiment.close(weights, {})
    return weights


def _machine(run: TrainingRun) -> dict[str, Any]:
    gpu = torch.cuda.get_device_name(run.device) if run.device.type == "cuda" else None
    return {
        "device": str(run.device),
        "gpu": gpu,
        "processes": run.processes.count,
        "processor": platform.machine(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


def _read(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    try:
        record: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        record = None
    if not isinstance(record, dict) or "started" not in record:
        raise CardlensError(f"{file}: not the record of a run; remove it or give another folder with --record")
    return record


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
