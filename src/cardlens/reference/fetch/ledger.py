"""What was brought in, from where and when: one line of JSON a picture, and the last one counts.

A line is written when the picture is on disk and just before it is in its place. So a picture without a line is always
someone else's, and a run that is killed in between asks for that picture again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from cardlens.errors import CardlensError
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.reference.fetch.database import is_id
from cardlens.reference.fetch.writing import write_aside
from cardlens.reference.scans import LANGUAGES

Status = Literal["fetched", "missing", "rejected", "placeholder"]
_TIDY_AT = 2  # lines an entry, on average, before the file is written anew


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one picture.

    Attributes:
        place: `<card_id>`, or `<language>/<card_id>`: where it belongs in the folder of scans, without suffix.
        status: `fetched`, or why there is none.
        url: where it was asked for.
        source: which card database said so.
        when: UTC, ISO.
        file: its path in the folder of scans; empty where there is none.
        bytes: size of the file.
        sha256: of the file as it came, also of one that was not kept.
        pixels: digest of what it shows.
        reason: why there is none.
    """

    place: str
    card_id: str
    language: str
    status: Status
    url: str
    source: str
    when: str
    file: str = ""
    bytes: int = 0
    sha256: str = ""
    pixels: str = ""
    width: int = 0
    height: int = 0
    etag: str | None = None
    last_modified: str | None = None
    reason: str = ""


_FIELDS = frozenset(field.name for field in fields(Entry))
_NEEDED = frozenset(("place", "card_id", "language", "status", "url", "source", "when"))


class Ledger:
    """The entries of a folder; safe to write to from several threads."""

    def __init__(self, file: Path) -> None:
        """Read what earlier runs wrote; a line that was cut off is left out."""
        self._file = file
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._lines = 0
        self._whole = True
        for line in self._read():
            self._lines += 1
            entry = _entry(line)
            if entry:
                self._entries[entry.place] = entry

    def __iter__(self) -> Iterator[Entry]:
        """Give the last entry of every picture."""
        return iter(list(self._entries.values()))

    def get(self, place: str) -> Entry | None:
        """Give the last entry of a picture."""
        return self._entries.get(place)

    def add(self, entry: Entry) -> None:
        """Write an entry, so that it is there whatever happens next; raises `CardlensError`."""
        line = _line(entry)
        with self._lock:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("ab") as stream:
                    stream.write(line if self._whole else b"\n" + line)  # what was cut off is a line of its own
            except OSError as error:
                reason = error.strerror or error
                raise CardlensError(
                    f"{self._file}: cannot be written ({reason}); make room, then give the same command again"
                ) from error
            self._whole = True
            self._lines += 1
            self._entries[entry.place] = entry

    def tidy(self) -> None:
        """Write the file anew where most of its lines are old."""
        with self._lock:
            if self._lines > _TIDY_AT * max(len(self._entries), 1):
                write_aside(self._file, b"".join(_line(entry) for entry in self._entries.values()))
                self._lines = len(self._entries)

    def _read(self) -> Iterator[bytes]:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise CardlensError(f"{self._file}: cannot be read ({error.strerror}); check its permissions") from error
        self._whole = not content or content.endswith(b"\n")
        yield from content.splitlines()


def _line(entry: Entry) -> bytes:
    record = {name: value for name, value in asdict(entry).items() if value or name in _NEEDED}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        record: Any = json.loads(line)
        entry = Entry(**{name: value for name, value in record.items() if name in _FIELDS})
        return entry if _leads_nowhere_else(entry) else None
    except (ValueError, TypeError, AttributeError):
        return None


def _leads_nowhere_else(entry: Entry) -> bool:
    """Whether its paths stay in the folder of scans: a ledger may come from a store, and files are deleted by it."""
    language, _, card_id = entry.place.rpartition("/")
    stem, dot, suffix = entry.file.rpartition(".")
    in_place = not entry.file or (stem == entry.place and dot + suffix in SUFFIXES)
    return is_id(card_id) and (not language or language in LANGUAGES) and in_place
