"""Load on a service of this computer: many clients post photos, and what they met is told in figures.

`python -m cardlens.service.load --clients 50 --seconds 60` starts a service, loads it, and ends it. With `--url` and
`--pid` it loads one that runs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from cardlens.errors import CardlensError
from cardlens.service.options import is_loopback
from cardlens.service.started import memory_of, started
from cardlens.settings import BUNDLED

_MOST_CLIENTS, _MOST_SECONDS = 200, 3600.0


@dataclass(slots=True)
class Met:
    """What the clients met.

    Attributes:
        seconds: how long each accepted photo took; a refused one that was sent again counts from its last sending.
        statuses: how often each HTTP status came; "error" for what was no answer.
        memory: of the service and its workers, in bytes, once a second; empty where its process is not known.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """The figures that the goal is put in."""
        ordered = sorted(self.seconds)
        middle, slow = (_quantile(ordered, part) for part in (0.5, 0.99))
        settled = self.memory[len(self.memory) // 5 :] or [0]
        half = max(len(settled) // 2, 1)
        return {
            "accepted": len(ordered),
            "statuses": dict(sorted(self.statuses.items())),
            "p50_seconds": round(middle, 3),
            "p99_seconds": round(slow, 3),
            "p99_by_p50": round(slow / middle, 2) if middle else None,
            "memory_megabytes": {
                "first_half": round(sum(settled[:half]) / half / 1e6, 1),
                "second_half": round(sum(settled[half:] or [0]) / max(len(settled) - half, 1) / 1e6, 1),
                "most": round(max(settled) / 1e6, 1),
            },
        }


def _quantile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


async def post_photos(url: str, photo: bytes, clients: int, seconds: float, pid: int | None = None) -> Met:
    """Let `clients` post a photo again and again; raises `CardlensError` where the service is on another computer."""
    if not is_loopback(urlsplit(url).hostname or ""):
        raise CardlensError(f"{url}: not on this computer; load is made on one's own service only")
    met, until = Met(), time.monotonic() + min(seconds, _MOST_SECONDS)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits, trust_env=False) as client:
        watching = asyncio.create_task(_watch_memory(met, pid))
        await asyncio.gather(*(_one_client(client, photo, until, met) for _ in range(min(clients, _MOST_CLIENTS))))
        watching.cancel()
    return met


async def _one_client(client: httpx.AsyncClient, photo: bytes, until: float, met: Met) -> None:
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            answer = await client.post("/v1/identify", content=photo, headers={"Content-Type": "image/jpeg"})
        except httpx.HTTPError as error:
            met.statuses[f"error {type(error).__name__}"] += 1
            continue
        met.statuses[str(answer.status_code)] += 1
        if answer.status_code == 200:
            met.seconds.append(time.monotonic() - began)
        elif answer.status_code == 429:
            wait = float(answer.headers["Retry-After"])
            await asyncio.sleep(max(0.0, min(wait, until - time.monotonic())))


async def _watch_memory(met: Met, pid: int | None) -> None:
    while pid is not None:
        met.memory.append(await asyncio.to_thread(memory_of, pid))
        await asyncio.sleep(1)


@contextmanager
def _service(url: str | None, pid: int | None, workers: int) -> Iterator[tuple[str, int | None]]:
    """The service that is meant, or one for the occasion, whose collection is thrown away."""
    if url is not None:
        yield url, pid
        return
    with tempfile.TemporaryDirectory(prefix="cardlens-load-") as folder:
        place = {"CARDLENS_COLLECTION": str(Path(folder) / "collection.db"), "CARDLENS_TOKEN": ""}
        with started(Path(folder) / "log", workers, place) as service:
            yield service.url, service.process.pid


def main() -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m cardlens.service.load", description=__doc__)
    parser.add_argument("--url", help="a service that runs; default: one is started for the occasion")
    parser.add_argument("--pid", type=int, help="its process, to watch its memory")
    parser.add_argument("--workers", type=int, default=1, help="of the service that is started")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--photo", type=Path, default=BUNDLED / "demo" / "demo.jpg")
    asked = parser.parse_args()
    with _service(asked.url, asked.pid, asked.workers) as (url, pid):
        met = asyncio.run(post_photos(url, asked.photo.read_bytes(), asked.clients, asked.seconds, pid))
    sys.stdout.write(json.dumps(met.figures(), indent=1) + "\n")


if __name__ == "__main__":
    main()
