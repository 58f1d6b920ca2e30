"""What became of an import."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_PROBLEMS = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something of a file was left out. `line` counts from 1, the header included; `column` as the file has it."""

    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        """Say place and reason in one line."""
        column = f", column {self.column}" if self.column else ""
        return f"line {self.line}{column}: {self.message}"


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        format: the format that the file was read as.
        encoding: the encoding that its text was read as.
        entries: how many entries were added, or raised in quantity.
        cards: how many cards that is, quantities added up.
        left_out: how many rows were left out; `problems` tells of the first 1,000 why.
        event: the event to undo; None where nothing was added, or it was only tried.
    """

    format: str
    encoding: str = "utf-8"
    entries: int = 0
    cards: int = 0
    left_out: int = 0
    event: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def leave_out(self, line: int, column: str | None, message: str) -> None:
        """Note a row that is left out."""
        self.left_out += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, column, message))

    def as_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        found = {name: getattr(self, name) for name in ("format", "encoding", "entries", "cards", "left_out", "event")}
        problems = [{"line": one.line, "column": one.column, "message": one.message} for one in self.problems]
        return found | {"problems": problems}
