"""Reads a CSV file as it is found in the wild: any usual encoding, delimiter and line end, with or without `sep=`."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cardlens.collection.exchange.cells import amount_of, date_of, quantity_of, unshielded
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.faults import BadExchange

MOST_BYTES = 100_000_000
MOST_ROWS = 100_000  # about 1 GB of memory while they are stored
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class BadCell(Exception):
    """A row that cannot be used for what stands in `column`."""

    def __init__(self, column: str | None, message: str) -> None:
        """Keep the column as the file calls it."""
        super().__init__(message)
        self.column, self.message = column, message


@dataclass(frozen=True, slots=True)
class Row:
    """One row: cells by column, whatever its case."""

    line: int
    cells: dict[str, str]
    names: dict[str, str]

    def text(self, *columns: str) -> str:
        """The cell of the first of these columns that the file has; empty where it has none."""
        folded = next((key for column in columns if (key := fold(column)) in self.cells), None)
        return "" if folded is None else unshielded(self.cells[folded].strip())

    def needed(self, *columns: str) -> str:
        """The same; raises `BadCell` where it is empty."""
        text = self.text(*columns)
        if not text:
            raise BadCell(self.called(*columns), "empty; it is needed")
        return text

    def quantity(self, *columns: str) -> int:
        """A whole number of 1 or more; raises `BadCell`."""
        try:
            return quantity_of(self.text(*columns))
        except ValueError as error:
            raise BadCell(self.called(*columns), str(error)) from None

    def amount(self, *columns: str) -> tuple[Decimal | None, str | None]:
        """An amount and its currency, where a sign tells it; raises `BadCell`."""
        try:
            return amount_of(self.text(*columns))
        except ValueError as error:
            raise BadCell(self.called(*columns), str(error)) from None

    def date(self, *columns: str) -> date | None:
        """A date; raises `BadCell`."""
        try:
            return date_of(self.text(*columns))
        except ValueError as error:
            raise BadCell(self.called(*columns), str(error)) from None

    def called(self, *columns: str) -> str:
        """What the file itself calls the first of these columns that it has."""
        return next((self.names[key] for column in columns if (key := fold(column)) in self.names), columns[0])


class Table:
    """A CSV file that has been opened: its columns, and its rows when asked."""

    def __init__(self, content: bytes, name: str) -> None:
        """Find encoding, delimiter and header; raises `BadExchange` where there is no table in it."""
        if len(content) > MOST_BYTES:
            raise BadExchange(f"{name}: {len(content)} bytes; at most {MOST_BYTES}: split it")
        text, self.encoding = decoded(content, name)
        self.name = name
        self._lines_before, text, delimiter = _without_sep_line(text)
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
        self.header_line, self.columns = self._header()
        self._names = {fold(column): column for column in reversed(self.columns)}

    def has(self, columns: Sequence[str]) -> bool:
        """Tell whether all these columns are there."""
        return all(fold(column) in self._names for column in columns)

    def require(self, columns: Sequence[str | tuple[str, ...]], format_name: str) -> None:
        """Raise `BadExchange` where a column is missing; of those in a tuple one is enough."""
        wanted = [one if isinstance(one, tuple) else (one,) for one in columns]
        missing = [names[0] for names in wanted if not any(self.has([name]) for name in names)]
        if missing:
            raise BadExchange(
                f"{self.name}, line {self.header_line}: as {format_name} it needs the column"
                f"{'s' * (len(missing) > 1)} {', '.join(missing)}; it has {', '.join(self.columns)[:300]}"
            )
        folded = [fold(column) for column in self.columns]
        double = next((column for column in self.columns if column and folded.count(fold(column)) > 1), None)
        if double is not None:
            raise BadExchange(f"{self.name}, line {self.header_line}: the column {double} is there twice")

    def rows(self, report: ImportReport) -> Iterator[Row]:
        """Yield the rows that can be read; the others go into the report."""
        count = 0
        while (found := self._next(report)) is not None:
            line, cells = found
            if any(cell.strip() for cell in cells[len(self.columns) :]):
                report.leave_out(line, None, f"{len(cells)} cells, but the header has {len(self.columns)}")
            elif any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_ROWS:
                    raise BadExchange(f"{self.name}, line {line}: more than {MOST_ROWS} rows; split it")
                yield Row(line, self._by_column(cells), self._names)

    def _by_column(self, cells: list[str]) -> dict[str, str]:
        full = cells + [""] * (len(self.columns) - len(cells))
        return {fold(column): cell for column, cell in zip(self.columns, full, strict=False)}

    def _next(self, report: ImportReport) -> tuple[int, list[str]] | None:
        while True:
            line = self._reader.line_num + 1 + self._lines_before
            try:
                return line, next(self._reader)
            except StopIteration:
                return None
            except csv.Error as error:
                report.leave_out(line, None, _quoting(str(error)))

    def _header(self) -> tuple[int, list[str]]:
        trial = ImportReport("")
        while (found := self._next(trial)) is not None:
            line, cells = found
            if any(cell.strip() for cell in cells):
                return line, [" ".join(cell.split()) for cell in cells]
        raise BadExchange(f"{self.name}: empty; there is no line with the names of the columns")


def fold(column: str) -> str:
    """A column's name without case and needless blanks."""
    return " ".join(column.casefold().split())


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Text of a file and the encoding that it is in: UTF-8 or UTF-16, else what Windows and Excel write."""
    marked = next((encoding for bom, encoding in _BOMS.items() if content.startswith(bom)), None)
    if marked is None and b"\0" in content[:200]:
        marked = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise BadExchange(f"{name}: in no encoding that is known here; save it as UTF-8")


def _without_sep_line(text: str) -> tuple[int, str, str | None]:
    """Take off the line `sep=;` by which Excel and Dragon Shield tell the delimiter: (lines taken, rest, delimiter)."""
    found = re.match(r'"?sep=(.)"?[,;\t]*(\r\n|\r|\n)', text, re.IGNORECASE)
    return (1, text[found.end() :], found[1]) if found else (0, text, None)


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t|", key=first.count)


def _quoting(error: str) -> str:
    if "end of data" in error:
        return "a quotation mark is opened here and never closed; everything after it is lost"
    if "limit" in error:
        return "a cell longer than 131,072 characters"
    return f"cannot be read ({error}); mind the quotation marks"
