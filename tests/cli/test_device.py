from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

pytest.importorskip("tuf", reason="the extra device is not installed")

from cardlens.cli import device_work
from cardlens.store.address import open_store
from cardlens.store.registry_deployed import reports
from tests.cli.doubles import Run
from tests.devices.fleet import PASSPHRASE, Fleet, passes


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """A store with an approved version; keys are made by the command, and self-tests pass."""
    for name in ("CARDLENS_TRUST", "CARDLENS_GROUP", "CARDLENS_REGISTRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CARDLENS_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("CARDLENS_DEVICE_HOME", str(tmp_path / "device"))
    monkeypatch.setenv("CARDLENS_DEVICE_NAME", "scanner-1")
    monkeypatch.setenv("CARDLENS_KEYS_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(device_work, "examine_apart", passes)
    fleet = Fleet(open_store(str(tmp_path / "store")), tmp_path)
    fleet.register("v1.0")
    return fleet


def publish(run: Run, fleet: Fleet, version: str) -> None:
    keys = str(fleet.keys.folder)
    assert run("device", "release", "sign", version, "--keys", keys, "--apply").code == 0


def begin(run: Run, fleet: Fleet) -> str:
    ended = run("device", "release", "begin", "--keys", str(fleet.keys.folder), "--apply", "--json")
    assert ended.code == 0, ended.err
    digest: str = json.loads(ended.out)["sha256"]
    return digest


def test_from_keys_to_a_running_release_and_back(run: Run, fleet: Fleet, tmp_path: Path) -> None:
    begin(run, fleet)
    publish(run, fleet, "v1.0")
    assert run("device", "trust", fleet.keys.folder / "root.json").code == 0
    assert "would be installed" in run("device", "update", "--plan").out
    assert not fleet.home.current.exists()
    done = json.loads(run("device", "update", "--json").out)
    assert (done["action"], done["version"], done["reported"]) == ("installed", "v1.0", True)
    assert "v1.0 runs (signature 1); it is the approved one" in run("device", "update").out
    assert [(one.device, one.version) for one in reports(fleet.store)] == [("scanner-1", "v1.0")]
    assert "scanner-1" in run("registry", "deployed").out

    fleet.register("v2.0")
    publish(run, fleet, "v2.0")
    assert json.loads(run("registry", "deployed", "--json").out)["approved"] == "v2.0"
    assert "behind" in run("registry", "deployed").out
    assert "v2.0 runs (signature 2)" in run("device", "update").out
    assert "v1.0 runs again" in run("device", "rollback", "--note", "Mew").out
    assert "was rolled back here" in run("device", "update").out
    shown = run("device", "status")
    assert (shown.code, "rolled back" in shown.out) == (0, True)


def test_status_says_what_runs_and_what_is_damaged(run: Run, fleet: Fleet) -> None:
    assert run("device", "status").code == 1
    digest = begin(run, fleet)
    publish(run, fleet, "v1.0")
    assert run("device", "trust", "--sha256", digest).code == 0
    run("device", "update")
    assert run("device", "status", "--verify").code == 0
    weights = fleet.home.current / "models" / "embedder.onnx"
    weights.chmod(0o644)
    weights.write_bytes(b"rotten")
    found = run("device", "status", "--verify", "--json")
    record = json.loads(found.out)
    assert (found.code, record["damaged"]) == (1, ["models/embedder.onnx"])
    assert record["report"]["device"] == "scanner-1"


def test_a_device_may_be_told_whom_to_believe_by_its_environment(
    run: Run, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = begin(run, fleet)
    publish(run, fleet, "v1.0")
    monkeypatch.setenv("CARDLENS_TRUST", "0" * 64)
    assert "ask the publisher" in run("device", "update").err
    monkeypatch.setenv("CARDLENS_TRUST", digest)
    assert run("device", "update").code == 0


def test_what_failed_is_one_line_remembered_and_reported(run: Run, fleet: Fleet) -> None:
    begin(run, fleet)
    assert run("device", "trust", fleet.keys.folder / "root.json").code == 0
    ended = run("device", "update")
    assert ended.code == 1
    assert "approved, but not signed" in ended.err
    assert len(ended.err.splitlines()) == 1
    assert "approved, but not signed" in (reports(fleet.store)[0].error or "")
    assert "not signed" in json.loads(run("device", "status", "--json").out)["last_update"]["error"]


def test_the_publisher_plans_first(run: Run, fleet: Fleet) -> None:
    keys = str(fleet.keys.folder)
    assert "give --apply" in run("device", "release", "begin", "--keys", keys).out
    assert not fleet.keys.folder.exists()
    begin(run, fleet)
    before = sorted(listed.path for listed in fleet.store.list())
    for command in (("sign", "v1.0"), ("refresh",), ("rotate", "targets")):
        planned = run("device", "release", *command, "--keys", keys)
        assert (planned.code, "give --apply" in planned.out) == (0, True)
    assert sorted(listed.path for listed in fleet.store.list()) == before


def test_keys_are_renewed_and_signatures_refreshed(run: Run, fleet: Fleet) -> None:
    keys = str(fleet.keys.folder)
    begin(run, fleet)
    assert run("device", "trust", fleet.keys.folder / "root.json").code == 0
    assert run("device", "release", "rotate", "root", "--keys", keys, "--apply").code == 0
    publish(run, fleet, "v1.0")
    until = json.loads(run("device", "release", "refresh", "--keys", keys, "--apply", "--json").out)["until"]
    assert until > "2026"
    assert run("device", "update").code == 0
    root = (fleet.keys.folder / "root.json").read_bytes()
    assert json.loads(root)["signed"]["version"] == 2
    assert hashlib.sha256(root).hexdigest() not in run("device", "release", "rotate", "nobody", "--keys", keys).err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trust",), "give either"),
        (("trust", "none.json"), "cannot be read"),
        (("rollback",), "nothing to go back to"),
        (("self-test",), "no release installed"),
        (("update",), "trusts nobody yet"),
        (("update", "--name", "../x"), "not a name"),
        (("release", "sign", "v9", "--keys", "keys"), "approve it first"),
        (("release", "rotate", "nobody", "--keys", "keys"), "no such key"),
        (("release", "sign", "v1.0", "--keys", "keys", "--apply"), "no root here"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, fleet: Fleet, arguments: tuple[str, ...], said: str) -> None:
    ended = run("device", *arguments)
    assert ended.code == 1
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["update", "status", "rollback", "trust", "self-test", "release"])
def test_help_shows_examples(run: Run, command: str) -> None:
    ended = run("device", command, "--help")
    assert ended.code == 0
    assert f"cardlens device {command}" in ended.out
