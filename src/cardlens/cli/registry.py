"""`cardlens registry`: which versions of model and database there are, which one is approved, who runs what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\
Examples:

  cardlens registry register v2.1 --models models/ --reference my-cards/ --figures figures.json --apply

  cardlens registry compare v2.0 v2.1

  cardlens registry approve v2.1 --note "binder photos looked through"

  cardlens registry deployed
"""
LIST_EXAMPLES = """\
Examples:

  cardlens registry list

  cardlens registry list --store s3://my-bucket/cards --json

  cardlens registry list --backend sagemaker
"""
SHOW_EXAMPLES = """\
Examples:

  cardlens registry show v2.0

  cardlens registry show v2.0 --json
"""
REGISTER_EXAMPLES = """\
Examples:

  cardlens registry register v2.1 --models models/ --reference my-cards/ --figures figures.json

  cardlens registry register v2.1 --models models/ --reference my-cards/ --figures figures.json
      --parent data=v1.0 --parent teacher=v1.0 --note "151 added" --apply
"""
APPROVE_EXAMPLES = """\
Examples:

  cardlens registry approve v2.1

  cardlens registry approve v2.1 --note "binder photos looked through" --by misty
"""
REJECT_EXAMPLES = """\
Examples:

  cardlens registry reject v2.1 --note "takes Mew for Mewtwo"
"""
ARCHIVE_EXAMPLES = """\
Examples:

  cardlens registry archive v1.0 --note "replaced by v2.0"
"""
DEPLOYED_EXAMPLES = """\
Examples:

  cardlens registry deployed

  cardlens registry deployed --ask pi@scanner-1 --ask pi@scanner-2

  cardlens registry deployed --json
"""
COMPARE_EXAMPLES = """\
Examples:

  cardlens registry compare v1.0 v2.0

  cardlens registry compare v1.0 v2.0 --json
"""

VERIFY_EXAMPLES = """\
Examples:

  cardlens registry verify

  cardlens registry verify v2.0 --json
"""

Name = Annotated[str, typer.Argument(metavar="VERSION", help="Such as v2.0.")]
StoreAddress = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="s3://bucket/prefix or a folder; by default CARDLENS_STORE."),
]
Backend = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="store or sagemaker; by default CARDLENS_REGISTRY, or else store."),
]
Group = Annotated[str | None, typer.Option(metavar="NAME", help="Package group; by default pokemon-card-embedding.")]
By = Annotated[str | None, typer.Option(metavar="WHO", help="Who decides; by default you, as the system knows you.")]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the log.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    no_args_is_help=True,
    epilog=EXAMPLES,
    help="Which versions of model and database there are, which one is approved, who runs what.",
)


@app.command("list", epilog=LIST_EXAMPLES)
def list_versions(
    store: StoreAddress = None, backend: Backend = None, group: Group = None, as_json: AsJson = False
) -> None:
    """List the versions with their status, oldest first."""
    from cardlens.cli import registry_work as work

    work.show_versions(work.Place.of(store, backend, group), as_json=as_json)


@app.command(epilog=SHOW_EXAMPLES)
def show(
    version: Name,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Show one version: files, figures, gates, what it was made from, what was decided about it."""
    from cardlens.cli import registry_work as work

    work.show_version(work.Place.of(store, backend, group), version, as_json=as_json)


@app.command(epilog=REGISTER_EXAMPLES)
def register(  # noqa: PLR0913, PLR0917 - options of a command
    version: Name,
    models: Annotated[Path, typer.Option(metavar="DIR", help="Detector, embedder and calibration; HEFs if any.")],
    reference: Annotated[Path, typer.Option(metavar="DIR", help="The reference database.")],
    figures: Annotated[Path, typer.Option(metavar="FILE", help="What was measured: figures.json.")],
    parent: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT=WHICH", help="What it was made from, such as data=v1.0. Repeatable."),
    ] = None,
    note: Note = "",
    by: By = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only the plan is printed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Register model, database, calibration and figures as one version, which then waits for approval.

    Golden crops are cut from the demo photo, with the answers of this model: devices test themselves with them.
    """
    from cardlens.cli import registry_work as work

    parts = work.Parts(version, models, reference, figures, tuple(parent or ()), note, work.person(by))
    work.register(work.Place.of(store, backend, group), parts, apply=apply, as_json=as_json)


@app.command(epilog=APPROVE_EXAMPLES)
def approve(
    version: Name,
    note: Note = "",
    by: By = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Approve a version for devices; the gates of parity and accuracy must hold."""
    _decide(version, "approved", note, by, (store, backend, group), as_json=as_json)


@app.command(epilog=REJECT_EXAMPLES)
def reject(
    version: Name,
    note: Note = "",
    by: By = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Reject a version: no device installs it any more."""
    _decide(version, "rejected", note, by, (store, backend, group), as_json=as_json)


@app.command(epilog=ARCHIVE_EXAMPLES)
def archive(
    version: Name,
    note: Note = "",
    by: By = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Archive a version that had its time."""
    _decide(version, "archived", note, by, (store, backend, group), as_json=as_json)


@app.command(epilog=DEPLOYED_EXAMPLES)
def deployed(
    ask: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Ask this device over ssh, as its credentials only read. Repeatable."),
    ] = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Say which device runs which version: what the devices reported, and what those asked answer now."""
    from cardlens.cli import registry_work as work

    work.show_deployed(work.Place.of(store, backend, group), ask or [], as_json=as_json)


@app.command(epilog=COMPARE_EXAMPLES)
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Such as v1.0.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Such as v2.0.")],
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Compare two versions: figures, files, cards, and what a device would have to download."""
    from cardlens.cli import registry_work as work

    work.show_comparison(work.Place.of(store, backend, group), first, second, as_json=as_json)


@app.command(epilog=VERIFY_EXAMPLES)
def verify(
    version: Annotated[
        str | None, typer.Argument(metavar="[VERSION]", show_default=False, help="By default every version.")
    ] = None,
    store: StoreAddress = None,
    backend: Backend = None,
    group: Group = None,
    as_json: AsJson = False,
) -> None:
    """Read every byte of the versions' files in the store; the exit code is 1 where one is missing or damaged."""
    from cardlens.cli import registry_work as work

    raise typer.Exit(work.verify_files(work.Place.of(store, backend, group), version, as_json=as_json))


def _decide(
    version: str,
    status: str,
    note: str,
    by: str | None,
    where: tuple[str | None, str | None, str | None],
    *,
    as_json: bool,
) -> None:
    from cardlens.cli import registry_work as work

    work.decide(work.Place.of(*where), version, status, work.person(by), note, as_json=as_json)
