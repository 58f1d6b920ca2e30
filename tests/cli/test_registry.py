from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.assembled import save_calibration, save_models, save_reference
from tests.cli.doubles import Run
from tests.store.registered import GOOD


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLENS_STORE", str(tmp_path / "store"))
    for name in ("CARDLENS_REGISTRY", "CARDLENS_GROUP"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str | Path, ...]:
    """What `register` takes for a small version; golden crops come from a double, as these models name nothing."""
    digest = save_models(tmp_path / "models")
    save_calibration(tmp_path / "models", digest)
    save_reference(tmp_path / "reference", digest)
    (tmp_path / "figures.json").write_text(json.dumps({**GOOD, "embedder": digest}))
    golden = ModuleType("cardlens.devices.golden")

    def make_golden(models: Path, reference: Path, folder: Path) -> None:
        folder.mkdir()
        (folder / "answers.json").write_text("{}")

    vars(golden)["make_golden"] = make_golden
    monkeypatch.setitem(sys.modules, "cardlens.devices.golden", golden)
    return (
        *("--models", tmp_path / "models", "--reference", tmp_path / "reference"),
        *("--figures", tmp_path / "figures.json"),
    )


@pytest.fixture
def registered(run: Run, arguments: tuple[str | Path, ...], tmp_path: Path) -> None:
    """Two versions, pending; the second with a further file."""
    assert run("registry", "register", "v1.0", *arguments, "--by", "ash", "--apply").code == 0
    (tmp_path / "models" / "student.hef").write_bytes(b"for a Hailo-8")
    assert run("registry", "register", "v2.0", *arguments, "--parent", "data=v1.0", "--apply").code == 0


def test_register_plans_first_and_acts_with_apply(run: Run, arguments: tuple[str | Path, ...], tmp_path: Path) -> None:
    planned = run("registry", "register", "v1.0", *arguments)
    assert planned.code == 0
    assert "not registered yet: give --apply" in planned.out
    assert not (tmp_path / "store").exists()
    done = json.loads(run("registry", "register", "v1.0", *arguments, "--apply", "--json").out)
    assert (done["version"], done["applied"]) == ("v1.0", True)
    assert "models/embedder.onnx" in done["files"]
    assert [one["status"] for one in json.loads(run("registry", "list", "--json").out)] == ["pending"]


@pytest.mark.usefixtures("registered")
def test_a_version_is_approved_shown_and_archived(run: Run) -> None:
    approved = run("registry", "approve", "v2.0", "--by", "misty", "--note", "looked through")
    assert approved.code == 0
    assert "v2.0: approved by misty; sign it for devices" in approved.out
    shown = json.loads(run("registry", "show", "v2.0", "--json").out)
    assert (shown["status"], shown["decided_by"], shown["parents"]) == ("approved", "misty", {"data": "v1.0"})
    assert all(gate["holds"] for gate in shown["gates"])
    assert [decision["status"] for decision in shown["history"]] == ["pending", "approved"]
    assert "gate parity" in run("registry", "show", "v2.0").out
    assert json.loads(run("registry", "archive", "v1.0", "--json").out)["status"] == "archived"
    assert run("registry", "reject", "v2.0").code == 0
    table = run("registry", "list").out
    assert "archived" in table
    assert "rejected" in table


@pytest.mark.usefixtures("registered")
def test_a_gate_that_fails_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLENS_GATE_ARTWORK_R1", "0.999")
    refused = run("registry", "approve", "v1.0")
    assert refused.code == 1
    assert "v1.0: not approved, accuracy: artwork R@1 97.00 %" in refused.err
    assert len(refused.err.splitlines()) == 1


@pytest.mark.usefixtures("registered")
def test_versions_are_compared(run: Run) -> None:
    found = json.loads(run("registry", "compare", "v1.0", "v2.0", "--json").out)
    assert found["files"]["models/student.hef"] == "added"
    assert found["download"] == len(b"for a Hailo-8")
    said = run("registry", "compare", "v1.0", "v2.0").out
    assert "models/student.hef" in said
    assert "0 cards more in v2.0" in said


@pytest.mark.usefixtures("registered")
def test_a_flipped_bit_is_found(run: Run, tmp_path: Path) -> None:
    assert "2 versions: every byte is right" in run("registry", "verify").out
    files = json.loads(run("registry", "show", "v1.0", "--json").out)["files"]
    folder = tmp_path / "store" / "models" / "registry" / "pokemon-card-embedding" / "files"
    rotten, lost = (folder / files[f"models/{name}.onnx"]["sha256"] for name in ("embedder", "detector"))
    content = bytearray(rotten.read_bytes())
    content[9] ^= 4
    rotten.write_bytes(content)
    lost.unlink()
    found = run("registry", "verify", "--json")
    faults = {fault["path"]: fault for fault in json.loads(found.out)["faults"]}
    assert found.code == 1
    assert {path: fault["what"] for path, fault in faults.items()} == {
        "models/embedder.onnx": "damaged",
        "models/detector.onnx": "missing",
    }
    assert faults["models/embedder.onnx"]["versions"] == ["v1.0", "v2.0"]
    assert "heal it: cardlens store heal --from BACKUP" in run("registry", "verify", "v2.0").out


def test_an_empty_registry_and_no_devices_are_said(run: Run) -> None:
    assert "no version in pokemon-card-embedding yet" in run("registry", "list").out
    assert "no device has reported yet" in run("registry", "deployed").out
    assert json.loads(run("registry", "deployed", "--json").out) == {"approved": None, "devices": []}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "v9"), "no such version"),
        (("approve", "../v9"), "not a name"),
        (("list", "--backend", "oracle"), "--backend store or --backend sagemaker"),
        (("list", "--store", "ftp://x"), "not a store"),
        (("list", "--backend", "sagemaker"), "not in S3"),
        (("deployed", "--ask", "-oProxyCommand=id"), "not a host"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ended = run("registry", *arguments)
    assert ended.code == 1
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_parent_without_a_name_is_refused(run: Run, arguments: tuple[str | Path, ...]) -> None:
    ended = run("registry", "register", "v1.0", *arguments, "--parent", "v1.0")
    assert ended.code == 1
    assert "WHAT=WHICH" in ended.err


@pytest.mark.parametrize(
    "command", ["list", "show", "register", "approve", "reject", "archive", "deployed", "compare", "verify"]
)
def test_help_shows_examples(run: Run, command: str) -> None:
    ended = run("registry", command, "--help")
    assert ended.code == 0
    assert f"cardlens registry {command}" in ended.out
