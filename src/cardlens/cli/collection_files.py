"""`cardlens collection`: the commands that read photos and files, and write files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cardlens.cli import collection_options as options
from cardlens.cli.collection_options import AsJson, CopyId, Database, Name

# The options of a command are its parameters.
# ruff: noqa: PLR0913, PLR0917

Format = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", help="csv, json, tcgplayer, collectr, deckbox, manabox, dragon-shield."),
]


def scan(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO|FOLDER|GLOB…", help="Photos of cards you own.")],
    min_confidence: Annotated[float, typer.Option(metavar="P", min=0, max=1, help="Add only what is this sure.")] = 0.5,
    condition: options.Condition = "near-mint",
    place: options.Place = None,
    tag: options.Tags = None,
    merge: Annotated[bool, typer.Option("--merge", help="Raise quantities of entries that are alike.")] = False,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Name the cards in photos and add them, each with its crop as proof; undo takes them back one by one."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_scan import Scanning

        about = options.given(condition=condition, place=place, tags=tuple(tag) if tag else None)
        code = Scanning(opened, min_confidence, about, merge=merge).add_all(photos, as_json=as_json)
    raise typer.Exit(code)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What another app, or cardlens, exported.")],
    form: Format = None,
    merge: Annotated[bool, typer.Option("--merge", help="Raise quantities of entries that are alike.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take out first what is there.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing, only say what would be.")] = False,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Add what a file holds; rows that cannot be used are told with line and column, the rest is added."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say_json, show_import
        from cardlens.cli.console import stderr

        with stderr().status(f"reading {file.name}"):
            report = opened.import_file(file, form, merge=merge, replace=replace, dry_run=dry_run)
        say_json(report.as_json()) if as_json else show_import(report, str(file), tried=dry_run)
    raise typer.Exit(1 if report.left_out else 0)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; - for standard output.")],
    form: Format = None,
    crops: Annotated[bool, typer.Option("--crops/--no-crops", help="With the pictures (json only).")] = True,
    tag: Annotated[str | None, typer.Option(metavar="TAG", help="Only with this tag.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Write the entries for another app; without --format as csv, or json where FILE ends so."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say
        from cardlens.cli.whole_file import writing_whole
        from cardlens.collection import Query

        chosen = form or ("json" if file.suffix.lower() in (".json", ".jsonl") else "csv")
        with writing_whole(file, force=force) as out:
            count = opened.export(chosen, out, Query(sort="oldest", tag=tag), crops=crops)
        if str(file) != "-":
            say(f"{file} ({chosen}): {count} entries")


def completion(
    set_id: Annotated[
        str | None, typer.Argument(metavar="[SET_ID]", help="Only this set, with what is missing.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also sets of which nothing is there.")] = False,
    chart: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw a chart: FILE.png or FILE.svg.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the chart.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a chart that is there.")] = False,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Show how far each set is."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say_json, show_completion
        from cardlens.cli.whole_file import write_chart
        from cardlens.errors import CardlensError

        sets = opened.completion(set_id, started_only=not every)
        if set_id is not None and not sets:
            raise CardlensError(f"{set_id}: no such set; ids are as in sv3pt5-25, see `cardlens cards`")
        if chart is not None:
            write_chart(chart, sets, title or f"Collection {opened.name}", force=force)
        if as_json:
            for one in sets:
                say_json(one.as_json())
        else:
            show_completion(sets, missing=set_id is not None)


def price(
    fetch: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Ask pokemontcg or tcgdex over the network.")
    ] = None,
    address: Annotated[str | None, typer.Option(metavar="URL", help="Ask there instead.")] = None,
    days: Annotated[float, typer.Option(metavar="N", min=0, help="Ask again only after so many days.")] = 1.0,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Show known prices and what the cards are worth; nobody is asked without --fetch."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_prices import fetch_prices
        from cardlens.cli.collection_show import say_json, show_prices

        code = 0 if fetch is None else fetch_prices(opened, fetch, address, days)
        if as_json:
            for quote in opened.prices():
                say_json(quote.as_json())
        else:
            show_prices(opened.prices(), opened.value())
    raise typer.Exit(code)


def corrections(
    export_to: Annotated[
        Path | None, typer.Option("--export", metavar="DIR", help="Write them as training material.")
    ] = None,
    as_json: AsJson = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """List what was corrected, or write the crops with their right ids for `reference add` and training."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say, say_json, table_of
        from cardlens.cli.console import stdout

        found = opened.corrections()
        if export_to is not None:
            count = opened.export_corrections(export_to)
            say(f"{export_to}: {count} crops; use them: cardlens reference add {export_to / 'views'} --out my-cards")
        elif as_json:
            for one in found:
                say_json(one.as_json())
        else:
            rows = [
                (f"{one.at:%Y-%m-%d}", one.answered or "nothing", one.card_id, "yes" if one.crop else "")
                for one in found
            ]
            stdout().print(table_of(("When", "Cardlens said", "It is", "Crop"), rows))


def proof(
    copy_id: CopyId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the crop.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    database: Database = None,
    collection: Name = "main",
) -> None:
    """Write the crop that proves an entry."""
    with options.open_named(database, collection) as opened:
        from cardlens.cli.collection_show import say
        from cardlens.cli.whole_file import write_whole

        crop = opened.proof(copy_id)
        write_whole(file, crop.content, force=force)
        say(f"{file}: {crop.media_type}, {len(crop.content)} bytes")


def names(as_json: AsJson = False, database: Database = None) -> None:
    """List the collections in the database."""
    from cardlens.cli import extras

    extras.require("serve", "cardlens collection")
    from cardlens.cli.collection_show import say, say_json
    from cardlens.collection import collection_names

    for name in collection_names(options.kept_at(database)):
        say_json({"name": name}) if as_json else say(name)


def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as 'for swapping'.")], database: Database = None
) -> None:
    """Make a further collection in the database."""
    from cardlens.cli import extras

    extras.require("serve", "cardlens collection")
    from cardlens.cli.collection_show import say
    from cardlens.collection import create_collection

    create_collection(options.kept_at(database), name)
    say(f"{name}: made; use it with --collection {name!r}")


def add_commands(app: typer.Typer, examples: str) -> None:
    """Add these commands to those of `cardlens collection`."""
    commands: dict[str, Callable[..., None]] = {"scan": scan, "import": import_, "export": export}
    commands |= {"completion": completion, "price": price, "corrections": corrections}
    for name, command in (commands | {"proof": proof, "names": names, "create": create}).items():
        app.command(name, epilog=examples)(command)
