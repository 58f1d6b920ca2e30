"""`cardlens reference`: build, change, check and search the database of cards that can be named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import scale_options as scale

if TYPE_CHECKING:
    from cardlens.reference.edit import Change

EXAMPLES = """\
Examples:

  cardlens reference build scans/ --metadata cards.jsonl.gz --out my-cards

  cardlens reference add new-set/ --metadata new-set.json --out my-cards

  cardlens reference validate my-cards

  cardlens identify page.jpg --reference my-cards
"""
BUILD_EXAMPLES = """\
Examples:

  cardlens reference build scans/ --out my-cards

  cardlens reference build scans/ --metadata cards.jsonl.gz --metadata sets.json --out my-cards

  cardlens reference build s3://bucket/data/raw --engine ray --address auto --parts s3://bucket/parts --out my-cards
"""
ADD_EXAMPLES = """\
Examples:

  cardlens reference add new-set/ --out my-cards                       (the bundled cards and these)

  cardlens reference add new-set/ --reference my-cards                 (in place)

  cardlens reference add promos/ --metadata promos.json --reference my-cards --out more-cards
"""
REMOVE_EXAMPLES = """\
Examples:

  cardlens reference remove base1-4 base1-5 --reference my-cards

  cardlens reference remove base1-4 --out without-charizard
"""
VALIDATE_EXAMPLES = """\
Examples:

  cardlens reference validate

  cardlens reference validate my-cards --json

  cardlens reference validate seed/reference --adopt
"""
INFO_EXAMPLES = """\
Examples:

  cardlens reference info

  cardlens reference info --reference my-cards --json
"""
SEARCH_EXAMPLES = """\
Examples:

  cardlens reference search charizard

  cardlens reference search 'pikachu 25/165' --json
"""
SIMILAR_EXAMPLES = """\
Examples:

  cardlens reference similar A1-1

  cardlens reference similar base1-4 --limit 20 --json
"""

ScansOrStore = Annotated[
    str,
    typer.Argument(metavar="SCANS", help="Folder of <card_id>.<ext>, further views below; with ray, or a store."),
]
Scans = Annotated[
    Path,
    typer.Argument(metavar="SCANS", help="Folder of <card_id>.<ext>; sub-folders (de/, fr/, …) hold further views."),
]
Metadata = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help="What is known of the cards or sets: JSON, JSON lines, gzipped or not. Repeatable."
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The database; by default CARDLENS_REFERENCE, or else the bundled one."),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Write the result here; by default in place.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option(metavar="N", min=1, help="List at most N cards.")]

app = typer.Typer(
    no_args_is_help=True, epilog=EXAMPLES, help="Build, change, check and search the cards that can be named."
)


@app.command(epilog=BUILD_EXAMPLES)
def build(  # noqa: PLR0913, PLR0917 (options, each with a name)
    scans: ScansOrStore,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the database; one that is there is replaced.")],
    metadata: Metadata = None,
    as_json: AsJson = False,
    engine: scale.EngineOption = scale.Engine.LOCAL,
    address: scale.Address = None,
    workers: scale.Workers = None,
    batch: scale.BatchSize = scale.BATCH,
    parts: scale.Parts = None,
) -> None:
    """Build a database from scans.

    Cards without metadata in the files are looked up in the bundled facts.
    What cannot be used is reported and left out, and the exit code is 1.
    Interrupted, it goes on where it stopped when the same command is given again.
    """
    if engine is scale.Engine.RAY:
        cluster = scale.open_cluster(address, workers, "cardlens reference build --engine ray")
        from cardlens.cli.reference_scale import build_and_show
        from cardlens.scale.database import Build

        raise typer.Exit(build_and_show(Build(scans, out, parts, batch), metadata or [], cluster, as_json=as_json))
    scale.refuse_without_ray(address=address, workers=workers, parts=parts)
    from cardlens.cli import reference_work as work
    from cardlens.reference.build import build as build_database

    tools = work.Tools.open(metadata or [])
    raise typer.Exit(
        work.grow(
            as_json,
            lambda progress: build_database(Path(scans), tools.catalogue, tools.embedder, out, progress, tools.limits),
        )
    )


@app.command(epilog=ADD_EXAMPLES)
def add(
    scans: Scans, metadata: Metadata = None, reference: Reference = None, out: Out = None, as_json: AsJson = False
) -> None:
    """Add scans to a database, without training: new cards, or further views of cards that it has.

    The bundled database is never changed: with it, --out is needed.
    """
    from cardlens.cli import reference_work as work
    from cardlens.reference.edit import add as add_scans

    change = _change(reference, out)
    change.destination()  # before the model is loaded
    tools = work.Tools.open(metadata or [])
    raise typer.Exit(
        work.grow(
            as_json, lambda progress: add_scans(scans, change, tools.catalogue, tools.embedder, progress, tools.limits)
        )
    )


@app.command(epilog=REMOVE_EXAMPLES)
def remove(
    card_ids: Annotated[list[str], typer.Argument(metavar="CARD_ID...", help="Ids of the cards to take out.")],
    reference: Reference = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Take cards out of a database."""
    from cardlens.cli import reference_work as work
    from cardlens.reference.edit import remove as remove_cards

    raise typer.Exit(work.show_outcome(remove_cards(card_ids, _change(reference, out)), as_json=as_json))


@app.command(epilog=VALIDATE_EXAMPLES)
def validate(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", show_default=False, help="The database; by default the one in use."),
    ] = None,
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt",
            help="If all is well, write the manifest that a database of other making lacks, so that it opens. "
            "That the running model made its embeddings is taken on your word.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a database: counts, metadata, embeddings, duplicates, placeholders, self-retrieval, digests, model.

    The exit code is 1 where something is wrong.
    """
    from cardlens.cli import reference_work as work

    settings = _settings(folder)
    if adopt:
        work.adopt(settings)
    raise typer.Exit(work.show_findings(settings, as_json=as_json))


@app.command(epilog=INFO_EXAMPLES)
def info(reference: Reference = None, as_json: AsJson = False) -> None:
    """Say what a database holds, and which model made it."""
    from cardlens.cli.reference_work import show_info

    show_info(_settings(reference).reference, as_json=as_json)


@app.command(epilog=SEARCH_EXAMPLES)
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words of the name, set, number, rarity or id.")],
    reference: Reference = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Find cards in a database by name, set or number; the exit code is 1 where there is none."""
    from cardlens.cli.card_list import show_cards
    from cardlens.reference.database import ReferenceDatabase
    from cardlens.reference.lookup import search_cards

    database = ReferenceDatabase.open(_settings(reference).reference, None)
    found = [{"card_id": card_id, **database.metadata(card_id)} for card_id in search_cards(database, text, limit)]
    raise typer.Exit(show_cards(found, text, as_json=as_json))


@app.command(epilog=SIMILAR_EXAMPLES)
def similar(
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="Such as base1-4.")],
    reference: Reference = None,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """List the cards that look most like one; "tied" are those that the picture alone cannot tell from it."""
    from cardlens.cli.card_list import show_cards
    from cardlens.reference.database import ReferenceDatabase
    from cardlens.reference.lookup import similar_cards

    database = ReferenceDatabase.open(_settings(reference).reference, None)
    found = [
        {
            "card_id": one.card_id,
            "similarity": round(one.similarity, 4),
            "tied": one.tied,
            **database.metadata(one.card_id),
        }
        for one in similar_cards(database, card_id, limit)
    ]
    raise typer.Exit(show_cards(found, card_id, as_json=as_json, extra=("similarity", "tied")))


def _settings(reference: Path | None) -> Any:
    from dataclasses import replace

    from cardlens.settings import Settings

    settings = Settings.from_environment()
    return settings if reference is None else replace(settings, reference=reference)


def _change(reference: Path | None, out: Path | None) -> Change:
    from cardlens.reference.edit import Change

    return Change(_settings(reference).reference, out)
