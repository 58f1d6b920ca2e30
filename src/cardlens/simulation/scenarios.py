"""What a cell is put through, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cardlens.simulation.plan import Assumptions
from cardlens.simulation.service import Cell, Tally, Traffic, simulate


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scenario.

    Attributes:
        name: of the scenario.
        cell: what was put through it; `traffic`: what it was.
        tally: what became of the photos.
    """

    name: str
    cell: Cell
    traffic: Traffic
    tally: Tally

    @property
    def utilisation(self) -> float:
        """Of the cores, over the time of the traffic."""
        return self.tally.busy / (self.cell.nodes * self.cell.cores * self.traffic.seconds)


def scenarios(given: Assumptions, nodes: int, seconds: float, seed: int) -> list[Outcome]:
    """A cell at its planned rate, in bursts, losing nodes; and what happens with less room, or a shared catalogue."""
    cell = Cell(nodes, cores=given.cores, core_seconds=given.core_seconds)
    rate = nodes * given.cores * given.utilisation / given.core_seconds
    calm = Traffic(rate, seconds)
    tight = replace(calm, rate=rate * 0.9 / given.utilisation)
    searches = max(round(rate * cell.look_up_seconds), 1)  # at once, as a catalogue has whole connections
    scarce = replace(cell, look_ups=searches, look_up_seconds=searches / rate / 0.9)
    asked = [
        ("as planned", cell, calm),
        ("burst: twice as many for a minute", cell, replace(calm, burst=2.0)),
        ("burst: four times as many for a minute", cell, replace(calm, burst=4.0)),
        ("a third of the nodes fails at once", cell, replace(calm, lost_at_once=1 / 3)),
        ("spot: every node fails once in half an hour", cell, replace(calm, losses_an_hour=2.0)),
        ("spot: every node fails once in ten minutes", cell, replace(calm, losses_an_hour=6.0)),
        ("burst of twice, and a third of the nodes fails", cell, replace(calm, burst=2.0, lost_at_once=1 / 3)),
        ("cores at 90 %", cell, tight),
        ("cores at 90 %, burst of twice", cell, replace(tight, burst=2.0)),
        ("shared catalogue with room for twice the searches", replace(cell, look_ups=searches * 2), calm),
        ("shared catalogue with room for 90 % of them", scarce, calm),
    ]
    return [Outcome(name, one, traffic, simulate(one, traffic, seed)) for name, one, traffic in asked]
