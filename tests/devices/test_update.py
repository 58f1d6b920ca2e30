from __future__ import annotations

import errno
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.devices.home import DeviceError, DeviceHome
from cardlens.devices.release import Untrusted
from cardlens.devices.self_test import FailedSelfTest, SelfTest
from cardlens.devices.update import roll_back
from cardlens.store.errors import Damaged, StoreError
from cardlens.store.objects import Found, Store
from cardlens.store.registry_candidate import file_path
from cardlens.store.registry_status import Status
from tests.devices.fleet import Fleet, passes
from tests.store.registered import contents, memory_store


def test_an_empty_device_gets_the_approved_version(fleet: Fleet) -> None:
    fleet.release("v1.0")
    outcome = fleet.update()
    assert (outcome.action, outcome.version, outcome.sequence) == ("installed", "v1.0", 1)
    assert (outcome.files, outcome.kept) == (4, 0)
    assert outcome.bytes == sum(map(len, contents("v1.0").values()))
    assert {
        str(file.relative_to(fleet.home.current.resolve())): file.read_bytes()
        for file in fleet.home.current.resolve().rglob("*.*")
        if file.name not in {"installed.json", "version.json"}
    } == contents("v1.0")


def test_only_what_differs_is_downloaded(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    fleet.release("v2.0")
    outcome = fleet.update()
    assert (outcome.files, outcome.kept) == (2, 2)
    assert outcome.bytes == len(b"weights of v2.0") + len(contents("v2.0")["reference/index.json"])
    assert fleet.running_weights() == "weights of v2.0"
    assert fleet.update().action == "up to date"


def test_nothing_approved_or_not_signed_changes_nothing(fleet: Fleet) -> None:
    with pytest.raises(DeviceError, match="no version is approved"):
        fleet.update()
    fleet.register("v1.0")
    with pytest.raises(Untrusted, match="approved, but not signed"):
        fleet.update()
    assert fleet.home.running() is None


def test_a_rejected_version_does_not_reach_devices(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    fleet.release("v2.0")
    fleet.registry.decide("v2.0", Status.REJECTED, "ash@lab", "names Mew twice")
    assert fleet.update().action == "up to date"
    assert fleet.running_weights() == "weights of v1.0"


def test_a_release_is_taken_back_everywhere_by_signing_the_one_before_again(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.release("v2.0")
    fleet.update()
    fleet.registry.decide("v2.0", Status.REJECTED, "ash@lab")
    with pytest.raises(Untrusted, match=r"signature 1 is older than 2.*release sign v1\.0"):
        fleet.update()
    assert fleet.sign("v1.0").sequence == 3
    outcome = fleet.update()
    assert (outcome.action, outcome.version, outcome.sequence) == ("installed", "v1.0", 3)


def test_a_release_that_fails_its_self_test_is_not_used(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    fleet.release("v2.0")

    def fails(folder: Path) -> SelfTest:
        raise FailedSelfTest(f"{folder}: takes a golden crop for another")

    with pytest.raises(FailedSelfTest):
        replace(fleet.updater(), self_test=fails).update()
    assert fleet.running_weights() == "weights of v1.0"
    assert fleet.update().bytes == 0  # what was fetched stays


def test_rolled_back_is_rolled_back_until_something_else_is_signed(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    fleet.release("v2.0")
    fleet.update()
    assert roll_back(fleet.home, "Mew", passes).version == "v1.0"
    assert fleet.running_weights() == "weights of v1.0"
    assert fleet.update().action == "held"
    assert fleet.running_weights() == "weights of v1.0"
    again = fleet.update(again=True)
    assert (again.action, again.bytes) == ("installed", 0)
    assert fleet.running_weights() == "weights of v2.0"
    fleet.release("v3.0")
    assert fleet.update().version == "v3.0"


def test_there_is_not_always_something_to_go_back_to(fleet: Fleet) -> None:
    with pytest.raises(DeviceError, match="nothing to go back to"):
        roll_back(fleet.home, "", passes)
    fleet.release("v1.0")
    fleet.update()
    with pytest.raises(DeviceError, match="nothing to go back to"):
        roll_back(fleet.home, "", passes)


def test_the_release_before_is_kept_and_those_before_are_not(fleet: Fleet) -> None:
    for name in ("v1.0", "v2.0", "v3.0"):
        fleet.release(name)
        fleet.update()
    assert fleet.home.names() == ["000002-v2.0", "000003-v3.0"]
    assert not (fleet.home.folder / "staging").exists()


def test_a_file_that_rots_on_the_card_is_healed(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    weights = fleet.home.current / "models" / "embedder.onnx"
    weights.chmod(0o644)
    weights.write_text("weightz of v1.0")
    outcome = fleet.update()
    assert (outcome.action, outcome.damaged, outcome.files) == ("healed", ("models/embedder.onnx",), 1)
    assert fleet.running_weights() == "weights of v1.0"
    assert fleet.home.names() == ["000001-v1.0+1"]


def test_a_damaged_record_of_the_device_is_mended(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    (fleet.home.current / "installed.json").write_text("{")
    assert fleet.update().action == "installed"
    running = fleet.home.running()
    assert running is not None
    assert running.version == "v1.0"


def test_bytes_that_are_not_the_signed_ones_are_refused(fleet: Fleet) -> None:
    release = fleet.release("v1.0")
    wanted = release.version.files["models/detector.onnx"]
    flipped = bytearray(contents("v1.0")["models/detector.onnx"])
    flipped[700] ^= 1
    fleet.store.put(file_path(wanted.sha256), bytes(flipped))
    with pytest.raises(Damaged, match="damaged"):
        fleet.update()
    assert fleet.home.running() is None
    fleet.store.put(file_path(wanted.sha256), contents("v1.0")["models/detector.onnx"])
    assert fleet.update().action == "installed"


def test_without_room_nothing_is_fetched(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.release("v1.0")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10**9, 10**9, 0))
    with pytest.raises(DeviceError, match="make room"):
        fleet.update()
    assert fleet.home.running() is None


def test_a_disk_that_is_full_after_all_is_one_line(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.release("v1.0")
    fleet.update()
    fleet.release("v2.0")

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "installed.json")

    with monkeypatch.context() as patched:
        patched.setattr(DeviceHome, "install", full)
        with pytest.raises(DeviceError, match=r"installed\.json: cannot be written \(No space left on device\)"):
            fleet.update()
    assert fleet.running_weights() == "weights of v1.0"
    assert fleet.update().version == "v2.0"


def test_installing_again_what_runs_is_no_healing(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    again = fleet.update(again=True)
    assert (again.action, again.bytes, again.damaged) == ("installed", 0, ())


def test_two_updates_do_not_run_at_once(fleet: Fleet) -> None:
    fleet.release("v1.0")
    with fleet.home.locked(), pytest.raises(DeviceError, match="another update is running"):
        fleet.update()
    assert fleet.update().action == "installed"


def test_a_service_that_has_the_old_files_open_goes_on_with_them(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.update()
    with (fleet.home.current / "models" / "embedder.onnx").open() as service:
        fleet.release("v2.0")
        fleet.update()
        assert service.read() == "weights of v1.0"


def test_a_current_that_is_no_link_is_said(fleet: Fleet) -> None:
    fleet.release("v1.0")
    fleet.home.current.mkdir(parents=True)
    with pytest.raises(DeviceError, match="is no link"):
        fleet.update()


def test_a_home_that_cannot_be_made_is_said(fleet: Fleet) -> None:
    fleet.release("v1.0")
    (fleet.folder / "file").touch()
    fleet.home = DeviceHome(fleet.folder / "file" / "device")
    with pytest.raises(DeviceError, match="cannot be written"):
        fleet.update()


class _Forbidding(Store):
    """A store that says "forbidden" of what is not there, as S3 does to those who may not list everything."""

    def read(self, path: str, limit: int = 1_000_000) -> Found | None:
        found = super().read(path, limit)
        if found is None:
            raise StoreError(f"{path}: these credentials may not do that here")
        return found


def test_a_store_that_forbids_to_ask_for_what_is_not_there_serves(tmp_path: Path) -> None:
    fleet = Fleet(memory_store(), tmp_path)
    fleet.begin()
    fleet.release("v1.0")
    fleet.publisher.rotate("root")
    fleet.sign("v1.0")
    fleet.store = _Forbidding(fleet.store._backend, "s3://bucket/cards")
    assert fleet.update().action == "installed"
    assert fleet.update().action == "up to date"
