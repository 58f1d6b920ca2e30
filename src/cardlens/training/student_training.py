"""A student's first stage: its vector of a photo is to be what the teacher says of the card's scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from cardlens.errors import CardlensError
from cardlens.training.distill import cosine_distance, relational_angle, relational_distance, similarity_divergence
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings, normalise
from cardlens.training.networks import DIMENSIONS
from cardlens.training.run import Batch
from cardlens.training.simulator.scans import open_scans
from cardlens.training.teacher_vectors import TeacherVectors

Relation = Literal["seed", "rkd", "none"]
RELATIONS: tuple[Relation, ...] = ("seed", "rkd", "none")
# as in arXiv 1904.05068, section 4.1: angles count twice
_ANGLES = 2.0


@dataclass(frozen=True, slots=True)
class StudentSettings(EmbedderSettings):
    """What the first stage is made of, beside what the second has too.

    Attributes:
        cosine: weight of the distance to the teacher's vector.
        relation: what of the teacher's view of other cards is learnt: "seed", "rkd" or "none"; see `distill`.
        relational: its weight.
        likeness: temperature of "seed".
    """

    cosine: float = 1.0
    relation: Relation = "seed"
    relational: float = 1.0
    likeness: float = 0.07


class StudentRun(EmbedderRun):
    """Learns from cached vectors of a teacher, on batches as metric learning has them; it says which cards are near."""

    name = "student"

    def __init__(self, data: Path, cache: Path, out: Path, settings: StudentSettings, teacher: TeacherVectors) -> None:
        """Read scans from `data`, decoded once into `cache`.

        Raises:
            BadTeacherVectors: the teacher saw other scans.
            CardlensError: an unknown relation.
        """
        if settings.relation not in RELATIONS:
            raise CardlensError(f"{settings.relation!r}: no relation; give one of {', '.join(RELATIONS)}")
        super().__init__(data, cache, out, settings)
        teacher.check(open_scans(data, cache))
        self.student_settings = settings
        main = [self.scans.records[self.scans.rows[name][0]] for name in self.names]
        self.bank = torch.from_numpy(teacher.of(main)).to(self.device)
        if self.bank.shape[1] != DIMENSIONS:
            raise CardlensError(f"teacher vectors of {self.bank.shape[1]} numbers: a student has {DIMENSIONS}")
        self.find_near()

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Distance to the teacher's vector of the card's scan, and of how alike cards are."""
        pictures, numbers, _ = batch
        with self.autocast():
            vectors = self.network(normalise(pictures))
        wanted, settings = self.bank[numbers], self.student_settings
        apart = cosine_distance(vectors, wanted)
        relation = self._relation(vectors, wanted)
        figures = {"cosine": round(float(apart.detach()), 4), "relation": round(float(relation.detach()), 4)}
        return settings.cosine * apart + settings.relational * relation, figures

    def _relation(self, vectors: Tensor, wanted: Tensor) -> Tensor:
        settings = self.student_settings
        if settings.relation == "seed":
            return similarity_divergence(vectors, wanted, self.bank, settings.likeness)
        if settings.relation == "rkd":
            return relational_distance(vectors, wanted) + _ANGLES * relational_angle(vectors, wanted)
        return vectors.new_zeros(())

    def before_step(self) -> None:
        """What the teacher says stays as it is."""

    def after_step(self) -> None:
        """The bank is the teacher's."""
