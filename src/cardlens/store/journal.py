"""What an interrupted piece of work has done already: a line for each step, so that the next run does the rest only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cardlens.store.faults import explained


class Journal:
    """Lines of JSON in one file. The first says which work this is; a torn last line is left out."""

    def __init__(self, file: Path) -> None:
        """Nothing is read or made yet."""
        self._file = file
        self._writing = threading.Lock()

    def head(self) -> dict[str, Any] | None:
        """Give the first line, None where there is no work under way."""
        return next(self._lines(), None)

    def steps(self) -> list[dict[str, Any]]:
        """Give the lines after the first."""
        return list(self._lines())[1:]

    def begin(self, head: dict[str, Any]) -> None:
        """Start anew."""
        with explained(str(self._file)):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            aside = self._file.with_suffix(".partial")
            aside.write_text(json.dumps(head) + "\n")
            aside.replace(self._file)

    def __enter__(self) -> Self:
        """Open for adding steps; a line that an interruption tore is closed off first."""
        with explained(str(self._file)):
            self._stream = self._file.open("a")
            self._stream.write("\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._stream.close()

    def add(self, step: dict[str, Any]) -> None:
        """Note a step that is done, from any thread."""
        with self._writing, explained(str(self._file)):
            self._stream.write(json.dumps(step) + "\n")
            self._stream.flush()

    def end(self) -> None:
        """Forget it: the work is done."""
        self._file.unlink(missing_ok=True)

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            text = self._file.read_text()
        except FileNotFoundError:
            return
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue  # torn by an interruption: that step is done again
            if isinstance(record, dict):
                yield record
