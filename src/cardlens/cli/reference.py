"""`cardlens reference`: build, change, check and search the database of cards that can be named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import scale_options as scale

if TYPE_CHECKING:
    from cardlens.reference.edit import Change
    from cardlens.settings import Settings

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
    str | None,
    typer.Option(
        metavar="DIR|URL",
        help="The database, or postgresql://… of a shared one; by default CARDLENS_REFERENCE, or else the bundled one.",
    ),
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
    from cardlens.cli import shared_work
    from cardlens.reference.edit import add as add_scans

    address = _settings(reference).shared
    if address:
        shared_work.refuse_out(out)
        raise typer.Exit(shared_work.add(address, scans, metadata or [], as_json=as_json))
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
    from cardlens.cli import shared_work
    from cardlens.reference.edit import remove as remove_cards

    address = _settings(reference).shared
    if address:
        shared_work.refuse_out(out)
        raise typer.Exit(shared_work.remove(address, card_ids, as_json=as_json))
    raise typer.Exit(work.show_outcome(remove_cards(card_ids, _change(reference, out)), as_json=as_json))


@app.command(epilog=VALIDATE_EXAMPLES)
def validate(
    reference: Annotated[
        str | None,
        typer.Argument(metavar="[DIR|URL]", show_default=False, help="The database; by default the one in use."),
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
    from cardlens.cli import shared_work

    settings = _settings(reference)
    if settings.shared:
        raise typer.Exit(shared_work.validate(settings, settings.shared, as_json=as_json))
    if adopt:
        work.adopt(settings)
    raise typer.Exit(work.show_findings(settings, as_json=as_json))


@app.command(epilog=INFO_EXAMPLES)
def info(reference: Reference = None, as_json: AsJson = False) -> None:
    """Say what a database holds, and which model made it."""
    from cardlens.cli import reference_work, shared_work

    settings = _settings(reference)
    facts = shared_work.info(settings.shared) if settings.shared else reference_work.info(settings.reference)
    reference_work.show_info(facts, as_json=as_json)


@app.command(epilog=SEARCH_EXAMPLES)
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words of the name, set, number, rarity or id.")],
    reference: Reference = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Find cards in a database by name, set or number; the exit code is 1 where there is none."""
    from cardlens.cli import reference_work, shared_work
    from cardlens.cli.card_list import show_cards

    settings = _settings(reference)
    if settings.shared:
        found = shared_work.search(settings.shared, text, limit)
    else:
        found = reference_work.search(settings.reference, text, limit)
    raise typer.Exit(show_cards(found, text, as_json=as_json))


@app.command(epilog=SIMILAR_EXAMPLES)
def similar(
    card_id: Annotated[str, typer.Argument(metavar="CARD_ID", help="Such as base1-4.")],
    reference: Reference = None,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """List the cards that look most like one; "tied" are those that the picture alone cannot tell from it."""
    from cardlens.cli import reference_work, shared_work
    from cardlens.cli.card_list import show_cards

    settings = _settings(reference)
    if settings.shared:
        found = shared_work.similar(settings.shared, card_id, limit)
    else:
        found = reference_work.similar(settings.reference, card_id, limit)
    raise typer.Exit(show_cards(found, card_id, as_json=as_json, extra=("similarity", "tied")))


def _settings(reference: str | None) -> Settings:
    from cardlens.settings import Settings

    return Settings.from_environment().using(reference)


def _change(reference: str | None, out: Path | None) -> Change:
    from cardlens.reference.edit import Change

    return Change(_settings(reference).reference, out)
