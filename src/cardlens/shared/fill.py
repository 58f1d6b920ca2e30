"""Filling a version of a shared catalogue from a reference database in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cardlens.reference.contents import Contents
from cardlens.reference.database import ReferenceDatabase
from cardlens.shared import schema, versions, writing
from cardlens.shared.server import Server
from cardlens.shared.versions import Version

_BLOCK = 2000
Progress = Callable[[int, int], None]


def fill(address: str, folder: Path, progress: Progress) -> Version:
    """Copy a database into a version of its own, which searches may name once it is whole and indexed.

    Cards that the catalogue has already are the same cards: their scans get a second embedding. Interrupted, it goes on
    where it stopped when it is asked again.

    Args:
        address: of a catalogue whose tables are up to date.
        folder: a database that `cardlens reference build` made.
        progress: called with (rows done, rows in all).

    Raises:
        BadReference: the folder cannot be read, the server not be reached, or the model's version is served already.
    """
    database = ReferenceDatabase.open(folder, None)
    contents = Contents.read(database)
    server = Server(address)
    schema.check(server)
    try:
        with server.writing() as connection:  # by itself: searches wait while a version's table is made
            number = versions.begin(connection, database.manifest.model, contents.embeddings)
        with server.writing() as connection:
            writing.put_cards(connection, contents.metadata)
            writing.tie(connection, contents.groups)
            writing.forget_unused_artworks(connection)
        _copy(server, number, contents, progress)
        with server.writing() as connection:
            versions.serve(connection, number)
        return versions.find(server, database.manifest.model.digest)
    finally:
        server.close()


def _copy(server: Server, number: int, contents: Contents, progress: Progress) -> None:
    """Insert block by block, each kept when it is done."""
    total = len(contents.rows)
    for at in range(0, total, _BLOCK):
        some = slice(at, at + _BLOCK)
        local = None if contents.local is None else contents.local[some]
        with server.writing() as connection:
            writing.put_rows(
                connection, number, contents.rows[some], contents.embeddings[some], contents.signatures[some], local
            )
        progress(min(at + _BLOCK, total), total)
