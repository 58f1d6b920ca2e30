"""How a list of cards is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cardlens.cli import console

COLUMNS = {"card_id": "Card", "name": "Name", "set_name": "Set", "number": "Number", "rarity": "Rarity"}


def show_cards(cards: Sequence[Mapping[str, Any]], wanted: str, *, as_json: bool, extra: Sequence[str] = ()) -> int:
    """Print cards as JSON lines or as a table with `extra` columns; returns 1 where there is none."""
    if as_json:
        for card in cards:
            console.stdout().out(json.dumps(dict(card), ensure_ascii=False), highlight=False)
    elif cards:
        _print_table(cards, extra)
    else:
        console.say_error(f"{wanted}: no such card; try fewer words, or only the name")
    return 0 if cards else 1


def _print_table(cards: Sequence[Mapping[str, Any]], extra: Sequence[str]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(*COLUMNS.values(), *(name.capitalize() for name in extra))
    for card in cards:
        table.add_row(*(Text(_cell(card.get(name))) for name in (*COLUMNS, *extra)))
    console.stdout().print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
