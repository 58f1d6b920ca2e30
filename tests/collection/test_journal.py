from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardlens.collection import BadCopy, Collection, NewCopy, UndoConflict, UnknownCopy
from tests.collection.test_collection import EVERYTHING


def state(collection: Collection) -> list[dict[str, Any]]:
    return [copy.as_json() for copy in collection.copies()]


def import_two(collection: Collection) -> None:
    collection.import_file(io.BytesIO(b"card_id,quantity\nbase1-1,2\nbase1-2,1\n"), replace=True)


WORK: dict[str, Callable[[Collection, int], object]] = {
    "add": lambda collection, _: collection.add(EVERYTHING),
    "add, merged": lambda collection, _: collection.add(NewCopy("base1-4", note="again"), merge=True),
    "update": lambda collection, first: collection.update(first, quantity=9, note="changed", tags=("a", "b")),
    "remove": lambda collection, first: collection.remove(first),
    "tag": lambda collection, first: collection.tag([first], add=("t",), remove=("first",)),
    "merge": lambda collection, _: collection.merge_duplicates(),
    "correct": lambda collection, first: collection.correct(first, "base1-58"),
    "import, replacing": lambda collection, _: import_two(collection),
}


@pytest.fixture
def first(collection: Collection, draw_crop: Callable[..., bytes]) -> int:
    copy = collection.add(NewCopy("base1-4", tags=("first",)), draw_crop())
    collection.add(NewCopy("base1-4", quantity=2))
    return copy.id


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_undo_takes_back_whatever_was_done(
    collection: Collection, first: int, work: Callable[[Collection, int], object]
) -> None:
    before = state(collection)
    work(collection, first)
    assert state(collection) != before
    collection.undo()
    assert state(collection) == before
    assert collection.corrections() == []


def test_undo_goes_back_step_by_step_to_nothing(collection: Collection, first: int) -> None:
    for name in ("update", "tag", "merge", "correct", "remove"):
        WORK[name](collection, first)
    for _ in range(7):
        collection.undo()
    assert state(collection) == []
    with pytest.raises(UndoConflict, match="nothing to undo"):
        collection.undo()


def test_an_entry_comes_back_with_its_id_and_crop(collection: Collection, first: int) -> None:
    proof = collection.proof(first)
    collection.remove(first)
    collection.add(NewCopy("base1-1"))
    collection.undo()
    collection.undo()
    assert collection.proof(first) == proof


def test_an_id_is_never_given_twice(collection: Collection, first: int) -> None:
    last = collection.add(NewCopy("base1-1")).id
    collection.remove(last)
    assert collection.add(NewCopy("base1-2")).id > last


def test_an_older_event_can_be_undone_if_nothing_built_on_it(collection: Collection, first: int) -> None:
    collection.update(first, quantity=5)
    change = collection.history()[0].id
    other = collection.add(NewCopy("base1-1"))
    assert collection.undo(change).kind == "undo"
    assert collection.get(first).quantity == 1
    assert collection.get(other.id) == other


def test_an_event_that_others_built_on_is_not_undone(collection: Collection, first: int) -> None:
    collection.update(first, quantity=5)
    change = collection.history()[0].id
    collection.update(first, note="later")
    before = state(collection)
    with pytest.raises(UndoConflict, match=f"copy {first}: changed since"):
        collection.undo(change)
    assert state(collection) == before


def test_an_undo_is_not_undone_and_nothing_twice(collection: Collection, first: int) -> None:
    added = collection.history()[0].id
    undone = collection.undo()
    with pytest.raises(UndoConflict, match="is undone already"):
        collection.undo(added)
    with pytest.raises(UndoConflict, match="is an undo"):
        collection.undo(undone.id)
    with pytest.raises(UnknownCopy, match="event 999"):
        collection.undo(999)


def test_history_tells_what_was_done_newest_first(collection: Collection, first: int) -> None:
    collection.update(first, note="x")
    collection.undo()
    told = [(event.kind, event.summary, event.undone) for event in collection.history()]
    assert told == [
        ("undo", "undid 3: changed note of Charizard (base1-4)", False),
        ("update", "changed note of Charizard (base1-4)", True),
        ("add", "added 2 × Charizard (base1-4)", False),
        ("add", "added 1 × Charizard (base1-4)", False),
    ]
    assert [event.kind for event in collection.history(limit=1)] == ["undo"]
    assert [event.kind for event in collection.history(copy_id=first)] == ["undo", "update", "add"]


def test_what_failed_leaves_no_event(collection: Collection, first: int) -> None:
    with pytest.raises(BadCopy):
        collection.update(first, quantity=-1)
    with pytest.raises(BadCopy):
        collection.add(NewCopy("nope-1"))
    assert len(collection.history()) == 2


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(["add", "add, merged", "merge", "import, replacing", "remove any", "update any"]))
)
def test_any_work_can_be_undone_to_where_it_began(collection: Collection, names: list[str]) -> None:
    before, done = state(collection), len([event for event in collection.history(10_000) if event.kind != "undo"])
    for name in names:
        ids = [copy.id for copy in collection.copies()]
        if name in WORK:
            WORK[name](collection, 0)
        elif ids and name == "remove any":
            collection.remove(ids[len(names) % len(ids)])
        elif ids:
            collection.update(ids[len(names) % len(ids)], quantity=len(names) + 10)
    events = len([event for event in collection.history(10_000) if event.kind != "undo"])
    for _ in range(events - done):
        collection.undo()
    assert state(collection) == before
