"""A Ray cluster of two nodes of one core, shared by all tests here, and small photos of drawn cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="the extra scale is not installed")

from cardlens.assembly import open_recognizer
from cardlens.cli.naming import Failure, Naming
from cardlens.scale.local_cluster import LocalCluster
from cardlens.scale.trial_photos import save_photos
from cardlens.settings import Settings
from tests.scale.works import without_time


@pytest.fixture(scope="session")
def two_nodes() -> Iterator[LocalCluster]:
    """Give a cluster; starting one takes ten seconds."""
    with LocalCluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small photos of drawn cards, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    save_photos(folder, 11)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    return folder


@pytest.fixture(scope="session")
def settings() -> Settings:
    """What is bundled, read by one thread as the workers do."""
    return Settings(threads=1)


@pytest.fixture(scope="session")
def local(photos: Path, settings: Settings) -> dict[str, dict[str, Any]]:
    """What the local engine says of each photo, by file name."""
    naming = Naming(open_recognizer(settings), 5, 0.0, None)
    outcomes = {file.name: naming._name(file) for file in sorted(photos.iterdir())}
    assert sum(isinstance(outcome, Failure) for outcome in outcomes.values()) == 1
    return {name: without_time(json.dumps(outcome.as_json())) for name, outcome in outcomes.items()}
