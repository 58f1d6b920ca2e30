"""`cardlens read-numbers`: name fanned cards by the set code and number on their bottom strips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\
Examples:

  cardlens read-numbers fan.heic

  cardlens read-numbers fans/ --json > cards.jsonl

  cardlens read-numbers fan.jpg --annotate read/

  cardlens read-numbers fan.jpg --min-confidence 0.9
"""


def read_numbers(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO|FOLDER|GLOB...", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a photo, a line each.")] = False,
    annotate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a copy of each photo with what was read drawn into DIR.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", min=1, help="List at most K cards a strip.")] = 5,
    min_confidence: Annotated[
        float, typer.Option(metavar="P", min=0.0, max=1.0, help="Leave out strips whose confidence is below P, 0 to 1.")
    ] = 0.0,
) -> None:
    """Name fanned cards of which only the bottom shows, by set code and number; from the top down.

    Lay the cards so that of each the line with the number can be seen. The photo may lie on its side.
    What is known of a card comes from the card facts: no scan and no reference database is needed.
    """
    from cardlens.assembly import open_strip_namer  # heavy: only when photos are read
    from cardlens.cli.naming import Naming
    from cardlens.settings import Settings

    naming = Naming(open_strip_namer(Settings.from_environment()), top, min_confidence, annotate)
    raise typer.Exit(naming.show_all(photos, as_json=as_json))
