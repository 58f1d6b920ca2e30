"""The server that holds a shared catalogue: connections, time limits, and what its errors mean."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pgvector.psycopg import register_vector
from psycopg import Error
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cardlens.errors import BadReference
from cardlens.shared.address import parse, shown
from cardlens.shared.vector_array import register_arrays

# Candidates that a search keeps: recall@5 is 0.999 up to 100,000 rows (decision 0028).
EF_SEARCH = 48
_CONNECTIONS, _MORE = 8, 8
_CONNECT_SECONDS, _WAIT_SECONDS = 5, 10
_SEARCH_MILLISECONDS = 10_000
# a connection that nobody used for so long is tried before it is used; a busy one is not, which would cost a turn more
_IDLE_SECONDS = 1.0
_USED = "used"
_LOCK = int.from_bytes(b"catalog")  # a number of our own: writers queue at it, searches never do


class Server:
    """A PostgreSQL database with pgvector. May be used from several threads; connections are kept and shared."""

    def __init__(self, address: str, ef_search: int = EF_SEARCH) -> None:
        """Keep the address; nothing is connected before the first use. Raises `BadReference` for no address."""
        url = parse(address)
        self.name = shown(url)
        settings = {
            "hnsw.ef_search": ef_search,
            "hnsw.iterative_scan": "strict_order",  # rows that were removed leave no gap in an answer
            "statement_timeout": _SEARCH_MILLISECONDS,
            "plan_cache_mode": "force_generic_plan",  # planning anew takes a tenth of a search, and changes nothing
            "application_name": "cardlens",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._engine = create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE,
            pool_timeout=_WAIT_SECONDS,
            hide_parameters=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS, "options": options},
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self._engine, "connect", _know_vectors)
        event.listen(self._engine, "checkin", _note_use)
        event.listen(self._engine, "checkout", self._try_idle)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection on which every statement sees one state of the catalogue, and waits for no writer."""
        with self._clear_errors(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work is kept when the block ends, or dropped if it raises; one writer at a time."""
        with self._clear_errors(), self._engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield connection

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def _try_idle(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Have the pool connect anew where the server has closed an idle connection meanwhile."""
        if time.monotonic() - record.info.get(_USED, time.monotonic()) < _IDLE_SECONDS:
            return
        try:
            self._engine.dialect.do_ping(connection)
        except Error:
            raise DisconnectionError from None

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout:
            raise BadReference(f"{self.name}: more searches at once than connections; try again later") from None
        except DBAPIError as error:
            raise BadReference(f"{self.name}: {_reason(error)}") from None


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _know_vectors(connection: Any, _record: Any) -> None:
    if connection.execute("SELECT to_regtype('vector') IS NOT NULL").fetchone()[0]:
        register_vector(connection)
        register_arrays(connection)
    connection.rollback()


def _reason(error: DBAPIError) -> str:
    """Say in words what the server says in its own; it never repeats a password."""
    said = str(error.orig).strip().splitlines()
    first = said[0] if said else type(error.orig).__name__
    if isinstance(error, ProgrammingError) and "does not exist" in first:
        return f"not a shared catalogue ({first}); make it one: cardlens shared init"
    if "statement timeout" in first:
        return f"took more than {_SEARCH_MILLISECONDS // 1000} s; the server is overloaded, or an index is missing"
    if "extension" in first and "vector" in first:
        return f"pgvector is not installed there ({first}); install it on the server"
    if isinstance(error, OperationalError):
        return f"cannot be reached ({first}); check that the server runs and the address is right"
    return f"the server refused ({first}); see its log"
