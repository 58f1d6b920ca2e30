"""How `cardlens store` prints: lines, plans, JSON, sizes and progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from cardlens.cli import console
from cardlens.store.objects import Progress as Passed
from cardlens.store.objects import no_progress

NOT_DONE = "nothing was done yet; repeat with --apply to do it"


def say(text: str, *, as_json: bool = False) -> None:
    """Print a line, on stderr where stdout is for JSON."""
    typer.echo(text, err=as_json)


def say_json(record: Any) -> None:
    """Print one line of JSON."""
    typer.echo(json.dumps(record, ensure_ascii=False))


def say_plan(words: str, record: dict[str, Any], *, as_json: bool) -> None:
    """Print a plan, in words or as a line of JSON."""
    if as_json:
        say_json(record)
    else:
        say(words)


def say_not_done(work: Sequence[bool], *, as_json: bool = False) -> None:
    """Say how to do what was planned, or that there is nothing to do."""
    say(NOT_DONE if any(work) else "nothing to do", as_json=as_json)


def megabytes(size: int) -> str:
    """Write a size in units of a thousand: 12.6 GB."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size >= 10**power:
            return f"{size / 10**power:.1f} {unit}"
    return f"{size} B"


@contextmanager
def moving(what: str, total: int | None) -> Iterator[Passed]:
    """Show bytes as they pass, with their rate, on stderr where that is a terminal."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console.stderr(), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda size: bar.advance(task, size)


@contextmanager
def counting(what: str) -> Iterator[Any]:
    """Show how many of how many files are done, on stderr."""
    from rich.progress import Progress

    errors = console.stderr()
    with Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
