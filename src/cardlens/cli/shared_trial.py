"""The work behind `cardlens shared trial`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table

from cardlens.benchmark.scale_postgres import empty_database
from cardlens.benchmark.scale_rows import make_rows
from cardlens.benchmark.scale_trial import Load, run_trial
from cardlens.cli import console
from cardlens.reference.database import ReferenceDatabase
from cardlens.settings import Settings

_MOST_P99, _LEAST_RECALL = 60.0, 0.998
_SEED = 2026
# cards that may be added meanwhile, a second
_SPARE = 20


def show_trial(address: str | None, rows: int, clients: int, seconds: float, *, as_json: bool) -> int:
    """Run the trial and tell its figures; returns 1 where it went wrong."""
    database = ReferenceDatabase.open(Settings().reference, None)
    errors = console.stderr()
    hidden = not errors.is_terminal
    with (
        tempfile.TemporaryDirectory(prefix="cardlens-trial-") as folder,
        Progress(console=errors, disable=hidden, transient=True) as bar,
        empty_database(address) as made,
    ):
        file = Path(folder) / "rows.npy"
        task = bar.add_task("Making cards", total=None)
        count = rows + int(_SPARE * seconds) + 100
        make_rows(database, count, file, _SEED, lambda done, total: bar.update(task, completed=done, total=total))
        task = bar.add_task("Filling two versions", total=None)
        load = Load(clients, seconds, rows)
        figures = run_trial(made, file, load, lambda done, total: bar.update(task, completed=done, total=total))
    _show(figures, as_json=as_json)
    sound = figures["mixed"] == figures["wrong_version"] == 0 and figures["added_found"] == figures["added"]
    fast_and_right = figures["p99_ms"] <= _MOST_P99 and figures["recall_at_5"] >= _LEAST_RECALL
    return 0 if sound and fast_and_right else 1


def _show(figures: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        console.stdout().print_json(data=figures)
        return
    table = Table("what", "measured")
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:,}" if not isinstance(value, bool) else str(value))
    console.stdout().print(table)
