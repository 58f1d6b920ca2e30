"""The same service as replicas on a Ray cluster: `serve run cardlens.service.on_ray:application replicas=4`.

Each replica is the application of `cardlens serve` with models of its own; Ray Serve shares requests out and starts
again what is lost. Needs the extras `serve` and `scale`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from ray import serve

from cardlens.errors import CardlensError
from cardlens.service.app import create_app
from cardlens.service.options import Limits, ServiceOptions
from cardlens.settings import Settings

_ARGUMENTS = {"replicas", "most_replicas", "name"}


def application(arguments: dict[str, Any]) -> serve.Application:
    """Build the application of Ray Serve.

    Everything else is set in the environment of the nodes, as for `cardlens serve`: `CARDLENS_REFERENCE`,
    `CARDLENS_COLLECTION`, `CARDLENS_TOKEN`. A token that were an argument could be read on Ray's dashboard.

    Args:
        arguments: `replicas`, how many there are, 1 by default; `most_replicas`, up to how many are added while
            requests wait; `name`, the host name that users come by.

    Raises:
        CardlensError: an argument is none of these, or no such number.
    """
    unknown = set(arguments) - _ARGUMENTS
    if unknown:
        raise CardlensError(
            f"{', '.join(sorted(unknown))}: no such argument; there are {', '.join(sorted(_ARGUMENTS))}"
        )
    least, most = _count(arguments, "replicas", 1), _count(arguments, "most_replicas", 0)
    name = str(arguments.get("name", ""))

    def build() -> FastAPI:
        return create_app(options_of_replica(name))

    scaling: dict[str, Any] = (
        {"autoscaling_config": {"min_replicas": least, "max_replicas": most}} if most else {"num_replicas": least}
    )
    deployment = serve.deployment(
        name="cardlens",
        ray_actor_options={"num_cpus": 1},
        max_ongoing_requests=Limits().requests + Limits().live,  # beyond them the service itself says 429
        health_check_timeout_s=60,
        **scaling,
    )
    built: serve.Application = deployment(serve.ingress(build)()).bind()
    return built


def options_of_replica(name: str) -> ServiceOptions:
    """Give what one replica runs with: one photo at a time, one thread, and a token where the node has one."""
    settings = replace(Settings.from_environment(), threads=1)
    return ServiceOptions(
        settings=settings,
        token=os.environ.get("CARDLENS_TOKEN"),
        names=(name,) if name else (),
        workers=os.cpu_count() or 1,  # a replica a core: each has one
    )


def _count(arguments: dict[str, Any], name: str, default: int) -> int:
    text = str(arguments.get(name, default))
    if not (text.isascii() and text.isdigit()):
        raise CardlensError(f"{name}={text}: not a whole number; give one, such as {name}=4")
    return int(text)
