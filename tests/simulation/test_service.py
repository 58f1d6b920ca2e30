from __future__ import annotations

import json
from dataclasses import replace

import pytest

pytest.importorskip("simpy", reason="needs the extra scale")

from typer.testing import CliRunner

from cardlens.cli.main import app
from cardlens.simulation.plan import Assumptions, plan
from cardlens.simulation.scenarios import Outcome, scenarios
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


def test_losses_and_replacements_while_there_is_traffic_are_counted() -> None:
    traffic = replace(TRAFFIC, seconds=120.0)
    at_once = simulate(CELL, replace(traffic, lost_at_once=2 / 3), seed=3)
    assert (at_once.lost_nodes, at_once.booted_nodes) == (2, 2)
    too_short = simulate(replace(CELL, boot=200.0), replace(traffic, lost_at_once=2 / 3), seed=3)
    assert (too_short.lost_nodes, too_short.booted_nodes) == (2, 0)
    assert simulate(CELL, replace(traffic, losses_an_hour=60.0), seed=3).lost_nodes > 2
    assert simulate(CELL, traffic, seed=3).lost_nodes == 0


def test_nodes_that_fail_together_fail_in_the_burst() -> None:
    traffic = replace(TRAFFIC, burst=6.0, seconds=120.0)
    hit, spared = (simulate(CELL, replace(traffic, lost_at_once=lost), seed=2) for lost in (1 / 3, 0.0))
    assert hit.percentile(99) > spared.percentile(99)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return scenarios(Assumptions(cores=1), nodes=8, seconds=900.0, seed=2026)


def test_every_scenario_of_losses_loses_nodes_and_sees_them_replaced(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        assert (one.tally.lost_nodes > 0) == ("fails" in one.name)
        assert one.tally.booted_nodes >= one.tally.lost_nodes / 2


def test_the_command_says_how_many_nodes_were_lost() -> None:
    typed = ["simulate", "--nodes", "2", "--seconds", "60"]
    told = json.loads(CliRunner().invoke(app, [*typed, "--json"]).stdout)["scenarios"]
    assert {one["scenario"]: one["lost_nodes"] for one in told}["a third of the nodes fails at once"] == 1
    assert "nodes lost" in CliRunner(env={"COLUMNS": "220"}).invoke(app, typed).stdout


def test_a_catalogue_with_room_for_a_part_of_the_searches_has_room_for_that_part(outcomes: list[Outcome]) -> None:
    *_, twice, scarce = outcomes
    room = [(one.cell.look_ups or 0) / one.cell.look_up_seconds / one.traffic.rate for one in (twice, scarce)]
    assert room[0] > 1.5
    assert room[1] == pytest.approx(0.9)


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
    assert step.dollars_a_million == pytest.approx(1000 * 24 * given.node_dollars / 864)
    assert plan(1000, given).nodes == 2
