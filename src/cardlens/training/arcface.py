"""ArcFace with sub-centres: classes as directions, with a margin between them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class SubcentreArcFace(nn.Module):
    """Additive angular margin (arXiv 1801.07698) against several centres a class (Sub-center ArcFace, ECCV 2020).

    A picture need only be near one of its class's centres: prints of one artwork in several languages, foils and bad
    scans find their own, and do not pull at the others.
    """

    def __init__(self, classes: int, dimensions: int, centres: int, margin: float, scale: float) -> None:
        """`margin` in radians; `scale` multiplies the cosines before the softmax."""
        super().__init__()
        self.each, self.margin, self.scale = centres, margin, scale
        self.centres = nn.Parameter(functional.normalize(torch.randn(classes * centres, dimensions), dim=1))

    @torch.no_grad()
    def start_from(self, vectors: Tensor) -> None:
        """Put every class's centres near a vector of it, (classes, dimensions), so that no steps are lost on that."""
        repeated = vectors.repeat_interleave(self.each, dim=0)
        # apart by a few degrees, or all would move as one
        apart = torch.randn_like(repeated) * 0.1 / math.sqrt(repeated.shape[1])
        self.centres.copy_(functional.normalize(functional.normalize(repeated, dim=1) + apart, dim=1))

    def forward(self, vectors: Tensor, classes: Tensor) -> Tensor:
        """Mean loss of (n, dimensions) unit vectors of the classes (n,).

        The angle to the own class's nearest centre counts as `margin` wider. Where that would pass 180 degrees, a
        linear penalty takes over, as in the paper's own code, so that the loss keeps growing with the angle.
        """
        cosines = self.cosines(vectors.float())
        own = cosines.gather(1, classes[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        wider = own * math.cos(self.margin) - (1 - own * own).sqrt() * math.sin(self.margin)
        beyond = own < -math.cos(self.margin)
        target = torch.where(beyond, own - self.margin * math.sin(self.margin), wider)
        return functional.cross_entropy(cosines.scatter(1, classes[:, None], target) * self.scale, classes)

    def cosines(self, vectors: Tensor) -> Tensor:
        """(n, classes): the cosine to the nearest centre of each class."""
        with torch.autocast(vectors.device.type, enabled=False):
            all_centres = vectors @ functional.normalize(self.centres, dim=1).T
        nearest: Tensor = all_centres.view(len(vectors), -1, self.each).amax(dim=2)
        return nearest
