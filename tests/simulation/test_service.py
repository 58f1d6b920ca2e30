from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("simpy", reason="needs the extra scale")

from cardlens.simulation.plan import Assumptions, plan
from cardlens.simulation.service import Cell, Traffic, simulate

CELL = Cell(nodes=3, cores=2, boot=20.0)
TRAFFIC = Traffic(rate=9.0, seconds=30.0, burst_seconds=10.0)


@pytest.mark.parametrize(
    "traffic",
    [replace(TRAFFIC, lost_at_once=1 / 3), replace(TRAFFIC, lost_at_once=1.0), replace(TRAFFIC, losses_an_hour=60.0)],
)
@pytest.mark.parametrize("burst", [1.0, 6.0])
def test_every_photo_is_named_or_given_up(traffic: Traffic, burst: float) -> None:
    tally = simulate(CELL, replace(traffic, burst=burst), seed=1)
    assert tally.sent == tally.named + tally.given_up > 100
    assert len(tally.seconds) == tally.named


def test_the_same_seed_gives_the_same_tally() -> None:
    assert simulate(CELL, TRAFFIC, seed=7) == simulate(CELL, TRAFFIC, seed=7)
    assert simulate(CELL, TRAFFIC, seed=7) != simulate(CELL, TRAFFIC, seed=8)


def test_a_lost_node_s_photos_are_sent_again() -> None:
    tally = simulate(CELL, replace(TRAFFIC, lost_at_once=2 / 3), seed=3)
    assert tally.repeated > 0
    assert tally.given_up == 0


def test_a_burst_is_refused_and_waits_and_more_nodes_shorten_it() -> None:
    burst = replace(TRAFFIC, burst=6.0)
    few, many = simulate(CELL, burst, seed=2), simulate(replace(CELL, nodes=12), burst, seed=2)
    assert few.refused_once > many.refused_once
    assert few.percentile(99) > many.percentile(99)


def test_a_catalogue_without_room_slows_all() -> None:
    shared = simulate(replace(CELL, look_ups=1, look_up_seconds=0.1), TRAFFIC, seed=2)
    assert shared.percentile(50) > simulate(CELL, TRAFFIC, seed=2).percentile(50)


def test_a_billion_photos_a_day_on_paper() -> None:
    given = Assumptions(core_seconds=0.4, utilisation=0.5, cores=8, peak=2.0, photo_bytes=1e6, cell_nodes=10)
    step = plan(864_000_000, given)  # 10,000 a second
    assert (step.mean, step.peak, step.nodes, step.cells) == (10_000, 20_000, 2000, 200)
    assert step.gigabits == pytest.approx(160)
    assert step.mean_nodes == pytest.approx(1000)
    assert step.dollars_a_million == pytest.approx(1000 * 24 * given.node_dollars * given.spot / 864)
    assert plan(1000, given).nodes == 2
