"""The methods that are measured side by side. A further one is a file here and a line in `open_contenders`."""

from __future__ import annotations

from cardlens.benchmark.contender import Contender
from cardlens.benchmark.contenders.contour_hash import ContourHash
from cardlens.benchmark.contenders.contour_orb import ContourOrb
from cardlens.benchmark.contenders.imagenet import ImageNet
from cardlens.benchmark.contenders.whole import Whole
from cardlens.benchmark.contenders.whole_frame import WholeFrame
from cardlens.benchmark.material import FlatCards


def open_contenders(ours: Whole, flat: FlatCards) -> list[Contender]:
    """Cardlens itself, then the baselines, each told of the same cards by flat pictures."""
    baselines: list[Contender] = [ContourHash(), ContourOrb(), ImageNet(), WholeFrame(ours)]
    for baseline in baselines:
        baseline.enrol(flat.pictures, flat.card_ids)
    return [ours, *baselines]
