"""The teacher's stage, from data to weights, vectors of all scans, figures, and the record of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Floats
from cardlens.training.checkpoint import named
from cardlens.training.experiment import Experiment
from cardlens.training.student import Material
from cardlens.training.teacher import look, open_teacher
from cardlens.training.teacher_backbone import empty_backbone, open_backbone
from cardlens.training.teacher_training import TeacherCards, TeacherRun, TeacherSettings
from cardlens.training.teacher_trial import Recall, TeacherTrial
from cardlens.training.teacher_vectors import TeacherIdentity, TeacherVectors, write_teacher_vectors

_FIGURES = "figures.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The weights, the folder of vectors, and R@1 of `photos` photos by stage of the teacher and kind of photo."""

    weights: Path
    vectors: Path
    recall: Mapping[str, Recall]
    photos: int
    gallery: int


class TeacherStage:
    """`run` trains; what it knew before and what it knows then is measured on cards that it has not learnt from."""

    def __init__(
        self, material: Material, out: Path, settings: TeacherSettings, weights: Path | None, *, resume: bool
    ) -> None:
        """Open a backbone with the weights of a file, else from the hub; a resumed run has its own."""
        self._source = material.source(settings.device)
        known = _read(out / _FIGURES)["origin"] if resume else None
        self._origin = known or {"backbone": settings.backbone, "weights": named(weights) if weights else "hub"}
        cards = TeacherCards(material.data, material.cache)
        if resume:
            backbone = empty_backbone(settings.backbone, settings.image_size)
        else:
            backbone = open_backbone(settings.backbone, weights, settings.image_size)
        self.run = TeacherRun(cards, backbone, out, settings)
        self._trial = TeacherTrial.make(cards.scans, cards.split, cards.grounds, settings.image_size)
        if resume:
            self.run.resume()

    def train(self, record: Path) -> Outcome | None:
        """Train, embed, measure and record; None in all processes but the first, which alone writes."""
        run, leads = self.run, self.run.processes.leads
        settings = asdict(run.settings)
        experiment = Experiment(record, run, self._source, settings, self._origin) if leads else None
        before = self._begin() if not run.step else None
        if before and leads:
            self._write_figures(before)
        weights = run.train()
        run.processes.part()
        if experiment is None:
            return None
        outcome = self._conclude(weights)
        experiment.close(weights, _flat(outcome.recall))
        return outcome

    def _begin(self) -> dict[str, Recall]:
        """R@1 of the backbone's own feature, and of all features whitened: where training starts."""
        run = self.run
        scans = run.begin()
        photos = self._look_at_photos(run.learning.features)
        own = int(run.backbone.num_features)  # type: ignore[arg-type]
        return {
            "backbone": self._trial.recall(scans[:, :own], photos[:, :own]),
            "whitened": self._trial.recall(run.project(scans), run.project(photos)),
        }

    def _conclude(self, weights: Path) -> Outcome:
        run, trial, folder = self.run, self._trial, self.run.out / "vectors"
        teacher = open_teacher(weights).to(run.device)
        scans = run.look_at_scans(teacher)
        settings = run.settings
        identity = TeacherIdentity(settings.backbone, named(weights)["sha256"], self._source.scans, settings.image_size)
        records = tuple(run.cards.scans.records)
        write_teacher_vectors(folder, TeacherVectors(identity, records, scans.astype(np.float16)))
        recall = self._write_figures({"fine-tuned": trial.recall(scans, self._look_at_photos(teacher))})
        return Outcome(weights, folder, recall, len(trial.photos), len(trial.rows))

    def _look_at_photos(self, see: Any) -> Floats:
        return look(see, self._trial.photos, "looking at photos", self.run.device)

    def _write_figures(self, stages: Mapping[str, Recall]) -> dict[str, Recall]:
        """Add stages to `OUT/figures.json`: those before the training are measured once."""
        file = self.run.out / _FIGURES
        file.parent.mkdir(parents=True, exist_ok=True)
        recall = {**(_read(file)["recall@1"] if self.run.step else {}), **stages}
        figures = {
            "recall@1": recall,
            "photos": len(self._trial.photos),
            "gallery": len(self._trial.rows),
            "steps": self.run.step,
            "origin": self._origin,
            "settings": asdict(self.run.settings),
            "data": self._source.scans,
        }
        aside = file.with_name(f".{_FIGURES}")
        aside.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        aside.replace(file)
        return recall


def _read(file: Path) -> dict[str, Any]:
    try:
        told: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CardlensError(f"{file}: cannot be read ({error}); start anew with another --out") from None
    if not isinstance(told, dict) or not {"recall@1", "origin"} <= told.keys():
        raise CardlensError(f"{file}: not the figures of a teacher; start anew with another --out")
    return told


def _flat(recall: Mapping[str, Recall]) -> dict[str, float]:
    return {f"recall@1 {stage}, {kind}": share for stage, kinds in recall.items() for kind, share in kinds.items()}
