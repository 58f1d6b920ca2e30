"""The student's two stages, from data to weights and their record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cardlens.training.checkpoint import named
from cardlens.training.devices import choose_device
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings
from cardlens.training.experiment import Experiment
from cardlens.training.experiment_source import Data
from cardlens.training.processes import Processes
from cardlens.training.student_recall import RecallTrial
from cardlens.training.student_training import StudentRun, StudentSettings
from cardlens.training.teacher_vectors import open_teacher_vectors


@dataclass(frozen=True, slots=True)
class Material:
    """Card data and their decoded scans."""

    data: Path
    cache: Path

    def source(self, device: str) -> Data:
        """What is learnt from, by digest; of several processes the first decodes it."""
        processes = Processes.started()
        processes.meet(choose_device(device, processes.local))
        with processes.leader_first():
            return Data.of(self.data, self.cache)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The averaged weights, and shares of photos of unseen cards that they find."""

    weights: Path
    figures: dict[str, float]


class StudentStage:
    """One stage: `run` trains, and its course is recorded."""

    def __init__(self, material: Material, source: Data, run: EmbedderRun, origin: Mapping[str, Any]) -> None:
        """Take a run and what it starts from."""
        self._material, self._source, self._origin = material, source, origin
        self.run = run

    @classmethod
    def distil(cls, material: Material, teacher: Path, out: Path, settings: StudentSettings) -> StudentStage:
        """Stage 1: from ImageNet's weights, towards the vectors in the folder `teacher`."""
        source = material.source(settings.device)
        vectors = open_teacher_vectors(teacher)
        run = StudentRun(material.data, material.cache, out, settings, vectors)
        return cls(material, source, run, {"weights": "ImageNet", "teacher": asdict(vectors.identity)})

    @classmethod
    def refine(cls, material: Material, start: Path | None, out: Path, settings: EmbedderSettings) -> StudentStage:
        """Stage 2: metric learning with mined neighbours, from the weights in `start`, else from ImageNet's."""
        source = material.source(settings.device)
        run = EmbedderRun(material.data, material.cache, out, settings, start)
        return cls(material, source, run, {"weights": named(start) if start else "ImageNet"})

    def train(self, record: Path, *, resume: bool) -> Outcome | None:
        """Train, measure and record; None in all processes but the first, which alone writes."""
        run = self.run
        if resume:
            run.resume()
        leads = run.processes.leads
        experiment = Experiment(record, run, self._source, asdict(run.settings), self._origin) if leads else None
        weights = run.train()
        run.processes.part()
        if experiment is None:
            return None
        trial = RecallTrial.render(self._material.data, self._material.cache, run.settings.size, 1)
        figures = trial.recall(run.average, run.device)
        experiment.close(weights, figures)
        return Outcome(weights, figures)
