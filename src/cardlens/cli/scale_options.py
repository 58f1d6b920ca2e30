"""Options of the commands that can run on many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras

if TYPE_CHECKING:
    from cardlens.scale.engine import Cluster


class Engine(StrEnum):
    """Where a command does its work."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[Engine, typer.Option(help="Do it here, or on a Ray cluster (extra scale).")]
Address = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="With --engine ray: the cluster, auto or host:6379; by default this machine."),
]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="With --engine ray: use at most N cores; by default all that there are."),
]
BatchSize = Annotated[
    int, typer.Option("--batch", metavar="N", min=1, max=10_000, help="With --engine ray: items in a batch.")
]
Parts = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="With --engine ray: where the machines put their parts, s3://bucket/prefix or a shared folder; "
        "by default beside the result.",
    ),
]
BATCH = 64


def open_cluster(address: str | None, workers: int | None, command: str) -> Cluster:
    """Say where to work; raises `MissingExtra`."""
    extras.require("scale", command)
    from cardlens.scale.engine import Cluster

    return Cluster(address, workers)


def refuse_without_ray(**given: object) -> None:
    """Raise `BadParameter` for options that mean nothing to the local engine."""
    names = [f"--{name}" for name, value in given.items() if value]
    if names:
        raise typer.BadParameter(f"{', '.join(names)}: only with --engine ray")


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr, where that is a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    errors = console.stderr()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
