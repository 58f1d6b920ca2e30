"""Looking at raw scans for a data set: a row a scan, its digest and signature, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

import cardlens
from cardlens.errors import UnreadablePicture, bug_report
from cardlens.reference.groups import signature
from cardlens.reference.scans import sha256_of
from cardlens.scale.pictures import PictureReader, Place, read_ahead
from cardlens.scale.work import PICTURES, Patience
from cardlens.store.errors import StoreError
from cardlens.training.dataset.engine import open_scan

LOOKS = pa.schema(
    [("source", pa.string()), ("sha256", pa.string()), ("signature", pa.binary()), ("error", pa.string())]
)


@dataclass(frozen=True, slots=True)
class LookingWork:
    """Decoding the scans of a place."""

    scans: Place

    @property
    def patience(self) -> Patience:
        """As `Work.patience`."""
        return PICTURES

    def describe(self) -> dict[str, Any]:
        """As `Work.describe`."""
        where = self.scans.store or str(self.scans.folder)
        limit = self.scans.max_bytes
        return {"kind": "look at scans", "scans": where, "max_bytes": limit, "cardlens": cardlens.__version__}

    def open(self) -> LookingWorker:
        """As `Work.open`."""
        return LookingWorker(self.scans.open())

    def failed(self, name: str, reason: str) -> pa.Table:
        """As `Work.failed`."""
        return pa.Table.from_pylist([{"source": name, "error": reason}], LOOKS)


class LookingWorker:
    """One process that decodes scans."""

    def __init__(self, scans: PictureReader) -> None:
        """Keep what is open."""
        self._scans = scans

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """As `Worker.__call__`."""
        rows = [self._row(name, content) for name, content in read_ahead(names, self._scans.read)]
        return pa.Table.from_pylist(rows, LOOKS)

    def _row(self, name: str, content: Future[bytes]) -> dict[str, Any]:
        try:
            scan = content.result()
            seen = signature(open_scan(scan, name)).tobytes()
        except StoreError:
            raise
        except UnreadablePicture as error:
            shown = str(error).removeprefix(f"{name}: ").removeprefix(f"{self._scans.shown(name)}: ")
            return {"source": name, "error": shown}
        except Exception as error:  # a bug costs the scan, not the run
            return {"source": name, "error": bug_report(error)}
        return {"source": name, "sha256": sha256_of(scan), "signature": seen}
