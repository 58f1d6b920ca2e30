"""A Ray cluster of several nodes on this machine: for trials and tests, as nodes can be killed in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Self

_STORE = 80_000_000  # bytes of Ray's object store a node: Ray's least, and more than is needed
# a node that is gone is given up after some seconds, not after half a minute
_SOON_MISSED = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 4000,
    "health_check_failure_threshold": 4,
}
_TRIES = 8
_NICENESS = "RAY_worker_niceness"


class LocalCluster:
    """A head without cores, and nodes of one core each."""

    def __init__(self, nodes: int = 2) -> None:
        """Start it; on a quiet machine that takes ten seconds."""
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        # Ray gives its workers what others leave, which on a busy machine is nothing
        os.environ[_NICENESS] = "0"
        from ray.cluster_utils import Cluster  # noqa: PLC0415 - two seconds

        head = {"num_cpus": 0, "object_store_memory": _STORE, "_system_config": _SOON_MISSED}
        head["include_dashboard"] = False
        self._cluster: Any = _patiently(lambda: Cluster(initialize_head=True, head_node_args=head))
        self.nodes: list[Any] = []
        for _ in range(nodes):
            self.add()

    @property
    def address(self) -> str:
        """Where drivers join it."""
        return str(self._cluster.address)

    def add(self) -> None:
        """Add a node of one core."""
        self.nodes.append(_patiently(lambda: self._cluster.add_node(num_cpus=1, object_store_memory=_STORE)))

    def kill(self) -> None:
        """End one node with everything on it, as a power cut does."""
        self._cluster.remove_node(self.nodes.pop(0), allow_graceful=False)

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every node."""
        self._cluster.shutdown()


def _patiently(start: Callable[[], Any]) -> Any:
    """Ray gives its processes half a minute to start, which a busy machine may not have for them."""
    for _ in range(_TRIES - 1):
        try:
            return start()
        except Exception:  # noqa: S112 - Ray raises a bare one; the last try tells
            continue
    return start()
