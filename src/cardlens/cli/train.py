"""`cardlens train`: make the models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras, train_export, train_student, train_teacher
from cardlens.cli.train_options import (
    Cache,
    Data,
    Minutes,
    Out,
    Record,
    Resume,
    Seed,
    Steps,
    Threads,
    check,
    check_alone,
    check_data,
    given,
    record_of,
)

if TYPE_CHECKING:
    from cardlens.training.aligner_training import AlignerRun
    from cardlens.training.detector_training import DetectorRun
    from cardlens.training.embedder_training import EmbedderRun

EXAMPLES = """\
Examples:

  cardlens train embedder --data cards/ --out runs/embedder

  cardlens train detector --data cards/ --out runs/detector --minutes 60

  cardlens train detector --data cards/ --out runs/detector --resume

  cardlens train aligner --data cards/ --out runs/aligner

  CARDLENS_MODELS=models/ cardlens train calibration --data cards/ --out models/calibration.json

  cardlens train sheet --data cards/ --out sheet.jpg
"""

app = typer.Typer(help="Train the models; needs the extra train.", no_args_is_help=True, epilog=EXAMPLES)
app.command("teacher", epilog=train_teacher.EXAMPLES)(train_teacher.teacher)
app.command("student", epilog=train_student.EXAMPLES)(train_student.student)
app.command("ablation", epilog=train_student.EXAMPLES)(train_student.ablation)


@app.command(epilog=EXAMPLES)
def embedder(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    data: Data,
    out: Out,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    record: Record = None,
    resume: Resume = False,
) -> None:
    """Train the embedder: scan against simulated photo. INT8 is written where it names held-out cards as well as fp32.

    The bundled model's first stage had as many steps, but no margin, no parts, no cut-off and no dim photos yet.
    """
    extras.require("train", "cardlens train embedder")
    from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings

    settings = EmbedderSettings(**given(seed=seed, steps=steps, minutes=minutes, threads=threads))
    check(data, out, resume=resume)
    check_alone()
    run = EmbedderRun(data, cache or out / "cache", out, settings)
    _train(run, data, cache or out / "cache", record_of(out, record), resume=resume)
    train_export.release(run, data, cache or out / "cache")


@app.command(epilog=EXAMPLES)
def detector(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    data: Data,
    out: Out,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    record: Record = None,
    resume: Resume = False,
) -> None:
    """Train the detector on rendered scenes. The bundled one was made in other steps; its model card has them."""
    extras.require("train", "cardlens train detector")
    from cardlens.training.detector_training import DetectorRun, DetectorSettings

    settings = DetectorSettings(**given(seed=seed, steps=steps, minutes=minutes, threads=threads))
    check(data, out, resume=resume)
    check_alone()
    run = DetectorRun(data, cache or out / "cache", out, settings)
    _train(run, data, cache or out / "cache", record_of(out, record), resume=resume)
    train_export.export(run)


@app.command(epilog=EXAMPLES)
def aligner(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    data: Data,
    out: Out,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    record: Record = None,
    resume: Resume = False,
) -> None:
    """Train the aligner on crops around cards. The bundled one was made in other steps; its model card has them."""
    extras.require("train", "cardlens train aligner")
    from cardlens.training.aligner_training import AlignerRun, AlignerSettings

    settings = AlignerSettings(**given(seed=seed, steps=steps, minutes=minutes, threads=threads))
    check(data, out, resume=resume)
    check_alone()
    run = AlignerRun(data, cache or out / "cache", out, settings)
    _train(run, data, cache or out / "cache", record_of(out, record), resume=resume)
    train_export.export(run)


@app.command(epilog=EXAMPLES)
def calibration(
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the calibration.")],
    cache: Cache = None,
    scenes: Annotated[int, typer.Option(metavar="N", min=20, help="Number of photos to render.")] = 400,
) -> None:
    """Fit how sure a match is, on cards that the embedder was not trained on; for the models in CARDLENS_MODELS."""
    extras.require("train", "cardlens train calibration")
    from cardlens.assembly import open_recognizer
    from cardlens.settings import Settings
    from cardlens.training.embedder_training import split_scans
    from cardlens.training.sight_calibration import calibrate
    from cardlens.training.simulator.grounds import open_grounds
    from cardlens.training.simulator.scans import open_scans

    check_data(data)
    scans = open_scans(data, cache or out.parent / "cache")
    recognizer = open_recognizer(Settings.from_environment(), calibrated=False)
    calibrate(recognizer, scans, split_scans(scans), open_grounds(data / "backgrounds"), out, scenes)
    console.stdout().print(f"{out}: calibration of sight", highlight=False, markup=False, soft_wrap=True)


@app.command(epilog=EXAMPLES)
def sheet(
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Picture to write, such as sheet.jpg.")],
    cache: Cache = None,
    seed: Seed = None,
) -> None:
    """Write a contact sheet of what the simulator renders: look at it before you train."""
    extras.require("train", "cardlens train sheet")
    from cardlens.training.simulator.contact_sheet import write_contact_sheet

    check_data(data)
    write_contact_sheet(data, cache or out.parent / "cache", out, seed or 1)
    console.stdout().print(f"{out}: scenes and crops", highlight=False, markup=False, soft_wrap=True)


def _train(run: AlignerRun | DetectorRun | EmbedderRun, data: Path, cache: Path, record: Path, *, resume: bool) -> None:
    from cardlens.training.experiment import train_recorded
    from cardlens.training.experiment_source import Data as Source

    if resume:
        run.resume()
    weights = train_recorded(run, Source.of(data, cache), record)
    train_export.say(f"{weights}: weights after {run.step} steps")
