"""Bringing the tables of a shared catalogue up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from cardlens.errors import BadReference
from cardlens.shared.server import Server

HEAD = "0002"  # newest revision in migrations/versions
_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(server: Server) -> str | None:
    """Make the tables, or change them to what this version of cardlens uses; give the revision that was there.

    Raises:
        BadReference: the server cannot be reached, has no pgvector, or its catalogue is newer than this cardlens.
    """
    with server.writing() as connection:
        found = revision(connection)
        _refuse_newer(server, found)
        if found != HEAD:
            command.upgrade(settings(connection), HEAD)
    server.close()  # connections from before the extension was there do not know its types
    return found


def settings(connection: Connection) -> Config:
    """What Alembic needs to change the tables over a connection of a writer."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def check(server: Server) -> None:
    """Raise `BadReference` where the tables are missing, older or newer than this version of cardlens needs."""
    with server.reading() as connection:
        found = revision(connection)
    _refuse_newer(server, found)
    if found is None:
        raise BadReference(f"{server.name}: no shared catalogue in this database; make one: cardlens shared init")
    if found != HEAD:
        raise BadReference(
            f"{server.name}: made by an older cardlens (revision {found}, now {HEAD}); "
            "bring it up to date: cardlens shared init"
        )


def revision(connection: Connection) -> str | None:
    """Give the revision of the tables, None where there are none."""
    if connection.scalar(text("SELECT to_regclass('cardlens_revision')")) is None:
        return None
    found = connection.scalar(text("SELECT version_num FROM cardlens_revision"))
    return None if found is None else str(found)


def _refuse_newer(server: Server, found: str | None) -> None:
    if found is not None and found > HEAD:
        raise BadReference(
            f"{server.name}: made by a newer cardlens (revision {found}, known {HEAD}); upgrade cardlens"
        )
