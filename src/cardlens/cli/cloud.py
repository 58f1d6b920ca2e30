"""`cardlens cloud`: what is at Amazon Web Services, who may do what, training there, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import cloud_cost, cloud_train, console, extras
from cardlens.cli.cloud_site import Site, place_of

if TYPE_CHECKING:
    from cardlens.cloud.finding import Finding
    from cardlens.cloud.place import Place
    from cardlens.cloud.stack import Change

EXAMPLES = """\
Examples:

  cardlens cloud plan --store s3://my-cards/cardlens

  cardlens cloud apply --set alarm-email=me@example.org --set monthly-budget=10

  cardlens cloud audit --json

  cardlens cloud rotate-key raspberry-pi --apply

  cardlens cloud urls

  cardlens cloud destroy
"""

app = typer.Typer(help="The system at Amazon Web Services; needs the extra aws.", no_args_is_help=True, epilog=EXAMPLES)
app.command("cost", epilog=cloud_cost.EXAMPLES)(cloud_cost.cost)
app.command("train", epilog=cloud_train.EXAMPLES)(cloud_train.train)
app.command("follow", epilog=cloud_train.EXAMPLES)(cloud_train.follow)
app.command("stop", epilog=cloud_train.EXAMPLES)(cloud_train.stop)
app.command("pipeline", epilog=cloud_train.PIPELINE_EXAMPLES)(cloud_train.pipeline)

Store = Annotated[
    str | None, typer.Option("--store", metavar="URI", help="s3://bucket/folder; default: CARDLENS_STORE.")
]
Region = Annotated[str | None, typer.Option(metavar="REGION", help="Default: AWS_REGION, else us-east-2.")]
StackName = Annotated[str, typer.Option("--stack", metavar="NAME", help="Name of the CloudFormation stack.")]
Group = Annotated[str | None, typer.Option("--package-group", metavar="NAME", help="Model package group.")]
Profile = Annotated[str | None, typer.Option(metavar="NAME", help="Profile of ~/.aws/config; default: AWS_PROFILE.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without this it is only said.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="people=ARN,…; alarm-email=MAIL; monthly-budget=DOLLARS; experiment-days=DAYS; device-authority=PEM.",
    ),
]


@app.command(epilog=EXAMPLES)
def plan(
    store: Store = None,
    region: Region = None,
    stack: StackName = "cardlens",
    package_group: Group = None,
    settings: Set = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Say what `apply` would make or change: bucket, package group, roles. Changes nothing."""
    site = Site.open("cardlens cloud plan", store, region, stack, profile, package_group)
    from cardlens.cloud.options import stack_options
    from cardlens.cloud.stack import Stack

    changes = Stack(site.aws, site.place).plan(stack_options(settings or []))
    _show_changes(site.place, changes, as_json=as_json, applied=False)


@app.command(epilog=EXAMPLES)
def apply(
    store: Store = None,
    region: Region = None,
    stack: StackName = "cardlens",
    package_group: Group = None,
    settings: Set = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Make what is there what it should be; doing it again changes nothing. A bucket that is there is taken over."""
    site = Site.open("cardlens cloud apply", store, region, stack, profile, package_group)
    from cardlens.cloud.options import stack_options
    from cardlens.cloud.stack import Stack

    changes = Stack(site.aws, site.place).apply(stack_options(settings or []), _progress)
    _show_changes(site.place, changes, as_json=as_json, applied=True)


@app.command(epilog=EXAMPLES)
def destroy(
    store: Store = None,
    region: Region = None,
    stack: StackName = "cardlens",
    profile: Profile = None,
    do_it: Apply = False,
) -> None:
    """Take the roles and policies down. The bucket, what is in it, and the package group stay."""
    site = Site.open("cardlens cloud destroy", store, region, stack, profile)
    from cardlens.cloud.stack import Stack

    work = Stack(site.aws, site.place)
    deleted, kept = work.leaving()
    if not deleted and not kept:
        _say(f"{stack}: no such stack in {site.place.region}; nothing to do")
        return
    for name in kept:
        _say(f"stays    {name}")
    for name in deleted:
        _say(f"{'deletes' if do_it else 'would delete'}  {name}")
    if do_it:
        work.destroy(_progress)
    else:
        _say("Nothing was changed. Do it with --apply.")


@app.command(epilog=EXAMPLES)
def audit(
    store: Store = None,
    region: Region = None,
    stack: StackName = "cardlens",
    package_group: Group = None,
    key_age: Annotated[int, typer.Option(min=1, help="Days that a key may grow old.")] = 90,
    key_unused: Annotated[int, typer.Option(min=1, help="Days that a key may lie unused.")] = 45,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Compare what is there with what should be: public access, encryption, versioning, keys, policies.

    The exit code is 1 where something is at fault.
    """
    site = Site.open("cardlens cloud audit", store, region, stack, profile, package_group)
    from cardlens.cloud.audit import audit as look
    from cardlens.cloud.finding import Rules

    findings = list(look(site.aws, site.place, Rules(key_age, key_unused)))
    healthy = all(finding.good for finding in findings)
    if as_json:
        report = {"healthy": healthy, "store": site.place.uri, "findings": [finding.as_json() for finding in findings]}
        console.stdout().print_json(data=report, indent=1)
    else:
        _print_findings(site.place, findings)
    raise typer.Exit(0 if healthy else 1)


@app.command(epilog=EXAMPLES)
def urls(
    store: Store = None,
    region: Region = None,
    stack: StackName = "cardlens",
    package_group: Group = None,
    as_json: Json = False,
) -> None:
    """Print links into the AWS console. Needs no network."""
    extras.require("aws", "cardlens cloud urls")
    from cardlens.cloud.urls import console_urls

    found = console_urls(place_of(store, region, stack, package_group))
    if as_json:
        console.stdout().print_json(data=found, indent=1)
        return
    width = max(map(len, found))
    for name, url in found.items():
        _say(f"{name:<{width}}  {url}")


@app.command("rotate-key", epilog=EXAMPLES)
def rotate_key(
    user: Annotated[str, typer.Argument(metavar="USER", help="User of a device, such as raspberry-pi-user.")],
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Credentials file for the device; default: ./USER.credentials.")
    ] = None,
    device_profile: Annotated[str, typer.Option(metavar="NAME", help="Profile to write in FILE.")] = "default",
    region: Region = None,
    profile: Profile = None,
    do_it: Apply = False,
) -> None:
    """Make a new access key for a device, try it, write it to a file, then switch the old one off."""
    aws = Site.open("cardlens cloud rotate-key", None, region, "cardlens", profile).aws
    from cardlens.cloud.keys import plan_rotation, rotate

    out = file or Path(f"{user}.credentials")
    wanted = plan_rotation(aws, user)
    for line in wanted.lines(out):
        _say(line if do_it else f"would {line}")
    if do_it:
        rotate(aws, wanted, out, device_profile, _progress)
        _say(f"{out}: copy it to the device as ~/.aws/credentials, then delete it here")
    else:
        _say("Nothing was changed. Do it with --apply.")


def _show_changes(place: Place, changes: list[Change], *, as_json: bool, applied: bool) -> None:
    if as_json:
        record = {"stack": place.stack, "applied": applied, "changes": [change.as_json() for change in changes]}
        console.stdout().print_json(data=record, indent=1)
        return
    if not applied:
        for change in changes:
            _say(str(change))
    if not changes:
        _say(f"{place.stack}: as it should be; nothing to do")
    elif applied:
        _say(f"{place.stack}: {len(changes)} changes made")
    else:
        _say(f"{place.stack}: {len(changes)} changes planned, none made. Do it with `cardlens cloud apply`.")


def _print_findings(place: Place, findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "What", "Where", "Found", "Should be", "Next step", title=f"{place.uri}", title_justify="left")
    for finding in findings:
        mark = "[green]ok[/green]" if finding.good else "[red]fault[/red]"
        should = "" if finding.good else finding.should
        cells = (finding.what, finding.where, finding.found, should, finding.next_step)
        table.add_row(mark, *(Text(cell, overflow="fold") for cell in cells))
    console.stdout().print(table)
    faults = sum(not finding.good for finding in findings)
    _say(
        f"{len(findings)} looked at, {faults} at fault" if faults else f"{len(findings)} looked at, all as it should be"
    )


def _progress(line: str) -> None:
    console.stderr().print(line, highlight=False, markup=False, soft_wrap=True)


def _say(line: str) -> None:
    console.stdout().print(line, highlight=False, markup=False, soft_wrap=True)
