from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from cardlens.collection import BadCollection, Collection, NewCopy, collection_names, create_collection, open_collection
from cardlens.collection import database as database_module
from cardlens.collection.database import HEAD, database_url
from cardlens.collection.faults import BadCopy, UnknownCopy
from cardlens.collection.tables import Table

MIGRATIONS = Path(database_module.__file__).parent / "migrations"


def test_the_newest_revision_is_the_one_that_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_revisions_make_the_tables_that_the_code_uses(place: Path) -> None:
    with create_engine(f"sqlite:///{place}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []


def test_what_is_written_is_on_the_disk_before_it_is_acknowledged(collection: Collection) -> None:
    with collection._database.reading() as session:
        modes = [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert modes == ["wal", 2, 1]  # 2 is FULL


def test_a_folder_is_made_for_a_new_collection(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "cards.db"
    with open_collection(file) as collection:
        assert collection.copies() == []
    assert file.exists()


def test_several_collections_live_in_one_database(place: Path) -> None:
    create_collection(place, "for swapping")
    assert collection_names(place) == ["for swapping", "main"]
    with open_collection(place, "for swapping") as swaps:
        swaps.add(NewCopy("base1-4"))
    with open_collection(place) as main:
        assert main.count() == 0
    with pytest.raises(BadCopy, match="there is a collection of that name already"):
        create_collection(place, "main")
    with pytest.raises(BadCopy, match="blanks around it"):
        create_collection(place, " x ")
    with pytest.raises(UnknownCopy, match="no collection nope; make it with"):
        open_collection(place, "nope")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not a database at all, but long enough to look at" * 50, "not a collection, or damaged"),
        (b"\0" * 4096, "damaged"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "cards.db"
    file.write_bytes(content)
    with pytest.raises(BadCollection, match=said):
        open_collection(file)
    assert file.read_bytes() == content


def test_the_database_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "music.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE songs (title TEXT)")
        other.commit()
    with pytest.raises(BadCollection, match=r"a database of something else \(tables songs\)"):
        open_collection(file)


def test_a_collection_of_a_newer_version_is_refused(place: Path) -> None:
    with closing(sqlite3.connect(place)) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.commit()
    with pytest.raises(BadCollection, match="made by a newer cardlens"):
        open_collection(place)


def test_an_older_collection_is_copied_aside_before_it_is_changed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_collection(place) as collection:
        collection.add(NewCopy("base1-4"))
    with closing(sqlite3.connect(place)) as older:
        older.execute("UPDATE alembic_version SET version_num = '0000'")
        older.commit()
    monkeypatch.setattr(
        database_module,
        "_upgrade",
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '0001'")),
    )
    with open_collection(place) as collection:
        assert collection.count() == 1
    aside = place.with_name(f"{place.name}.before-{HEAD}-was-0000")
    with closing(sqlite3.connect(aside)) as copied:
        assert copied.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)
        assert copied.execute("SELECT count(*) FROM copies").fetchone() == (1,)


def test_a_damaged_collection_is_one_clear_error(place: Path) -> None:
    with open_collection(place) as collection:
        for _ in range(30):
            collection.add(NewCopy("base1-4", note="x" * 1500))
    content = bytearray(place.read_bytes())
    content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    place.write_bytes(content)
    with pytest.raises(BadCollection, match=r"damaged|something else"), open_collection(place) as collection:
        collection.copies()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadCollection):
        open_collection(tmp_path / "cards.db")


def test_a_folder_in_the_place_of_the_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadCollection, match="cannot be opened"):
        open_collection(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadCollection, match="cannot be made"):
        open_collection(tmp_path / "file" / "cards.db")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_collection_in_memory_is_refused(url: str) -> None:
    with pytest.raises(BadCollection, match="would be lost"):
        database_url(url)


def test_a_url_says_no_password_when_it_fails() -> None:
    with pytest.raises(BadCollection) as refused:
        open_collection("mysql+nosuchdriver://anna:geheim@127.0.0.1:1/cards")
    assert "geheim" not in str(refused.value)
    with pytest.raises(BadCollection, match="cannot be read"):
        open_collection("postgresql+psycopg://[::bad")


def test_a_writer_waits_for_another_and_a_reader_for_nobody(collection: Collection, place: Path) -> None:
    collection.add(NewCopy("base1-4"))
    with closing(sqlite3.connect(place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert collection.count() == 1
        done = threading.Event()

        def add() -> None:
            collection.add(NewCopy("base1-58"))
            done.set()

        writer = threading.Thread(target=add)
        writer.start()
        assert not done.wait(0.2)
        other.execute("COMMIT")
        writer.join(30)
    assert done.is_set()
    assert collection.count() == 2


def test_many_threads_lose_nothing(collection: Collection) -> None:
    collection.add(NewCopy("base1-4"))

    def work(thread: int) -> None:
        for turn in range(6):
            if turn % 2:
                collection.add(NewCopy("base1-4"), merge=True)
            else:
                collection.add(NewCopy("base1-58", note=f"{thread} {turn}"))
            collection.search("charizard")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert collection.cards() == 1 + 8 * 6
    assert collection.count() == 1 + 8 * 3
    assert len(collection.history(1000)) == 1 + 8 * 6


OPEN_AND_ADD = """
import sys
from cardlens.collection import NewCopy, open_collection
with open_collection(sys.argv[1]) as collection:
    for _ in range(5):
        collection.add(NewCopy("base1-4"))
"""


def test_processes_that_make_the_same_collection_at_once_all_succeed(tmp_path: Path) -> None:
    file = tmp_path / "cards.db"
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN_AND_ADD, str(file)], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * 3
    with open_collection(file) as collection:
        assert collection.count() == 15
        assert collection_names(file) == ["main"]


def test_a_backup_of_the_file_is_a_collection(place: Path, tmp_path: Path) -> None:
    with open_collection(place) as collection:
        collection.add(NewCopy("base1-4"))
    copied = shutil.copy(place, tmp_path / "backup.db")
    with open_collection(copied) as collection:
        assert collection.count() == 1
