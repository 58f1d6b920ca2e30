from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardlens.devices.keys import BadKey, KeyFolder
from cardlens.devices.publisher import Publisher
from cardlens.devices.release import Untrusted
from cardlens.devices.rotation import Rotation
from cardlens.store.registry_status import RegistryRefusal, Status
from cardlens.store.registry_version import BadVersion
from tests.devices.fleet import PASSPHRASE, RELEASES, Fleet
from tests.store.registered import memory_store


def test_keys_are_for_their_owner_alone_and_encrypted(fleet: Fleet) -> None:
    assert stat.S_IMODE(fleet.keys.folder.stat().st_mode) == 0o700
    for role in ("root", "targets", "freshness"):
        file = fleet.keys.file(role)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert b"ENCRYPTED PRIVATE KEY" in file.read_bytes()


def test_nothing_of_the_keys_reaches_the_store(fleet: Fleet) -> None:
    fleet.release("v1.0")
    for listed in fleet.store.list():
        found = fleet.store.read(listed.path)
        assert found is not None
        assert b"PRIVATE" not in found.content


def test_a_wrong_or_short_passphrase_opens_nothing(fleet: Fleet) -> None:
    with pytest.raises(BadKey, match="check the passphrase"):
        KeyFolder(fleet.keys.folder, lambda: "wrong horse").open("targets")
    with pytest.raises(BadKey, match="8 characters"):
        KeyFolder(fleet.keys.folder, lambda: "").open("targets")
    with pytest.raises(BadKey, match="no key here"):
        KeyFolder(fleet.folder / "elsewhere", lambda: PASSPHRASE).open("targets")
    fleet.keys.file("targets").write_text("no key")
    with pytest.raises(BadKey, match="does not open"):
        fleet.keys.open("targets")


def test_keys_and_releases_that_are_there_are_never_begun_again(fleet: Fleet) -> None:
    with pytest.raises(RegistryRefusal, match="signed here already"):
        fleet.publisher.begin()
    with pytest.raises(BadKey, match="never overwritten"):
        fleet.keys.create("root")
    with pytest.raises(BadKey, match="never overwritten"):
        Publisher(memory_store(), fleet.keys, "another-group").begin()


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_an_interrupted_beginning_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    fleet = Fleet(memory_store(), tmp_path)
    writes = iter(range(1, 10))

    def count() -> None:
        if next(writes) == moment:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        for name in ("create", "put"):
            patched.setattr(fleet.store, name, _counted(getattr(fleet.store, name), count))
        with pytest.raises(KeyboardInterrupt):
            fleet.begin()
    fleet.begin()
    fleet.release("v1.0")
    assert fleet.update().action == "installed"


def test_every_signature_counts_up_even_where_versions_are_dropped(fleet: Fleet) -> None:
    assert [fleet.release(name).sequence for name in ("v1.0", "v2.0")] == [1, 2]
    fleet.registry.decide("v2.0", Status.REJECTED, "ash@lab")
    assert fleet.sign("v1.0").sequence == 3
    with pytest.raises(Untrusted, match="not signed"):
        fleet.trust.release("v2.0")


def test_only_what_is_there_is_signed(fleet: Fleet) -> None:
    with pytest.raises(BadVersion, match="no such version"):
        fleet.publisher.sign("v9", set())


def test_nothing_is_signed_on_top_of_what_somebody_else_put_there(fleet: Fleet) -> None:
    """A thief who can write to the store must not get his release signed with the next one."""
    fleet.release("v1.0")
    found = fleet.store.read(f"{RELEASES}/2.targets.json")
    assert found is not None
    fleet.store.put(f"{RELEASES}/2.targets.json", found.content.replace(b"v1.0.json", b"evil.json"))
    fleet.register("v2.0")
    with pytest.raises(Untrusted, match="not signed by the keys"):
        fleet.sign("v2.0")


def test_of_two_publishers_at_once_the_second_is_told(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.register("v1.0")
    other = Publisher(fleet.store, fleet.keys)
    monkeypatch.setattr(other, "_next", lambda role: 2)  # what both saw before the first wrote
    fleet.sign("v1.0")
    with pytest.raises(RegistryRefusal, match="another publisher"):
        other.sign("v1.0", {"v1.0"})
    assert fleet.trust.release("v1.0").sequence == 1


def test_what_an_interrupted_signing_left_hinders_nobody(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.release("v1.0")
    fleet.register("v2.0")
    with monkeypatch.context() as patched:
        patched.setattr(fleet.publisher, "_show", _cut_the_power)
        with pytest.raises(KeyboardInterrupt):
            fleet.sign("v2.0")
    assert fleet.trust.release("v1.0").sequence == 1
    with pytest.raises(Untrusted, match="not signed"):
        fleet.trust.release("v2.0")
    assert fleet.sign("v2.0").sequence == 2
    assert fleet.trust.release("v2.0").sequence == 2


@pytest.mark.parametrize("role", ["root", "targets", "freshness"])
@pytest.mark.parametrize("moment", range(1, 6))
def test_an_interrupted_rotation_is_finished(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, role: str, moment: int
) -> None:
    """The power goes at each write that the rotation makes, one after the other."""
    fleet.release("v1.0")
    fleet.update()
    writes = 0

    def count() -> None:
        nonlocal writes
        writes += 1
        if writes == moment:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        for name in ("create", "put"):
            patched.setattr(fleet.store, name, _counted(getattr(fleet.store, name), count))
        patched.setattr(Rotation, "prepare", _counted(Rotation.prepare, count))
        try:
            fleet.publisher.rotate(role)
        except KeyboardInterrupt:
            assert writes == moment
    fleet.release("v2.0")
    assert fleet.update().version == "v2.0"
    fleet.publisher.rotate(role)
    fleet.release("v3.0")
    assert fleet.update().version == "v3.0"


def _counted(call: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    def counted(*arguments: Any, **options: Any) -> Any:
        count()
        return call(*arguments, **options)

    return counted


def _cut_the_power(timestamp: bytes) -> None:
    raise KeyboardInterrupt
