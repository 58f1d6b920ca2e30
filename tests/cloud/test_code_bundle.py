from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from cardlens.cloud.code_bundle import bundle_code, requirements
from cardlens.errors import CardlensError


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a small package with what must not be packed beside it."""
    folder = tmp_path / "package"
    (folder / "cloud" / "__pycache__").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "cloud" / "__init__.py").write_text("")
    (folder / "cloud" / "container.py").write_text("def main():\n    print('runs')\n")
    (folder / "cloud" / "__pycache__" / "container.pyc").write_bytes(b"old")
    (folder / "weights.partial").write_bytes(b"half")
    return folder


def names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        return packed.getnames()


def test_the_same_code_gives_the_same_bytes(package: Path) -> None:
    first = bundle_code(package)
    (package / "__init__.py").touch()
    assert bundle_code(package).content == first.content
    (package / "__init__.py").write_text("# changed\n")
    assert bundle_code(package).path != first.path


def test_holds_the_package_the_program_and_nothing_else(package: Path) -> None:
    assert names(bundle_code(package).content) == [
        "cardlens/__init__.py",
        "cardlens/cloud/__init__.py",
        "cardlens/cloud/container.py",
        "requirements.txt",
        "train.py",
    ]


def test_the_program_runs_the_code_beside_it(package: Path, tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(bundle_code(package).content)) as packed:
        packed.extractall(tmp_path / "code", filter="data")
    ended = subprocess.run(
        [sys.executable, tmp_path / "code" / "train.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "runs\n"


def test_requirements_are_those_of_core_and_training(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["b>=1"]\n[project.optional-dependencies]\ntrain = ["a"]\naws = ["boto3"]\n'
    )
    assert requirements(tmp_path) == ["a", "b>=1"]


def test_requirements_without_a_checkout_are_the_installed_ones(tmp_path: Path) -> None:
    found = requirements(tmp_path)
    assert any(line.startswith(("torch<", "torch>")) for line in found)
    assert not any(line.startswith(("boto3", "pytest")) for line in found)


def test_what_is_too_large_is_not_packed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.cloud.code_bundle._LARGEST", 10)
    with pytest.raises(CardlensError, match="more than 10; take out"):
        bundle_code(package)
