"""`cardlens identify`: name every card in photos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cardlens.settings import Settings

EXAMPLES = """\
Examples:

  cardlens identify page.heic

  cardlens identify binder/ --json > cards.jsonl

  cardlens identify 'album/**/*.jpg' --annotate named/

  cardlens identify page.jpg --reference my-cards --min-confidence 0.9

  cardlens identify --demo
"""


def identify(
    photos: Annotated[list[str] | None, typer.Argument(metavar="PHOTO|FOLDER|GLOB...", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a photo, a line each.")] = False,
    reference: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Reference database to name cards from.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a copy of each photo with the names drawn into DIR.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", min=1, help="List at most K printings a card.")] = 5,
    min_confidence: Annotated[
        float, typer.Option(metavar="P", min=0.0, max=1.0, help="Leave out cards whose confidence is below P, 0 to 1.")
    ] = 0.0,
    demo: Annotated[bool, typer.Option("--demo", help="Name the cards of the photo that comes with cardlens.")] = False,
) -> None:
    """Name every card in photos: set, number and how sure, offline.

    A folder stands for the pictures in it, a pattern for what it matches.
    A photo that cannot be read is reported, the others go on, and the exit code is 1.
    """
    from cardlens.assembly import open_recognizer  # heavy: only when photos are named
    from cardlens.cli.naming import Naming

    arguments = [*(photos or []), *([str(_demo_photo())] if demo else [])]
    if not arguments:
        raise typer.BadParameter("name a photo, a folder or a pattern, or give --demo")
    naming = Naming(open_recognizer(_settings(reference)), top, min_confidence, annotate)
    raise typer.Exit(naming.show_all(arguments, as_json=as_json))


def _settings(reference: Path | None) -> Settings:
    from cardlens.settings import Settings

    settings = Settings.from_environment()
    return settings if reference is None else replace(settings, reference=reference)


def _demo_photo() -> Path:
    from cardlens.settings import BUNDLED

    return BUNDLED / "demo" / "demo.jpg"
