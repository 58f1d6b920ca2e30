"""`cardlens store`: data sets and models in a bucket or a folder, with versions, verification and backups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cardlens.cli import store_examples as examples

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DATASET]...",
        show_default=False,
        help="raw, processed, teacher, student, hailo, reference, calibration, experiments, pipelines; "
        "models: teacher, student and hailo. By default all.",
    ),
]
Name = Annotated[str, typer.Argument(metavar="DATASET", help="raw, processed, teacher, student, hailo, reference, …")]
Address = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="s3://bucket/prefix, or a folder; or set CARDLENS_STORE.")
]
Folder = Annotated[
    Path, typer.Option(metavar="DIR", help="The local tree: data/ and models/ lie in it.", show_default="this folder")
]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only say what would be done.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Version = Annotated[str | None, typer.Option(metavar="V", help="Such as v2.1.")]
Title = Annotated[str, typer.Option(metavar="TEXT", help="One line for the change log.")]
Notes = Annotated[list[str] | None, typer.Option("--note", metavar="TEXT", help="A further line. Repeatable.")]
Parents = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="DATASET@V", help="What it was made from, such as student@v2.0. Repeatable."),
]
TakeOver = Annotated[bool, typer.Option("--take-over", help="End a publication that somebody else began and gave up.")]
HERE = Path()

app = typer.Typer(
    no_args_is_help=True,
    epilog=examples.EXAMPLES,
    help="Data sets and models in a bucket or a folder: versions, checks, backups.",
)


@app.command(epilog=examples.STATUS_EXAMPLES)
def status(names: Names = None, store: Address = None, folder: Folder = HERE, as_json: AsJson = False) -> None:
    """Say what is here, what is there, and what differs."""
    from cardlens.cli import store_tables as tables
    from cardlens.cli.store_work import Work

    tables.show_status(Work.open(store, folder).status(names or []), as_json=as_json)


@app.command(epilog=examples.PULL_EXAMPLES)
def pull(
    names: Annotated[list[str], typer.Argument(metavar="DATASET...", help="What to get; `models` is three of them.")],
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATTERN", help="Only cards of such sets: 'sv*'. Repeatable.")
    ] = None,
    version: Version = None,
    store: Address = None,
    folder: Folder = HERE,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Get a version, exactly as it was published; the current one by default.

    Only what is not here already is fetched; every byte is checked. The reference database comes into use in one step.
    Interrupted, it goes on where it stopped when the same command is given again.
    """
    from cardlens.cli.store_pull import pull_versions
    from cardlens.settings import Settings
    from cardlens.store.address import open_store
    from cardlens.store.local import LocalTree

    opened = open_store(store or Settings.from_environment().store)
    pull_versions(opened, LocalTree(folder), names, version, sets or [], apply=apply, as_json=as_json)


@app.command(epilog=examples.PUSH_EXAMPLES)
def push(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    version: Version = None,
    title: Title = "",
    notes: Notes = None,
    parents: Parents = None,
    delete: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Files that the version shall not have. Repeatable.")
    ] = None,
    take_over: TakeOver = False,
    store: Address = None,
    folder: Folder = HERE,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Publish what is here as the next version; what is there already is not sent.

    A version stays as it is for good. Nothing is deleted unless --delete names it.
    Interrupted, it goes on where it stopped when the same command is given again.
    """
    from cardlens.cli.store_work import Told, Work

    told = Told(version, title, notes or [], parents or [])
    Work.open(store, folder).push(name, told, delete or [], take_over=take_over, apply=apply, as_json=as_json)


@app.command(epilog=examples.ADOPT_EXAMPLES)
def adopt(  # noqa: PLR0913, PLR0917 - each is an option of the command
    name: Name,
    version: Version = None,
    title: Title = "",
    notes: Notes = None,
    parents: Parents = None,
    take_over: TakeOver = False,
    store: Address = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Record what the store holds already, put there by other means, as a first version.

    Interrupted, it is done anew when the same command is given again with --take-over.
    """
    from cardlens.cli.store_work import Told, Work

    told = Told(version, title, notes or [], parents or [])
    Work.open(store, HERE).adopt(name, told, take_over=take_over, apply=apply, as_json=as_json)


@app.command(epilog=examples.VERIFY_EXAMPLES)
def verify(
    names: Names = None,
    here: Annotated[bool, typer.Option("--here", help="Read only the local files.")] = False,
    store: Address = None,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Read every byte of every version, in the store and here, and compare with its SHA-256.

    The exit code is 1 where something is wrong.
    """
    from cardlens.cli.store_work import Work

    raise typer.Exit(Work.open(store, folder).verify(names or [], here=here, as_json=as_json))


@app.command(epilog=examples.INVENTORY_EXAMPLES)
def inventory(
    here: Annotated[bool, typer.Option("--here", help="Count the local files.")] = False,
    store: Address = None,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Count files and bytes by category."""
    from cardlens.cli import store_tables as tables
    from cardlens.cli.store_work import Work

    tables.show_inventory(Work.open(store, folder).inventory(here=here), as_json=as_json)


@app.command(epilog=examples.VERSIONS_EXAMPLES)
def versions(
    names: Names = None, version: Version = None, store: Address = None, folder: Folder = HERE, as_json: AsJson = False
) -> None:
    """List versions, or tell the lineage of one.

    The exit code is 1 where a record cannot be read; the others are shown.
    """
    from cardlens.cli import store_tables as tables
    from cardlens.cli.store_work import Work

    work = Work.open(store, folder)
    if version is None:
        rows, faults = work.versions(names or [])
        tables.show_versions(rows, as_json=as_json)
    else:
        manifest, lineage, faults = work.version(names or [], version)
        tables.show_version(manifest, lineage, as_json=as_json)
    raise typer.Exit(tables.show_faults(faults))


@app.command("log", epilog=examples.LOG_EXAMPLES)
def log_(names: Names = None, store: Address = None, folder: Folder = HERE, as_json: AsJson = False) -> None:
    """Write the change log, newest first.

    The exit code is 1 where a record cannot be read; the others are in the log.
    """
    from cardlens.cli import store_tables as tables
    from cardlens.cli.store_work import Work

    entries, faults = Work.open(store, folder).log(names or [])
    tables.show_log(entries, as_json=as_json)
    raise typer.Exit(tables.show_faults(faults))


@app.command(epilog=examples.MARK_EXAMPLES)
def mark(
    name: Name,
    version: Annotated[str, typer.Argument(metavar="V", help="Such as v2.0.")],
    word: Annotated[str, typer.Argument(metavar="WORD", help="Such as stable, deployed, withdrawn.")],
    store: Address = None,
) -> None:
    """Say what has become of a version."""
    from cardlens.cli.store_work import Work

    Work.open(store, HERE).mark(name, version, word)


@app.command(epilog=examples.ROLLBACK_EXAMPLES)
def rollback(
    name: Name,
    version: Version = None,
    published: Annotated[bool, typer.Option("--published", help="Go back in the store, for everyone.")] = False,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the change log.")] = "",
    take_over: TakeOver = False,
    store: Address = None,
    folder: Folder = HERE,
    apply: Apply = False,
) -> None:
    """Go back to the version before, or to one that is named: here, in one step and without a network.

    With --published the store's current version goes back; it is planned first, and done with --apply.
    """
    from cardlens.cli.store_work import Work

    work = Work.open(store, folder)
    if published:
        work.roll_back_store(name, version, note, take_over=take_over, apply=apply)
    else:
        work.roll_back_here(name, version)


Backup = Annotated[str, typer.Argument(metavar="BACKUP", help="s3://bucket/prefix, or a folder: not the store itself.")]


@app.command(epilog=examples.BACKUP_EXAMPLES)
def backup(
    to: Backup,
    verify: Annotated[bool, typer.Option("--verify", help="Then read every byte of the backup.")] = False,
    keep: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Then delete all but the latest N snapshots.")
    ] = None,
    store: Address = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Copy every version of everything to another bucket, region or disk; what is there already is not copied again.

    The exit code is 1 where something in the store is damaged, or something in the backup.
    """
    from cardlens.cli.store_recovery import Recovery

    raise typer.Exit(Recovery.open(store, to).back_up(verify=verify, keep=keep, apply=apply, as_json=as_json))


@app.command(epilog=examples.RESTORE_EXAMPLES)
def restore(
    source: Backup,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="As it was then: 2026-01-11T18:30. UTC.")] = None,
    of: Annotated[
        str | None, typer.Option(metavar="URL", help="Which store it was, where several share the backup.")
    ] = None,
    store: Address = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Build a store again from a backup, with all its versions, in an empty bucket or folder: --store.

    Interrupted, it goes on where it stopped when the same command is given again.
    """
    from cardlens.cli.store_recovery import Recovery

    Recovery.open(store, source).restore(at, of, apply=apply, as_json=as_json)


@app.command(epilog=examples.HEAL_EXAMPLES)
def heal(
    names: Names = None,
    source: Annotated[str | None, typer.Option("--from", metavar="BACKUP", help="A backup of the store.")] = None,
    store: Address = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Verify the store, and put right bytes in the place of wrong ones: from its other copies, or from a backup.

    The exit code is 1 where something stays wrong.
    """
    from cardlens.cli.store_recovery import Recovery

    raise typer.Exit(Recovery.open(store, source).heal(names or [], apply=apply, as_json=as_json))


@app.command(epilog=examples.DRILL_EXAMPLES)
def drill(
    source: Backup,
    scratch: Annotated[
        str | None, typer.Option(metavar="URL", help="An empty place to try in; by default a temporary folder.")
    ] = None,
    store: Address = None,
    as_json: AsJson = False,
) -> None:
    """Try the recovery: the bucket is lost, a release is bad, an object rots. The store is only read.

    The exit code is 1 where something does not come back.
    """
    from cardlens.cli.store_recovery import Recovery

    raise typer.Exit(Recovery.open(store, source).drill(scratch, as_json=as_json))


@app.command(epilog=examples.BENCH_EXAMPLES)
def bench(
    store: Address = None,
    files: Annotated[int, typer.Option(metavar="N", min=1, help="Number of small files.")] = 2000,
    size: Annotated[int, typer.Option(metavar="BYTES", min=1, help="Size of each.")] = 100_000,
    large: Annotated[int, typer.Option(metavar="BYTES", min=1, help="Size of the large file.")] = 500_000_000,
    turns: Annotated[int, typer.Option(metavar="N", min=1, help="How often; the median counts.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Measure push and pull against s5cmd and boto3 where these are installed. What it writes stays in the bucket."""
    from cardlens.cli.store_recovery import run_bench

    run_bench(store, (files, size, large, turns), as_json=as_json)
