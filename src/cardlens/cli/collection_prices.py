"""Asking for prices, with a progress bar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cardlens.cli import console
from cardlens.cli.collection_show import show_price_report
from cardlens.collection.price_sources import open_source

if TYPE_CHECKING:
    from cardlens.collection import Collection


def fetch_prices(collection: Collection, source: str, address: str | None, days: float) -> int:
    """Ask a source for prices; returns the exit code: 1 where a card could not be asked for."""
    asked = open_source(source, address)
    errors = console.stderr()
    columns = (TextColumn("Asking for prices"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task("cards", total=None)
        report = collection.fetch_prices(
            asked, timedelta(days=days), lambda done, total: bar.update(task, completed=done, total=total)
        )
    show_price_report(report)
    return 1 if report.failed else 0
