from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.cloud.stages import Folders, Stage, commands


@pytest.fixture
def at(tmp_path: Path) -> Folders:
    (tmp_path / "data" / "metadata").mkdir(parents=True)
    for name in ("cards.jsonl.gz", "notes.txt"):
        (tmp_path / "data" / "metadata" / name).touch()
    inputs = {name: tmp_path / name for name in ("teacher", "stage1")}
    return Folders(tmp_path / "data", tmp_path / "cache", tmp_path / "kept", tmp_path / "checkpoints", inputs)


def words(stage: Stage, model: str, at: Folders) -> list[str]:
    return [" ".join(command.words) for command in commands(stage, model, at, {})]


def test_a_whole_run_makes_all_that_a_version_needs(at: Folders) -> None:
    assert words("whole", "embedder", at) == ["train embedder", "reference build", "train calibration", "bench"]


@pytest.mark.parametrize("model", ["detector", "aligner"])
def test_another_model_becomes_a_version_too_beside_the_embedder_that_ships(model: str, at: Folders) -> None:
    assert words("whole", model, at) == [f"train {model}", "reference build", "train calibration", "bench"]
    assert "--fp32" not in list(commands("whole", model, at, {}))[-1].arguments
    assert "--fp32" in list(commands("whole", "embedder", at, {}))[-1].arguments


def test_only_what_trains_a_model_is_kept_as_a_training(at: Folders) -> None:
    assert [each.trains for each in commands("whole", "embedder", at, {})] == [True, False, False, False]
    assert [each.trains for each in commands("prepare", "", at, {})] == [False]


@pytest.mark.parametrize(
    ("stage", "model", "expected"),
    [
        ("prepare", "", ["train sheet"]),
        ("teacher", "teacher", ["train teacher"]),
        ("stage1", "student", ["train student"]),
        ("stage2", "embedder", ["train student"]),
        ("export", "", ["reference build", "train calibration"]),
        ("evaluate", "", ["bench"]),
    ],
)
def test_each_stage_does_its_part(stage: Stage, model: str, expected: list[str], at: Folders) -> None:
    assert words(stage, model, at) == expected


def test_settings_become_options(at: Folders) -> None:
    training = next(commands("whole", "detector", at, {"seed": "3", "steps": "20"}))
    assert training.arguments[-6:] == ("--seed", "3", "--steps", "20", "--record", str(at.kept / "record"))


def test_goes_on_where_there_is_a_checkpoint(at: Folders) -> None:
    (at.checkpoints / "detector").mkdir(parents=True)
    (at.checkpoints / "detector" / "checkpoint.pt").touch()
    training = next(commands("whole", "detector", at, {}))
    assert training.arguments[-1] == "--resume"


def test_stage_2_starts_from_stage_1(at: Folders) -> None:
    [training] = commands("stage2", "embedder", at, {})
    assert training.arguments[:4] == ("train", "student", "--stage", "2")
    assert training.arguments[training.arguments.index("--start") + 1] == str(at.inputs["stage1"] / "student.pt")


def test_stage_1_learns_from_the_vectors_that_the_teacher_left(at: Folders) -> None:
    [training] = commands("stage1", "student", at, {})
    assert training.arguments[training.arguments.index("--teacher") + 1] == str(at.inputs["teacher"] / "vectors")


def test_what_is_inferred_with_is_what_was_trained(at: Folders) -> None:
    build = next(command for command in commands("export", "", at, {}) if command.words == ("reference", "build"))
    assert build.variables == {"CARDLENS_MODELS": str(at.kept / "models"), "CARDLENS_REFERENCE": str(at.reference)}
    assert "--metadata" in build.arguments
    assert not any("notes.txt" in argument for argument in build.arguments)
