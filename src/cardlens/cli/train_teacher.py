"""`cardlens train teacher`: a vision transformer learns cards, and says of every scan what students learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras
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
    given,
    record_of,
)
from cardlens.cli.train_student import Accumulate, Device, Dollars, Price

if TYPE_CHECKING:
    from cardlens.training.teacher_stage import Outcome

EXAMPLES = """\
Examples:

  cardlens train teacher --data cards/ --out runs/teacher

  cardlens train teacher --data cards/ --out runs/teacher --backbone vit_base_patch16_dinov3 --rank 16 --blocks 0

  cardlens train teacher --data cards/ --out runs/small --backbone vit_small_patch14_dinov2 --weights vits14.pth

  cardlens train teacher --data cards/ --out runs/teacher --resume
"""


def teacher(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    data: Data,
    out: Out,
    backbone: Annotated[
        str | None, typer.Option(metavar="NAME", help="timm's name of a vision transformer [vit_base_patch14_dinov2].")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its weights, .safetensors or .pth; without, from the hub.")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(metavar="PX", min=16, help="Side of the pictures, a multiple of its patch [224].")
    ] = None,
    blocks: Annotated[int | None, typer.Option(metavar="N", min=0, help="Upper blocks that learn [4].")] = None,
    rank: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Adapters (LoRA) of this rank in all blocks [0: none].")
    ] = None,
    pictures: Annotated[int | None, typer.Option(metavar="N", min=2, help="Pictures in a batch [48].")] = None,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    minutes: Minutes = None,
    threads: Threads = None,
    device: Device = None,
    accumulate: Accumulate = None,
    dollars: Dollars = None,
    dollars_an_hour: Price = None,
    record: Record = None,
    resume: Resume = False,
) -> None:
    """Fine-tune a vision transformer on cards, embed every scan, and measure it on cards that it has not seen.

    OUT gets teacher.pt, vectors/ for `cardlens train student --teacher`, and figures.json.
    """
    extras.require("train", "cardlens train teacher")
    from cardlens.training.student import Material
    from cardlens.training.teacher_stage import TeacherStage
    from cardlens.training.teacher_training import TeacherSettings

    options = given(
        backbone=backbone, image_size=image_size, blocks=blocks, rank=rank, pictures=pictures, seed=seed, steps=steps,
        minutes=minutes, threads=threads, device=device, accumulate=accumulate, dollars=dollars,
        dollars_an_hour=dollars_an_hour,
    )  # fmt: skip
    check(data, out, resume=resume)
    material = Material(data, cache or out / "cache")
    stage = TeacherStage(material, out, TeacherSettings(**options), weights, resume=resume)
    outcome = stage.train(record_of(out, record))
    if outcome is not None:
        ended = f"; {stage.run.ended}" if stage.run.ended else ""
        _say(f"{outcome.weights}: weights after {stage.run.step} steps{ended}")
        _tell(outcome)


def _tell(outcome: Outcome) -> None:
    _say(f"{outcome.vectors}: vectors of all scans")
    _say(f"R@1 of {outcome.photos} photos of held-out cards among {outcome.gallery} scans")
    for stage, kinds in outcome.recall.items():
        _say(f"  {stage}: " + ", ".join(f"{kind} {share:.1%}" for kind, share in kinds.items()))


def _say(text: str) -> None:
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)
