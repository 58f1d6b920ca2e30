"""A service to ask: in this process, by a client without a network or over a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from cardlens.service.app import create_app
from cardlens.service.options import Limits, ServiceOptions
from cardlens.service.server import PatientProtocol
from cardlens.settings import BUNDLED, Settings

HOME = "http://127.0.0.1:8151"
TOKEN = "four words nobody guesses"  # noqa: S105 (of a test)


@dataclass(frozen=True)
class Running:
    """A service that listens."""

    url: str
    port: int
    http: httpx.Client


@pytest.fixture(scope="session")
def demo() -> bytes:
    """Give the demo photo: nine cards drawn by the project."""
    return (BUNDLED / "demo" / "demo.jpg").read_bytes()


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give a client of a service without a token."""
    options = ServiceOptions(Settings(threads=1, collection=str(tmp_path_factory.mktemp("service") / "cards.db")))
    with TestClient(create_app(options), base_url=HOME, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Give a service on a socket, with little patience."""
    place = tmp_path_factory.mktemp("running") / "cards.db"
    limits = Limits(body_seconds=3, work_seconds=60, requests=6)
    bound = socket.create_server(("127.0.0.1", 0))
    port = bound.getsockname()[1]
    options = ServiceOptions(Settings(threads=1, collection=str(place)), port=port, limits=limits)
    patient = type("InHurry", (PatientProtocol,), {"patience": 3.0})
    app = partial(create_app, options)
    config = uvicorn.Config(
        app, factory=True, http=patient, ws="websockets-sansio", log_config=None, access_log=False, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, timeout=90, trust_env=False) as http:  # machines that test are often busy
        running = Running(url, port, http)
        _wait_until_ready(running, thread)
        yield running
    server.should_exit = True
    thread.join(timeout=30)


def _wait_until_ready(running: Running, thread: threading.Thread) -> None:
    for _ in range(600):
        assert thread.is_alive(), "the service ended at its start"
        try:
            if running.http.get("/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail("the service did not get ready within a minute")


@pytest.fixture(scope="session")
def page_folder() -> Path:
    """Give the folder of the web page."""
    return BUNDLED.parent / "service" / "web"
