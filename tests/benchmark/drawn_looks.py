"""Photos that nobody drew: where cards lie, and what was seen of them, as the ablation is given them."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from cardlens.benchmark.ablation import Looked
from cardlens.benchmark.contender import Candidate, Named
from cardlens.benchmark.material import Material
from cardlens.benchmark.photos import Shown
from cardlens.recognition.answer import Milliseconds
from cardlens.recognition.decision import Seen
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting
from cardlens.training.simulator.conditions import Conditions
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scenes import Scene, SeenCard
from tests.benchmark.drawn_material import HELD_OUT

PLACE = card_at(200, 200, 120, 0.0)


def decide(seen: Seen, _without: Collection[str] = ()) -> Named:
    """Name the nearest artwork, as sure as the sighting is."""
    nearest = seen.sighting.artworks[0].printings
    sure = seen.probability
    return Named(seen.quad, tuple(Candidate(one, sure) for one in nearest), sure, sure, "printing", seen)


def drawn_looks(material: Material, count: int = 80) -> tuple[list[Looked], list[Milliseconds]]:
    """One card a photo, a stranger in about half of them. Similarity tells nothing of strangers; company tells all."""
    rng = np.random.default_rng(4)
    looks = []
    for number in range(count):
        card_id, fold = HELD_OUT[number % len(HELD_OUT)], int(rng.integers(2))
        stranger = material.fold_of(card_id) == fold
        nearest = Artwork(("A1-1",) if stranger else material.printings(card_id), float(rng.uniform(0.6, 0.9)), "en")
        other = Artwork(("A1-2",), nearest.similarity - 0.1, "en")
        sighting = Sighting([nearest, other], 120.0, 10.0, 0.9, company=0.1 if stranger else 0.9)
        card = SeenCard(PLACE, material.held_out.rows[card_id][0], 1.0, Conditions(width=120.0))
        shown = Shown(Scene(np.zeros((0, 0, 3), np.uint8), (card,)), (card_id,), fold)
        looks.append(Looked(shown, [decide(Seen(PLACE, sighting, 0.5))]))
    return looks, [Milliseconds(read=4.0, total=9.0)] * count
