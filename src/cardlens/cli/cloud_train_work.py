"""The work behind `cardlens cloud train`: plan, start, follow, fetch, register."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cardlens.cli import console
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.cli import registry_work
    from cardlens.cli.cloud_site import Site
    from cardlens.cloud.card_data import CardData
    from cardlens.cloud.code_bundle import CodeBundle
    from cardlens.cloud.estimate import Estimate
    from cardlens.cloud.follow import Ended

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the options ask for."""

    model: str
    data: str
    settings: Mapping[str, str]
    limit: Decimal
    instance: str
    spot: bool
    image: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """Everything that is known before a job starts. `seconds`: the longest it may run for its money."""

    name: str
    request: Any
    code: CodeBundle
    data: CardData
    estimate: Estimate
    limit: Decimal
    seconds: int

    @property
    def fits(self) -> bool:
        """Whether it is expected to end before its money does."""
        return self.estimate.dollars <= self.limit


def money(text: str) -> Decimal:
    """Read an amount in dollars; raises `CardlensError`."""
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount <= 0:
        raise CardlensError(f"{text}: not an amount of dollars; give one such as --max-cost 2.80")
    return amount


def plan_training(at: Site, wishes: Wishes) -> Planned:
    """List the data, pack the code, estimate and spell the job out; starts nothing."""
    from cardlens.cloud.card_data import list_card_data
    from cardlens.cloud.code_bundle import bundle_code
    from cardlens.cloud.cost_prices import PriceTable
    from cardlens.cloud.estimate import estimate_training, minutes_to_train, seconds_for
    from cardlens.cloud.training_job import JobWishes, job_name, training_request

    prices = PriceTable.open()
    machine = prices.instance(wishes.instance)
    account = at.aws.account()
    data, code = list_card_data(at.aws, at.place, wishes.data), bundle_code()
    steps = int(wishes.settings["steps"]) if "steps" in wishes.settings else None
    estimate = estimate_training(
        wishes.model, steps, len(data.files), data.size, (wishes.instance, machine), prices.as_of
    )
    seconds = seconds_for(wishes.limit, machine.per_hour)
    settings = {**wishes.settings, "minutes": str(minutes_to_train(seconds, estimate.parts))}
    job = JobWishes(wishes.model, settings, seconds, wishes.instance, wishes.spot, wishes.image)
    name = job_name(wishes.model)
    request = training_request(name, at.place, account, job, code, data)
    return Planned(name, request, code, data, estimate, wishes.limit, seconds)


def show_plan(planned: Planned, *, as_json: bool, applied: bool) -> None:
    """Print what is sent, how long it takes, what it costs, and what that rests on."""
    estimate = planned.estimate
    if as_json:
        console.stdout().print_json(data=_record(planned, applied=applied), indent=1)
        return
    _say(f"{planned.name}")
    _say(f"  code   {len(planned.code.content) / 1e6:.1f} MB, {planned.code.digest[:12]}")
    _say(f"  data   {len(planned.data.files):,} files, {planned.data.size / 1e9:.2f} GB, {planned.data.digest[:12]}")
    for part in estimate.parts:
        _say(f"  {part.seconds / 3600:5.2f} h  {part.what:<12} {part.rests_on}")
    _say(f"  {estimate.hours:5.2f} h  together, ${estimate.dollars}: {estimate.assumption}")
    _say(f"  at ${planned.limit} it is stopped, by SageMaker itself after {planned.seconds / 3600:.2f} h")
    if not planned.fits:
        _say("  It is expected to be stopped before all steps are done; what it has learnt by then is exported.")
    if not applied:
        _say("Nothing was sent or started. Do it with --apply.")


def carry_out(at: Site, planned: Planned, out: Path | None, version: str | None) -> None:
    """Start the job and see it through."""
    from cardlens.cloud.training_job import start

    start(at.aws, planned.request, planned.code, planned.data)
    instance = planned.request["ResourceConfig"]["InstanceType"]
    follow_to_the_end(at, planned.name, instance, planned.limit, out, version)


def follow_to_the_end(at: Site, job: str, instance: str, limit: Decimal, out: Path | None, version: str | None) -> None:
    """Follow a job, fetch what it left, register it; Ctrl-C leaves the job running."""
    from cardlens.cloud.artifacts import fetch_artifacts
    from cardlens.cloud.cost_prices import PriceTable
    from cardlens.cloud.follow import Follower

    price = PriceTable.open().instance(instance).per_hour
    try:
        ended = Follower(at.aws, price, limit).follow(job, _progress)
    except KeyboardInterrupt:
        _progress(f"{job}: goes on without you; `cardlens cloud follow {job}`, or `cardlens cloud stop {job}`")
        raise typer.Exit(INTERRUPTED) from None
    _say(f"{job}: {ended.status} after {ended.seconds / 3600:.2f} h, at most ${ended.dollars}")
    if ended.artifacts is None or ended.status == "Failed":
        raise CardlensError(f"{job}: {ended.status}: {ended.why or 'it left nothing'}; its log is above")
    folder = fetch_artifacts(at.aws, ended.artifacts, out or Path("runs") / job)
    _say(f"{folder}: what it made")
    _register(at, ended, folder, version or job.removeprefix("cardlens-"))


def stop_job(at: Site, job: str) -> None:
    """Stop a job."""
    from cardlens.cloud.cost_prices import Cost
    from cardlens.cloud.follow import Follower

    Follower(at.aws, Cost(), Decimal(1)).stop(job)
    _say(f"{job}: is being stopped; what it has learnt is kept")


def _register(at: Site, ended: Ended, folder: Path, version: str) -> None:
    """Enter what a job made into the registry: the trained model with the other ones, their database and figures."""
    from cardlens.cli import registry_work
    from cardlens.cloud.container import FIGURES

    place = registry_work.Place.of(at.place.uri, None, at.place.package_group)
    if not (folder / FIGURES).exists():
        _write_figures(folder, place)
    tags = _tags(at, ended.name)
    parts = registry_work.Parts(
        name=version,
        models=folder / "models",
        reference=folder / "reference",
        figures=folder / FIGURES,
        parents=(f"training_job={ended.name}", *(f"{name}={tags[name]}" for name in ("data", "code") if name in tags)),
        note=f"trained for at most ${ended.dollars}",
        by=registry_work.person(None),
    )
    registry_work.register(place, parts, apply=True, as_json=False)


def _write_figures(folder: Path, place: registry_work.Place) -> None:
    """Put together the figures of a job that trained no embedder: what INT8 costs that one was measured before."""
    from cardlens.benchmark.registry_figures import figures_of
    from cardlens.cloud.container import FIGURES, REPORT
    from cardlens.cloud.earlier_parity import EarlierParity

    figures = figures_of(folder / REPORT, EarlierParity(place.registry))
    (folder / FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")


def _tags(at: Site, job: str) -> dict[str, str]:
    """What the job was tagged with: digests of its data and code."""
    from cardlens.cloud.aws import in_one_line

    with in_one_line(f"look at {job}"):
        arn = at.aws.sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobArn"]
        return {each["Key"]: each["Value"] for each in at.aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def _record(planned: Planned, *, applied: bool) -> dict[str, Any]:
    estimate = planned.estimate
    return {
        "job": planned.name,
        "applied": applied,
        "estimate": {
            "hours": str(round(estimate.hours, 3)),
            "dollars": str(estimate.dollars),
            "rests_on": [estimate.assumption, *(f"{part.what}: {part.rests_on}" for part in estimate.parts)],
            "parts": {part.what: part.seconds for part in estimate.parts},
        },
        "limit": str(planned.limit),
        "fits": planned.fits,
        "code": {"bytes": len(planned.code.content), "sha256": planned.code.digest},
        "data": {"files": len(planned.data.files), "bytes": planned.data.size, "sha256": planned.data.digest},
        "request": planned.request,
    }


def _progress(line: str) -> None:
    console.stderr().print(line, highlight=False, markup=False, soft_wrap=True)


def _say(line: str) -> None:
    console.stdout().print(line, highlight=False, markup=False, soft_wrap=True)
