"""What became of a folder of scans."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Remark:
    """Why a scan (`place`: its path in the folder) is not in the database."""

    place: str
    reason: str

    def __str__(self) -> str:
        """For an error message."""
        return f"{self.place}: {self.reason}"


@dataclass(slots=True)
class Outcome:
    """What became of a folder of scans.

    Attributes:
        folder: the database.
        added: scans that are rows now.
        cards: card ids in the database.
        embedded: scans that the model had to look at; the others were known by their digest.
        skipped: scans that are there already.
        problems: scans that were left out.
    """

    folder: Path
    added: int = 0
    cards: int = 0
    embedded: int = 0
    skipped: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
