"""How a collection is shown to a person."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.collection.completion import SetCompletion
from cardlens.collection.copy import Copy
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.journal import Event
from cardlens.collection.prices import PriceReport, Quote

_BAR = 20


def say(text: str) -> None:
    """Print one line, as it is."""
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)


def say_json(record: Any) -> None:
    """Print one JSON object on a line."""
    console.stdout().out(json.dumps(record, ensure_ascii=False), highlight=False)


def table_of(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Lay out rows; every text is shown as it is, never as markup."""
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return table


def show_copies(copies: Sequence[Copy], *, as_json: bool) -> None:
    """Print entries."""
    if as_json:
        for copy in copies:
            say_json(copy.as_json())
        return
    columns = ("Id", "Name", "Set", "Number", "×", "Finish", "Language", "Condition", "Paid", "Place", "Tags")
    console.stdout().print(table_of(columns, map(_cells, copies)))


def called(copy: Copy) -> str:
    """Say one entry in a few words."""
    return (
        f"{copy.id}: {copy.quantity} × {copy.name} ({copy.card_id}), {copy.finish}, {copy.language}, {copy.condition}"
    )


def show_events(events: Sequence[Event]) -> None:
    """Print what was done."""
    rows = [
        (one.id, f"{one.at:%Y-%m-%d %H:%M}", one.summary, one.copies, "yes" if one.undone else "") for one in events
    ]
    console.stdout().print(table_of(("Event", "When (UTC)", "What", "Entries", "Undone"), rows))


def show_completion(sets: Sequence[SetCompletion], *, missing: bool) -> None:
    """Print how far each set is, with a bar; and what is missing where that is asked for."""
    rows = [
        (
            one.set_id,
            one.name,
            f"{one.owned} of {one.total}",
            f"{_bar(one)} {int(100 * one.owned / one.total)} %",
            one.copies,
        )
        for one in sets
        if one.total
    ]
    console.stdout().print(table_of(("Set", "Name", "There", "", "Copies"), rows))
    if missing:
        for one in sets:
            gaps = ", ".join(f"{slot.number} {slot.name}" for slot in one.missing)
            say(f"{one.name}: {'nothing is missing' if not gaps else 'missing ' + gaps}")


def show_import(report: ImportReport, name: str, *, tried: bool) -> None:
    """Print what an import did, and on stderr why rows were left out."""
    for problem in report.problems:
        console.say_error(f"{name}, {problem}")
    if report.left_out > len(report.problems):
        console.say_error(f"{name}: and {report.left_out - len(report.problems)} more")
    verb = "would be added" if tried else "added"
    undo = f"; take back with: cardlens collection undo {report.event}" if report.event else ""
    what = f"{report.cards} cards in {report.entries} entries {verb}, {report.left_out} left out"
    say(f"{name} ({report.format}): {what}{undo}")


def show_prices(quotes: Sequence[Quote], value: dict[str, Any]) -> None:
    """Print known prices and what they come to."""
    columns = ("Card", "Finish", "Market", "Low", "Currency", "Source", "Of", "Asked")
    rows = [
        (one.card_id, one.finish, one.market, one.low, one.currency, one.source, one.of, f"{one.asked_at:%Y-%m-%d}")
        for one in quotes
    ]
    console.stdout().print(table_of(columns, rows))
    worth = ", ".join(f"{amount:.2f} {currency}" for currency, amount in sorted(value.items()))
    say(f"worth, as far as prices are known: {worth or 'nothing known'}")


def show_price_report(report: PriceReport) -> None:
    """Print on stderr what came of asking."""
    for card_id, reason in report.failed.items():
        console.say_error(f"{card_id}: {reason}")
    summary = f"asked for {report.asked} cards: {report.found} with a price, {len(report.unknown)} without"
    console.stderr().print(summary, highlight=False, markup=False)


def _cells(copy: Copy) -> tuple[Any, ...]:
    paid = None if copy.price_paid is None else f"{copy.price_paid} {copy.currency or ''}".strip()
    its_set = f"{copy.set_name} ({copy.set_id})" if copy.set_id else copy.set_name
    condition = f"{copy.condition}, {copy.grade}" if copy.grade else copy.condition
    return (
        copy.id,
        copy.name,
        its_set,
        copy.number,
        copy.quantity,
        copy.finish,
        copy.language,
        condition,
        paid,
        copy.place,
        ", ".join(copy.tags),
    )


def _bar(one: SetCompletion) -> str:
    full = round(_BAR * one.owned / one.total)
    return "█" * full + "·" * (_BAR - full)
