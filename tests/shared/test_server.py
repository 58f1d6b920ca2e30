from __future__ import annotations

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from cardlens.errors import BadReference
from cardlens.reference.database import ReferenceDatabase
from cardlens.shared import schema
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.server import Server
from cardlens.shared.tables import TABLES


@pytest.mark.parametrize(
    "address", ["mysql://user:hunter2@host/db", "postgresql://user:hunter2@host:port/db", "hunter2://"]
)
def test_an_address_that_is_none_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(BadReference) as error:
        Server(address)
    assert "hunter2@" not in str(error.value)
    assert "postgresql://user@host/database" in str(error.value)


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(BadReference) as error:
        SharedCatalogue.open("postgresql://anna:hunter2@127.0.0.1:9/cards?sslpassword=hunter2", None)
    assert "postgresql://anna@127.0.0.1:9/cards: cannot be reached" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_a_database_of_something_else_is_no_catalogue(postgres: str) -> None:
    with pytest.raises(BadReference, match="make one: cardlens shared init"):
        SharedCatalogue.open(postgres, None)


def test_an_empty_catalogue_says_how_it_is_filled(server: Server, postgres: str) -> None:
    with pytest.raises(BadReference, match="empty; fill it from a reference database: cardlens shared fill"):
        SharedCatalogue.open(postgres, None)


def test_revisions_make_the_tables_that_the_code_uses(server: Server) -> None:
    assert schema.bring_up_to_date(server) == schema.HEAD
    with server.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": "cardlens_revision"}
        )
        assert compare_metadata(context, TABLES) == []


def test_a_catalogue_of_the_first_revision_is_brought_up_to_date_with_its_cards(
    server: Server, postgres: str, shared: SharedCatalogue, database: ReferenceDatabase
) -> None:
    asked = np.asarray(database.embeddings, np.float32)
    before = shared.search(asked, 3)
    with server.writing() as connection:
        command.downgrade(schema.settings(connection), "0001")
    with pytest.raises(BadReference, match="made by an older cardlens"):
        SharedCatalogue.open(postgres, None)
    assert schema.bring_up_to_date(server) == "0001"
    after = SharedCatalogue.open(postgres, None).search(asked, 3)
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.similarities, before.similarities)
    with server.reading() as connection:
        indexed = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'nearest_1'"))
    assert "components halfvec_ip_ops" in str(indexed)


@pytest.mark.parametrize(("found", "said"), [("9999", "made by a newer cardlens"), ("0000", "made by an older")])
def test_tables_of_another_cardlens_are_refused(server: Server, postgres: str, found: str, said: str) -> None:
    with server.writing() as connection:
        connection.execute(text("UPDATE cardlens_revision SET version_num = :found"), {"found": found})
    with pytest.raises(BadReference, match=said):
        SharedCatalogue.open(postgres, None)


def _end_others(server: Server) -> None:
    """Have PostgreSQL close every connection but the one that says so, as a restart would."""
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with server.reading() as connection:
        connection.execute(text(query))


def test_a_connection_that_the_server_closed_while_nobody_used_it_is_replaced(
    postgres: str, shared: SharedCatalogue, database: ReferenceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = np.asarray(database.embeddings, np.float32)
    before = shared.search(asked, 1)
    other = Server(postgres)
    _end_others(other)
    other.close()
    monkeypatch.setattr("cardlens.shared.server._IDLE_SECONDS", 0.0)
    assert np.array_equal(shared.search(asked, 1).rows, before.rows)


def test_a_connection_in_use_is_not_tried_before_every_search(
    shared: SharedCatalogue, database: ReferenceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    monkeypatch.setattr("cardlens.shared.server._IDLE_SECONDS", 3600.0)
    monkeypatch.setattr("sqlalchemy.dialects.postgresql.psycopg.PGDialect_psycopg.do_ping", lambda *_: tried.append(1))
    for _ in range(3):
        shared.search(np.asarray(database.embeddings, np.float32), 1)
    assert not tried
