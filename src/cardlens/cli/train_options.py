"""Options and checks that the commands of `cardlens train` share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from cardlens.errors import CardlensError

Data = Annotated[Path, typer.Option(metavar="DIR", help="Folder with scans/, views/, metadata/ and backgrounds/.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for the checkpoint, the log and the weights.")]
Cache = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: OUT/cache.")]
Seed = Annotated[int | None, typer.Option(metavar="N", min=0, help="Seed of everything random.")]
Steps = Annotated[int | None, typer.Option(metavar="N", min=1, help="Number of batches.")]
Minutes = Annotated[float | None, typer.Option(metavar="M", min=0.1, help="Stop after so long; --resume goes on.")]
Threads = Annotated[int | None, typer.Option(metavar="N", min=1, help="CPU threads for the network.")]
Record = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the run's record; default: experiments/NAME-OF-OUT.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in OUT.")]


def given(**options: Any) -> dict[str, Any]:
    """Leave out what was not given: settings have their own defaults."""
    return {name: value for name, value in options.items() if value is not None}


def record_of(out: Path, record: Path | None) -> Path:
    """Folder of a run's record: the one that was named, else one of the name of `out`."""
    return record or Path("experiments") / out.resolve().name


def check_data(data: Path) -> None:
    """Raise `CardlensError` where `data` is no card data."""
    absent = [name for name in ("scans", "backgrounds") if not (data / name).is_dir()]
    if absent:
        raise CardlensError(f"{data}: has no folder {' or '.join(absent)}; give the card data with --data")


def check(data: Path, out: Path, *, resume: bool) -> None:
    """Raise `CardlensError` where `out` has a run that was not asked for, or lacks the one to resume."""
    check_data(data)
    there = (out / "checkpoint.pt").exists()
    if there and not resume:
        raise CardlensError(f"{out}: holds a run already; go on with --resume or give another folder with --out")
    if resume and not there:
        raise CardlensError(f"{out}: has no checkpoint to resume from; leave out --resume")


def check_alone() -> None:
    """Raise `CardlensError` in one of several processes that torchrun started."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise CardlensError(
            "torchrun: this command trains in one process; several train with `cardlens train student` or `teacher`"
        )
