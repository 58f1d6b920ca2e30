"""What `cardlens watch` shows rows on: JSON lines, a table that grows, a beep."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rich.console import Group
from rich.live import Live
from rich.table import Table as RichTable
from rich.text import Text

from cardlens.cli import console
from cardlens.cli.table import COLUMNS, STYLES, cells, headline, photo_table
from cardlens.errors import CardlensError
from cardlens.live import LiveView, Row
from cardlens.recognition.answer import PhotoAnswer
from cardlens.runtimes.base import Bytes

# how often the table is drawn, a second, and over how many frames their rate is taken
_REFRESH, _OVER = 8, 30


class Show:
    """Does nothing with what it is told; each kind of show does what it can."""

    closed = False

    def begin(self, name: str) -> None:
        """Frames, or photos, are about to come from `name`."""

    def view(self, pixels: Bytes, view: LiveView) -> None:
        """A frame was looked at."""

    def row(self, row: Row) -> None:
        """A card was named, or its row has changed."""

    def photo(self, answer: PhotoAnswer) -> None:
        """A photo of a folder was named."""

    def failure(self, photo: Path, error: str) -> None:
        """A photo of a folder could not be named."""

    def end(self) -> None:
        """Nothing comes any more; may be called without `begin`."""


class Shows(Show):
    """Several at once. Closed once one of them is: the window."""

    def __init__(self, shows: Sequence[Show]) -> None:
        self._shows = shows

    @property
    def closed(self) -> bool:  # type: ignore[override]
        """Whether the person had enough."""
        return any(show.closed for show in self._shows)

    def begin(self, name: str) -> None:
        for show in self._shows:
            show.begin(name)

    def view(self, pixels: Bytes, view: LiveView) -> None:
        for show in self._shows:
            show.view(pixels, view)

    def row(self, row: Row) -> None:
        for show in self._shows:
            show.row(row)

    def photo(self, answer: PhotoAnswer) -> None:
        for show in self._shows:
            show.photo(answer)

    def failure(self, photo: Path, error: str) -> None:
        for show in self._shows:
            show.failure(photo, error)

    def end(self) -> None:
        for show in self._shows:
            show.end()


class _Stream(Protocol):
    def write(self, data: bytes, /) -> Any: ...
    def flush(self) -> Any: ...
    def close(self) -> Any: ...


class Lines(Show):
    """One JSON object a line, each written at once and whole."""

    def __init__(self, stream: _Stream, *, own: bool) -> None:
        """`own`: close the stream at the end."""
        self._stream, self._own = stream, own

    @classmethod
    def on_stdout(cls) -> Lines:
        """For a program that reads along."""
        return cls(sys.stdout.buffer, own=False)

    @classmethod
    def in_file(cls, file: Path) -> Lines:
        """Append to a file; raises `CardlensError` where that cannot be."""
        try:
            return cls(file.open("ab", buffering=0), own=True)
        except OSError as error:
            raise CardlensError(
                f"{file}: cannot be written ({error.strerror}); name another file with --out"
            ) from error

    def row(self, row: Row) -> None:
        self._write(row.as_json())

    def photo(self, answer: PhotoAnswer) -> None:
        self._write(answer.as_json())

    def failure(self, photo: Path, error: str) -> None:
        self._write({"photo": str(photo), "error": error})

    def end(self) -> None:
        if self._own:
            self._stream.close()

    def _write(self, record: dict[str, Any]) -> None:
        self._stream.write((json.dumps(record, ensure_ascii=False, allow_nan=False) + os.linesep).encode("utf-8"))
        self._stream.flush()


class Bell(Show):
    """A beep for every new row, where a terminal can beep."""

    def row(self, row: Row) -> None:
        if not row.changed and row.answer.decision != "unknown":
            self.ring()

    def ring(self) -> None:
        """Beep."""
        console.stderr().bell()


class Table(Show):
    """A table that grows in the terminal, and at the end how many there were of each card."""

    def __init__(self) -> None:
        self._console = console.stdout()
        self._rows: dict[int, Row] = {}
        self._live: Live | None = None
        self._times: list[float] = []
        self._name, self._in_view, self._drawn = "", 0, 0.0

    def begin(self, name: str) -> None:
        self._name = name
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()
        self._draw()

    def view(self, _pixels: Bytes, view: LiveView) -> None:
        self._in_view = len(view.cards)
        self._times = [*self._times[-_OVER:], time.perf_counter()]
        if time.perf_counter() - self._drawn >= 1 / _REFRESH:
            self._draw()

    def row(self, row: Row) -> None:
        self._rows[row.number] = row
        self._draw()

    def photo(self, answer: PhotoAnswer) -> None:
        self._console.print(headline(answer), style="bold", markup=False, highlight=False, soft_wrap=True)
        if answer.cards:
            self._console.print(photo_table(answer))

    def failure(self, _photo: Path, error: str) -> None:
        console.say_error(error)

    def end(self) -> None:
        if self._live is None:
            return
        self._live.stop()
        self._live = None
        if self._rows:
            self._console.print(rows_table(list(self._rows.values())))
            self._console.print(summary(list(self._rows.values())), highlight=False, markup=False)

    def _draw(self) -> None:
        if self._live is None:
            return
        self._drawn = time.perf_counter()
        room = max(self._console.height - 6, 3)
        latest = list(self._rows.values())[-room:]
        self._live.update(Group(*([rows_table(latest)] if latest else []), Text(self._status(), "dim")), refresh=True)

    def _status(self) -> str:
        spent = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
        rate = f", {(len(self._times) - 1) / spent:.0f} frames a second" if spent > 0 else ""
        seen = f", {self._in_view} in view" if self._times else ""
        return f"{self._name}{rate}{seen}   (Ctrl-C ends)"


def rows_table(rows: Sequence[Row]) -> RichTable:
    """Lay out rows, newest last; every text is shown as it is, never as markup."""
    table = RichTable()
    for column in (*COLUMNS, "Copy"):
        table.add_column(column, overflow="fold")
    for row in rows:
        copy = str(row.copy) if row.copy > 1 else ""
        texts = (str(row.number), *cells(row.answer), copy)
        table.add_row(*(Text(cell) for cell in texts), style=STYLES[row.answer.decision])
    return table


def summary(rows: Sequence[Row]) -> str:
    """Say how many cards, and of how many kinds."""
    counts = Counter(row.answer.card_id for row in rows if row.answer.card_id)
    cards = "1 card" if len(rows) == 1 else f"{len(rows)} cards"
    return f"{cards}, {len(counts)} different" if len(counts) != len(rows) else cards
