"""Work that is quick to do, for tests of how it is shared out."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from cardlens.errors import CardlensError

ROWS = pa.schema([("name", pa.string()), ("error", pa.string())])


@dataclass(frozen=True)
class NotingWork:
    """Notes every look at an item in a file; ends its process over those in `deadly`."""

    notes: str
    seconds: float = 0.0
    deadly: tuple[str, ...] = ()
    broken: bool = False

    def describe(self) -> dict[str, Any]:
        return {"kind": "noting"}

    def open(self) -> NotingWork:
        if self.broken:
            raise CardlensError("models: not on this machine; install them")
        return self

    def __call__(self, names: Sequence[str]) -> pa.Table:
        for name in names:
            if name in self.deadly:
                os._exit(9)
            with Path(self.notes).open("a") as notes:
                notes.write(f"{name}\n")
            time.sleep(self.seconds)
        return pa.Table.from_pylist([{"name": name} for name in names], ROWS)

    def failed(self, name: str, reason: str) -> pa.Table:
        return pa.Table.from_pylist([{"name": name, "error": reason}], ROWS)

    def noted(self) -> list[str]:
        return Path(self.notes).read_text().split()
