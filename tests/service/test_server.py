"""The service as processes of its own: workers, reloads that reach them all, and how it stops."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cardlens.service.options import BadService
from cardlens.service.started import Started, family, memory_of, started

TOKEN = "four words nobody guesses"  # noqa: S105 (of a test)
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """Start two workers behind a token."""
    folder = tmp_path_factory.mktemp("server")
    variables = {"CARDLENS_TOKEN": TOKEN, "CARDLENS_COLLECTION": str(folder / "cards.db"), "CARDLENS_THREADS": "1"}
    with started(folder / "log", 2, variables) as service:
        yield service


def client(service: Started) -> httpx.Client:
    # no connection is kept: each request may reach another worker
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=service.url, headers=HEADERS, timeout=120, limits=limits, trust_env=False)


def test_a_reload_reaches_every_worker_and_their_numbers_add_up(service: Started) -> None:
    with client(service) as http:
        assert httpx.get(f"{service.url}/v1/reference", trust_env=False).status_code == 401
        assert http.post("/v1/reference/reload").json()["generation"] == 2
        service.wait_for(lambda: service.opened() >= 4)
        for _ in range(12):
            assert http.get("/v1/cards/demo-1").status_code == 200
        assert 'route="/v1/cards/{card_id}",status="200"} 12.0' in http.get("/metrics").text
    assert len(family(service.process.pid)) >= 3
    assert memory_of(service.process.pid) > 50_000_000


def test_what_is_under_way_ends_before_the_service_does(service: Started, demo: bytes) -> None:
    statuses: list[int] = []

    def post() -> None:
        with client(service) as http:
            answer = http.post("/v1/identify", content=demo, headers={"Content-Type": "image/jpeg"})
            statuses.append(answer.status_code)

    clients = [threading.Thread(target=post) for _ in range(4)]
    with client(service) as http:
        for thread in clients:
            thread.start()
        service.wait_for(lambda: waiting(http) > 0)
        service.process.send_signal(signal.SIGTERM)
    for thread in clients:
        thread.join(timeout=120)
    assert set(statuses) <= {200}
    assert service.process.wait(timeout=60) == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.url, trust_env=False)


def waiting(http: httpx.Client) -> float:
    """Photos that wait or are worked on."""
    lines = http.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("cardlens_photos_waiting"))


def test_the_log_has_no_traceback_and_no_secret(service: Started) -> None:
    lines = service.log.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"opened"} <= {record["message"] for record in records}
    assert not any("traceback" in line.lower() for line in lines)
    assert TOKEN not in "".join(lines)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_that_cannot_start_says_why(tmp_path: Path, workers: int) -> None:
    variables = {"CARDLENS_REFERENCE": str(tmp_path / "nowhere"), "CARDLENS_TOKEN": ""}
    with pytest.raises(BadService, match="ended with 1"), started(tmp_path / "log", workers, variables):
        pass
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "nowhere" in said
    assert "Traceback" not in said
