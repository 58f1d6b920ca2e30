"""What `cardlens train` leaves beside weights: the files that inference opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cardlens.cli import console
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.training.aligner_training import AlignerRun
    from cardlens.training.detector_training import DetectorRun
    from cardlens.training.embedder_training import EmbedderRun


def export(run: AlignerRun | DetectorRun) -> None:
    """Write a model in fp32 and in INT8."""
    from cardlens.export.models import export_run

    spec = export_run(run.out, run.name, run.scans, run.grounds, run.out)
    say(f"{run.out / spec.name}.onnx: INT8, {spec.digest[:12]}; beside it the same in fp32")


def release(run: EmbedderRun, data: Path, cache: Path) -> None:
    """Write an embedder in fp32, and in INT8 where that names held-out cards as well; else say what to do."""
    from cardlens.export.forms import render_trials
    from cardlens.export.release import release_run

    try:
        file, parity = release_run(run.out, run.scans, run.grounds, lambda: render_trials(data, cache))
    except CardlensError as error:
        raise CardlensError(
            f"{error}. No INT8 was written; weights and {run.name}-fp32.onnx are in {run.out}: try again with "
            f"`cardlens export int8 {run.out / run.name}-fp32.onnx`"
        ) from error
    recall = ", ".join(f"{form} {share:.2%}" for form, share in parity.recall.items())
    say(f"{file}: INT8, released; beside it the same in fp32; R@1 of {parity.photos:,} photos: {recall}")


def say(text: str) -> None:
    """Print a line for people."""
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)
