"""The same collection in PostgreSQL: on a server of the tests' own, or on another one that may be emptied.

CARDLENS_TEST_POSTGRESQL='postgresql://postgres@/postgres?host=/tmp/somewhere' pytest tests/collection
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from cardlens.collection import Collection, NewCopy, Query, collection_names, create_collection, open_collection
from cardlens.collection.tables import Table
from tests.collection.exchange.test_formats import COPIES, exported, take_in
from tests.collection.test_collection import EVERYTHING
from tests.collection.test_journal import WORK, state
from tests.collection.test_prices import FakeSource


@pytest.fixture
def url(postgres: str) -> str:
    return postgres.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def collection(url: str) -> Iterator[Collection]:
    with open_collection(url) as opened:
        yield opened


def test_gives_back_what_was_added(collection: Collection, url: str, draw_crop: Callable[..., bytes]) -> None:
    copy = collection.add(EVERYTHING, draw_crop(), request="r1")
    assert collection.add(EVERYTHING, draw_crop(), request="r1") == copy
    with open_collection(url) as again:
        assert again.copies() == [copy]
        assert again.proof(copy.id).content == draw_crop()
    assert [one.id for one in collection.search("pikachu swap")] == [copy.id]
    assert collection.copies(Query(tag="SWAP", sort="price")) == [copy]
    assert collection.completion()[0].owned == 1


def test_revisions_make_the_tables_that_the_code_uses(collection: Collection, url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_undo_takes_back_whatever_was_done(
    collection: Collection, draw_crop: Callable[..., bytes], work: Callable[[Collection, int], object]
) -> None:
    first = collection.add(NewCopy("base1-4", tags=("first",)), draw_crop()).id
    collection.add(NewCopy("base1-4", quantity=2))
    before = state(collection)
    work(collection, first)
    assert state(collection) != before
    collection.undo()
    assert state(collection) == before


def test_exports_and_imports(collection: Collection) -> None:
    for new in COPIES:
        collection.add(new)
    before = exported(collection, "csv")
    assert take_in(collection, before, replace=True).left_out == 0
    assert exported(collection, "csv") == before
    rows = "".join(f"base1-{number % 102 + 1},1\n" for number in range(1200))
    collection.import_file(io.BytesIO(f"card_id,quantity\n{rows}".encode()), merge=True)
    collection.undo()
    assert exported(collection, "csv") == before


def test_keeps_prices_and_corrections(collection: Collection) -> None:
    copy = collection.add(NewCopy("base1-58"))
    collection.correct(copy.id, "base1-4")
    collection.fetch_prices(FakeSource())
    assert len(collection.prices()) == 2
    assert len(collection.corrections()) == 1


def test_threads_and_openings_at_once_lose_nothing(collection: Collection, url: str) -> None:
    def work(_: int) -> None:
        with open_collection(url) as mine:
            for _ in range(5):
                mine.add(NewCopy("base1-4"), merge=True)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))
    assert [copy.quantity for copy in collection.copies()] == [30]
    create_collection(url, "swaps")
    assert collection_names(url) == ["main", "swaps"]
