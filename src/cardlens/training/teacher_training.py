"""Fine-tuning of the teacher on cards: simulated photos and flat scans against centres of all artworks (ArcFace)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.adapters import add_adapters, merged_state
from cardlens.training.arcface import SubcentreArcFace
from cardlens.training.checkpoint import save_checkpoint
from cardlens.training.embedder_training import flat_crop, split_scans
from cardlens.training.networks import DIMENSIONS
from cardlens.training.run import Batch, RunSettings, TrainingRun
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import open_scans
from cardlens.training.split import check_measurable, digest_of_names
from cardlens.training.teacher import TeacherNetwork, look
from cardlens.training.teacher_backbone import train_upper
from cardlens.training.teacher_whitening import start_head

# students learn the teacher's vectors of flat scans: so it must know those, too
_FLAT = 0.25


@dataclass(frozen=True, slots=True)
class TeacherSettings(RunSettings):
    """What a run is made of.

    Attributes:
        backbone: timm's name of a vision transformer.
        image_size: side of the square input, a multiple of the backbone's patch.
        blocks: how many of the upper blocks learn; those below stay as they are.
        rank: of the adapters (LoRA) in all attention layers; 0: none.
        pictures: in a batch.
        centres: sub-centres of each artwork.
        margin, scale: of ArcFace, in radians, and what the cosines are multiplied by.
    """

    seed: int = 1
    steps: int = 4000
    rate: float = 2e-4
    average: float = 0.997
    clip: float = 1.0
    weight_decay: float = 0.02
    threads: int = 1
    minutes: float = 600.0
    backbone: str = "vit_base_patch14_dinov2"
    image_size: int = 224
    blocks: int = 4
    rank: int = 0
    pictures: int = 48
    centres: int = 2
    margin: float = 0.3
    scale: float = 32.0


class TeacherCards:
    """What a teacher is taught with. `scans` are all pictures; `learnt`, of the cards `names`, are learnt from.

    `classes`: (len(names),), one number an artwork, from 0; unnamed faces have one each.
    """

    def __init__(self, data: Path, cache: Path) -> None:
        """Read scans from `data`, decoded once into `cache`."""
        self.scans = open_scans(data, cache)
        self.split = split_scans(self.scans)
        self.names = sorted({*self.split.train, *(name for name in self.scans.rows if name.startswith("unnamed-"))})
        if not self.names:
            raise CardlensError(f"{data}: no cards to learn from, all are held out; give more scans with --data")
        check_measurable(self.split, data)
        self.learnt = self.scans.of(self.names)
        labels = [self.split.labels.get(name, -1 - place) for place, name in enumerate(self.names)]
        self.classes = torch.from_numpy(np.unique(labels, return_inverse=True)[1].astype(np.int64))
        self.grounds = open_grounds(data / "backgrounds")

    @property
    def count(self) -> int:
        """Number of classes."""
        return int(self.classes.max()) + 1

    def rows_to_learn(self) -> list[int]:
        """Rows of `scans` that `learnt` has."""
        return [row for row, record in enumerate(self.scans.records) if record.card_id in self.learnt.rows]

    def first_of_each_class(self) -> list[int]:
        """A row of `scans` for each class."""
        places = np.unique(self.classes.numpy(), return_index=True)[1]
        return [self.scans.rows[self.names[place]][0] for place in places]


class _Batches(Dataset[Batch]):
    """Item `number` is a batch: pictures (n, size, size, 3) of random cards, and their classes (n,)."""

    def __init__(self, cards: TeacherCards, settings: TeacherSettings, count: int) -> None:
        self.cards, self.settings, self.count = cards, settings, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> Batch:
        rng = np.random.default_rng([self.settings.seed, number])
        drawn = rng.integers(len(self.cards.names), size=self.settings.pictures)
        pictures = [self._picture(self.cards.names[card], rng) for card in drawn]
        return torch.from_numpy(np.stack(pictures)), self.cards.classes[torch.from_numpy(drawn)]

    def _picture(self, name: str, rng: np.random.Generator) -> Bytes:
        learnt, size = self.cards.learnt, self.settings.image_size
        rows = learnt.rows[name]
        scan = learnt.pixels[rows[int(rng.integers(len(rows)))]]
        if rng.random() < _FLAT:
            return flat_crop(scan, size)
        return photo_crop(scan, rng, size, learnt.pixels, self.cards.grounds)


class _Course(nn.Module):
    """The teacher and what it is taught by."""

    def __init__(self, teacher: TeacherNetwork, centres: SubcentreArcFace) -> None:
        super().__init__()
        self.teacher, self.centres = teacher, centres


class TeacherRun(TrainingRun):
    """Learns artworks as classes. `teacher.pt` holds the averaged network alone, adapters merged into its weights."""

    name = "teacher"

    def __init__(self, cards: TeacherCards, backbone: nn.Module, out: Path, settings: TeacherSettings) -> None:
        """Take a backbone, made for `settings.image_size`."""
        torch.manual_seed(settings.seed)
        self.cards, self.settings = cards, settings
        self.learning = TeacherNetwork(backbone)
        self.centres = SubcentreArcFace(cards.count, DIMENSIONS, settings.centres, settings.margin, settings.scale)
        super().__init__(_Course(self.learning, self.centres), backbone, out, settings)

    def prepare_network(self) -> None:
        """Freeze the lower blocks, and put adapters in where they are wanted."""
        train_upper(self.backbone, self.settings.blocks)
        if self.settings.rank and not add_adapters(self.backbone, self.settings.rank):
            raise CardlensError(f"{self.settings.backbone}: has no attention layers to adapt; leave out --rank")

    @property
    def teacher(self) -> TeacherNetwork:
        """The averaged network."""
        return cast(_Course, self.average).teacher

    def begin(self) -> Floats:
        """Start from what the backbone knows: whiten its features of scans, put each artwork's centres at its own.

        Returns:
            (len(scans), f): the backbone's features of all scans. Those of held-out cards set nothing.
        """
        seen = self.look_at_scans(self.learning.eval().features)
        start_head(self.learning.head, seen[self.cards.rows_to_learn()], self.settings.seed)
        self.centres.start_from(torch.from_numpy(self.project(seen[self.cards.first_of_each_class()])).to(self.device))
        self.average.load_state_dict(self.network.state_dict())
        return seen

    @torch.no_grad()
    def project(self, features: Floats) -> Floats:
        """(n, f) -> (n, 768), of any length: what the head makes of them as it is now."""
        projected: Floats = self.learning.head(torch.from_numpy(features).to(self.device)).cpu().numpy()
        return projected

    def look_at_scans(self, see: Callable[[Tensor], Tensor]) -> Floats:
        """(len(scans), d): what `see` makes of every scan, held-out ones and views too."""
        flat = [flat_crop(scan, self.settings.image_size) for scan in self.cards.scans.pixels]
        return look(see, flat, "looking at scans", self.device)

    def batches(self) -> Dataset[Batch]:
        """Photos and flat scans of random cards."""
        return _Batches(self.cards, self.settings, self.settings.steps * self.batches_a_step)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """ArcFace against the centres of all artworks."""
        pictures, classes = batch
        with self.autocast():
            vectors = self.learning(pictures)
        loss: Tensor = self.centres(vectors, classes)
        return loss, {"loss": round(float(loss.detach()), 4)}

    def made_of(self) -> dict[str, Any]:
        """Settings, and which cards are learnt from."""
        return super().made_of() | {"cards": digest_of_names(self.cards.names)}

    def _write_weights(self) -> Path:
        """What `open_teacher` reads."""
        weights = self.out / f"{self.name}.pt"
        if self.processes.leads:
            state = {"network": merged_state(self.teacher), "settings": asdict(self.settings), "step": self.step}
            save_checkpoint(weights, state)
        return weights
