"""Columns of a shared catalogue, as sequences by row number: what was seen lately at once, the rest from the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, overload

from cardlens.errors import BadReference
from cardlens.shared.recent import Recent

_SEEN_ROWS, _FRESH_SECONDS = 200_000, 3600.0


class SeenRow(NamedTuple):
    """Card and language of a row: neither ever changes."""

    card_id: str
    language: str


class Rows:
    """Rows by their number."""

    def __init__(self, fetch: Callable[[Sequence[int]], dict[int, SeenRow]]) -> None:
        """Take the way to ask the server for some rows."""
        self._fetch = fetch
        self._seen: Recent[int, SeenRow] = Recent(_SEEN_ROWS, _FRESH_SECONDS)

    def put(self, seen: Mapping[int, SeenRow]) -> None:
        """Remember rows that a search found."""
        self._seen.put(seen)

    def __getitem__(self, row: int) -> SeenRow:
        """Give a row; raises `BadReference` where there is none any more."""
        return self._seen.get(int(row), self._fetch_one)

    def _fetch_one(self, row: int) -> SeenRow:
        found = self._fetch([row]).get(row)
        if found is None:
            raise BadReference(f"row {row} was removed from the shared catalogue; ask again")
        return found


class _Column(Sequence[str]):
    def __init__(self, rows: Rows, every: Callable[[], list[str]] | None = None) -> None:
        self._rows, self._every = rows, every

    def _of(self, row: SeenRow) -> str:
        raise NotImplementedError

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            raise TypeError("rows of a shared catalogue have no order to slice")
        return self._of(self._rows[at])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def _values(self) -> list[str]:
        if self._every is None:
            raise TypeError("this column of a shared catalogue is not listed: it may have millions of rows")
        return self._every()


class CardIds(_Column):
    """Card id by row number; as a whole, every card id once."""

    def _of(self, row: SeenRow) -> str:
        return row.card_id


class Languages(_Column):
    """Language by row number."""

    def _of(self, row: SeenRow) -> str:
        return row.language
