from __future__ import annotations

import json

import pytest

from cardlens.store.errors import Damaged
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.pointer import pointer_path
from cardlens.store.restoring import MARK
from cardlens.store.survey import survey
from tests.store.conftest import every_store
from tests.store.trees import RAW, push


@every_store
def test_what_a_restore_has_not_brought_yet_is_not_lost(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw")
    store.delete(pointer_path(RAW))
    store.put(MARK, json.dumps({"done": False}).encode())
    assert survey(store, RAW).manifest is None
    for ended in (b'{"done": true}', b"torn"):
        store.put(MARK, ended)
        with pytest.raises(Damaged, match="missing, though there is v1"):
            survey(store, RAW)
