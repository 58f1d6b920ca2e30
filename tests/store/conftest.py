"""Stores of every kind, and a local tree to publish from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from tests.store.trees import fill

KINDS = (
    "memory",
    "folder",
    pytest.param("bucket", marks=pytest.mark.s3),
    pytest.param("plain_bucket", marks=pytest.mark.s3),
)
OpenStore = Callable[[str], Store]


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Give an empty store of the kind that the test is parametrized with; a folder by default."""
    return new_store(request, getattr(request, "param", "folder"), tmp_path, "store")


@pytest.fixture
def tree(tmp_path: Path) -> LocalTree:
    """Give a local tree with a small reference database and three scans."""
    return fill(LocalTree(tmp_path / "here"))


@pytest.fixture
def other_tree(tmp_path: Path) -> LocalTree:
    """Give an empty local tree."""
    return LocalTree(tmp_path / "there")


def new_store(request: pytest.FixtureRequest, kind: str, tmp_path: Path, name: str) -> Store:
    """Open an empty store of a kind."""
    if kind == "memory":
        return open_store("memory://")
    if kind == "folder":
        return open_store(str(tmp_path / name))
    return open_store(f"{request.getfixturevalue(kind)}/project/{name}")


every_store = pytest.mark.parametrize("store", KINDS, indirect=True)
