"""Answers as they were written, read back in the order of the photos."""

from __future__ import annotations

from collections.abc import Iterator

from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import Plan


def answer_lines(ledger: Ledger, plan: Plan) -> Iterator[str]:
    """Give the line of JSON of each photo; one part at a time is in memory."""
    for table in ledger.tables(range(plan.count)):
        for line in table.column("answer"):
            yield str(line.as_py())


def error_lines(ledger: Ledger, plan: Plan) -> Iterator[str]:
    """Give what is wrong with each photo that could not be read."""
    for number in range(plan.count):
        if ledger.receipt(number).errors:
            yield from (str(error) for error in ledger.table(number).column("error").to_pylist() if error)
