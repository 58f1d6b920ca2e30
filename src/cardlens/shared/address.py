"""Addresses of shared catalogues, and how they are written where others may read them."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from cardlens.errors import BadReference

_DRIVER = "postgresql+psycopg"
_HINT = "give a folder, or postgresql://user@host/database"


def parse(address: str) -> URL:
    """Give the URL of `postgresql://…`; raises `BadReference` for anything else, and repeats no part of it."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise BadReference(f"the address of the shared catalogue cannot be read; {_HINT}") from None
    if url.get_backend_name() != "postgresql":
        raise BadReference(f"{url.drivername}://…: no database that a catalogue can be in; {_HINT}")
    return url.set(drivername=_DRIVER)


def shown(url: URL) -> str:
    """Name the catalogue without password or options."""
    user = f"{url.username}@" if url.username else ""
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{user}{host if isinstance(host, str) else host[0]}{port}/{url.database or ''}"
