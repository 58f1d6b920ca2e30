"""`cardlens device`: keep this device at the approved, signed version of model and database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cardlens.cli import device_release, extras

EXAMPLES = """\
Examples:

  cardlens device trust root.json

  cardlens device update

  cardlens device status

  CARDLENS_MODELS=~/.local/share/cardlens/device/current/models
  CARDLENS_REFERENCE=~/.local/share/cardlens/device/current/reference cardlens identify page.jpg
"""
UPDATE_EXAMPLES = """\
Examples:

  cardlens device update

  cardlens device update --plan

  cardlens device update --store s3://my-bucket/cards --home /var/lib/cardlens --json
"""
STATUS_EXAMPLES = """\
Examples:

  cardlens device status

  cardlens device status --verify --json
"""
ROLLBACK_EXAMPLES = """\
Examples:

  cardlens device rollback --note "takes Mew for Mewtwo"

  cardlens device update --again        (to take it after all)
"""
TRUST_EXAMPLES = """\
Examples:

  cardlens device trust root.json

  cardlens device trust --sha256 0f3c…         (the root from the store, if it has this digest)
"""
SELF_TEST_EXAMPLES = """\
Examples:

  cardlens device self-test
"""

Home = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The device's folder; by default CARDLENS_DEVICE_HOME, or one of your own."),
]
StoreAddress = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="s3://bucket/prefix or a folder; by default CARDLENS_STORE."),
]
Group = Annotated[str | None, typer.Option(metavar="NAME", help="Package group; by default pokemon-card-embedding.")]
DeviceName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="By default CARDLENS_DEVICE_NAME, or the host's name.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    no_args_is_help=True,
    epilog=EXAMPLES,
    help="Keep a device at the approved and signed version of model and database.",
)
app.add_typer(device_release.app, name="release")


@app.command(epilog=UPDATE_EXAMPLES)
def update(
    home: Home = None,
    store: StoreAddress = None,
    group: Group = None,
    name: DeviceName = None,
    again: Annotated[
        bool, typer.Option("--again", help="Install it also where it runs already, or was rolled back here.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
) -> None:
    """Install the version that the registry has approved and the publisher has signed.

    Only what differs is downloaded. Every byte is checked, the release names its golden crops on this device,
    then it is switched to in one step. What ran before is kept. Interrupted, the same command goes on.
    """
    extras.require("device", "cardlens device update")
    from cardlens.cli import device_work as work

    device = work.Device.of(home, store, group, name)
    if plan:
        work.show_plan(device, as_json=as_json)
    else:
        work.update(device, again=again, as_json=as_json)


@app.command(epilog=STATUS_EXAMPLES)
def status(
    home: Home = None,
    name: DeviceName = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every byte that is installed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what runs here, and how the last update went. No network is needed.

    The exit code is 1 where nothing is installed, or a file is damaged.
    """
    extras.require("device", "cardlens device status")
    from cardlens.cli import device_work as work

    raise typer.Exit(work.show_status(work.Device.of(home, None, None, name), verify=verify, as_json=as_json))


@app.command(epilog=ROLLBACK_EXAMPLES)
def rollback(
    home: Home = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept here and reported.")] = "",
    as_json: AsJson = False,
) -> None:
    """Go back to the release that ran before; the one left is not installed again by itself."""
    extras.require("device", "cardlens device rollback")
    from cardlens.cli import device_work as work

    work.roll_back(work.Device.of(home, None, None, None), note, as_json=as_json)


@app.command(epilog=TRUST_EXAMPLES)
def trust(
    root: Annotated[
        Path | None, typer.Argument(metavar="[ROOT]", show_default=False, help="The publisher's root.json.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Take the root from the store, if it has this SHA-256.")
    ] = None,
    home: Home = None,
    store: StoreAddress = None,
    group: Group = None,
) -> None:
    """Believe a publisher: done once, with a root.json or its digest that came another way than the store."""
    extras.require("device", "cardlens device trust")
    from cardlens.cli import device_work as work

    work.trust(work.Device.of(home, store, group, None), root, sha256)


@app.command("self-test", epilog=SELF_TEST_EXAMPLES)
def self_test(home: Home = None, as_json: AsJson = False) -> None:
    """Name the golden crops with the release that runs; the exit code is 1 where an answer differs."""
    extras.require("device", "cardlens device self-test")
    from cardlens.cli import device_work as work

    work.self_test(work.Device.of(home, None, None, None), as_json=as_json)
