"""A running service picks a new database up, or goes on with the old one."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np

from cardlens.reference.database import ReferenceDatabase
from cardlens.settings import BUNDLED
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.publish import Release, plan_publishing, publish
from cardlens.store.pull import plan_pulling, pull
from cardlens.store.switch import Switch
from tests.store.trees import REFERENCE

TURNS = 30


def test_a_database_is_opened_whole_while_versions_change(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    folder = tree.folder(REFERENCE)
    shutil.rmtree(folder)
    for number in range(2):
        shutil.copytree(BUNDLED / "reference", folder, dirs_exist_ok=True)
        (folder / "note.txt").write_text(str(number))  # so that the versions differ
        publish(store, plan_publishing(store, REFERENCE, tree), tree, Release())
        pull(store, plan_pulling(store, REFERENCE, other_tree), other_tree)
    switch = Switch(other_tree, REFERENCE)
    database = ReferenceDatabase.open(other_tree.folder(REFERENCE), None)
    query = np.asarray(database.embeddings[:1], np.float32)
    expected = database.search(query, 3).rows.tolist()
    ended = threading.Event()
    problems: list[Exception] = []

    def serve() -> None:
        while not ended.is_set():
            try:
                again = ReferenceDatabase.open(other_tree.folder(REFERENCE), None)
                assert again.search(query, 3).rows.tolist() == expected
            except Exception as problem:
                problems.append(problem)

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(TURNS):
        switch.use(switch.previous())
    ended.set()
    thread.join()
    assert problems == []
    shutil.rmtree(Path(other_tree.root) / "versions")
    assert database.search(query, 3).rows.tolist() == expected  # the one that was opened first goes on
