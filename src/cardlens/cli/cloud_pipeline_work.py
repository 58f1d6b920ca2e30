"""The work behind `cardlens cloud pipeline`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from typer import Typer

from cardlens.cli import console, extras
from cardlens.cli.cloud_site import Site, place_of
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.cloud.card_data import CardData
    from cardlens.cloud.code_bundle import CodeBundle
    from cardlens.cloud.pipeline import Definition
    from cardlens.cloud.place import Place

_LISTED = "experiments/data/listed-when-applied.manifest"
_COMMAND = "cardlens cloud pipeline"
_PAGE_FILES, _PAGE_BYTES = 17_592, 12_600_000_000  # the page's scans, where nobody is asked how many there are


@dataclass(frozen=True, slots=True)
class PipelineWishes:
    """What the options ask for. `limit`: dollars at which each step that trains is stopped."""

    store: str | None
    data: str
    with_teacher: bool
    limit: Decimal
    account: str | None
    region: str | None
    stack: str
    profile: str | None

    @property
    def seconds(self) -> int:
        """How long a step that trains may run for its money."""
        from cardlens.cloud.cost_prices import PriceTable
        from cardlens.cloud.estimate import seconds_for
        from cardlens.cloud.training_job import INSTANCE

        return seconds_for(self.limit, PriceTable.open().instance(INSTANCE).per_hour)


def pipeline(wishes: PipelineWishes, out: Path | None, *, apply: bool, start: bool, as_json: bool) -> None:
    """Build and check the definition; with `apply` create or change it, with `start` run it."""
    if start and not apply:
        raise CardlensError(f"{_COMMAND}: --start needs --apply, as a run sends data and costs money")
    extras.require("aws", _COMMAND)
    if start:
        _refuse_what_is_not_here(with_teacher=wishes.with_teacher)
    if apply:
        _apply(wishes, out, start=start)
        return
    definition = _offline(wishes)
    if as_json:
        console.stdout().print_json(data=definition.document, indent=1)
    else:
        _show(definition)
        _show_cost(_PAGE_FILES, _PAGE_BYTES, wishes)
        _say("Nothing was sent or created. Do it with --apply.")
    _write(definition, out)


def missing_commands(*, with_teacher: bool) -> list[str]:
    """List the commands that the pipeline's stages run and this installation does not have."""
    from cardlens.cli.main import app
    from cardlens.cloud.pipeline_steps import Recipe
    from cardlens.cloud.stages import MODEL_OF, Folders, commands

    there = set(_commands(app))
    anywhere = Path("/nowhere")
    at = Folders(anywhere, anywhere, anywhere, anywhere, {"teacher": anywhere, "stage1": anywhere})
    needed = [
        command.words
        for stage in Recipe("code", "data", with_teacher).stages
        for command in commands(stage, MODEL_OF.get(stage, ""), at, {})
    ]
    return [f"cardlens {' '.join(words)}" for words in dict.fromkeys(needed) if words not in there]


def _refuse_what_is_not_here(*, with_teacher: bool) -> None:
    missing = missing_commands(with_teacher=with_teacher)
    if missing:
        raise CardlensError(
            f"{_COMMAND}: its steps run {', '.join(missing)}, which this cardlens does not have; "
            "start it with --without-teacher, or update cardlens"
        )


def _offline(wishes: PipelineWishes) -> Definition:
    from cardlens.cloud.code_bundle import bundle_code
    from cardlens.cloud.pipeline import define
    from cardlens.cloud.pipeline_steps import Recipe

    place = place_of(wishes.store, wishes.region, wishes.stack)
    account = wishes.account or "000000000000"
    return define(place, account, Recipe(bundle_code().path, _LISTED, wishes.with_teacher, seconds=wishes.seconds))


def _apply(wishes: PipelineWishes, out: Path | None, *, start: bool) -> None:
    from cardlens.cloud.card_data import list_card_data
    from cardlens.cloud.code_bundle import bundle_code
    from cardlens.cloud.pipeline import NAME, define, put
    from cardlens.cloud.pipeline import start as start_run
    from cardlens.cloud.pipeline_steps import Recipe
    from cardlens.cloud.template import role_arn

    at = Site.open(_COMMAND, wishes.store, wishes.region, wishes.stack, wishes.profile)
    account = at.aws.account()
    if wishes.account not in (None, account):
        raise CardlensError(f"{_COMMAND}: signed in to account {account}, not {wishes.account}; set AWS_PROFILE")
    code, data = bundle_code(), list_card_data(at.aws, at.place, wishes.data)
    definition = define(at.place, account, Recipe(code.path, data.path, wishes.with_teacher, seconds=wishes.seconds))
    _send(at, at.place, code, data)
    done = put(at.aws, definition, role_arn("trainer", at.place, account))
    _show(definition)
    _show_cost(len(data.files), data.size, wishes)
    _say(f"{NAME}: {done}")
    _write(definition, out)
    if start:
        token = f"{definition.digest} {datetime.now(UTC).isoformat()}"
        _say(f"{NAME}: started, {start_run(at.aws, {}, token)}")


def _send(at: Site, place: Place, code: CodeBundle, data: CardData) -> None:
    from cardlens.cloud.training_job import put_once

    put_once(at.aws, place, code.path, code.content)
    put_once(at.aws, place, data.path, data.manifest())


def _show(definition: Definition) -> None:
    from cardlens.cloud.pipeline_schema import all_steps

    for step in all_steps(definition.document["Steps"]):
        _say(f"{step['Name']:<14} {step['Type']}")
    _say(f"definition {definition.digest[:12]}, {len(definition.text):,} characters, checked")


def _show_cost(files: int, size: int, wishes: PipelineWishes) -> None:
    """Say what each step of a run costs, what they cost together, and what that rests on."""
    from cardlens.cloud.cost_prices import PriceTable
    from cardlens.cloud.estimate import estimate_steps
    from cardlens.cloud.training_job import INSTANCE

    prices = PriceTable.open()
    machine = (INSTANCE, prices.instance(INSTANCE))
    steps = estimate_steps(files, size, machine, prices.as_of, wishes.seconds, with_teacher=wishes.with_teacher)
    for name, one in steps.items():
        _say(f"  {one.hours:5.2f} h  ${one.dollars:>5}  {name:<9} {', '.join(part.what for part in one.parts)}")
    hours, dollars = sum(one.hours for one in steps.values()), sum(one.dollars for one in steps.values())
    _say(f"  {hours:5.2f} h  ${dollars:>5}  together: {next(iter(steps.values())).assumption}")
    for part in dict.fromkeys(part for one in steps.values() for part in one.parts):
        _say(f"    {part.what:<12} {part.rests_on}")
    _say(f"  at ${wishes.limit} a step that trains is stopped, by SageMaker itself after {wishes.seconds / 3600:.2f} h")


def _write(definition: Definition, out: Path | None) -> None:
    if out is None:
        return
    aside = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        aside.write_text(definition.text + "\n", encoding="utf-8")
        aside.replace(out)
    except OSError as error:
        raise CardlensError(f"{out}: cannot be written ({error.strerror}); give another file with --out") from error
    _say(f"{out}: written")


def _commands(app: Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for command in app.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        yield (*before, name)
    for group in app.registered_groups:
        if group.typer_instance is not None and group.name:
            yield from _commands(group.typer_instance, (*before, group.name))


def _say(line: str) -> None:
    console.stdout().print(line, highlight=False, markup=False, soft_wrap=True)
