from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.scale.errors import ScaleError
from cardlens.scale.plan import Plan, as_plan, keep_plan, read_plan
from cardlens.store.address import open_store
from cardlens.store.objects import Store
from tests.scale.works import plain

WORK = {"kind": "identify", "models": "abc"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "out"))


@given(st.lists(st.text(max_size=8), min_size=1, max_size=60, unique=True), st.integers(1, 70))
def test_batches_hold_every_item_once_and_in_order(names: list[str], size: int) -> None:
    batches = list(Plan(WORK, tuple(names), size).batches())
    assert [name for batch in batches for name in batch.names] == names
    assert [batch.number for batch in batches] == list(range(Plan(WORK, tuple(names), size).count))
    assert all(len(batch.names) == size for batch in batches[:-1])


def test_a_kept_plan_is_read_back(store: Store) -> None:
    plan = as_plan(WORK, {"b.jpg": "9-1", "a.jpg": "7-1", "caf\udce9.jpg": ""}, 2)
    assert keep_plan(store, plan) == plan
    assert read_plan(store) == plan


def test_the_first_plan_stands_when_photos_come_and_go(store: Store) -> None:
    first = keep_plan(store, as_plan(WORK, plain("a.jpg", "b.jpg", "c.jpg"), 2))
    assert keep_plan(store, as_plan(WORK, plain("a.jpg", "c.jpg", "d.jpg"), 2)) == first


def test_a_photo_that_changed_since_is_refused_and_one_that_is_gone_is_not(store: Store) -> None:
    first = keep_plan(store, as_plan(WORK, {"a.jpg": "9-1", "b.jpg": "7-1", "c.jpg": "7-1"}, 2))
    assert keep_plan(store, as_plan(WORK, {"a.jpg": "9-1", "b.jpg": ""}, 2)) == first
    with pytest.raises(ScaleError, match=r"changed since this was begun: b\.jpg and 1 more; give another place"):
        keep_plan(store, as_plan(WORK, {"a.jpg": "9-1", "b.jpg": "7-2", "c.jpg": "8-1"}, 2))


def test_other_work_in_the_same_place_is_refused(store: Store) -> None:
    keep_plan(store, as_plan(WORK, plain("a.jpg"), 2))
    with pytest.raises(ScaleError, match="another models; give another place"):
        keep_plan(store, as_plan({**WORK, "models": "other"}, plain("a.jpg"), 2))


def test_a_plan_that_was_changed_is_refused(store: Store, tmp_path: Path) -> None:
    keep_plan(store, as_plan(WORK, plain("a.jpg", "b.jpg"), 2))
    file = next((tmp_path / "out" / "plan").iterdir())
    file.write_text('{"a.jpg": ""}')
    with pytest.raises(ScaleError, match=r"plan\.json: was changed"):
        read_plan(store)


def test_nothing_to_do_is_said() -> None:
    with pytest.raises(ScaleError, match="nothing to do"):
        as_plan(WORK, {}, 2)
