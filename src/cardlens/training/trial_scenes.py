"""Photos to measure with: one to nine cards, rendered larger than those to train on, with the truth about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cardlens.recognition.quad import Points, width
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.grounds import draw_ground
from cardlens.training.simulator.layouts import LAYOUTS, fan, page, tilt
from cardlens.training.simulator.scans import Scans
from cardlens.training.simulator.scenes import Scene, render

SIZE = 1200
_MOST, _NARROWEST = 9, 60
# less of a card in sight is not asked for
IN_SIGHT = 0.75


def trial_scenes(scans: Scans, grounds: list[Bytes], count: int, seed: int) -> Iterator[Scene]:
    """Render `count` photos, (1200, 1200, 3), of cards at least 60 pixels wide."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        canvas = draw_ground(rng, SIZE, SIZE, grounds)
        yield render(rng, canvas, _quads(rng, pages=False), scans.pixels, grounds)


def trial_page(rng: np.random.Generator, scans: Scans, grounds: list[Bytes], order: Sequence[int]) -> Scene:
    """Render a page or row of cards; where `order` gives rows of scans, a run of it, as binders have them."""
    canvas = draw_ground(rng, SIZE, SIZE, grounds)
    return render(rng, canvas, _quads(rng, pages=True), scans.pixels, grounds, order)


def _quads(rng: np.random.Generator, *, pages: bool) -> list[Points]:
    wanted = [(layout, share) for layout, share in LAYOUTS if (layout is page if pages else layout is not fan)]
    layouts, shares = zip(*wanted, strict=True)
    chances = np.asarray(shares) / sum(shares)
    while True:
        quads = tilt(layouts[int(rng.choice(len(layouts), p=chances))](rng, SIZE), rng, SIZE)
        if 1 <= len(quads) <= _MOST and min(width(quad) for quad in quads) >= _NARROWEST:
            return quads
