"""The stages of a model's life as command lines of `cardlens`: the same at home, in a job and in the pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Stage = Literal["whole", "prepare", "teacher", "stage1", "stage2", "export", "evaluate"]
STAGES: tuple[Stage, ...] = get_args(Stage)
MODELS = ("embedder", "detector", "aligner")
VECTORS = "vectors"  # folder in which a teacher leaves what students learn from
# what a stage leaves, as `<name>.pt`
MODEL_OF: Mapping[Stage, str] = {"teacher": "teacher", "stage1": "student", "stage2": "embedder"}
_TRAIN: Mapping[Stage, tuple[str, ...]] = {
    "teacher": ("train", "teacher"),
    "stage1": ("train", "student", "--stage", "1"),
    "stage2": ("train", "student", "--stage", "2"),
}
_NO_MODEL = ("sheet", "calibration")


@dataclass(frozen=True, slots=True)
class Command:
    """Arguments of `cardlens`, and the variables it needs."""

    arguments: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> tuple[str, ...]:
        """The command's name alone, such as ("train", "embedder")."""
        words = []
        for argument in self.arguments:
            if argument.startswith(("-", "/")):
                break
            words.append(argument)
        return tuple(words)

    @property
    def trains(self) -> bool:
        """Whether it trains a model."""
        return self.words[0] == "train" and self.words[1] not in _NO_MODEL


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a stage finds things and leaves them; all absolute.

    Attributes:
        data: card data, as training wants it.
        cache: decoded scans.
        kept: what is handed on.
        checkpoints: what survives an interruption.
        inputs: what earlier stages left: "teacher", "stage1", "release".
    """

    data: Path
    cache: Path
    kept: Path
    checkpoints: Path
    inputs: Mapping[str, Path] = field(default_factory=dict)

    @property
    def models(self) -> Path:
        """Models, put together for inference."""
        return self.inputs.get("release", self.kept) / "models"

    @property
    def unquantised(self) -> Path:
        """The same models in fp32, to measure against; devices do not get them."""
        return self.inputs.get("release", self.kept) / "fp32"

    @property
    def reference(self) -> Path:
        """The reference database embedded by them."""
        return self.inputs.get("release", self.kept) / "reference"


def commands(stage: Stage, model: str, at: Folders, settings: Mapping[str, str]) -> Iterator[Command]:
    """Give a stage's command lines in their order; `settings` are options of `cardlens train`."""
    if stage == "prepare":
        yield Command(("train", "sheet", *_data(at), "--out", str(at.kept / "sheet.jpg")))
    if stage in ("whole", "teacher", "stage1", "stage2"):
        yield _training(stage, model, at, settings)
    if stage in ("whole", "export"):
        yield from _release(at)
    if stage in ("whole", "evaluate"):
        yield _bench(at, model)


def out_of(model: str, at: Folders) -> Path:
    """Where a training leaves its checkpoint, its weights and its log."""
    return at.checkpoints / model


def _training(stage: Stage, model: str, at: Folders, settings: Mapping[str, str]) -> Command:
    out = out_of(model, at)
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    if stage == "stage1":
        options += ["--teacher", str(at.inputs["teacher"] / VECTORS)]
    if stage == "stage2" and "stage1" in at.inputs:
        options += ["--start", str(at.inputs["stage1"] / "student.pt")]
    options += ["--record", str(at.kept / "record")]
    if (out / "checkpoint.pt").exists():
        options += ["--resume"]
    return Command((*_TRAIN.get(stage, ("train", model)), *_data(at), "--out", str(out), *options))


def _release(at: Folders) -> Iterator[Command]:
    metadata = at.data / "metadata"
    files = sorted(metadata.iterdir()) if metadata.is_dir() else []
    facts = [part for file in files if file.name.endswith((".jsonl.gz", ".jsonl", ".json")) for part in _fact(file)]
    yield Command(("reference", "build", str(at.data / "scans"), *facts, "--out", str(at.reference)), _variables(at))
    calibration = str(at.models / "calibration.json")
    yield Command(("train", "calibration", *_data(at), "--out", calibration), _variables(at))


def _bench(at: Folders, model: str) -> Command:
    # the embedder before quantisation shows what INT8 costs; where another model is trained, it is the one that ships
    fp32 = () if model in ("detector", "aligner") else ("--fp32", str(at.unquantised / "embedder-fp32.onnx"))
    return Command(("bench", *_data(at), "--out", str(at.kept / "bench"), "--quick", *fp32), _variables(at))


def _data(at: Folders) -> tuple[str, ...]:
    return ("--data", str(at.data), "--cache", str(at.cache))


def _fact(file: Path) -> tuple[str, str]:
    return ("--metadata", str(file))


def _variables(at: Folders) -> dict[str, str]:
    return {"CARDLENS_MODELS": str(at.models), "CARDLENS_REFERENCE": str(at.reference)}
