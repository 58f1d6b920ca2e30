from __future__ import annotations

import itertools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.errors import NotThere
from cardlens.store.objects import Store
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_log import DecisionLog
from cardlens.store.registry_status import Decision, RegistryRefusal, Status
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.registry_version import BadVersion
from tests.store.registered import a_version, memory_store

ROUNDS = int(os.environ.get("CARDLENS_ROUNDS", "5"))
LOG = "models/registry/pokemon-card-embedding/log"


@pytest.fixture(params=["memory", "folder", pytest.param("s3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "s3":
        return open_store(f"{request.getfixturevalue('bucket')}/project/cards")
    return memory_store() if request.param == "memory" else open_store(str(tmp_path / "store"))


@pytest.fixture
def registry(store: Store) -> StoreRegistry:
    return StoreRegistry(store, gates=Gates())


def test_a_version_waits_then_is_approved_with_the_gates_that_held(registry: StoreRegistry) -> None:
    assert registry.versions() == []
    assert registry.register(a_version("v1.0"), "ash@lab").status is Status.PENDING
    assert registry.approved() is None
    decided = registry.decide("v1.0", Status.APPROVED, "misty@gym", "binder photos looked through")
    approved = registry.approved()
    assert approved == decided
    assert (decided.latest.by, decided.latest.note) == ("misty@gym", "binder photos looked through")
    assert decided.latest.at.endswith("+00:00")
    assert set(decided.latest.gates) == {"figures", "parity", "accuracy", "samples"}
    assert [entry.status for entry in registry.history("v1.0")] == [Status.PENDING, Status.APPROVED]


def test_the_version_approved_last_is_the_one_as_long_as_it_stays_so(registry: StoreRegistry) -> None:
    for name in ("v1.0", "v2.0", "v3.0"):
        registry.register(a_version(name), "ash@lab")
    registry.decide("v2.0", Status.APPROVED, "ash@lab")
    registry.decide("v1.0", Status.APPROVED, "ash@lab")
    assert _name(registry) == "v1.0"
    registry.decide("v1.0", Status.ARCHIVED, "ash@lab")
    assert _name(registry) == "v2.0"
    registry.decide("v2.0", Status.REJECTED, "ash@lab", "names Mew twice")
    assert _name(registry) is None
    registry.decide("v1.0", Status.APPROVED, "ash@lab")
    assert _name(registry) == "v1.0"
    assert [(one.version.name, str(one.status)) for one in registry.versions()] == [
        ("v1.0", "approved"),
        ("v2.0", "rejected"),
        ("v3.0", "pending"),
    ]


def _name(registry: StoreRegistry) -> str | None:
    approved = registry.approved()
    return approved.version.name if approved else None


def test_a_version_whose_gates_fail_is_not_approved(registry: StoreRegistry) -> None:
    registry.register(a_version("v1.0", r_at_1_int8=0.99), "ash@lab")
    with pytest.raises(RegistryRefusal, match=r"parity: INT8 loses 0\.50 points"):
        registry.decide("v1.0", Status.APPROVED, "ash@lab")
    assert registry.version("v1.0").status is Status.PENDING


def test_what_is_registered_is_never_changed(registry: StoreRegistry) -> None:
    first = registry.register(a_version("v1.0"), "ash@lab")
    assert registry.register(replace(a_version("v1.0"), created="later"), "misty@gym") == first
    with pytest.raises(RegistryRefusal, match="another name"):
        registry.register(a_version("v1.0", {"models/embedder.onnx": b"other"}), "misty@gym")
    assert len(registry.history("v1.0")) == 1


def test_a_registration_that_was_cut_short_is_finished(registry: StoreRegistry, store: Store) -> None:
    version = a_version("v1.0")
    store.create("models/registry/pokemon-card-embedding/versions/v1.0.json", version.to_bytes())
    assert registry.versions() == []
    assert registry.register(version, "ash@lab").status is Status.PENDING


def test_what_is_not_there_is_said(registry: StoreRegistry) -> None:
    with pytest.raises(BadVersion, match="no such version"):
        registry.version("v9")
    with pytest.raises(BadVersion, match="not a name"):
        registry.decide("../v9", Status.APPROVED, "ash@lab")
    registry.register(a_version("v1.0"), "ash@lab")
    registry.decide("v1.0", Status.ARCHIVED, "ash@lab")
    with pytest.raises(RegistryRefusal, match="is archived since"):
        registry.decide("v1.0", Status.ARCHIVED, "ash@lab")


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(store: Store) -> None:
    """Whoever else has written the next number, the entry after that is not taken."""
    log = DecisionLog(store, LOG)
    log.append(Decision("v1.0", Status.APPROVED, "ash@lab", "2026-01-10"), after=0)
    with pytest.raises(RegistryRefusal, match=r"ash@lab set v1\.0 to approved in the same moment"):
        log.append(Decision("v1.0", Status.REJECTED, "misty@gym", "2026-01-10"), after=0)
    assert [entry.decision.by for entry in log.backwards()] == ["ash@lab"]


@pytest.mark.parametrize("where", ["folder", pytest.param("s3", marks=pytest.mark.s3)])
def test_each_round_has_one_winner_and_one_who_is_told(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Two deciders who have seen the same start together. CARDLENS_ROUNDS sets how often."""
    address = str(tmp_path / "store") if where == "folder" else f"{request.getfixturevalue('bucket')}/cards"
    logs = {name: DecisionLog(open_store(address), LOG) for name in ("ash@lab", "misty@gym")}
    start = threading.Barrier(2)

    def decide(name: str, number: int) -> str:
        start.wait()
        try:
            logs[name].append(Decision("v1.0", Status.APPROVED, name, f"round {number}"), after=number)
        except RegistryRefusal as refusal:
            return str(refusal)
        return "won"

    with ThreadPoolExecutor(2) as people:
        for number in range(ROUNDS):
            said = list(people.map(decide, logs, [number, number]))
            assert said.count("won") == 1
            winner = list(logs)[said.index("won")]
            assert [f"as {winner} set v1.0" in told for told in said if told != "won"] == [True]
    entries = [entry.decision.at for entry in logs["ash@lab"].backwards()]
    assert entries == [f"round {number}" for number in reversed(range(ROUNDS))]


def test_many_who_decide_at_once_leave_a_complete_history(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    StoreRegistry(open_store(address)).register(a_version("v1.0"), "ash@lab")
    told: list[str] = []

    def decide(person: int) -> None:
        registry = StoreRegistry(open_store(address))
        for status in (Status.APPROVED, Status.REJECTED) * 5:
            try:
                registry.decide("v1.0", status, f"person-{person}")
            except RegistryRefusal as refusal:
                told.append(str(refusal))

    threads = [threading.Thread(target=decide, args=(person,)) for person in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = StoreRegistry(open_store(address)).history("v1.0")
    assert len(history) + len(told) == 1 + 30
    assert all(now.status is not before.status for before, now in itertools.pairwise(history))


def test_a_lost_or_damaged_entry_is_said_not_skipped(registry: StoreRegistry, store: Store) -> None:
    registry.register(a_version("v1.0"), "ash@lab")
    registry.register(a_version("v2.0"), "ash@lab")
    store.put(f"{LOG}/00000001.json", b'{"version": "v1.0"}')
    with pytest.raises(Exception, match=r"00000001\.json: not an entry"):
        registry.versions()
    store.delete(f"{LOG}/00000001.json")
    with pytest.raises(NotThere, match="missing from the registry's log"):
        registry.versions()


def test_a_note_has_a_limit(registry: StoreRegistry) -> None:
    registry.register(a_version("v1.0"), "ash@lab")
    with pytest.raises(RegistryRefusal, match="shorten it"):
        registry.decide("v1.0", Status.REJECTED, "ash@lab", "x" * 501)
