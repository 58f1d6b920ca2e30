"""What runs inside a training or processing job: the same commands as at home, in SageMaker's folders.

SageMaker says by environment where things are: `SM_CHANNEL_TRAIN` has the card data, `SM_MODEL_DIR` takes what is to be
kept, `SM_HPS` the settings; checkpoints go to /opt/ml/checkpoints, which survives an interrupted machine. Imports no
boto3 and no torch.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardlens.benchmark.registry_figures import figures_of
from cardlens.cloud.stages import MODEL_OF, MODELS, STAGES, VECTORS, Command, Folders, Stage, commands, out_of
from cardlens.cloud.unpacking import unpack
from cardlens.errors import CardlensError
from cardlens.settings import BUNDLED

CHECKPOINTS = Path("/opt/ml/checkpoints")
FIGURES = "figures.json"
REPORT = "bench/bench.json"
_WORK = Path("/tmp/cardlens")  # noqa: S108  # a job has its machine to itself
# settings of a training that a job may pass on, as options of `cardlens train`
OPTIONS = ("seed", "steps", "minutes", "threads")
# the store's name for scans, and training's
_SCANS = ("scans", "card_images")
_FOLDERS = ("views", "unnamed", "metadata", "backgrounds", "photos", "not-pokemon")
_ARCHIVE = "model.tar.gz"

Run = Callable[[Command], int]


@dataclass(frozen=True, slots=True)
class Job:
    """One job, as its environment describes it.

    Attributes:
        stage: what it does; `whole`: everything from training to figures.
        model: what is trained: embedder, detector or aligner.
        channels: folders with what it is given: "train" has the card data.
        kept: what is left here is uploaded at the end.
        checkpoints: what is left here is uploaded all the time, and is here again after an interruption.
        settings: of the training.
    """

    stage: Stage
    model: str
    channels: Mapping[str, Path]
    kept: Path
    checkpoints: Path = CHECKPOINTS
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Job:
        """Read SageMaker's variables; raises `CardlensError` where one is missing or makes no sense."""
        settings = _settings(environment.get("SM_HPS", "{}"))
        stage = settings.pop("stage", "whole")
        if stage not in STAGES:
            raise CardlensError(f"SM_HPS: stage {stage!r} is none of {', '.join(STAGES)}; start the job again with one")
        known: Stage = stage
        model = MODEL_OF.get(known) or settings.pop("model", "embedder")
        if known == "whole" and model not in MODELS:
            raise CardlensError(f"SM_HPS: model {model!r} is none of {', '.join(MODELS)}; start the job again with one")
        _folder(environment, "SM_CHANNEL_TRAIN")
        names = [name for name in environment if name.startswith("SM_CHANNEL_")]
        return cls(
            stage=known,
            model=model,
            channels={name.removeprefix("SM_CHANNEL_").lower(): _folder(environment, name) for name in names},
            kept=_folder(environment, "SM_MODEL_DIR"),
            checkpoints=Path(environment.get("SM_CHECKPOINT_DIR", CHECKPOINTS)),
            settings={name: value for name, value in settings.items() if name in OPTIONS},
        )

    def folders(self, work: Path) -> Folders:
        """Lay out what the commands need below `work`."""
        lay_out(self.channels["train"], work / "data")
        inputs = {
            name: opened(folder, work / name)
            for name, folder in self.channels.items()
            if name not in ("train", "prepared")
        }
        cache = work / "cache"
        if "prepared" in self.channels:
            cache = self.channels["prepared"] / "cache"
        elif self.stage == "prepare":
            cache = self.kept / "cache"
        return Folders(work / "data", cache, self.kept, self.checkpoints, inputs)


def carry_out(job: Job, work: Path, run: Run) -> None:
    """Do a job; raises `CardlensError` at the first command that fails."""
    at = job.folders(work)
    if job.stage == "export":
        for folder in (at.models, at.unquantised):
            shutil.copytree(at.inputs["stage2"] / folder.name, folder, dirs_exist_ok=True)
    for command in commands(job.stage, job.model, at, job.settings):
        code = run(command)
        if code != 0:
            said = " ".join(command.arguments)
            raise CardlensError(f"cardlens {said}: ended with {code}; its message is in the log above")
        if command.trains:
            keep_training(job.model, at)
    if (at.kept / REPORT).exists() and job.model == "embedder":
        figures = figures_of(at.kept / REPORT)
        (at.kept / FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")


def lay_out(channel: Path, data: Path) -> None:
    """Show a channel as a folder of card data: the store calls scans `card_images`. Nothing is copied."""
    scans = next((channel / name for name in _SCANS if (channel / name).is_dir()), None)
    if scans is None:
        raise CardlensError(f"{channel}: has neither {' nor '.join(_SCANS)}; push scans with `cardlens store push raw`")
    data.mkdir(parents=True, exist_ok=True)
    for name, there in [("scans", scans), *((name, channel / name) for name in _FOLDERS)]:
        link = data / name
        if link.is_symlink() or link.exists():
            continue
        if there.is_dir():
            link.symlink_to(there, target_is_directory=True)
        else:
            link.mkdir()


def opened(channel: Path, folder: Path) -> Path:
    """Give what an earlier stage left: unpacked into `folder` where it comes as an archive."""
    if not (channel / _ARCHIVE).exists():
        return channel
    folder.mkdir(parents=True, exist_ok=True)
    unpack(channel / _ARCHIVE, folder)
    return folder


def keep_training(model: str, at: Folders) -> None:
    """Hand on what a training made: weights and log, and a folder of models to infer with."""
    trained = out_of(model, at)
    for name in (f"{model}.pt", "log.jsonl"):
        if (trained / name).exists():
            shutil.copy(trained / name, at.kept / name)
    if (trained / VECTORS).is_dir():
        shutil.copytree(trained / VECTORS, at.kept / VECTORS, dirs_exist_ok=True)
    if model not in MODELS:
        return
    for name in MODELS:
        source = trained if name == model else BUNDLED
        _copy(source, name, at.models)
    _copy(trained, f"{model}-fp32", at.unquantised)
    if not (at.models / f"{model}.onnx").exists():
        raise CardlensError(f"{trained}: training left no {model}.onnx; see the job's log")


def _copy(source: Path, model: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f"{model}.onnx", f"{model}.json"):
        if (source / name).exists():
            shutil.copy(source / name, folder / name)


def run_cardlens(command: Command) -> int:
    """Run a command of `cardlens` as anybody would."""
    environment = {**os.environ, **command.variables}
    arguments = [sys.executable, "-m", "cardlens", *command.arguments]
    return subprocess.run(arguments, env=environment, check=False).returncode  # noqa: S603


def main() -> None:
    """Do the job that the environment describes."""
    try:
        carry_out(Job.from_environment(os.environ), _WORK, run_cardlens)
    except CardlensError as error:
        sys.exit(str(error))


def _settings(text: str) -> dict[str, str]:
    try:
        found: Any = json.loads(text)
        return {str(name): str(value) for name, value in found.items()}
    except (ValueError, AttributeError) as error:
        raise CardlensError("SM_HPS: not a JSON object; start the job with `cardlens cloud train`") from error


def _folder(environment: Mapping[str, str], name: str) -> Path:
    folder = environment.get(name)
    if not folder or not Path(folder).is_dir():
        raise CardlensError(f"{name}={folder or ''}: not a folder; this runs in a job of SageMaker, or as one would")
    return Path(folder)
