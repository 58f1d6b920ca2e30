"""A bar on stderr for bytes that are sent or fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from cardlens.cli import console


@dataclass(frozen=True, slots=True)
class TransferBar:
    """What moves the bar: `expect` says how many bytes there will be, `arrived` that some have passed."""

    expect: Callable[[int], None]
    arrived: Callable[[int], None]


@contextmanager
def transfer_bar(what: str) -> Iterator[TransferBar]:
    """Show a bar while the block lasts, where there is a terminal to show it on."""
    errors = console.stderr()
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield TransferBar(
            lambda total: bar.update(task, total=total),
            lambda count: bar.advance(task, count),
        )
