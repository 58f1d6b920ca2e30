"""Looking at scans: a row a scan, and beside the first of a batch the file of what the model said of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from cardlens.assembly import open_embedder
from cardlens.errors import CardlensError, bug_report
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.picture import Limits
from cardlens.reference.contents import Contents, Row
from cardlens.reference.grower import Grower
from cardlens.reference.outcome import Outcome
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.scans import DEFAULT_LANGUAGE, Scan
from cardlens.scale.pictures import PictureReader, Place, read_ahead
from cardlens.scale.same import check_same, fingerprint, for_workers
from cardlens.scale.work import PICTURES, Patience
from cardlens.settings import Settings
from cardlens.store.errors import StoreError

SCANS = pa.schema(
    [("source", pa.string()), ("sha256", pa.string()), ("embedded", pa.large_binary()), ("error", pa.string())]
)


@dataclass(frozen=True, slots=True)
class EmbeddingWork:
    """Embedding the scans of a place. `prints`: what every worker must have."""

    scans: Place
    settings: Settings
    prints: dict[str, str]

    @classmethod
    def of(cls, scans: Place, settings: Settings) -> Self:
        """Embed with the model that this machine has; raises `CardlensError` where it has none."""
        return cls(scans, for_workers(settings), fingerprint(settings, database=False))

    @property
    def patience(self) -> Patience:
        """As `Work.patience`."""
        return PICTURES

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        return {
            "kind": "embed scans",
            "scans": self.scans.store or str(self.scans.folder),
            "max_bytes": self.settings.max_bytes,
            "max_pixels": self.settings.max_pixels,
            **self.prints,
        }

    def open(self) -> EmbeddingWorker:
        """As `Work.open`."""
        check_same(self.settings, self.prints)
        return EmbeddingWorker(self, open_embedder(self.settings), self.scans.open())

    def failed(self, name: str, reason: str) -> pa.Table:
        """As `Work.failed`."""
        return pa.Table.from_pylist([{"source": name, "error": reason}], SCANS)


class EmbeddingWorker:
    """One process that embeds scans, as `cardlens reference build` does."""

    def __init__(self, work: EmbeddingWork, embedder: Embedder, scans: PictureReader) -> None:
        """Keep what is open."""
        self._embedder, self._scans = embedder, scans
        self._limits = Limits(work.settings.max_bytes, work.settings.max_pixels)

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """As `Worker.__call__`."""
        with tempfile.TemporaryDirectory(prefix="cardlens-scans-") as folder:
            errors: dict[str, str] = {}
            scans = list(self._fetch(names, Path(folder), errors))
            memory = EmbeddedScans(Path(folder) / "embedded", self._embedder.digest)
            grower = Grower(Contents(), _EveryCard(), self._embedder, memory, self._limits)
            digests = {row.source: row.digest for row in _embedded(grower, scans, errors)}
            rows: list[dict[str, Any]] = [
                {"source": name, "sha256": digests.get(name), "error": errors.get(name)} for name in names
            ]
            for row, file in zip(rows, memory.files(), strict=False):  # never more files than scans
                row["embedded"] = file
            return pa.Table.from_pylist(rows, SCANS)

    def _fetch(self, names: Sequence[str], folder: Path, errors: dict[str, str]) -> Iterator[Scan]:
        """Bring scans here; why one cannot be read goes to `errors`."""
        for number, (name, content) in enumerate(read_ahead(names, self._scans.read)):
            try:
                scan = content.result()
            except StoreError:  # the store's fault, not the scan's: it is tried again later
                raise
            except Exception as error:  # a bug costs the scan, not the run
                errors[name] = _reason(error).removeprefix(f"{self._scans.shown(name)}: ")
                continue
            file = folder / str(number)
            file.write_bytes(scan)
            yield Scan("", file, name, DEFAULT_LANGUAGE)


class _EveryCard:
    """Which cards are known is the driver's to say."""

    def get(self, card_id: str) -> dict[str, Any]:
        return {"id": card_id}


def _embedded(grower: Grower, scans: list[Scan], errors: dict[str, str]) -> list[Row]:
    """Embed scans together, and one by one where a bug over one of them would cost the others."""
    try:
        return _tried(grower, scans, errors)
    except OSError:  # this machine's fault: its disk may be full
        raise
    except Exception as error:
        if len(scans) > 1:
            return [row for scan in scans for row in _embedded(grower, [scan], errors)]
        errors[scans[0].source] = _reason(error)
        return []


def _tried(grower: Grower, scans: list[Scan], errors: dict[str, str]) -> list[Row]:
    outcome = Outcome(Path())
    rows = grower.embed(scans, outcome, lambda *_: None)
    errors.update({remark.place: remark.reason for remark in outcome.problems})
    return rows


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, CardlensError) else bug_report(error)
