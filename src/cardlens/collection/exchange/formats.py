"""Every format that a collection can be read from and written to."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from cardlens.collection.copy import Copy
from cardlens.collection.exchange import own_json
from cardlens.collection.exchange.cells import shielded
from cardlens.collection.exchange.collectr import COLLECTR
from cardlens.collection.exchange.deckbox import DECKBOX
from cardlens.collection.exchange.dragon_shield import DRAGON_SHIELD
from cardlens.collection.exchange.finder import CardFinder
from cardlens.collection.exchange.format import Incoming, TableFormat
from cardlens.collection.exchange.manabox import MANABOX
from cardlens.collection.exchange.own_csv import OWN_CSV
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.exchange.table import BadCell, Table
from cardlens.collection.exchange.tcgplayer import TCGPLAYER
from cardlens.collection.faults import BadCopy, BadExchange
from cardlens.recognition.facts import CardFacts

TABLES = {each.name: each for each in (OWN_CSV, TCGPLAYER, COLLECTR, DECKBOX, MANABOX, DRAGON_SHIELD)}
NAMES = (*TABLES, own_json.NAME)


def check_name(name: str) -> None:
    """Raise `BadExchange` for a format that there is none of."""
    if name not in NAMES:
        raise BadExchange(f"{name}: no such format; there are {', '.join(NAMES)}")


def table_format(table: Table, name: str | None) -> TableFormat:
    """The format asked for, or the one that the columns tell; raises `BadExchange`."""
    if name is not None:
        found = TABLES[name]
    else:
        told = [each for each in TABLES.values() if table.has(each.telling)]
        if not told:
            raise BadExchange(
                f"{table.name}, line {table.header_line}: the columns {', '.join(table.columns)[:300]} are those of no "
                f"format known here; say which it is, one of {', '.join(TABLES)}"
            )
        found = told[0]
    table.require(found.required, found.title)
    return found


def read_table(table: Table, form: TableFormat, facts: CardFacts, report: ImportReport) -> Iterator[Incoming]:
    """Yield the rows that are understood; the others go into the report."""
    finder = CardFinder(facts)
    for row in table.rows(report):
        try:
            yield form.read(row, finder)
        except BadCell as error:
            report.leave_out(row.line, error.column, error.message)
        except BadCopy as error:
            column = form.fields.get(error.field, error.field) if error.field else None
            report.leave_out(row.line, row.called(column) if column else None, str(error))


def write_table(copies: Iterable[Copy], form: TableFormat, facts: CardFacts, out: TextIO) -> int:
    """Write entries as CSV; gives how many."""
    if form.first_line:
        out.write(form.first_line + "\r\n")
    writer = csv.writer(out)
    writer.writerow(form.columns)
    count = 0
    for copy in copies:
        cells = form.write(copy, facts)
        writer.writerow([shielded(cells.get(column, "")) for column in form.columns])
        count += 1
    return count
