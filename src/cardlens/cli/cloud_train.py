"""`cardlens cloud train`, `follow`, `stop` and `pipeline`: training at Amazon SageMaker."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

EXAMPLES = """\
Examples:

  cardlens cloud train                                              (says what it would do and cost)

  cardlens cloud train embedder --apply --max-cost 2.80 --version v2.1

  cardlens cloud train embedder --spot --steps 2000 --seed 3 --apply

  cardlens cloud follow cardlens-embedder-20260110-093000

  cardlens cloud stop cardlens-embedder-20260110-093000
"""
PIPELINE_EXAMPLES = """\
Examples:

  cardlens cloud pipeline --out pipeline.json

  cardlens cloud pipeline --apply

  cardlens cloud pipeline --without-teacher --max-cost 2.00 --apply --start
"""

Model = Annotated[Literal["embedder", "detector", "aligner"], typer.Argument(help="What to train.")]
Job = Annotated[str, typer.Argument(metavar="JOB", help="Name of a training job.")]
Data = Annotated[str, typer.Option("--data", metavar="FOLDER", help="Folder of the store with the card data.")]
Store = Annotated[
    str | None, typer.Option("--store", metavar="URI", help="s3://bucket/folder; default: CARDLENS_STORE.")
]
Region = Annotated[str | None, typer.Option(metavar="REGION", help="Default: AWS_REGION, else us-east-2.")]
StackName = Annotated[str, typer.Option("--stack", metavar="NAME", help="Name of the CloudFormation stack.")]
Profile = Annotated[str | None, typer.Option(metavar="NAME", help="Profile of ~/.aws/config; default: AWS_PROFILE.")]
Apply = Annotated[bool, typer.Option("--apply/--plan", help="Do it; --plan, the default, only says it.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
MaxCost = Annotated[str, typer.Option(metavar="DOLLARS", help="At so much the job is stopped.")]
Instance = Annotated[str, typer.Option(metavar="TYPE", help="Machine.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where to put what comes out; default: runs/JOB.")]
Version = Annotated[
    str | None, typer.Option(metavar="NAME", help="Register the result as this; default: the job's name.")
]


def train(  # noqa: PLR0913, PLR0917 - options of a command
    model: Model = "embedder",
    store: Store = None,
    data: Data = "data/raw",
    steps: Annotated[int | None, typer.Option(min=1, help="Number of batches.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything random.")] = None,
    max_cost: MaxCost = "2.80",
    spot: Annotated[
        bool, typer.Option("--spot", help="Take a machine that may be interrupted, and costs less.")
    ] = False,
    instance: Instance = "ml.g4dn.xlarge",
    image: Annotated[str | None, typer.Option(metavar="URI", help="Container image; default: AWS's PyTorch.")] = None,
    version: Version = None,
    out: Out = None,
    region: Region = None,
    stack: StackName = "cardlens",
    profile: Profile = None,
    do_it: Apply = False,
    as_json: Json = False,
) -> None:
    """Train at SageMaker with the code of this installation, on the card data of the store.

    Without --apply it says what it would send, how long it would take and what it would cost, and what that rests on.
    With it the job is followed to its end, stopped at --max-cost, and the result registered, pending approval.
    """
    from cardlens.cli import cloud_train_work as work
    from cardlens.cli.cloud_site import Site

    at = Site.open("cardlens cloud train", store, region, stack, profile)
    settings = {name: str(value) for name, value in {"steps": steps, "seed": seed}.items() if value is not None}
    wishes = work.Wishes(model, data, settings, work.money(max_cost), instance, spot, image)
    planned = work.plan_training(at, wishes)
    work.show_plan(planned, as_json=as_json, applied=do_it)
    if do_it:
        work.carry_out(at, planned, out, version)


def follow(
    job: Job,
    store: Store = None,
    max_cost: MaxCost = "2.80",
    instance: Instance = "ml.g4dn.xlarge",
    version: Version = None,
    out: Out = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Follow a job that runs already to its end, and register its result: where you left off with Ctrl-C."""
    from cardlens.cli import cloud_train_work as work
    from cardlens.cli.cloud_site import Site

    at = Site.open("cardlens cloud follow", store, region, "cardlens", profile)
    work.follow_to_the_end(at, job, instance, work.money(max_cost), out, version)


def stop(job: Job, region: Region = None, profile: Profile = None) -> None:
    """Stop a training job; what it has learnt so far is kept."""
    from cardlens.cli import cloud_train_work as work
    from cardlens.cli.cloud_site import Site

    work.stop_job(Site.open("cardlens cloud stop", None, region, "cardlens", profile), job)


def pipeline(  # noqa: PLR0913, PLR0917 - options of a command
    store: Store = None,
    data: Data = "data/raw",
    without_teacher: Annotated[
        bool, typer.Option("--without-teacher", help="Leave out teacher and stage 1: metric learning alone.")
    ] = False,
    max_cost: Annotated[
        str, typer.Option(metavar="DOLLARS", help="At so much each step that trains is stopped.")
    ] = "2.80",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the definition here.")] = None,
    account: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Build for this account, without asking AWS.")
    ] = None,
    region: Region = None,
    stack: StackName = "cardlens",
    profile: Profile = None,
    do_it: Apply = False,
    start: Annotated[bool, typer.Option("--start", help="With --apply: start a run.")] = False,
    as_json: Json = False,
) -> None:
    """Build the pipeline from scans to a registered model, check it, and with --apply create or change it.

    Prepare, teacher, stage 1, stage 2, export, evaluate, gates on the figures, register: pending approval.
    """
    from cardlens.cli import cloud_pipeline_work as work
    from cardlens.cli.cloud_train_work import money

    limit = money(max_cost)
    wishes = work.PipelineWishes(store, data, not without_teacher, limit, account, region, stack, profile)
    work.pipeline(wishes, out, apply=do_it, start=start, as_json=as_json)
