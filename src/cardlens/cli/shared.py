"""`cardlens shared`: a reference database that many machines share, in PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.shared.versions import Version

EXAMPLES = """\
Examples:

  export CARDLENS_REFERENCE=postgresql://cards@db.example/cards

  cardlens shared init

  cardlens shared fill my-cards

  cardlens identify page.jpg

  cardlens reference add new-set/ --metadata new-set.json
"""
SWITCH_EXAMPLES = """\
Examples:

  cardlens shared fill by-the-next-model

  cardlens shared versions

  cardlens shared switch 026448725590

  cardlens shared retire 1f3c88a0b7de
"""

TRIAL_EXAMPLES = """\
Examples:

  cardlens shared trial --rows 2000 --seconds 10

  cardlens shared trial --rows 100000 --clients 8 --seconds 60 --reference postgresql://postgres@localhost/postgres
"""

Reference = Annotated[
    str | None, typer.Option(metavar="URL", help="postgresql://user@host/database; by default CARDLENS_REFERENCE.")
]
Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="First characters of the model's digest.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(no_args_is_help=True, epilog=EXAMPLES, help="Share the cards that can be named, in PostgreSQL.")


@app.command(epilog=EXAMPLES)
def init(reference: Reference = None) -> None:
    """Make the tables of a catalogue in a database that has pgvector, or bring them up to date."""
    address = _address(reference)
    from cardlens.shared.schema import HEAD, bring_up_to_date
    from cardlens.shared.server import Server

    server = Server(address)
    before = bring_up_to_date(server)
    done = "made" if before is None else "up to date" if before == HEAD else f"changed from revision {before}"
    _print(f"{server.name}: {done}, revision {HEAD}")


@app.command(epilog=EXAMPLES)
def fill(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A database that `cardlens reference build` made.")],
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Copy a reference database into a version of its own, beside those that are there.

    Searches go on meanwhile; nobody can ask the new version before it is whole. The first one is in use at once.
    """
    address = _address(reference)
    from rich.progress import Progress

    from cardlens.shared.fill import fill as fill_version

    errors = console.stderr()
    with Progress(console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task("Copying rows", total=None)
        version = fill_version(address, folder, lambda done, total: bar.update(task, completed=done, total=total))
    _show([version], as_json=as_json)


@app.command(epilog=SWITCH_EXAMPLES)
def versions(reference: Reference = None, as_json: AsJson = False) -> None:
    """List the versions: one a model, and which of them is in use."""
    address = _address(reference)
    from cardlens.shared import schema
    from cardlens.shared.server import Server
    from cardlens.shared.versions import all_versions

    server = Server(address)
    schema.check(server)
    _show(all_versions(server), as_json=as_json)


@app.command(epilog=SWITCH_EXAMPLES)
def switch(digest: Digest, reference: Reference = None) -> None:
    """Put another version in use; it must have every card of the one that is.

    Machines that run the old model go on with the old version until they are restarted with the new one.
    """
    address = _address(reference)
    from cardlens.shared.server import Server
    from cardlens.shared.versions import switch as switch_version

    _show([switch_version(Server(address), digest)], as_json=False)


@app.command(epilog=SWITCH_EXAMPLES)
def retire(digest: Digest, reference: Reference = None) -> None:
    """Drop a version that is not in use; machines that still run its model are told to restart."""
    address = _address(reference)
    from cardlens.shared.server import Server
    from cardlens.shared.versions import retire as retire_version

    gone = retire_version(Server(address), digest)
    _print(f"version {gone.number}, model {gone.model.digest[:12]}: {gone.rows:,} rows dropped")


@app.command(epilog=TRIAL_EXAMPLES)
def trial(
    rows: Annotated[int, typer.Option(metavar="N", min=100, help="Cards at the start.")] = 100_000,
    clients: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Processes that ask.")] = 8,
    seconds: Annotated[float, typer.Option(metavar="S", min=1, help="How long they ask.")] = 60.0,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Put a catalogue of synthetic cards under load: clients ask, cards are added, the version in use is switched.

    It is made in a new database on that server (without --reference: on one of its own), which is dropped in the end.
    The exit code is 1 where a version was mixed into an answer, an added card is not found, or p99 is above 60 ms.
    """
    extras.require("postgres", "cardlens shared trial")
    from cardlens.cli.shared_trial import show_trial
    from cardlens.settings import Settings

    address = Settings.from_environment().using(reference).shared
    raise typer.Exit(show_trial(address, rows, clients, seconds, as_json=as_json))


def _address(reference: str | None) -> str:
    from cardlens.settings import Settings

    extras.require("postgres", "cardlens shared")
    address = Settings.from_environment().using(reference).shared
    if address is None:
        raise CardlensError(
            "no shared catalogue is named; give --reference postgresql://user@host/database, or set CARDLENS_REFERENCE"
        )
    return address


def _show(found: list[Version], *, as_json: bool) -> None:
    if as_json:
        console.stdout().print_json(data=[_record(one) for one in found])
        return
    from rich.table import Table

    table = Table("version", "model", "cards", "rows", "made", "")
    for one in found:
        state = "in use" if one.in_use else "served" if one.served else "being filled"
        made = one.created.isoformat(sep=" ", timespec="minutes")
        table.add_row(str(one.number), one.model.digest[:12], f"{one.cards:,}", f"{one.rows:,}", made, state)
    console.stdout().print(table)


def _record(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "model": {"name": version.model.name, "digest": version.model.digest},
        "cards": version.cards,
        "rows": version.rows,
        "created": version.created.isoformat(timespec="seconds"),
        "served": version.served,
        "in_use": version.in_use,
    }


def _print(line: str) -> None:
    console.stdout().print(line, highlight=False, markup=False, soft_wrap=True)
