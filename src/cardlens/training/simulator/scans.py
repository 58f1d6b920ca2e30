"""The flat pictures that scenes are rendered from, decoded once into one memory-mapped array."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import decode
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.reference.scans import find_scans
from cardlens.runtimes.base import Bytes
from cardlens.training.arrays import whole_array

# 240 px is what most scans have; a card in a photo is rarely wider once it is a 224 px crop
WIDTH, HEIGHT = 240, 336


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """Where one picture came from. Pictures of one card share `card_id`."""

    card_id: str
    source: str
    file: str


class Scans:
    """`pixels`: (n, 336, 240, 3) uint8 RGB, memory-mapped; `records[i]` describes `pixels[i]`."""

    def __init__(self, pixels: Bytes, records: Sequence[ScanRecord]) -> None:
        self.pixels = pixels
        self.records = list(records)
        self.rows: dict[str, list[int]] = {}
        for row, record in enumerate(self.records):
            self.rows.setdefault(record.card_id, []).append(row)

    def __len__(self) -> int:
        return len(self.records)

    def of(self, card_ids: Sequence[str]) -> Scans:
        """The same array, seen through some cards only."""
        wanted = set(card_ids)
        rows = [row for row, record in enumerate(self.records) if record.card_id in wanted]
        return Scans(self.pixels[rows], [self.records[row] for row in rows])


def open_scans(data: Path, cache: Path) -> Scans:
    """Open the scans of a data folder (`scans/`, `views/*/`, `unnamed/`), decoded into `cache` the first time.

    They are decoded again where a file came, went or changed since, or where `cache` was made of another folder.
    """
    listing, array = cache / "scans.json", cache / "scans.npy"
    records = _find(data)
    wanted = [[*astuple(record), *_state(data / record.file)] for record in records]
    pixels = _decoded(listing, array, wanted)
    if pixels is None:
        cache.mkdir(parents=True, exist_ok=True)
        listing.unlink(missing_ok=True)
        with whole_array(array, (len(records), HEIGHT, WIDTH, 3)) as new:
            for row, record in enumerate(track(records, "decoding scans", transient=True)):
                picture = decode(data / record.file, at_least=None).pixels
                new[row] = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        aside = cache / f".scans.json.{os.getpid()}.partial"
        aside.write_text(json.dumps(wanted), encoding="utf-8")
        aside.replace(listing)
        pixels = np.load(array, mmap_mode="r")
    return Scans(pixels, records)


def _decoded(listing: Path, array: Path, wanted: list[list[Any]]) -> Bytes | None:
    """What was decoded before; None where it is of other files than those `wanted`, or not whole."""
    try:
        if json.loads(listing.read_text(encoding="utf-8")) != wanted:
            return None
        pixels: Bytes = np.load(array, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return pixels if pixels.shape == (len(wanted), HEIGHT, WIDTH, 3) else None


def _state(file: Path) -> tuple[int, int]:
    """Size and time of change: another picture under the name has others."""
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def _find(data: Path) -> list[ScanRecord]:
    """List scans, unnamed faces and views; what a file shows is told by its name, as for the reference database."""
    views = [record for folder in sorted((data / "views").glob("*")) for record in _named(data, folder)]
    records = [*_named(data, data / "scans"), *_unnamed(data), *views]
    if not records:
        raise CardlensError(f"{data}: no pictures in scans/ here; give the folder that holds scans/ with --data")
    return records


def _named(data: Path, folder: Path) -> list[ScanRecord]:
    if not any(file.suffix.lower() in SUFFIXES for file in folder.rglob("*")):
        return []
    found = find_scans(folder, bundled_facts().__contains__)
    return [ScanRecord(scan.card_id, folder.name, str(scan.file.relative_to(data))) for scan in found]


def _unnamed(data: Path) -> list[ScanRecord]:
    folder = data / "unnamed"
    files = sorted(file for file in folder.glob("*") if file.suffix.lower() in SUFFIXES)
    return [ScanRecord(f"unnamed-{file.stem}", folder.name, str(file.relative_to(data))) for file in files]
