from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import cardlens
from cardlens.training.experiment_source import Code, Data
from tests.training.drawn_data import CARDS, drawn_data

GIT = shutil.which("git")


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_a_checkout_names_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        assert GIT is not None
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        done = subprocess.run([GIT, "-C", str(tmp_path), *identity, *arguments], capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("init", "-q")
    (tmp_path / "code.py").write_text("x = 1\n", encoding="utf-8")
    git("add", "code.py")
    git("commit", "-q", "-m", "one")
    assert Code.running(tmp_path) == Code(cardlens.__version__, git("rev-parse", "HEAD"), changed=False)
    (tmp_path / "code.py").write_text("x = 2\n", encoding="utf-8")
    assert Code.running(tmp_path).changed is True


@pytest.mark.skipif(GIT is None, reason="git is not installed")
def test_an_installed_package_inside_a_checkout_is_not_of_its_commit(tmp_path: Path) -> None:
    assert GIT is not None
    subprocess.run([GIT, "-C", str(tmp_path), "init", "-q"], check=True)
    (tmp_path / "venv").mkdir()
    assert Code.running(tmp_path / "venv") == Code(cardlens.__version__, None, None)


def test_without_git_there_is_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert Code.running(tmp_path) == Code(cardlens.__version__, None, None)


def test_data_are_known_by_their_digest(tmp_path: Path) -> None:
    data, cache, _ = drawn_data(tmp_path)
    alone = Data.of(data, cache)
    assert (alone.pictures, len(alone.scans), alone.manifest) == (len(CARDS), 64, None)
    (data / "manifest.json").write_text(json.dumps({"digest": "b" * 64}), encoding="utf-8")
    assert Data.of(data, cache) == Data(len(CARDS), alone.scans, "b" * 64)
    (data / "manifest.json").write_text("{", encoding="utf-8")
    assert Data.of(data, cache).manifest is None
    (data / "processed").mkdir()
    (data / "processed" / "manifest.json").write_text(json.dumps({"digest": "c" * 64}), encoding="utf-8")
    assert Data.of(data, cache).manifest == "c" * 64
