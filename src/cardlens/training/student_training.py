"""A student's first stage: its vector of a photo is to be what the teacher says of the card's scan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from cardlens.errors import CardlensError
from cardlens.training.distill import cosine_distance, relational_angle, relational_distance, similarity_divergence
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings, flat_crop, input_size, normalise
from cardlens.training.networks import DIMENSIONS
from cardlens.training.run import Batch
from cardlens.training.simulator.scans import open_scans
from cardlens.training.teacher_vectors import TeacherVectors

Relation = Literal["seed", "rkd", "none"]
RELATIONS: tuple[Relation, ...] = ("seed", "rkd", "none")
# as in arXiv 1904.05068, section 4.1: angles count twice
_ANGLES = 2.0
# of the mean variance of a feature: photos are not as clean as the scans that the head is fitted to
_RIDGE, _AT_ONCE = 1.0, 64


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
    stretch = 0

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
        self.student_settings, self._teacher = settings, teacher.identity.weights
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

    def made_of(self) -> dict[str, Any]:
        """As every embedder, and which teacher is learnt from."""
        return super().made_of() | {"teacher": self._teacher}

    def kept(self) -> dict[str, Tensor]:
        """Nothing: the teacher says which cards are near."""
        return {}

    def before_stretch(self) -> None:
        """Before the first step the head is put as near to the teacher as a linear map of ImageNet's features comes.

        A teacher's axes are arbitrary: a random head would spend its first hundred steps on turning to them.
        """
        if self.step:
            return
        weight, bias = ridge(self._scan_features(), self.bank)
        for network in (self.network, self.average):
            network.load_state_dict(network.state_dict() | {"head.weight": weight, "head.bias": bias})

    @torch.no_grad()
    def _scan_features(self) -> Tensor:
        """(m, 1280): the backbone's, of each card's flat scan, in the order of the bank."""
        size = input_size(self.settings, 0)
        parts = []
        for start in range(0, len(self.names), _AT_ONCE):
            rows = [self.scans.rows[name][0] for name in self.names[start : start + _AT_ONCE]]
            crops = np.stack([flat_crop(self.scans.pixels[row], size) for row in rows])
            with self.autocast():
                parts.append(self.backbone.eval()(normalise(torch.from_numpy(crops).to(self.device))).float())
        return torch.cat(parts)

    def after_step(self) -> None:
        """The bank is the teacher's."""


def ridge(features: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Weight (e, d) and bias (e,) of the regression of `wanted` (n, e) on `features` (n, d), in closed form.

    Both are scaled until the weights are as large as a fresh layer's: what they give is normalised anyway.
    """
    middle, centre = features.mean(dim=0), wanted.mean(dim=0)
    spread = (features - middle).double()
    covariance = spread.T @ spread / len(spread)
    covariance.diagonal().add_(_RIDGE * covariance.diagonal().mean())
    weight = torch.linalg.solve(covariance, spread.T @ (wanted - centre).double() / len(spread)).T
    bias = centre.double() - weight @ middle.double()
    scale = 1 / (3 * features.shape[1]) ** 0.5 / weight.square().mean().sqrt().clamp(min=1e-12)
    return (weight * scale).float(), (bias * scale).float()
