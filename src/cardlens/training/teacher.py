"""The teacher: a vision transformer and a projection to 768, the space that students are to reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import Tensor, nn
from torch.nn import functional

from cardlens.errors import BadModel
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.devices import half_precision
from cardlens.training.networks import DIMENSIONS
from cardlens.training.teacher_backbone import empty_backbone, feature_width, features, pixel_statistics

_BATCH = 64


class TeacherNetwork(nn.Module):
    """(n, h, w, 3) uint8 RGB -> (n, 768), L2-normalised."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(feature_width(backbone), DIMENSIONS)
        mean, deviation = pixel_statistics(backbone)
        self.register_buffer("mean", mean[:, None, None], persistent=False)
        self.register_buffer("deviation", deviation[:, None, None], persistent=False)

    def normalise(self, pictures: Tensor) -> Tensor:
        """(n, h, w, 3) uint8 -> (n, 3, h, w) float32, as the backbone was trained with."""
        batch: Tensor = (pictures.permute(0, 3, 1, 2).float() - self.mean) / self.deviation
        return batch

    def features(self, pictures: Tensor) -> Tensor:
        """(n, h, w, 3) uint8 -> (n, f) float32: what the head projects."""
        return features(self.backbone, self.normalise(pictures)).float()

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        return functional.normalize(self.head(self.features(pictures)).float(), dim=1)


def open_teacher(file: Path) -> TeacherNetwork:
    """Read a `teacher.pt`; raises `BadModel` where it is none."""
    state = load_checkpoint(file)
    if state is None:
        raise BadModel(f"{file}: no such file; make it with `cardlens train teacher`")
    try:
        settings = state["settings"]
        network = TeacherNetwork(empty_backbone(settings["backbone"], settings["image_size"]))
        network.load_state_dict(state["network"])
    except (KeyError, TypeError, RuntimeError) as error:
        raise BadModel(f"{file}: not a teacher ({' '.join(str(error).split())[:200]})") from error
    return network.eval()


@torch.inference_mode()
def look(see: Callable[[Tensor], Tensor], pictures: Sequence[Bytes], what: str, device: torch.device) -> Floats:
    """Run `see` on pictures (h, w, 3) in batches, in half precision; (n, d) float32."""
    seen = []
    for start in track(range(0, len(pictures), _BATCH), what, transient=True):
        batch = torch.from_numpy(np.stack(pictures[start : start + _BATCH])).to(device)
        with torch.autocast(device.type, half_precision(device)):
            seen.append(see(batch).float().cpu().numpy())
    return np.concatenate(seen)
