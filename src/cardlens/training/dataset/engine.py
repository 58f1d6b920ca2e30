"""The heavy parts of making a data set, looking at scans and rendering photos, and their doing on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import decode
from cardlens.recognition.picture_file import read_file
from cardlens.reference.groups import Signatures, signature
from cardlens.reference.scans import Scan, is_blank, sha256_of
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from cardlens.training.arrays import mapped_array
from cardlens.training.dataset.detection import DrawnPhoto, Faces, draw_photos
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import HEIGHT, WIDTH

_LONG_SIDE = 600


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What is seen of one usable scan: SHA-256 of its file, and its signature."""

    digest: str
    signature: Signatures


class Engine(Protocol):
    """Does the work on scans and photos, here or elsewhere."""

    def look(self, scans: Sequence[Scan]) -> Iterator[Looked | str]:
        """Decode scans, in their order: what is seen, or why one cannot be used."""
        ...

    def copy(self, scan: Scan, file: Path) -> None:
        """Copy a scan, byte for byte."""
        ...

    def draw(self, side: str, scans: Sequence[Scan], count: int, seed: int) -> Iterable[DrawnPhoto]:
        """Render `count` photos of these cards, in their order; a seed gives the same ones."""
        ...


class LocalEngine:
    """One process. Small pictures of the scans lie in `memory`, a file, between looking and rendering."""

    def __init__(self, memory: Path, backgrounds: Path | None) -> None:
        """Nothing is read yet."""
        self._memory, self._backgrounds = memory, backgrounds
        self._rows: dict[Path, int] = {}
        self._pixels: Bytes = np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)

    def look(self, scans: Sequence[Scan]) -> Iterator[Looked | str]:
        """As `Engine.look`."""
        self._pixels = mapped_array(self._memory, (len(scans), HEIGHT, WIDTH, 3))
        for row, scan in enumerate(scans):
            try:
                content = read_file(scan.file, scan.source, Settings().max_bytes)
                picture = open_scan(content, scan.source)
            except UnreadablePicture as error:
                yield str(error).removeprefix(f"{scan.source}: ")
                continue
            self._rows[scan.file], self._pixels[row] = row, small(picture)
            yield Looked(sha256_of(content), signature(picture))

    def copy(self, scan: Scan, file: Path) -> None:
        """As `Engine.copy`."""
        shutil.copyfile(scan.file, file)

    def draw(self, side: str, scans: Sequence[Scan], count: int, seed: int) -> Iterator[DrawnPhoto]:  # noqa: ARG002
        """As `Engine.draw`."""
        grounds = open_grounds(self._backgrounds) if self._backgrounds else []
        pictures = [self._pixels[self._rows[scan.file]] for scan in scans]
        return draw_photos(Faces(pictures, [scan.card_id for scan in scans], grounds), range(count), seed)


def open_scan(content: bytes, source: str) -> Bytes:
    """Decode a scan; raises `UnreadablePicture`, also where it shows nothing."""
    pixels = decode(content, source, at_least=_LONG_SIDE).pixels
    if is_blank(pixels):
        raise UnreadablePicture(f"{source}: blank; get another scan of this card")
    return pixels


def small(pixels: Bytes) -> Bytes:
    """Shrink a scan to what photos are rendered of, (336, 240, 3)."""
    return np.asarray(cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
