"""`cardlens identify --engine ray`: photos of a folder or store, answers in Parquet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cardlens.cli import console
from cardlens.cli.photos import find_photos
from cardlens.cli.scale_options import progress
from cardlens.scale.answers import answer_lines, error_lines
from cardlens.scale.engine import Cluster, Done, run
from cardlens.scale.ledger import Ledger
from cardlens.scale.naming import NamingWork
from cardlens.scale.pictures import Place, is_address, list_pictures, photo_files
from cardlens.store.address import open_store

if TYPE_CHECKING:
    from cardlens.settings import Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for."""

    photos: Sequence[str]
    out: str
    top: int
    min_confidence: float
    size: int
    as_json: bool


def identify_on_ray(wanted: Wanted, settings: Settings, cluster: Cluster) -> int:
    """Name photos on a cluster; returns the exit code, 1 where a photo could not be read."""
    place, photos = _photos(wanted.photos, settings)
    work = NamingWork.of(place, settings, wanted.top, wanted.min_confidence)
    with progress("Naming cards") as bar:
        done = run(work, photos, wanted.size, wanted.out, cluster, bar)
    _tell(done, wanted)
    return 1 if done.manifest["errors"] else 0


def _photos(arguments: Sequence[str], settings: Settings) -> tuple[Place, dict[str, str]]:
    """Where photos are, and what changes when each does."""
    addresses = [argument for argument in arguments if is_address(argument)]
    if not addresses:
        return photo_files(find_photos(arguments), settings.max_bytes)
    if len(arguments) > 1:
        raise typer.BadParameter("name one prefix of a store, or files and folders")
    store = open_store(addresses[0])
    return Place(store.address, Path("/"), settings.max_bytes), list_pictures(store)


def _tell(done: Done, wanted: Wanted) -> None:
    ledger = Ledger(open_store(wanted.out))
    if wanted.as_json:
        for line in answer_lines(ledger, done.plan):
            sys.stdout.write(line + "\n")
        sys.stdout.flush()
    else:
        for error in error_lines(ledger, done.plan):
            console.say_error(error)
    manifest = done.manifest
    text = f"{ledger.store.address}: {manifest['rows']:,} photos, {manifest['errors']:,} of them unreadable; "
    text += f"{done.fresh:,} of {done.plan.count:,} batches were done now"
    if done.newcomers:
        text += f"; {done.newcomers:,} photos came after this was planned: name them into another --out"
    console.stderr().print(text, highlight=False, markup=False, soft_wrap=True)
