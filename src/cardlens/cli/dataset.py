"""`cardlens dataset`: data sets on disk, for training elsewhere and for calibrating."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras
from cardlens.cli import scale_options as scale
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.training.dataset.prepare import Prepared

EXAMPLES = """\
Examples:

  cardlens dataset prepare cards/scans cards/views --backgrounds cards/backgrounds --out processed/

  cardlens dataset prepare data/raw/card_images --scenes 20000 --out data/processed

  cardlens dataset prepare my-scans --held-out sv1 --held-out base3 --out processed/

  cardlens dataset prepare s3://bucket/data/raw --engine ray --address auto --parts s3://bucket/parts --out processed/

  cardlens dataset calibration --data cards/ --out calibration.npy
"""

app = typer.Typer(help="Make data sets; needs the extra train.", no_args_is_help=True, epilog=EXAMPLES)


@app.command(epilog=EXAMPLES)
def prepare(  # noqa: PLR0913, PLR0917 (options, each with a name)
    raw: Annotated[
        list[str],
        typer.Argument(metavar="RAW...", help="Folders of scans, <card_id>.<ext>, and of views; with ray, or stores."),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder to make: classification/, detection/, manifest.json.")
    ],
    metadata: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Metadata of cards that are not in the bundled facts.")
    ] = None,
    backgrounds: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Pictures to render photos on; without, grounds are drawn.")
    ] = None,
    scenes: Annotated[
        int, typer.Option(metavar="N", min=0, help="Photos to render for training; a tenth each for val and test.")
    ] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of these photos.")] = 17,
    held_out: Annotated[
        list[str] | None,
        typer.Option(metavar="SET", help="A set for the test side, whole; several times. Default: cardlens's own."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    engine: scale.EngineOption = scale.Engine.LOCAL,
    address: scale.Address = None,
    workers: scale.Workers = None,
    batch: scale.BatchSize = scale.BATCH,
    parts: scale.Parts = None,
) -> None:
    """Sort raw scans into train, val and test by card, and render photos of each for detectors.

    No card and no artwork is on two sides; test holds whole sets. Scans that cannot be used are reported and left out,
    and the exit code is 1.
    """
    extras.require("train", "cardlens dataset prepare")
    from cardlens.recognition.facts import bundled_facts
    from cardlens.reference.catalogue import Catalogue
    from cardlens.training.dataset import prepare as work
    from cardlens.training.split import HELD_OUT_SETS

    catalogue = Catalogue.open(metadata or [], bundled_facts())
    plan = work.Plan(scenes, backgrounds, seed, tuple(held_out or HELD_OUT_SETS))
    if engine is scale.Engine.RAY:
        cluster = scale.open_cluster(address, workers, "cardlens dataset prepare --engine ray")
        from cardlens.scale.dataset import RayEngine
        from cardlens.settings import Settings

        ray = RayEngine(cluster, parts or str(out.with_name(f"{out.name}.parts")), backgrounds, batch)
        found = ray.find(raw, catalogue, Settings.from_environment())
        prepared = work.prepare(found, catalogue, out, plan, ray)
    else:
        scale.refuse_without_ray(address=address, workers=workers, parts=parts)
        prepared = work.prepare(work.find_all([Path(folder) for folder in raw], catalogue), catalogue, out, plan)
    _tell(prepared, as_json=as_json)
    raise typer.Exit(1 if prepared.left_out else 0)


@app.command(epilog=EXAMPLES)
def calibration(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder with scans/, views/ and backgrounds/.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to write, such as calibration.npy.")],
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: ./runs/cache.")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=1, help="Number of crops.")] = 1024,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of the crops.")] = 99,
) -> None:
    """Write crops as a device sees them, to calibrate INT8 and Hailo models: raw uint8, NHWC.

    Sets, sizes and lights are drawn evenly, from cards that models train on.
    """
    extras.require("train", "cardlens dataset calibration")
    from cardlens.training.dataset.calibration import write_calibration

    absent = [name for name in ("scans", "backgrounds") if not (data / name).is_dir()]
    if absent:
        raise CardlensError(f"{data}: has no folder {' or '.join(absent)}; give the card data with --data")
    file = write_calibration(data, cache or Path("runs/cache"), out, count, seed)
    _say(f"{file}: {count:,} crops; {file.with_suffix('.json').name} says of what")


def _tell(prepared: Prepared, *, as_json: bool) -> None:
    if not prepared.counts["test"]["cards"]:
        from cardlens.training.split import HELD_OUT_SETS

        said = f"test: no cards, as no scan is of {', '.join(HELD_OUT_SETS)}; name sets with --held-out"
        console.stderr().print(said, highlight=False, markup=False, soft_wrap=True)
    if as_json:
        report = {"folder": str(prepared.folder), "counts": prepared.counts, "left_out": prepared.left_out}
        console.stdout().print_json(data=report)
        return
    for file, reason in prepared.left_out.items():
        console.stderr().print(f"left out: {file}: {reason}", highlight=False, markup=False, soft_wrap=True)
    for side, count in prepared.counts.items():
        _say(f"{side}: {count['pictures']:,} pictures of {count['cards']:,} cards")
    rendered = "detection/, " if (prepared.folder / "detection").is_dir() else ""
    _say(f"{prepared.folder}: classification/, {rendered}manifest.json")


def _say(text: str) -> None:
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)
