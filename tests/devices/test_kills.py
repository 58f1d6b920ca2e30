"""`kill -9` at random moments of an update. CARDLENS_KILLS sets how many; the default is for every day."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardlens.devices.files import is_right
from cardlens.store.address import open_store
from tests.devices.fleet import Fleet

PROGRAM = Path(__file__).with_name("updating.py")
KILLS = int(os.environ.get("CARDLENS_KILLS", "2"))


def big_contents(name: str) -> dict[str, bytes]:
    """A version of 40 files; a quarter of them is the same in all versions."""
    noise = random.Random(name)
    return {
        f"models/part-{at:02d}.onnx": (b"the same" if at % 4 == 0 else noise.randbytes(8)) * 25_000 + bytes([at])
        for at in range(40)
    }


def start(store: str, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROGRAM), store, str(home)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def finish(process: subprocess.Popen[str]) -> dict[str, object]:
    out, _ = process.communicate()
    assert process.returncode == 0
    report: dict[str, object] = json.loads(out)
    return report


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store is."""
    if request.param == "s3":
        return f"{request.getfixturevalue('bucket')}/cards"
    return str(tmp_path / "store")


@pytest.fixture
def fleet(address: str, tmp_path: Path) -> Fleet:
    """A publisher and its first version."""
    fleet = Fleet(open_store(address), tmp_path)
    fleet.begin()
    fleet.release("v1.0", big_contents("v1.0"))
    return fleet


def test_killed_at_any_moment_the_device_has_a_whole_release_and_goes_on(fleet: Fleet, address: str) -> None:
    randomness, home = random.Random(4), fleet.home
    first = start(address, home.folder)
    began = time.monotonic()
    finish(first)
    duration = time.monotonic() - began
    landed: list[str] = []  # shown where an assertion fails
    for kill in range(KILLS):
        release = fleet.release(f"v2.{kill}", big_contents(f"v2.{kill}"))
        before = home.running_name()
        process = start(address, home.folder)
        time.sleep(randomness.uniform(0, duration))
        process.kill()
        process.wait()
        now = home.running_name()
        assert now is not None
        assert now in {before, release.folder_name}
        assert home.damaged(now) == []
        landed.append("after the switch" if now != before else "before")
        staged = [
            path for path, file in release.version.files.items() if is_right(home.staging_folder(release) / path, file)
        ]
        report = finish(start(address, home.folder))
        assert home.running_name() == release.folder_name
        assert home.damaged(release.folder_name) == []
        assert len(home.names()) <= 2
        if now == before:
            assert isinstance(report["files"], int)
            assert report["files"] <= 30 - sum(not _shared(path) for path in staged)  # the rest only
    print(f"{KILLS} kills: {landed.count('before')} before the switch")  # noqa: T201 - pytest -s shows it
    assert len(landed) == KILLS


def _shared(path: str) -> bool:
    return int(path[-7:-5]) % 4 == 0
