"""What runs in a job and in the pipeline are commands and options that the command line has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from cardlens.cli.main import app
from cardlens.cloud.container import OPTIONS
from cardlens.cloud.stages import MODEL_OF, MODELS, STAGES, Command, Folders, commands
from cardlens.errors import CardlensError


@pytest.fixture
def at(tmp_path: Path) -> Folders:
    """Folders of a job that goes on after an interruption: every option is used."""
    for name in ("teacher", "student", *MODELS):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
        (tmp_path / "checkpoints" / name / "checkpoint.pt").touch()
    (tmp_path / "data" / "metadata").mkdir(parents=True)
    (tmp_path / "data" / "metadata" / "cards.jsonl.gz").touch()
    inputs = {name: tmp_path / name for name in ("teacher", "stage1", "stage2")}
    return Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "kept", tmp_path / "checkpoints", inputs)


def every_command(at: Folders) -> Iterator[Command]:
    settings = dict.fromkeys(OPTIONS, "3")
    for stage in STAGES:
        for model in MODELS if stage == "whole" else [MODEL_OF.get(stage, "")]:
            yield from commands(stage, model, at, settings)


def parse(command: Command) -> dict[str, Any]:
    """Read a command line as the program would; nothing is run."""
    found: Any = get_command(app)
    arguments = list(command.arguments)
    while hasattr(found, "commands"):
        found = found.commands[arguments.pop(0)]
    parameters: dict[str, Any] = found.make_context(found.name, arguments).params
    return parameters


def test_every_command_of_every_stage_is_understood(at: Folders) -> None:
    read = [(command, parse(command)) for command in every_command(at)]
    assert {command.words for command, _ in read} == {
        ("train", "sheet"),
        ("train", "teacher"),
        ("train", "student"),
        *(("train", model) for model in MODELS),
        ("train", "calibration"),
        ("reference", "build"),
        ("bench",),
    }
    for command, parameters in read:
        if command.trains:
            assert (str(parameters["data"]), parameters["resume"], parameters["seed"]) == (str(at.data), True, 3)


def test_a_wrong_option_would_be_noticed(at: Folders) -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(Command(("train", "detector", "--data", "x", "--out", "y", "--teapot", "1")))


@pytest.mark.parametrize("stage", ["stage1", "stage2"])
def test_the_student_takes_what_its_stage_is_given(stage: Any, at: Folders) -> None:
    pytest.importorskip("torch")
    [training] = commands(stage, MODEL_OF[stage], at, {})
    result = CliRunner().invoke(app, list(training.arguments))
    # the options make sense together: what is wanting is the data
    assert isinstance(result.exception, CardlensError)
    assert "has no folder scans" in str(result.exception)
