"""`cardlens train`: make the models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.training.detector_training import DetectorRun
    from cardlens.training.embedder_training import EmbedderRun

EXAMPLES = """\
Examples:

  cardlens train embedder --data cards/ --out runs/embedder

  cardlens train detector --data cards/ --out runs/detector --minutes 60

  cardlens train detector --data cards/ --out runs/detector --resume
"""

app = typer.Typer(help="Train the models; needs the extra train.", no_args_is_help=True, epilog=EXAMPLES)

Data = Annotated[Path, typer.Option(metavar="DIR", help="Folder with scans/, views/, metadata/ and backgrounds/.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder for the checkpoint, the log and the weights.")]
Cache = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: OUT/cache.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of everything random.")]
Steps = Annotated[int | None, typer.Option(metavar="N", min=1, help="Number of batches.")]
Minutes = Annotated[float | None, typer.Option(metavar="M", min=0.1, help="Stop after so long; --resume goes on.")]
Threads = Annotated[int | None, typer.Option(metavar="N", min=1, help="CPU threads for the network.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in OUT.")]


@app.command(epilog=EXAMPLES)
def embedder(
    data: Data,
    out: Out,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    resume: Resume = False,
) -> None:
    """Train the embedder: scan against simulated photo. What is not given is as it was for the bundled model."""
    extras.require("train", "cardlens train embedder")
    from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings

    settings = EmbedderSettings(**_given(seed=seed, steps=steps, minutes=minutes, threads=threads))
    _check(data, out, resume=resume)
    _train(EmbedderRun(data, cache or out / "cache", out, settings), resume=resume)


@app.command(epilog=EXAMPLES)
def detector(
    data: Data,
    out: Out,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    resume: Resume = False,
) -> None:
    """Train the detector on rendered scenes. What is not given is as it was for the bundled model."""
    extras.require("train", "cardlens train detector")
    from cardlens.training.detector_training import DetectorRun, DetectorSettings

    settings = DetectorSettings(**_given(seed=seed, steps=steps, minutes=minutes, threads=threads))
    _check(data, out, resume=resume)
    _train(DetectorRun(data, cache or out / "cache", out, settings), resume=resume)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _check(data: Path, out: Path, *, resume: bool) -> None:
    if not (data / "scans").is_dir():
        raise CardlensError(f"{data}: has no folder scans; give the card data with --data")
    there = (out / "checkpoint.pt").exists()
    if there and not resume:
        raise CardlensError(f"{out}: holds a run already; go on with --resume or give another folder with --out")
    if resume and not there:
        raise CardlensError(f"{out}: has no checkpoint to resume from; leave out --resume")


def _train(run: EmbedderRun | DetectorRun, *, resume: bool) -> None:
    if resume:
        run.resume()
    weights = run.train()
    console.stdout().print(f"{weights}: weights after {run.step} steps", highlight=False, markup=False, soft_wrap=True)
