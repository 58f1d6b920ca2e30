"""`cardlens train student` and `cardlens train ablation`: what is learnt from a teacher, and whether it helps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cardlens.cli import extras, train_export
from cardlens.cli.train_export import say
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
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.training.ablation import Result
    from cardlens.training.student import StudentStage

EXAMPLES = """\
Examples:

  cardlens train student --data cards/ --teacher runs/teacher/vectors --out runs/stage1

  cardlens train student --stage 2 --data cards/ --start runs/stage1/student.pt --out runs/stage2

  cardlens train student --stage 2 --data cards/ --start runs/stage1/student.pt --out runs/stage2 --resume

  torchrun --nproc-per-node 4 -m cardlens train student --data cards/ --teacher runs/teacher/vectors --out runs/stage1

  cardlens train ablation --data cards/ --teacher runs/teacher/vectors --out runs/ablation
"""

Teacher = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Stage 1: the teacher's vectors, as `cardlens train teacher` wrote.")
]
Start = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Stage 2: weights to go on from; without, ImageNet's.")
]
# those of `training.student_training`, which is not imported for --help
Relation = Literal["seed", "rkd", "none"]
Device = Annotated[str | None, typer.Option(metavar="NAME", help="auto (a GPU where there is one), cpu or cuda.")]
Accumulate = Annotated[int | None, typer.Option(metavar="N", min=1, help="Batches a step, to save memory.")]
Dollars = Annotated[
    float | None, typer.Option(metavar="D", min=0.01, help="Stop when so much is spent, resumed or not.")
]
Price = Annotated[float | None, typer.Option(metavar="D", min=0.0, help="What an hour of all machines costs.")]


def student(  # noqa: PLR0913, PLR0917 - typer makes options of arguments
    data: Data,
    out: Out,
    stage: Annotated[int, typer.Option(metavar="N", min=1, max=2, help="1: distil; 2: metric learning.")] = 1,
    teacher: Teacher = None,
    start: Start = None,
    relation: Annotated[Relation | None, typer.Option(help="Stage 1, how cards compare.")] = None,
    cache: Cache = None,
    seed: Seed = None,
    steps: Steps = None,
    cards: Annotated[int | None, typer.Option(metavar="N", min=2, help="Cards in a batch, two pictures each.")] = None,
    size: Annotated[
        int | None, typer.Option(metavar="PX", min=64, help="Side of the pictures, all steps alike.")
    ] = None,
    minutes: Minutes = None,
    threads: Threads = None,
    device: Device = None,
    accumulate: Accumulate = None,
    dollars: Dollars = None,
    dollars_an_hour: Price = None,
    record: Record = None,
    resume: Resume = False,
) -> None:
    """Train the student: stage 1 learns from a teacher's vectors, stage 2 to tell cards apart.

    Started by torchrun, it trains on all its processes. The record of the run gets settings, commit, digest of the
    data, TensorBoard events, curves, and the share of unseen cards that are found.
    """
    extras.require("train", "cardlens train student")
    options = given(
        seed=seed, steps=steps, cards=cards, minutes=minutes, threads=threads, device=device, accumulate=accumulate,
        dollars=dollars, dollars_an_hour=dollars_an_hour, relation=relation, **_one_size(size),
    )  # fmt: skip
    _check_stage(stage, teacher, start, relation)
    check(data, out, resume=resume)
    cache = cache or out / "cache"
    chosen = _open(data, cache, out, teacher, start, options)
    trained = _train(chosen, record_of(out, record), resume=resume)
    if trained and stage == 2:
        train_export.release(chosen.run, data, cache)


def ablation(  # noqa: PLR0913, PLR0917 - as above
    data: Data,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for ablation.json, ablation.md and the runs.")],
    teacher: Annotated[Path, typer.Option(metavar="DIR", help="The teacher's vectors.")],
    cache: Cache = None,
    seeds: Annotated[
        list[int] | None, typer.Option("--seed", metavar="N", min=0, help="Give it several times.")
    ] = None,
    steps: Annotated[int, typer.Option(metavar="N", min=2, help="Steps of each way, both stages together.")] = 150,
    size: Annotated[int, typer.Option(metavar="PX", min=64, help="Side of the pictures.")] = 128,
    cards: Annotated[int, typer.Option(metavar="N", min=2, help="Cards in a batch, two pictures each.")] = 20,
    relation: Annotated[Relation, typer.Option(help="How cards compare.")] = "seed",
    threads: Annotated[int, typer.Option(metavar="N", min=1, help="CPU threads.")] = 1,
) -> None:
    """Compare ImageNet weights, metric learning, distillation and both, with equally few steps each.

    What is done is kept in OUT: the same command goes on after an interruption.
    """
    extras.require("train", "cardlens train ablation")
    from cardlens.training.ablation import Ablation, AblationPlan
    from cardlens.training.teacher_vectors import open_teacher_vectors

    plan = AblationPlan(tuple(seeds or (1, 2)), steps, size, cards, threads=threads, relation=relation)
    work = Ablation(data, cache or out / "cache", out, open_teacher_vectors(teacher), plan)
    for result in work.run():
        say(_told(result))
    say(f"{out / 'ablation.md'}: {len(work.results)} trainings compared; ablation.json beside it")


def _told(result: Result) -> str:
    shares = ", ".join(f"{name} {share:.1%}" for name, share in result.figures.items())
    return f"{result.arm}, seed {result.seed}: {shares}; {result.minutes:g} minutes"


def _one_size(size: int | None) -> dict[str, Any]:
    return {} if size is None else {"size": size, "small": size}


def _check_stage(stage: int, teacher: Path | None, start: Path | None, relation: str | None) -> None:
    if stage == 1 and (teacher is None or start is not None):
        raise CardlensError("stage 1: learns from a teacher; give its vectors with --teacher, and no --start")
    if stage == 2 and (teacher is not None or relation is not None):
        raise CardlensError("stage 2: has no teacher; leave out --teacher and --relation, or give --stage 1")


def _open(
    data: Path, cache: Path, out: Path, teacher: Path | None, start: Path | None, options: dict[str, Any]
) -> StudentStage:
    from cardlens.training.embedder_training import EmbedderSettings, RefineSettings
    from cardlens.training.student import Material, StudentStage
    from cardlens.training.student_training import StudentSettings

    material = Material(data, cache)
    if teacher is not None:
        return StudentStage.distil(material, teacher, out, StudentSettings(**options))
    settings = RefineSettings(**options) if start else EmbedderSettings(**options)
    return StudentStage.refine(material, start, out, settings)


def _train(stage: StudentStage, record: Path, *, resume: bool) -> bool:
    """Train and tell; False in a process that does not lead."""
    outcome = stage.train(record, resume=resume)
    if outcome is None:
        return False
    run = stage.run
    say(f"{outcome.weights}: weights after {run.step} steps{'; ' + run.ended if run.ended else ''}")
    say(f"{record}: record; of unseen cards {outcome.figures['recall@1']:.1%} are found first")
    return True
