"""`cardlens catalogue`: scans and metadata from the public card databases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\
Examples:

  cardlens catalogue fetch --set sv10 --plan

  cardlens catalogue fetch --set 'sv*'

  cardlens catalogue update --reference my-cards

  cardlens catalogue missing
"""
FETCH_EXAMPLES = """\
Examples:

  cardlens catalogue fetch --plan                                      (how much there is; brings no scan)

  cardlens catalogue fetch --set sv3pt5 --set 'sv1*'

  cardlens catalogue fetch --source tcgdex                             (what the first source lacks)

  cardlens catalogue fetch --source tcgdex --language de --set sv3pt5  (German scans, as further views)

  cardlens catalogue fetch --recheck                                   (has any scan been replaced by a better one?)
"""
UPDATE_EXAMPLES = """\
Examples:

  cardlens catalogue update --reference my-cards                       (in place)

  cardlens catalogue update --out my-cards                             (the bundled cards and the new ones)

  cardlens catalogue update --reference my-cards --set me3 --json
"""
MISSING_EXAMPLES = """\
Examples:

  cardlens catalogue missing

  cardlens catalogue missing --language de --json
"""

Raw = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="Folder of raw data: card_images/ and metadata/ are in it.")
]
Source = Annotated[str, typer.Option(metavar="NAME", help="The card database: pokemontcg or tcgdex.")]
Language = Annotated[str, typer.Option(metavar="CODE", help="Language of the cards; other than en only with tcgdex.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="ID", help="Only these sets; a pattern such as 'sv*'. Repeatable.")
]
Rate = Annotated[float, typer.Option(metavar="N", min=0.01, max=1000.0, help="Pictures a second, at most.")]
Key = Annotated[
    str | None,
    typer.Option(envvar="POKEMONTCG_API_KEY", show_default=False, help="Key for pokemontcg.io, for more requests."),
]
Service = Annotated[
    str | None, typer.Option("--service", metavar="URL", help="Address of the database, for a mirror of your own.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_RAW = Path("data/raw")

app = typer.Typer(
    no_args_is_help=True, epilog=EXAMPLES, help="Bring in scans and metadata from the public card databases."
)


@app.command(epilog=FETCH_EXAMPLES)
def fetch(  # noqa: PLR0913, PLR0917  options of a command
    data: Raw = _RAW,
    source: Source = "pokemontcg",
    language: Language = "en",
    sets: Sets = None,
    rate: Rate = 4.0,
    recheck: Annotated[bool, typer.Option("--recheck", help="Ask also for what is here: has it changed?")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be brought in.")] = False,
    key: Key = None,
    service: Service = None,
    as_json: AsJson = False,
) -> None:
    """Bring in what is not here yet: metadata, and a scan of every card.

    Interrupted, it goes on where it stopped when the same command is given again.
    Scans that you put there yourself are never touched. The exit code is 1 where something could not be had or used.
    """
    from cardlens.cli import catalogue_work as work

    access = work.Access(source, language, rate, key, service)
    raise typer.Exit(work.fetch(data, access, tuple(sets or ()), recheck=recheck, plan_only=plan, as_json=as_json))


@app.command(epilog=UPDATE_EXAMPLES)
def update(  # noqa: PLR0913, PLR0917  options of a command
    data: Raw = _RAW,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The database; by default CARDLENS_REFERENCE, or else the bundled one."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the result here; by default in place.")] = None,
    source: Source = "pokemontcg",
    sets: Sets = None,
    rate: Rate = 4.0,
    key: Key = None,
    service: Service = None,
    as_json: AsJson = False,
) -> None:
    """On release day: bring in the cards that a reference database does not have, and add them to it.

    The bundled database is never changed: with it, --out is needed.
    """
    from cardlens.cli import catalogue_work as work

    access = work.Access(source, "en", rate, key, service)
    raise typer.Exit(work.update(data, access, tuple(sets or ()), reference, out, as_json=as_json))


@app.command(epilog=MISSING_EXAMPLES)
def missing(data: Raw = _RAW, language: Language = "en", as_json: AsJson = False) -> None:
    """List the cards of the metadata that have no scan here; nothing is asked of the network."""
    from cardlens.cli import catalogue_work as work

    work.show_missing(data, language, as_json=as_json)
