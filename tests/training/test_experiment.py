from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-untyped]
    EventAccumulator,
)

from cardlens.errors import CardlensError
from cardlens.training.experiment import Experiment, train_recorded
from cardlens.training.experiment_source import Data
from tests.training.several_processes import SETTINGS
from tests.training.tiny_run import TinyRun

DATA = Data(pictures=3, scans="a" * 64, manifest=None)
LONG = replace(SETTINGS, steps=60, dollars_an_hour=3600.0)


def recorded(folder: Path, out: Path, run: TinyRun | None = None) -> TinyRun:
    run = run or TinyRun(out, LONG)
    experiment = Experiment(folder, run, DATA, asdict(LONG), {"weights": "ImageNet"})
    experiment.close(run.train(), {"recall@1": 0.5})
    return run


def record(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return content


def events(folder: Path) -> EventAccumulator:
    reader = EventAccumulator(str(folder))
    reader.Reload()
    return reader


def test_a_record_says_what_a_run_was_made_from_and_what_came_out(tmp_path: Path) -> None:
    run = recorded(tmp_path / "record", tmp_path / "out")
    said = record(tmp_path / "record")
    assert (said["model"], said["data"]["scans"], said["origin"]) == ("tiny", "a" * 64, {"weights": "ImageNet"})
    assert said["settings"] == asdict(LONG)
    assert said["figures"] == {"recall@1": 0.5}
    assert said["ended"]["because"] == "all steps are done"
    assert said["costs"]["dollars"] == pytest.approx(said["costs"]["seconds"], rel=0.2)
    weights = (run.out / "tiny.pt").read_bytes()
    assert said["weights"] == {"file": "tiny.pt", "sha256": hashlib.sha256(weights).hexdigest()}


def test_a_run_that_is_measured_later_is_recorded_too(tmp_path: Path) -> None:
    run = TinyRun(tmp_path / "out", LONG)
    assert train_recorded(run, DATA, tmp_path / "record") == run.out / "tiny.pt"
    said = record(tmp_path / "record")
    assert (said["settings"], said["figures"], said["origin"]) == (asdict(LONG), {}, {"weights": "ImageNet"})
    assert said["ended"]["steps"] == LONG.steps


def test_tensorboard_reads_the_curves(tmp_path: Path) -> None:
    recorded(tmp_path / "record", tmp_path / "out")
    lines = [json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    read = events(tmp_path / "record")
    points = [(event.step, event.value) for event in read.Scalars("loss")]
    assert [step for step, _ in points] == [20, 40, 60]
    assert [value for _, value in points] == pytest.approx([line["loss"] for line in lines])
    assert [event.value for event in read.Scalars("result/recall@1")] == [0.5]


def test_the_curves_are_plotted(tmp_path: Path) -> None:
    recorded(tmp_path / "record", tmp_path / "out")
    assert (tmp_path / "record" / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_that_was_broken_off_has_no_end(tmp_path: Path) -> None:
    run = TinyRun(tmp_path / "out", LONG, dies_at=30)
    Experiment(tmp_path / "record", run, DATA, asdict(LONG), {})
    with pytest.raises(KeyboardInterrupt):
        run.train()
    assert record(tmp_path / "record")["ended"] is None


def test_a_run_that_was_broken_off_before_its_first_checkpoint_can_be_started_anew(tmp_path: Path) -> None:
    run = TinyRun(tmp_path / "out", LONG, dies_at=30)
    Experiment(tmp_path / "record", run, DATA, asdict(LONG), {})
    with pytest.raises(KeyboardInterrupt):
        run.train()
    recorded(tmp_path / "record", tmp_path / "out")
    assert record(tmp_path / "record")["ended"]["steps"] == 60
    assert [event.step for event in events(tmp_path / "record").Scalars("loss")] == [20, 40, 60]


def test_a_resumed_run_goes_on_with_its_record(tmp_path: Path) -> None:
    recorded(tmp_path / "record", tmp_path / "out", TinyRun(tmp_path / "out", replace(LONG, minutes=0)))
    first = record(tmp_path / "record")
    again = TinyRun(tmp_path / "out", LONG)
    again.resume()
    recorded(tmp_path / "record", tmp_path / "out", again)
    second = record(tmp_path / "record")
    assert (first["ended"]["steps"], second["ended"]["steps"]) == (1, 60)
    assert first["started"] == second["started"]
    assert first["ended"]["because"] == "0 minutes are over"
    assert second["costs"]["seconds"] >= first["costs"]["seconds"]


def test_the_record_of_another_run_is_not_written_over(tmp_path: Path) -> None:
    recorded(tmp_path / "record", tmp_path / "out")
    with pytest.raises(CardlensError, match="record of another run; give another folder with --record"):
        recorded(tmp_path / "record", tmp_path / "elsewhere")


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CardlensError, match="not the record of a run"):
        recorded(tmp_path, tmp_path / "out")
