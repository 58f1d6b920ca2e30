"""Options that several commands of `cardlens collection` share, and what opens the collection they name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import extras

if TYPE_CHECKING:
    from cardlens.collection import Collection

Database = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|URL",
        help="SQLite file or database URL; default: CARDLENS_COLLECTION, or where your system keeps data.",
    ),
]
Name = Annotated[str, typer.Option("--collection", "-c", metavar="NAME", help="Which of several collections.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, an object a line.")]
CopyIds = Annotated[list[int], typer.Argument(metavar="ID…", help="Ids that `cardlens collection list` shows.")]
CopyId = Annotated[int, typer.Argument(metavar="ID", help="Id that `cardlens collection list` shows.")]

Quantity = Annotated[int | None, typer.Option(metavar="N", min=1, help="How many.")]
Finish = Annotated[str | None, typer.Option(metavar="WORD", help="normal, holo, reverse-holo, 1st-edition, …")]
Language = Annotated[str | None, typer.Option(metavar="CODE", help="en, ja, de, …")]
Condition = Annotated[str | None, typer.Option(metavar="WORD", help="mint, near-mint, lightly-played, …")]
Grade = Annotated[str | None, typer.Option(metavar="TEXT", help="A grading company's verdict, such as 'PSA 10'.")]
Paid = Annotated[str | None, typer.Option(metavar="AMOUNT", help="Paid for one, such as 2.50.")]
Currency = Annotated[str | None, typer.Option(metavar="CODE", help="EUR, USD, …")]
Place = Annotated[str | None, typer.Option(metavar="TEXT", help="Where it is kept: a binder, a box.")]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="Anything.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="A word to find it by; may be repeated.")]
Acquired = Annotated[str | None, typer.Option(metavar="DATE", help="When it was bought: 2026-01-31.")]


def open_named(database: str | None, name: str) -> Collection:
    """Open the collection that the options name; raises `MissingExtra` without the extra serve."""
    extras.require("serve", "cardlens collection")
    from cardlens.collection import open_collection

    return open_collection(kept_at(database), name)


def kept_at(database: str | None) -> str:
    """Where the collection is kept: what the option says, else the settings."""
    from cardlens.settings import Settings

    return database or Settings.from_environment().collection


def fields(paid: str | None, currency: str | None, acquired: str | None, **others: Any) -> dict[str, Any]:
    """The fields of a copy that options give; raises `BadCopy` for what is no amount or no date."""
    from cardlens.collection.exchange.cells import amount_of, date_of
    from cardlens.collection.faults import BadCopy

    found = given(**others, currency=currency)
    try:
        if paid is not None:
            found["price_paid"], sign = amount_of(paid)
            found |= {"currency": sign} if currency is None and sign else {}
        if acquired is not None:
            found["acquired_on"] = date_of(acquired)
    except ValueError as error:
        raise BadCopy(str(error)) from None
    return found


def given(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def crop_bytes(file: Path | None) -> bytes | None:
    """The picture of an option, of at most the size that a crop may have; raises `CardlensError`."""
    from cardlens.collection.crops import MOST_BYTES
    from cardlens.recognition.picture_file import read_file

    return None if file is None else read_file(file, str(file), MOST_BYTES)
