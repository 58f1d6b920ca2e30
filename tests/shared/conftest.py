"""A shared catalogue that holds the drawn cards of the reference tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cardlens.reference.build import build
from cardlens.reference.database import ReferenceDatabase
from tests.reference.conftest import folder, scans  # noqa: F401 - fixtures
from tests.reference.doubles import CARDS, MODEL, ColourEmbedder, catalogue_of, no_progress

pytest.importorskip("sqlalchemy", reason="needs the extra postgres")
pytest.importorskip("psycopg", reason="needs the extra postgres")

from cardlens.shared import schema
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.fill import fill
from cardlens.shared.server import Server


@pytest.fixture
def server(postgres: str) -> Iterator[Server]:
    """Give a server with an empty catalogue."""
    opened = Server(postgres)
    schema.bring_up_to_date(opened)
    yield opened
    opened.close()


@pytest.fixture
def database(folder: Path) -> ReferenceDatabase:  # noqa: F811
    """Give the folder database that the catalogue is filled from."""
    return ReferenceDatabase.open(folder, MODEL)


@pytest.fixture
def shared(server: Server, postgres: str, folder: Path) -> Iterator[SharedCatalogue]:  # noqa: F811
    """Give a catalogue that was filled with the four drawn cards."""
    fill(postgres, folder, no_progress)
    opened = SharedCatalogue.open(postgres, MODEL)
    yield opened
    opened.close()


@pytest.fixture
def other_folder(scans: Path, tmp_path: Path) -> Path:  # noqa: F811
    """Give a database of the same scans by another model."""
    out = tmp_path / "by-another-model"
    build(scans, catalogue_of(CARDS, tmp_path), ColourEmbedder("b" * 64), out, no_progress)
    return out
