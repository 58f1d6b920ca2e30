"""`cardlens evaluate`: measure the recognizer on photos of held-out cards and on real ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.training.evaluation import Figure

EXAMPLES = """\
Examples:

  cardlens evaluate --data cards/

  cardlens evaluate --data cards/ --scenes 50 --json
"""


def evaluate(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder with scans/, photos/, not-pokemon/, backgrounds/.")],
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: ./runs/cache.")
    ] = None,
    scenes: Annotated[int, typer.Option(metavar="N", min=10, help="Photos to render for each part.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a figure, a line each.")] = False,
) -> None:
    """Measure the models and database that are set, on real photos and on rendered ones of held-out sets.

    Exit code 1 where a target is missed. Needs the extra train and the card data.
    """
    extras.require("train", "cardlens evaluate")
    from cardlens.settings import Settings
    from cardlens.training.evaluation import Evaluation

    if not (data / "photos" / "truth.json").exists():
        raise CardlensError(f"{data}: has no photos/truth.json; give the card data with --data")
    evaluation = Evaluation(data, cache or Path("runs/cache"), Settings.from_environment(), scenes)
    figures = _printed(evaluation.run()) if as_json else _tabled(evaluation.run())
    raise typer.Exit(0 if all(figure.holds for figure in figures) else 1)


def _printed(figures: Iterable[Figure]) -> list[Figure]:
    done = []
    for figure in figures:
        sys.stdout.write(json.dumps(figure.as_json(), ensure_ascii=False) + "\n")
        sys.stdout.flush()
        done.append(figure)
    return done


def _tabled(figures: Iterable[Figure]) -> list[Figure]:
    from rich.table import Table

    done = list(figures)
    table = Table("what", "measured", "target", "")
    for figure in done:
        table.add_row(figure.what, figure.measured, figure.target, "" if figure.holds else "missed")
    console.stdout().print(table)
    return done
