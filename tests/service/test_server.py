"""The service as a process of its own: workers, reloads that reach them all, and how it stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

TOKEN = "four words nobody guesses"  # noqa: S105 (of a test)
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    http: httpx.Client
    log: Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Start two workers behind a token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"CARDLENS_TOKEN": TOKEN, "CARDLENS_COLLECTION": str(tmp_path / "cards.db")}
    log = tmp_path / "log"
    command = [sys.executable, "-m", "cardlens", "serve", "--port", str(port), "--workers", "2"]
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stderr=file, stdout=file)
    limits = httpx.Limits(max_keepalive_connections=0)  # each request may reach another worker
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, timeout=120, limits=limits) as http:
        service = Service(process, http, log)
        wait_for(lambda: opened(log) == 2)
        yield service
    process.kill()
    process.wait()


def wait_for(there: object) -> None:
    for _ in range(1200):
        if callable(there) and there():
            return
        time.sleep(0.1)
    pytest.fail("it did not come within two minutes")


def opened(log: Path) -> int:
    """How often a worker has opened models and database."""
    return log.read_text(encoding="utf-8").count('"message": "opened"')


def test_workers_share_a_reload_and_their_numbers_and_end_what_they_began(service: Service, demo: bytes) -> None:
    assert httpx.get(f"{service.http.base_url}v1/reference").status_code == 401
    assert service.http.post("/v1/reference/reload").json()["generation"] == 2
    wait_for(lambda: opened(service.log) == 4)
    for _ in range(5):
        assert service.http.get("/v1/cards/demo-1").status_code == 200
    assert 'route="/v1/cards/{card_id}",status="200"} 5.0' in service.http.get("/metrics").text
    statuses: list[int] = []

    def post() -> None:
        answer = service.http.post("/v1/identify", content=demo, headers={"Content-Type": "image/jpeg"})
        statuses.append(answer.status_code)

    under_way = threading.Thread(target=post)
    under_way.start()
    time.sleep(0.3)
    service.process.send_signal(signal.SIGTERM)
    under_way.join(timeout=120)
    assert statuses == [200]
    service.process.wait(timeout=60)
    lines = service.log.read_text(encoding="utf-8").splitlines()[1:]
    assert all(json.loads(line) for line in lines if line.startswith("{"))
    assert not any("Traceback" in line for line in lines)
    assert TOKEN not in "".join(lines)
