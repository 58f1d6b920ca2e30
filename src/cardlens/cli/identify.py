"""`cardlens identify`: name every card in photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import scale_options as scale

if TYPE_CHECKING:
    from cardlens.recognition.contact_sheet import ContactSheet
    from cardlens.settings import Settings

EXAMPLES = """\
Examples:

  cardlens identify page.heic

  cardlens identify binder/ --json > cards.jsonl

  cardlens identify 'album/**/*.jpg' --annotate named/ --sheet album.pdf

  cardlens identify page.jpg --reference my-cards --min-confidence 0.9

  cardlens identify --demo

  cardlens identify s3://bucket/photos --engine ray --address auto --out s3://bucket/answers
"""


def identify(  # noqa: PLR0913, PLR0917 (options, each with a name)
    photos: Annotated[list[str] | None, typer.Argument(metavar="PHOTO|FOLDER|GLOB...", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a photo, a line each.")] = False,
    reference: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Reference database to name cards from.")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write a copy of each photo with the names drawn into DIR.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also put all cards on a contact sheet: a .jpg, .png or .pdf.")
    ] = None,
    top: Annotated[int, typer.Option(metavar="K", min=1, help="List at most K printings a card.")] = 5,
    min_confidence: Annotated[
        float, typer.Option(metavar="P", min=0.0, max=1.0, help="Leave out cards whose confidence is below P, 0 to 1.")
    ] = 0.0,
    demo: Annotated[bool, typer.Option("--demo", help="Name the cards of the photo that comes with cardlens.")] = False,
    engine: scale.EngineOption = scale.Engine.LOCAL,
    address: scale.Address = None,
    workers: scale.Workers = None,
    batch: scale.BatchSize = scale.BATCH,
    out: Annotated[
        str | None, typer.Option(metavar="URL", help="With --engine ray: folder or s3://bucket/prefix for the answers.")
    ] = None,
) -> None:
    """Name every card in photos: set, number and how sure, offline.

    A folder stands for the pictures in it, a pattern for what it matches.
    A photo that cannot be read is reported, the others go on, and the exit code is 1.

    With --engine ray, photos may be a prefix of a store, and answers go to Parquet files in --out; given again, the
    same command does what is left.
    """
    arguments = [*(photos or []), *([str(_demo_photo())] if demo else [])]
    if not arguments:
        raise typer.BadParameter("name a photo, a folder or a pattern, or give --demo")
    if engine is scale.Engine.RAY:
        if annotate or sheet or not out:
            raise typer.BadParameter("--engine ray needs --out, and draws nothing: leave --annotate and --sheet out")
        cluster = scale.open_cluster(address, workers, "cardlens identify --engine ray")
        from cardlens.cli.identify_scale import Wanted, identify_on_ray

        wanted = Wanted(arguments, out, top, min_confidence, batch, as_json)
        raise typer.Exit(identify_on_ray(wanted, _settings(reference), cluster))
    scale.refuse_without_ray(address=address, workers=workers, out=out)
    from cardlens.assembly import open_recognizer  # heavy: only when photos are named
    from cardlens.cli.naming import Naming

    pages = None if sheet is None else _contact_sheet(sheet)
    naming = Naming(open_recognizer(_settings(reference)), top, min_confidence, annotate, pages)
    raise typer.Exit(naming.show_all(arguments, as_json=as_json))


def _settings(reference: str | None) -> Settings:
    from cardlens.settings import Settings

    return Settings.from_environment().using(reference)


def _contact_sheet(file: Path) -> ContactSheet:
    from cardlens.recognition.contact_sheet import ContactSheet  # only where asked for

    return ContactSheet(file)


def _demo_photo() -> Path:
    from cardlens.settings import BUNDLED

    return BUNDLED / "demo" / "demo.jpg"
