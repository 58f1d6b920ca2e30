"""A Ray cluster of two nodes of one core, shared by all tests here, and small photos of drawn cards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cardlens.recognition.raster import resize
from cardlens.settings import BUNDLED, Settings

cluster_utils = pytest.importorskip("ray.cluster_utils", reason="the extra scale is not installed")

# a node that is gone is given up after four seconds, not after half a minute
_SOON_MISSED = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 3000,
    "health_check_failure_threshold": 3,
}
_STORE = 80_000_000  # bytes of Ray's object store a node: Ray's least, and more than is needed


class TwoNodes:
    """A head without cores, and nodes of one core each."""

    def __init__(self) -> None:
        head = {
            "num_cpus": 0,
            "object_store_memory": _STORE,
            "include_dashboard": False,
            "_system_config": _SOON_MISSED,
        }
        self.cluster: Any = _patiently(lambda: cluster_utils.Cluster(initialize_head=True, head_node_args=head))
        self.nodes = [self.add(), self.add()]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def add(self) -> Any:
        return _patiently(lambda: self.cluster.add_node(num_cpus=1, object_store_memory=_STORE))

    def kill(self) -> None:
        """End one node as a power cut does."""
        self.cluster.remove_node(self.nodes.pop(0), allow_graceful=False)


def _patiently(start: Any) -> Any:
    """Ray gives its processes half a minute to start, which a busy machine may not have for them."""
    for _ in range(4):
        try:
            return start()
        except Exception as error:  # Ray raises a bare one
            failure = error
    raise failure


@pytest.fixture(scope="session")
def two_nodes() -> Iterator[TwoNodes]:
    """Give a cluster; starting one takes ten seconds."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = TwoNodes()
    yield made
    made.cluster.shutdown()


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen looks at the demo photo, each a little different and small, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    whole = np.asarray(Image.open(BUNDLED / "demo" / "demo.jpg").convert("RGB"))
    save_photos(whole, folder, 11)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    return folder


def save_photos(whole: np.ndarray[Any, np.dtype[np.uint8]], folder: Path, count: int) -> None:
    """Cut `count` parts of a card or two out of a photo."""
    rng = np.random.default_rng(5)
    high, wide = whole.shape[:2]
    for number in range(count):
        top, left = int(rng.integers(0, high // 2)), int(rng.integers(0, wide * 2 // 3))
        part = np.ascontiguousarray(whole[top : top + high // 2, left : left + wide // 3])
        Image.fromarray(resize(part, 480, 540)).save(folder / f"{number:03d}.jpg", quality=90)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """What is bundled, read by one thread as the workers do."""
    return Settings(threads=1)
