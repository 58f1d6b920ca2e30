"""`cardlens simulate`: the service under bursts and losses, and what a billion photos a day would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import console, extras

if TYPE_CHECKING:
    from cardlens.simulation.plan import Step
    from cardlens.simulation.scenarios import Outcome

EXAMPLES = """\
Examples:

  cardlens simulate

  cardlens simulate --core-seconds 0.25 --utilisation 0.7 --json
"""


def simulate(
    core_seconds: Annotated[float, typer.Option(metavar="S", min=0.001, help="Of a core for a photo.")] = 0.4,
    utilisation: Annotated[
        float, typer.Option(metavar="SHARE", min=0.05, max=0.95, help="Of the cores, in the busiest hour.")
    ] = 0.6,
    nodes: Annotated[int, typer.Option(metavar="N", min=2, max=400, help="Nodes of a cell.")] = 8,
    seconds: Annotated[float, typer.Option(metavar="S", min=60, help="How long each scenario lasts.")] = 900.0,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of everything that is random.")] = 2026,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Simulate a cell of the service event by event, then plan machines, network, storage and cost by photos a day.

    The figures of docs/explanation/scale.md come from this command.
    """
    extras.require("scale", "cardlens simulate")
    from cardlens.simulation.plan import STEPS, Assumptions, plan
    from cardlens.simulation.scenarios import scenarios

    given = Assumptions(core_seconds=core_seconds, utilisation=utilisation, cell_nodes=nodes)
    with console.stderr().status("simulating"):
        outcomes = scenarios(given, nodes, seconds, seed)
    steps = [plan(photos, given) for photos in STEPS]
    if as_json:
        from dataclasses import asdict

        record = {"given": asdict(given), "scenarios": list(map(_record, outcomes)), "steps": list(map(asdict, steps))}
        console.stdout().print_json(data=record)
        return
    _show_scenarios(outcomes)
    _show_steps(steps)


def _record(outcome: Outcome) -> dict[str, Any]:
    tally = outcome.tally
    return {
        "scenario": outcome.name,
        "photos": tally.sent,
        "named": tally.named,
        "given_up": tally.given_up,
        "refused_once": tally.refused_once,
        "repeated": tally.repeated,
        "lost_nodes": tally.lost_nodes,
        "booted_nodes": tally.booted_nodes,
        "utilisation": round(outcome.utilisation, 3),
        "p50_seconds": round(tally.percentile(50), 2),
        "p99_seconds": round(tally.percentile(99), 2),
    }


def _show_scenarios(outcomes: list[Outcome]) -> None:
    from rich.table import Table

    columns = ("scenario", "photos", "nodes lost", "booted again", "cores busy", "p50, s", "p99, s")
    table = Table(*columns, "refused first", "sent again", "given up")
    for outcome in outcomes:
        record = _record(outcome)
        share = record["refused_once"] / max(record["photos"], 1)
        table.add_row(
            outcome.name,
            f"{record['photos']:,}",
            f"{record['lost_nodes']:,}",
            f"{record['booted_nodes']:,}",
            f"{record['utilisation']:.0%}",
            f"{record['p50_seconds']:.2f}",
            f"{record['p99_seconds']:.2f}",
            f"{share:.1%}",
            f"{record['repeated']:,}",
            f"{record['given_up']:,}",
        )
    console.stdout().print(table)


def _show_steps(steps: list[Step]) -> None:
    from rich.table import Table

    table = Table(
        "photos a day", "a second, peak", "nodes, peak", "cells", "Gbit/s in", "TB a year", "$ a day", "$ a million"
    )
    for step in steps:
        table.add_row(
            f"{step.photos:,}",
            f"{step.peak:,.1f}",
            f"{step.nodes:,}",
            f"{step.cells:,}",
            f"{step.gigabits:,.2f}",
            f"{step.terabytes:,.2f}",
            f"{step.dollars:,.0f}",
            f"{step.dollars_a_million:,.2f}",
        )
    console.stdout().print(table)
