from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from cardlens.devices.asking import ask
from cardlens.errors import CardlensError
from cardlens.store.registry_deployed import DeviceReport

REPORT = DeviceReport("scanner-1", "v2.0", 4, "2026-01-11T00:00:00+00:00", "2026-01-12T00:00:00+00:00")


def ssh(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """Put another ssh in front of the real one; gives the file in which it writes what it was called with."""
    program, called = folder / "ssh", folder / "called"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {called}\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return called


def test_a_device_answers_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer.json").write_text(json.dumps({"report": asdict(REPORT)}))
    called = ssh(tmp_path, monkeypatch, f"cat {tmp_path / 'answer.json'}")
    assert ask("pi@scanner-1") == REPORT
    assert called.read_text().splitlines()[-2:] == ["pi@scanner-1", "cardlens device status --json"]


def test_no_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh(tmp_path, monkeypatch, "echo 'ssh: connect to host scanner-9: No route to host' >&2; exit 255")
    assert ask("scanner-9").error == "no answer: ssh: connect to host scanner-9: No route to host"
    ssh(tmp_path, monkeypatch, "echo '{}'")
    assert (ask("scanner-9").error or "").startswith("no answer")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert (ask("scanner-9").error or "").startswith("no answer")


@pytest.mark.parametrize("host", ["-oProxyCommand=id", "a b", "", "a;b", "pi@", "$(id)"])
def test_what_is_no_host_is_never_given_to_ssh(host: str) -> None:
    with pytest.raises(CardlensError, match="not a host"):
        ask(host)
