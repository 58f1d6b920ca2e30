"""Where raw data lies: `card_images/` with a scan a card, `metadata/` with what is known and where it came from."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardlens.errors import CardlensError
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.reference.fetch.writing import PARTIAL, write_aside
from cardlens.reference.scans import DEFAULT_LANGUAGE

ADDING = ".adding-"  # folders of scans on their way into a database


@dataclass(frozen=True, slots=True)
class RawFolder:
    """The folder `data/raw`."""

    folder: Path

    @property
    def scans(self) -> Path:
        """Scans, as `cardlens reference build` takes them; other languages in folders of their own."""
        return self.folder / "card_images"

    @property
    def ledger(self) -> Path:
        """What was brought in from where."""
        return self.folder / "metadata" / "sources.jsonl"

    @property
    def pages(self) -> Path:
        """The services' pages, so that they are asked for only when they changed; hidden: no store takes them."""
        return self.folder / "metadata" / ".pages"

    @property
    def cards(self) -> Path:
        """Card records, for `--metadata`."""
        return self.folder / "metadata" / "cards.jsonl.gz"

    @property
    def sets(self) -> Path:
        """Set records, for `--metadata`."""
        return self.folder / "metadata" / "sets.json"

    @property
    def metadata(self) -> list[Path]:
        """The metadata files that there are."""
        return [file for file in (self.cards, self.sets) if file.is_file()]

    def there(self, language: str) -> dict[str, Path]:
        """The scans that are there, by the place that `place_of` gives them; whatever their suffix."""
        folder = self.scans if language == DEFAULT_LANGUAGE else self.scans / language
        try:
            files = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as error:
            raise CardlensError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from error
        return {place_of(file.stem, language): file for file in files if _is_scan(file)}

    def sweep(self) -> None:
        """Take away what an interrupted run left unfinished."""
        for file in self.folder.rglob(f".*{PARTIAL}"):
            file.unlink(missing_ok=True)
        for folder in self.folder.glob(f"{ADDING}*"):
            shutil.rmtree(folder, ignore_errors=True)

    def add_records(self, cards: Iterable[Mapping[str, Any]], sets: Iterable[Mapping[str, Any]]) -> None:
        """Put records beside those of earlier runs; richer ones replace poorer ones of the same id."""
        known_cards = _richer(self.read_cards(), cards)
        known_sets = _richer(self._read_sets(), sets)
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in known_cards.values())
        write_aside(self.cards, gzip.compress(lines.encode(), 6, mtime=0))
        write_aside(self.sets, json.dumps(list(known_sets.values()), ensure_ascii=False, indent=1).encode())

    def read_cards(self) -> list[dict[str, Any]]:
        """The card records of earlier runs; none where they cannot be read: they are brought in again."""
        try:
            text = gzip.decompress(self.cards.read_bytes()).decode()
            return [record for line in text.splitlines() if "id" in (record := json.loads(line))]
        except (OSError, ValueError, EOFError, TypeError):
            return []

    def _read_sets(self) -> list[dict[str, Any]]:
        try:
            records = json.loads(self.sets.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [one for one in records if isinstance(one, dict) and "id" in one] if isinstance(records, list) else []


def _is_scan(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()


def place_of(card_id: str, language: str) -> str:
    """Where a scan belongs in the folder of scans, without suffix."""
    return card_id if language == DEFAULT_LANGUAGE else f"{language}/{card_id}"


def _richer(known: Iterable[Mapping[str, Any]], given: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    records = {str(record["id"]): record for record in known}
    for record in given:
        there = records.get(str(record["id"]), {})
        if len(record) >= len(there):
            records[str(record["id"])] = record
    return records
