"""Naming the cards of photos: a row a photo, its answer as `cardlens identify --json` prints it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Self

import pyarrow as pa

from cardlens.assembly import open_recognizer
from cardlens.errors import CardlensError, bug_report
from cardlens.recognition.answer import PhotoAnswer
from cardlens.recognition.picture import Limits, decode
from cardlens.recognition.recognizer import Recognizer
from cardlens.scale.pictures import PictureReader, Place, read_ahead
from cardlens.scale.same import check_same, fingerprint, for_workers
from cardlens.scale.work import PICTURES, Patience
from cardlens.settings import Settings
from cardlens.store.errors import StoreError

ANSWERS = pa.schema(
    [
        ("photo", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("cards", pa.int32()),
        ("decisions", pa.list_(pa.string())),
        ("card_ids", pa.list_(pa.string())),
        ("confidences", pa.list_(pa.float64())),
        ("milliseconds", pa.float64()),
        ("error", pa.string()),
        ("answer", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class NamingWork:
    """Naming the photos of a place. `prints`: what every worker must have."""

    photos: Place
    settings: Settings
    top: int
    min_confidence: float
    prints: dict[str, str]

    @classmethod
    def of(cls, photos: Place, settings: Settings, top: int = 5, min_confidence: float = 0.0) -> Self:
        """Name with the models and database that this machine has; raises `CardlensError` where it has none."""
        return cls(photos, for_workers(settings), top, min_confidence, fingerprint(settings))

    @property
    def patience(self) -> Patience:
        """As `Work.patience`."""
        return PICTURES

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        return {
            "kind": "identify",
            "photos": self.photos.store or str(self.photos.folder),
            "max_bytes": self.settings.max_bytes,
            "max_pixels": self.settings.max_pixels,
            "top": self.top,
            "min_confidence": self.min_confidence,
            **self.prints,
        }

    def open(self) -> NamingWorker:
        """As `Work.open`."""
        check_same(self.settings, self.prints)
        return NamingWorker(self, open_recognizer(self.settings), self.photos.open())

    def failed(self, name: str, reason: str) -> pa.Table:
        """As `Work.failed`."""
        shown = self.photos.open().shown(name)
        return pa.Table.from_pylist([_failed(shown, f"{shown}: {reason}")], ANSWERS)


class NamingWorker:
    """One process that names photos."""

    def __init__(self, work: NamingWork, recognizer: Recognizer, photos: PictureReader) -> None:
        """Keep what is open."""
        self._work, self._recognizer, self._photos = work, recognizer, photos
        self._limits = Limits(work.settings.max_bytes, work.settings.max_pixels)

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """As `Worker.__call__`."""
        rows = [self._row(name, content) for name, content in read_ahead(names, self._photos.read)]
        return pa.Table.from_pylist(rows, ANSWERS)

    def _row(self, name: str, content: Future[bytes]) -> dict[str, Any]:
        shown = self._photos.shown(name)
        try:
            return _as_row(self._name(shown, content.result()))
        except StoreError:  # the store's fault, not the photo's: it is tried again later
            raise
        except CardlensError as error:
            return _failed(shown, str(error))
        except Exception as error:  # a bug costs the photo, not the run
            return _failed(shown, bug_report(error))

    def _name(self, shown: str, content: bytes) -> PhotoAnswer:
        began = time.perf_counter()
        picture = decode(content, shown, self._limits)
        decoding = round((time.perf_counter() - began) * 1000, 1)
        answer = self._recognizer.recognize(picture, self._work.top, content)
        sure = tuple(card for card in answer.cards if card.confidence >= self._work.min_confidence)
        spent = replace(answer.milliseconds, decode=decoding, total=round(answer.milliseconds.total + decoding, 1))
        return replace(answer, photo=shown, cards=sure, milliseconds=spent)


def _as_row(answer: PhotoAnswer) -> dict[str, Any]:
    return {
        "photo": _text(answer.photo),
        "width": answer.size[0],
        "height": answer.size[1],
        "cards": len(answer.cards),
        "decisions": [card.decision for card in answer.cards],
        "card_ids": [card.card_id for card in answer.cards],
        "confidences": [card.confidence for card in answer.cards],
        "milliseconds": answer.milliseconds.total,
        "error": None,
        "answer": _line(answer.as_json()),
    }


def _failed(shown: str, error: str) -> dict[str, Any]:
    return {"photo": _text(shown), "error": _text(error), "answer": _line({"photo": shown, "error": error})}


def _line(record: dict[str, Any]) -> str:
    return _text(json.dumps(record, ensure_ascii=False, allow_nan=False))


def _text(text: str) -> str:
    """Escape stray bytes of a file name as the command line does: Parquet holds UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
