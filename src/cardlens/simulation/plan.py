"""From measured rates to machines: what so many photos a day take, and what they cost, on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal

from cardlens.cloud.cost_prices import Machine, PriceTable
from cardlens.scale.measured import ANSWER_BYTES, CORE_SECONDS

NODE = "c7i.4xlarge"
STEPS = (100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)


def _node() -> Machine:
    return PriceTable.open().machine(NODE)


def _gigabyte_dollars() -> float:
    return float(PriceTable.open().standard.per_gb_month.cost(Decimal(1)).usd)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a plan is computed from: measured (`scale.measured`), of the dated price table, or said so in the text.

    Attributes:
        core_seconds: of a core, a hardware thread, for a photo.
        peak: busiest hour against the mean of the day.
        utilisation: of the cores in the busiest hour: what the simulation allows.
        cores: photos that a node names side by side.
        cell_nodes: nodes of a cell.
        photo_bytes: sent in; `answer_bytes`: kept of each.
        node_dollars: an hour of a node, on spot.
        gigabyte_dollars: a month of a GB of answers.
    """

    core_seconds: float = CORE_SECONDS
    peak: float = 2.5
    utilisation: float = 0.6
    cores: int = field(default_factory=lambda: _node().cores)
    cell_nodes: int = 8
    photo_bytes: float = 3.0e6
    answer_bytes: float = ANSWER_BYTES
    node_dollars: float = field(default_factory=lambda: float(_node().spot_per_hour.usd))
    gigabyte_dollars: float = field(default_factory=_gigabyte_dollars)


@dataclass(frozen=True, slots=True)
class Step:
    """What so many photos a day take.

    Attributes:
        photos: a day.
        mean, peak: photos a second.
        nodes: in the busiest hour; `mean_nodes`: over the day, as nodes come and go.
        cells: of nodes.
        gigabits: coming in, a second, in the busiest hour.
        terabytes: of answers, a year.
        dollars: of nodes, a day, on spot; `storage_dollars`: of a year's answers, a month.
    """

    photos: int
    mean: float
    peak: float
    nodes: int
    mean_nodes: float
    cells: int
    gigabits: float
    terabytes: float
    dollars: float
    storage_dollars: float

    @property
    def dollars_a_million(self) -> float:
        """Of nodes, for a million photos."""
        return self.dollars / self.photos * 1e6


def plan(photos: int, given: Assumptions) -> Step:
    """Compute a step; two nodes at least, so that one may fail."""
    mean = photos / 86_400
    peak = mean * given.peak
    a_node = given.cores * given.utilisation / given.core_seconds
    nodes = max(math.ceil(peak / a_node), 2)
    mean_nodes = max(mean / a_node, 2.0)
    answers = photos * 365 * given.answer_bytes
    return Step(
        photos=photos,
        mean=mean,
        peak=peak,
        nodes=nodes,
        mean_nodes=mean_nodes,
        cells=math.ceil(nodes / given.cell_nodes),
        gigabits=peak * given.photo_bytes * 8 / 1e9,
        terabytes=answers / 1e12,
        dollars=mean_nodes * 24 * given.node_dollars,
        storage_dollars=answers / 2**30 * given.gigabyte_dollars,
    )
