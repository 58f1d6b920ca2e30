"""Where collections are opened, listed and made."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from cardlens.collection.collection import Collection
from cardlens.collection.copy import check_values
from cardlens.collection.database import Database, database_url
from cardlens.collection.faults import BadCopy, UnknownCopy
from cardlens.collection.tables import CollectionRow
from cardlens.recognition.facts import CardFacts, bundled_facts

DEFAULT_NAME = "main"


def open_collection(place: str | Path, name: str = DEFAULT_NAME, facts: CardFacts | None = None) -> Collection:
    """Open one collection of a database, which is made and brought up to date if need be.

    Args:
        place: a SQLite file, or a URL such as `postgresql+psycopg://user@host/cards`.
        name: one of several collections in the database; `main` is made by itself, others by `create_collection`.
        facts: what is known of cards; default: the bundled facts.

    Raises:
        BadCollection: the database cannot be used.
        BadCopy: the name is none that a collection can have.
        UnknownCopy: it has no collection of that name.
    """
    check_values({"name": name})
    database = Database(database_url(place))
    try:
        return Collection(database, name, _id_of(database, name), facts or bundled_facts())
    except BaseException:
        database.close()
        raise


def collection_names(place: str | Path) -> list[str]:
    """Names of the collections in a database, in alphabetical order."""
    database = Database(database_url(place))
    try:
        with database.reading() as session:
            return list(session.scalars(select(CollectionRow.name).order_by(CollectionRow.name)))
    finally:
        database.close()


def create_collection(place: str | Path, name: str) -> None:
    """Make a further collection in a database; raises `BadCopy` where the name is taken or unfit."""
    check_values({"name": name})
    if not name.strip() or name != name.strip():
        raise BadCopy(f"name {name!r}: empty, or blanks around it")
    database = Database(database_url(place))
    try:
        with database.writing() as session:
            if session.scalar(select(CollectionRow.id).where(CollectionRow.name == name)) is not None:
                raise BadCopy(f"{name}: there is a collection of that name already")
            session.add(CollectionRow(name=name, created_at=datetime.now(UTC)))
    finally:
        database.close()


def _id_of(database: Database, name: str) -> int:
    wanted = select(CollectionRow.id).where(CollectionRow.name == name)
    with database.reading() as session:
        found = session.scalar(wanted)
    if found is not None:
        return found
    if name != DEFAULT_NAME:
        raise UnknownCopy(f"{database.name}: no collection {name}; make it with `cardlens collection create {name}`")
    with database.writing() as session:
        row = session.scalar(select(CollectionRow).where(CollectionRow.name == name))
        if row is None:
            row = CollectionRow(name=name, created_at=datetime.now(UTC))
            session.add(row)
            session.flush()
        return row.id
