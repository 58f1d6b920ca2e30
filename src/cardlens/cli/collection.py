"""`cardlens collection`: what you own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cardlens.cli import collection_files
from cardlens.cli import collection_options as options
from cardlens.cli.collection_options import AsJson, CopyId, CopyIds, Database, Name

EXAMPLES = """\
Examples:

  cardlens collection scan page.heic

  cardlens collection add sv3pt5-25 --condition near-mint --paid 2.50 --currency EUR

  cardlens collection list --set sv3pt5 --sort price

  cardlens collection search 'pikachu 25'

  cardlens collection update 12 --condition lightly-played

  cardlens collection correct 12 sv3pt5-25

  cardlens collection tag 12 13 --add swap

  cardlens collection remove 12

  cardlens collection merge

  cardlens collection undo

  cardlens collection history --limit 5

  cardlens collection completion --chart sets.png

  cardlens collection price

  cardlens collection proof 12 crop.jpg

  cardlens collection corrections

  cardlens collection names

  cardlens collection create trades

  cardlens collection export cards.csv --format tcgplayer

  cardlens collection import export.csv
"""

# The options of a command are its parameters, and it has as many as a card has sides.
# ruff: noqa: PLR0913, PLR0917

app = typer.Typer(help="Keep track of what you own; needs the extra serve.", no_args_is_help=True, epilog=EXAMPLES)
Sort = Literal["newest", "oldest", "name", "set", "price"]


@app.command("list", epilog=EXAMPLES)
def list_(
    text: Annotated[str | None, typer.Argument(metavar="[SEARCH]", help="Words of name, set, number, tags, …")] = None,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only with this tag.")] = None,
    card_set: Annotated[str | None, typer.Option("--set", metavar="SET_ID", help="Only of this set.")] = None,
    finish: options.Finish = None,
    language: options.Language = None,
    condition: options.Condition = None,
    place: options.Place = None,
    sort: Annotated[Sort, typer.Option(help="In which order.")] = "newest",
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="At most N entries.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """List entries, newest first."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say, show_copies
        from cardlens.collection import Query

        query = Query(
            text,
            set_id=card_set,
            finish=finish,
            language=language,
            condition=condition,
            tag=tag,
            place=place,
            sort=sort,
            limit=limit,
        )
        show_copies(opened.copies(query), as_json=as_json)
        if not as_json:
            say(f"{opened.cards(query)} cards in {opened.count(query)} entries")


@app.command(epilog=EXAMPLES)
def search(
    text: Annotated[str, typer.Argument(metavar="SEARCH", help="Words of name, set, number, id, tags, place, note.")],
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most N entries.")] = 20,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Find entries, best first; the exit code is 1 where there is none."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import show_copies
        from cardlens.cli.console import say_error

        found = opened.search(text, limit)
        if found:
            show_copies(found, as_json=as_json)
        elif not as_json:
            say_error(f"{text}: nothing like it in this collection; try fewer words")
    raise typer.Exit(0 if found else 1)


@app.command(epilog=EXAMPLES)
def add(
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="Such as sv3pt5-25; see `cardlens cards`.")],
    quantity: options.Quantity = 1,
    finish: options.Finish = None,
    language: options.Language = "en",
    condition: options.Condition = "near-mint",
    grade: options.Grade = None,
    paid: options.Paid = None,
    currency: options.Currency = None,
    place: options.Place = None,
    note: options.Note = None,
    tag: options.Tags = None,
    acquired: options.Acquired = None,
    crop: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture of the card, as proof.")] = None,
    card_name: Annotated[
        str | None, typer.Option("--name", help="Its name, for a card that has no facts here.")
    ] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Raise the quantity of an entry that is alike.")] = False,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Add copies of a card."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import called, say, say_json
        from cardlens.collection import CardLabel, NewCopy

        about = options.fields(
            paid,
            currency,
            acquired,
            quantity=quantity,
            finish=finish,
            language=language,
            condition=condition,
            grade=grade,
            place=place,
            note=note,
            tags=tuple(tag or ()),
        )
        new = NewCopy(card_id, **about, label=CardLabel(card_name) if card_name else None)
        copy = opened.add(new, options.crop_bytes(crop), merge=merge)
        say_json(copy.as_json()) if as_json else say(f"added {called(copy)}")


@app.command(epilog=EXAMPLES)
def update(
    copy_id: CopyId,
    quantity: options.Quantity = None,
    finish: options.Finish = None,
    language: options.Language = None,
    condition: options.Condition = None,
    grade: options.Grade = None,
    paid: options.Paid = None,
    currency: options.Currency = None,
    place: options.Place = None,
    note: options.Note = None,
    acquired: options.Acquired = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Change an entry; an empty text ('') takes a value out."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import called, say, say_json

        about = options.fields(
            paid,
            currency,
            acquired,
            quantity=quantity,
            finish=finish,
            language=language,
            condition=condition,
            grade=grade,
            place=place,
            note=note,
        )
        copy = opened.update(copy_id, **about)
        say_json(copy.as_json()) if as_json else say(f"now {called(copy)}")


@app.command(epilog=EXAMPLES)
def remove(copy_ids: CopyIds, as_json: AsJson = False, database: Database = None, collection: Name = "main") -> None:
    """Take entries out; undo brings them back."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import called, say, say_json

        for copy in opened.remove(*copy_ids):
            say_json(copy.as_json()) if as_json else say(f"removed {called(copy)}")


@app.command(epilog=EXAMPLES)
def tag(
    copy_ids: CopyIds,
    add: Annotated[list[str] | None, typer.Option(metavar="TAG", help="Give this tag; may be repeated.")] = None,
    take: Annotated[list[str] | None, typer.Option("--remove", metavar="TAG", help="Take this tag away.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Give entries tags, or take tags away."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import show_copies

        show_copies(opened.tag(copy_ids, add or (), take or ()), as_json=as_json)


@app.command(epilog=EXAMPLES)
def merge(as_json: AsJson = False, database: Database = None, collection: Name = "main") -> None:
    """Make one entry of those alike in card, finish, language, condition, grade, price and place."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say, say_json

        vanished = opened.merge_duplicates()
        entries = "entry" if vanished == 1 else "entries"
        say_json({"merged": vanished}) if as_json else say(f"{vanished} duplicate {entries} merged")


@app.command(epilog=EXAMPLES)
def correct(
    copy_id: CopyId,
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="The card that it really is.")],
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Say which card an entry really is; kept as training material."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import called, say, say_json

        copy = opened.correct(copy_id, card_id)
        say_json(copy.as_json()) if as_json else say(f"now {called(copy)}")


@app.command(epilog=EXAMPLES)
def undo(
    event: Annotated[int | None, typer.Argument(metavar="[EVENT]", help="From the history; default: the last.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Take back the last thing done, whatever it was, or an event of the history."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say, say_json

        done = opened.undo(event)
        say_json(done.as_json()) if as_json else say(done.summary)


@app.command(epilog=EXAMPLES)
def history(
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most N events.")] = 20,
    copy_id: Annotated[int | None, typer.Option("--copy", metavar="ID", help="Only of this entry.")] = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Show what was done, newest first."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say_json, show_events

        events = opened.history(limit, copy_id)
        if as_json:
            for one in events:
                say_json(one.as_json())
        else:
            show_events(events)


collection_files.add_commands(app, EXAMPLES)
