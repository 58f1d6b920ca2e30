"""Rendering photos for a data set: a row a photo, its file and what is true of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
import pyarrow as pa

import cardlens
from cardlens.reference.scans import Scan, sha256_of
from cardlens.runtimes.base import Bytes
from cardlens.scale.inputs import folder_state
from cardlens.scale.pictures import Place
from cardlens.scale.work import PICTURES, Patience
from cardlens.training.dataset.detection import DrawnPhoto, Faces, draw_photos
from cardlens.training.dataset.engine import open_scan, small
from cardlens.training.dataset.forms import LabelledCard, LabelledPhoto
from cardlens.training.simulator.grounds import open_grounds

PHOTOS = pa.schema([("number", pa.string()), ("photo", pa.string()), ("jpeg", pa.binary()), ("error", pa.string())])
_KEPT = 500  # decoded scans in memory, 240 kB each


class Raw(NamedTuple):
    """Where a scan lies: number of the place, path in it; `state` changes when the scan does."""

    place: int
    source: str
    state: str


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of one side of a data set: where each scan lies, and which card it shows."""

    places: tuple[Place, ...]
    scans: tuple[tuple[Raw, str], ...]

    @property
    def digest(self) -> str:
        """SHA-256 of which cards these are, from which scans, and in which order."""
        where = [place.store or str(place.folder) for place in self.places]
        return sha256_of(json.dumps([where, self.scans]).encode())


@dataclass(frozen=True, slots=True)
class RenderingWork:
    """Rendering photos of some cards."""

    cards: Cards
    backgrounds: Path | None
    side: str
    seed: int

    @property
    def patience(self) -> Patience:
        """As `Work.patience`."""
        return PICTURES

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        return {
            "kind": f"render photos, {self.side}",
            "cards": self.cards.digest,
            "backgrounds": folder_state(self.backgrounds) if self.backgrounds else "",
            "seed": self.seed,
            "cardlens": cardlens.__version__,
        }

    def open(self) -> RenderingWorker:
        """As `Work.open`."""
        grounds = open_grounds(self.backgrounds) if self.backgrounds else []
        ids = [card_id for _, card_id in self.cards.scans]
        return RenderingWorker(Faces(_Pictures(self.cards), ids, grounds), self.seed)

    def failed(self, name: str, reason: str) -> pa.Table:
        """As `Work.failed`."""
        return pa.Table.from_pylist([{"number": name, "error": reason}], PHOTOS)


class RenderingWorker:
    """One process that renders photos."""

    def __init__(self, faces: Faces, seed: int) -> None:
        """Keep what is open."""
        self._faces, self._seed = faces, seed

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """As `Worker.__call__`."""
        return pa.Table.from_pylist([self._row(name) for name in names], PHOTOS)

    def _row(self, name: str) -> dict[str, Any]:
        drawn = next(draw_photos(self._faces, [int(name)], self._seed))
        return {"number": name, "photo": as_text(drawn.photo), "jpeg": drawn.jpeg}


class _Pictures(Sequence[Bytes]):
    """Small pictures of scans, decoded when they are asked for: no machine needs all of them."""

    def __init__(self, cards: Cards) -> None:
        self._scans = cards.scans
        readers = [place.open() for place in cards.places]

        @lru_cache(_KEPT)
        def picture(row: int) -> Bytes:
            raw, _ = self._scans[row]
            return small(open_scan(readers[raw.place].read(raw.source), raw.source))

        self._picture = picture

    def __len__(self) -> int:
        return len(self._scans)

    @overload
    def __getitem__(self, row: int) -> Bytes: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[Bytes]: ...
    def __getitem__(self, row: int | slice) -> Bytes | Sequence[Bytes]:
        if isinstance(row, slice):
            return [self._picture(one) for one in range(*row.indices(len(self)))]
        return self._picture(row)


def as_text(photo: LabelledPhoto) -> str:
    """Write what is true of a photo as JSON; numbers keep every bit."""
    record = asdict(photo)
    record["cards"] = [{**card, "quad": card["quad"].astype(float).tolist()} for card in record["cards"]]
    return json.dumps(record)


def as_drawn(row: dict[str, Any]) -> DrawnPhoto:
    """Read a row back."""
    record = json.loads(row["photo"])
    cards = [
        LabelledCard(np.asarray(card["quad"], np.float32), tuple(card["corners"]), card["card_id"], card["visible"])
        for card in record["cards"]
    ]
    return DrawnPhoto(LabelledPhoto(record["name"], tuple(record["size"]), tuple(cards)), row["jpeg"])


def cards_of(scans: Sequence[Scan], raw: Mapping[Path, Raw], places: Sequence[Place]) -> Cards:
    """Say where scans lie: `raw` tells it of each file."""
    return Cards(tuple(places), tuple((raw[scan.file], scan.card_id) for scan in scans))
