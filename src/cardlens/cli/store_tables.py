"""What `cardlens store` shows to a person, and to a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.cli.store_show import megabytes, say, say_json
from cardlens.store.chronicle import Lineage, VersionRow
from cardlens.store.errors import StoreError
from cardlens.store.inventory import Row, total
from cardlens.store.manifest import Manifest
from cardlens.store.publish import describe
from cardlens.store.status import DatasetStatus


def show_status(rows: Sequence[DatasetStatus], *, as_json: bool) -> None:
    """Show what is here, there and different, a row each data set."""
    if as_json:
        say_json([asdict(row) for row in rows])
        return
    columns = ("Data set", "There", "Size", "Here", "Size here", "Same", "Only here", "Only there", "Different")
    table = _table(columns, right=("Size", *columns[4:]))
    for row in rows:
        counts = (row.same, row.only_here, row.only_there, row.different)
        there = (row.version or "-", megabytes(row.bytes_there))
        here = (row.here or "-", megabytes(row.bytes_here))
        _add(table, row.dataset, *there, *here, *(f"{n:,}" for n in counts))
    console.stdout().print(table)
    for row in rows:
        for remark in _remarks(row):
            say(f"{row.dataset}: {remark}")


def show_inventory(rows: Sequence[Row], *, as_json: bool) -> None:
    """Show the table of the page: size, files, purpose."""
    summed = total(rows)
    if as_json:
        say_json({"categories": [asdict(row) for row in rows], "bytes": summed.bytes, "files": summed.files})
        return
    table = _table(("Category", "Size", "Files", "Purpose"), right=("Size", "Files"))
    for row in (*rows, summed):
        _add(table, row.category, megabytes(row.bytes), f"{row.files:,}", row.purpose)
    console.stdout().print(table)


def show_versions(rows: Sequence[VersionRow], *, as_json: bool) -> None:
    """Show the table of the page: data set or model, version, date, status."""
    if as_json:
        say_json([asdict(row) for row in rows])
        return
    columns = ("Dataset/Model", "Version", "Date", "Status", "Files", "Size", "Made from", "Note")
    table = _table(columns, right=("Files", "Size"))
    for row in rows:
        made_from = ", ".join(f"{name} {version}" for name, version in row.parents)
        sizes = (f"{row.files:,}", megabytes(row.bytes))
        _add(table, row.title, row.version, row.day, row.status, *sizes, made_from, row.note)
    console.stdout().print(table)


def show_version(manifest: Manifest, lineage: Lineage, *, as_json: bool) -> None:
    """Show one version: what it is, what it was made from, what was made from it."""
    if as_json:
        say_json({**describe(manifest), **asdict(lineage)})
        return
    say(f"{manifest.dataset} {manifest.version}: {len(manifest.files):,} files, {megabytes(manifest.size)}")
    say(f"published {manifest.created} by {manifest.by}")
    if manifest.title:
        say(manifest.title)
    for note in manifest.notes:
        say(f"- {note}")
    say("made from: " + (_names(lineage.made_from) or "nothing that was recorded"))
    say("used by: " + (_names(lineage.used_by) or "nothing that was recorded"))


def show_log(entries: Sequence[str], *, as_json: bool) -> None:
    """Show the change log, in Markdown."""
    if as_json:
        say_json(list(entries))
    else:
        say("\n\n".join(entries) or "nothing was published yet")


def show_faults(faults: Sequence[StoreError]) -> int:
    """Name the records that cannot be read, on stderr; returns the exit code."""
    for fault in faults:
        console.stderr().print(str(fault), style="red", markup=False, highlight=False, soft_wrap=True)
    return 1 if faults else 0


def _names(nodes: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in nodes)


def _remarks(row: DatasetStatus) -> list[str]:
    parts = []
    if row.publishing:
        parts.append(row.publishing)
    if row.altered:
        parts.append(f"{row.altered:,} changed there past the records: cardlens store verify {row.dataset}")
    if row.unrecorded and row.version is None:
        parts.append(f"{row.unrecorded:,} there without a record: cardlens store adopt {row.dataset}")
    elif row.unrecorded:
        parts.append(f"{row.unrecorded:,} there in no version")
    return parts


def _table(columns: Sequence[str], right: Sequence[str]) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))
