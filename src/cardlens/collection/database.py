"""The database under a collection: how it is opened, brought up to date, and written without losing anything.

SQLite runs in WAL mode with synchronous=FULL: once a call has returned, its work is on the disk, and a reader never
waits for a writer. Every write starts with BEGIN IMMEDIATE, so that two writers queue instead of one failing half way;
in PostgreSQL they queue at an advisory lock.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_random_exponential

from cardlens.collection.faults import BadCollection

HEAD = "0001"  # newest revision in migrations/versions
_PATIENCE = 30.0  # seconds that a writer waits for another
_LOCK = int.from_bytes(b"cardlens"[:7])  # a number of our own for the lock
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """An open collection database. May be used from several threads: every call has a session of its own."""

    def __init__(self, url: URL) -> None:
        """Open the database at `url`, making it or bringing it up to date; raises `BadCollection`."""
        self.url = url
        self.name = str(url.database) if url.drivername.startswith("sqlite") else url.render_as_string()
        self._engine = _engine(url)
        self._writing = self._engine.execution_options(cardlens_writes=True)
        try:
            with self._clear_errors():
                bring_up_to_date(self._engine, self._writing, self.name)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one state of the database."""
        with self._clear_errors(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose work is kept, safely on the disk, when the block ends; dropped if it raises."""
        with self._clear_errors(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            _queue_up(session.connection())
            yield session

    def close(self) -> None:
        """Give back connections; the last one to close folds the WAL file into the database."""
        self._engine.dispose()

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise BadCollection(f"{self.name}: {_reason(error)}") from error
        except PoolTimeout:
            raise BadCollection(f"{self.name}: too many requests at once; try again") from None


def database_url(place: str | Path) -> URL:
    """Give the URL of a file, or of what is a URL already; raises `BadCollection` for what is neither."""
    written = str(place)
    if "://" not in written:
        return URL.create("sqlite", database=str(Path(written).expanduser()))
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise BadCollection("the collection's URL cannot be read; give a file, or postgresql+psycopg://…") from None
    if url.drivername.startswith("sqlite") and url.database in (None, "", ":memory:"):
        raise BadCollection(f"{written}: a collection in memory would be lost; give a file")
    return url


def bring_up_to_date(engine: Engine, writing: Engine, name: str) -> None:
    """Apply the revisions that the database lacks; raises `BadCollection` where it has more than this version knows."""
    with engine.connect() as connection:
        if _revision(connection, name) == HEAD:
            return
    with writing.begin() as connection:
        _queue_up(connection)
        _check_integrity(connection, name)
        found = _revision(connection, name)  # again: another process may have been quicker
        if found is not None and found != HEAD:
            _keep_a_copy(connection, name, found)
        if found != HEAD:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    # Imported here: an up-to-date collection opens 0.2 s sooner without it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, HEAD)


def _revision(connection: Connection, name: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            raise BadCollection(
                f"{name}: a database of something else (tables {', '.join(sorted(tables)[:3])}); give another file"
            )
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is not None and found > HEAD:
        raise BadCollection(f"{name}: made by a newer cardlens (revision {found}, known {HEAD}); upgrade cardlens")
    return None if found is None else str(found)


def _check_integrity(connection: Connection, name: str) -> None:
    if connection.dialect.name == "sqlite":
        verdict = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if verdict != "ok":
            raise BadCollection(f"{name}: damaged ({verdict}); put a backup in its place")


def _keep_a_copy(connection: Connection, name: str, revision: str) -> None:
    """Copy a SQLite file aside before its tables are changed."""
    if connection.dialect.name == "sqlite":
        aside = Path(f"{name}.before-{HEAD}-was-{revision}")
        source = f"{Path(name).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(source, uri=True)) as old, closing(sqlite3.connect(aside)) as copy:
            old.backup(copy)


def _engine(url: URL) -> Engine:
    if not url.drivername.startswith("sqlite"):
        return _server_engine(url)
    file = Path(str(url.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadCollection(f"{file.parent}: cannot be made ({error.strerror}); give another place") from None
    # As many connections as there are threads: a connection to a file is cheap, and waiting for one is not.
    engine = create_engine(url, connect_args={"timeout": _PATIENCE}, max_overflow=-1)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _server_engine(url: URL) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        place, hint = url.render_as_string(), "for PostgreSQL: pip install 'psycopg[binary]'"
        raise BadCollection(f"{place}: no driver for {url.drivername} ({error}); {hint}") from None


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would start transactions of its own, and late: _begin does it
    connection.execute("PRAGMA foreign_keys=ON")
    _turn_on_wal(connection)
    connection.execute("PRAGMA synchronous=FULL")


@retry(
    retry=retry_if_exception_type(sqlite3.OperationalError),
    wait=wait_random_exponential(multiplier=0.02, max=0.5),
    stop=stop_after_delay(_PATIENCE),
    reraise=True,
)
def _turn_on_wal(connection: Any) -> None:
    # SQLite does not wait by itself where two connections change the journal mode at once.
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode=WAL")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("cardlens_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _queue_up(connection: Connection) -> None:
    """Wait until no other writer is at work in PostgreSQL, so that merging and undoing see what was written before."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _reason(error: DBAPIError) -> str:
    """Say in words what the database says in its own."""
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if "locked" in said:
        return "another program is writing to it and does not finish; close it and try again"
    if "not a database" in said or "malformed" in said:
        return f"not a collection, or damaged ({said}); give another file or put a backup in its place"
    if "unable to open" in said:
        return "cannot be opened; give a file that you may write"
    if "readonly" in said:
        return "may only be read; make the file and its folder writable"
    if "disk is full" in said:
        return "the disk is full; nothing was changed"
    return f"cannot be reached ({said})" if isinstance(error, OperationalError) else f"the database refused ({said})"
