from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from cardlens.devices import release
from cardlens.devices.keys import BadKey, KeyFolder
from cardlens.devices.publisher import Publisher
from cardlens.devices.release import Untrusted
from cardlens.store.errors import StoreError
from tests.devices.fleet import PASSPHRASE, RELEASES, Fleet
from tests.store.registered import memory_store

RECORDS = "models/registry/pokemon-card-embedding/versions"


def content(fleet: Fleet, path: str) -> bytes:
    found = fleet.store.read(path)
    assert found is not None
    return found.content


def change(fleet: Fleet, path: str, edit: Callable[[dict], None]) -> None:  # type: ignore[type-arg]
    record = json.loads(content(fleet, path))
    edit(record)
    fleet.store.put(path, json.dumps(record).encode())


def test_a_release_is_what_was_signed(fleet: Fleet) -> None:
    signed = fleet.release("v1.0")
    assert fleet.trust.release("v1.0") == signed
    assert signed.folder_name == "000001-v1.0"


def test_without_a_root_nobody_is_believed(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.trust.root_file.unlink()
    with pytest.raises(Untrusted, match="give it the publisher's root"):
        fleet.trust.release("v1.0")


@pytest.mark.parametrize("name", ["timestamp.json", "2.snapshot.json", "2.targets.json"])
def test_signed_metadata_that_was_tampered_with_is_refused(fleet: Fleet, name: str) -> None:
    fleet.release("v1.0")
    change(fleet, f"{RELEASES}/{name}", lambda record: record["signed"].update(expires="2099-01-01T00:00:00Z"))
    with pytest.raises(Untrusted, match="refused"):
        fleet.update()
    assert fleet.home.running() is None


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"signed": {}}', b"\xff" * 100, b"x" * 6_000_000])
def test_metadata_that_is_none_is_refused(fleet: Fleet, garbage: bytes) -> None:
    fleet.release("v1.0")
    fleet.store.put(f"{RELEASES}/timestamp.json", garbage)
    with pytest.raises((Untrusted, StoreError)):
        fleet.update()


def test_a_record_that_was_tampered_with_is_refused(fleet: Fleet) -> None:
    fleet.release("v1.0")
    change(fleet, f"{RECORDS}/v1.0.json", lambda record: record.update(note="mine"))
    with pytest.raises(Untrusted, match="refused"):
        fleet.update()


def test_another_signed_record_in_its_place_is_refused(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.release("v2.0")
    fleet.store.put(f"{RECORDS}/v2.0.json", content(fleet, f"{RECORDS}/v1.0.json"))
    with pytest.raises(Untrusted, match="refused"):
        fleet.trust.release("v2.0")


def test_releases_signed_by_other_keys_are_refused(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    for listed in list(fleet.store.list(RELEASES)):
        fleet.store.delete(listed.path)
    thief = Publisher(fleet.store, KeyFolder(fleet.folder / "stolen", lambda: PASSPHRASE))
    thief.begin()
    fleet.register("v2.0")
    thief.sign("v2.0", {"v1.0", "v2.0"})
    with pytest.raises(Untrusted, match="refused"):
        fleet.update()
    assert fleet.running_weights() == "weights of v1.0"


def test_a_store_that_was_turned_back_is_refused(fleet: Fleet) -> None:
    fleet.release("v1.0")
    before = content(fleet, f"{RELEASES}/timestamp.json")
    fleet.release("v2.0")
    fleet.update()
    fleet.store.put(f"{RELEASES}/timestamp.json", before)
    with pytest.raises(Untrusted, match="version"):
        fleet.update()
    assert fleet.running_weights() == "weights of v2.0"


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets", "root"])
def test_expired_signatures_are_refused_and_refreshed(fleet: Fleet, role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(release.EXPIRY, role, timedelta(seconds=-1))
        if role == "root":
            fleet.publisher.rotate("freshness")
        fleet.release("v1.0")
        with pytest.raises(Untrusted, match=r"expired.*clock"):
            fleet.update()
    if role == "root":
        fleet.publisher.rotate("freshness")
    fleet.sign("v1.0")
    assert fleet.update().action == "installed"


def test_refreshing_makes_the_signatures_count_on(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(release.EXPIRY, "timestamp", timedelta(seconds=-1))
        fleet.release("v1.0")
    fleet.publisher.refresh()
    assert fleet.update().action == "installed"


@pytest.mark.parametrize("role", ["root", "targets", "freshness"])
def test_devices_follow_new_keys_and_believe_the_old_no_more(fleet: Fleet, role: str) -> None:
    fleet.release("v1.0")
    fleet.update()
    old = (fleet.keys.folder / f"{role}.pem").read_bytes()
    fleet.publisher.rotate(role)
    fleet.release("v2.0")
    assert fleet.update().version == "v2.0"
    (fleet.keys.folder / f"{role}.pem").write_bytes(old)
    fleet.register("v3.0")
    with pytest.raises(BadKey, match="was it replaced"):
        fleet.publisher.rotate("root") if role == "root" else fleet.sign("v3.0")


def test_a_device_that_was_away_follows_two_new_roots(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.publisher.rotate("root")
    fleet.publisher.rotate("targets")
    assert fleet.sign("v1.0").sequence == 2
    assert fleet.update().sequence == 2


def test_the_root_may_come_from_the_store_by_its_digest(fleet: Fleet) -> None:
    root = (fleet.keys.folder / "root.json").read_bytes()
    digest = fleet.trust.give_root(root)
    fleet.trust.root_file.unlink()
    with pytest.raises(Untrusted, match="ask the publisher"):
        fleet.trust.fetch_root("0" * 64)
    with pytest.raises(Untrusted, match="64 characters"):
        fleet.trust.fetch_root("abc")
    assert fleet.trust.fetch_root(digest.upper() + "\n") == digest
    fleet.store = memory_store()
    with pytest.raises(Untrusted, match="no release is signed here"):
        fleet.trust.fetch_root(digest)


def test_what_is_no_root_is_not_believed(fleet: Fleet) -> None:
    before = fleet.trust.root_file.read_bytes()
    for wrong in (b"{}", content(fleet, f"{RELEASES}/timestamp.json"), before.replace(b"2", b"3")):
        with pytest.raises(Untrusted, match="no root"):
            fleet.trust.give_root(wrong)
    assert fleet.trust.root_file.read_bytes() == before
