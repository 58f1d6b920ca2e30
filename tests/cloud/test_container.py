"""A job in folders like SageMaker's, with commands that leave what the real ones leave."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cardlens.cloud.container import Job, carry_out, lay_out
from cardlens.cloud.stages import Command
from cardlens.errors import CardlensError
from tests.benchmark.test_registry_figures import REPORT


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Make SageMaker's folders; give its variables."""
    (tmp_path / "train" / "card_images").mkdir(parents=True)
    (tmp_path / "train" / "card_images" / "base1-4.webp").touch()
    (tmp_path / "model").mkdir()
    return {
        "SM_CHANNEL_TRAIN": str(tmp_path / "train"),
        "SM_MODEL_DIR": str(tmp_path / "model"),
        "SM_CHECKPOINT_DIR": str(tmp_path / "checkpoints"),
        "SM_HPS": json.dumps({"model": "embedder", "seed": 3, "sagemaker_program": "train.py"}),
    }


class Runner:
    """Leaves behind what each command would; `fails`: the one that does not work."""

    def __init__(self, fails: str = "") -> None:
        self.ran: list[Command] = []
        self.fails = fails

    def __call__(self, command: Command) -> int:
        self.ran.append(command)
        name = " ".join(command.words)
        if name == self.fails:
            return 1
        out = Path(command.arguments[command.arguments.index("--out") + 1])
        if name == "train embedder":
            out.mkdir(parents=True)
            for file in ("checkpoint.pt", "embedder.pt", "log.jsonl"):
                (out / file).write_text(file)
            for file in ("embedder.onnx", "embedder.json", "embedder-fp32.onnx", "embedder-fp32.json"):
                (out / file).write_text(file)
        if name == "train teacher":
            (out / "vectors").mkdir(parents=True)
            (out / "vectors" / "vectors.npy").write_text("vectors")
            (out / "teacher.pt").write_text("weights")
        if name == "train detector":
            out.mkdir(parents=True)
            for file in ("detector.pt", "detector.onnx", "detector.json", "detector-fp32.onnx", "detector-fp32.json"):
                (out / file).write_text(file)
        if name == "bench":
            out.mkdir()
            (out / "bench.json").write_text(json.dumps(REPORT))
        return 0


def test_reads_what_sagemaker_says(folders: dict[str, str], tmp_path: Path) -> None:
    job = Job.from_environment(folders)
    assert (job.stage, job.model, job.settings) == ("whole", "embedder", {"seed": "3"})
    assert job.channels == {"train": tmp_path / "train"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SM_CHANNEL_TRAIN", "/nonexistent", "not a folder"),
        ("SM_MODEL_DIR", "", "not a folder"),
        ("SM_HPS", "[]", "not a JSON object"),
        ("SM_HPS", '{"model": "teapot"}', "model 'teapot' is none of"),
        ("SM_HPS", '{"stage": "teatime"}', "stage 'teatime' is none of"),
    ],
)
def test_what_makes_no_sense_is_said(folders: dict[str, str], name: str, value: str, said: str) -> None:
    with pytest.raises(CardlensError, match=said):
        Job.from_environment({**folders, name: value})


def test_leaves_all_that_a_version_needs(folders: dict[str, str], tmp_path: Path) -> None:
    runner = Runner()
    carry_out(Job.from_environment(folders), tmp_path / "work", runner)
    kept = tmp_path / "model"
    assert (kept / "models" / "embedder.onnx").read_text() == "embedder.onnx"
    assert (kept / "models" / "detector.onnx").stat().st_size > 1_000_000
    assert not list((kept / "models").glob("*fp32*"))
    assert (kept / "fp32" / "embedder-fp32.onnx").exists()
    assert json.loads((kept / "figures.json").read_text())["samples"] == 180
    assert (kept / "log.jsonl").exists()
    assert [" ".join(command.words) for command in runner.ran][-1] == "bench"


def test_a_teacher_leaves_what_students_learn_from(folders: dict[str, str], tmp_path: Path) -> None:
    carry_out(Job.from_environment({**folders, "SM_HPS": '{"stage": "teacher"}'}), tmp_path / "work", Runner())
    assert (tmp_path / "model" / "vectors" / "vectors.npy").read_text() == "vectors"
    assert (tmp_path / "model" / "teacher.pt").exists()


def test_a_detector_comes_with_the_other_models_and_is_measured(folders: dict[str, str], tmp_path: Path) -> None:
    carry_out(Job.from_environment({**folders, "SM_HPS": '{"model": "detector"}'}), tmp_path / "work", Runner())
    kept = tmp_path / "model"
    assert (kept / "models" / "detector.onnx").read_text() == "detector.onnx"
    assert (kept / "models" / "embedder.onnx").stat().st_size > 1_000_000
    assert (kept / "bench" / "bench.json").exists()
    assert not (kept / "figures.json").exists()  # what INT8 costs this embedder is in the registry


def test_the_store_calls_scans_card_images(folders: dict[str, str], tmp_path: Path) -> None:
    lay_out(tmp_path / "train", tmp_path / "data")
    assert (tmp_path / "data" / "scans" / "base1-4.webp").exists()
    assert list((tmp_path / "data" / "backgrounds").iterdir()) == []
    lay_out(tmp_path / "train", tmp_path / "data")  # again, after an interruption


def test_no_scans_is_said(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="has neither scans nor card_images; push scans"):
        lay_out(tmp_path, tmp_path / "data")


def test_stops_at_the_first_command_that_fails(folders: dict[str, str], tmp_path: Path) -> None:
    runner = Runner(fails="reference build")
    with pytest.raises(CardlensError, match=r"cardlens reference build .*: ended with 1"):
        carry_out(Job.from_environment(folders), tmp_path / "work", runner)
    assert not (tmp_path / "model" / "figures.json").exists()


def test_after_an_interruption_training_goes_on(folders: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "checkpoints" / "embedder").mkdir(parents=True)
    (tmp_path / "checkpoints" / "embedder" / "checkpoint.pt").touch()
    runner = Runner(fails="train embedder")
    with pytest.raises(CardlensError):
        carry_out(Job.from_environment(folders), tmp_path / "work", runner)
    assert "--resume" in runner.ran[0].arguments


def test_what_an_earlier_stage_left_is_unpacked(folders: dict[str, str], tmp_path: Path) -> None:
    made = tmp_path / "made"
    for part in ("models", "fp32"):
        (made / part).mkdir(parents=True)
        (made / part / "embedder.onnx").write_text(part)
    (tmp_path / "stage2").mkdir()
    with tarfile.open(tmp_path / "stage2" / "model.tar.gz", "w:gz") as packed:
        packed.add(made, ".")
    more = {"SM_CHANNEL_STAGE2": str(tmp_path / "stage2"), "SM_HPS": '{"stage": "export"}'}
    carry_out(Job.from_environment({**folders, **more}), tmp_path / "work", Runner())
    assert (tmp_path / "model" / "models" / "embedder.onnx").read_text() == "models"
    assert (tmp_path / "model" / "fp32" / "embedder.onnx").read_text() == "fp32"


def test_a_job_needs_neither_boto3_nor_torch_to_begin() -> None:
    check = "import sys, cardlens.cloud.container; sys.exit(', '.join({'boto3', 'torch', 'yaml'} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False).stderr.strip() == ""
    )
