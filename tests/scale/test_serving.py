from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import ray
from ray import serve
from starlette.testclient import TestClient

from cardlens.errors import CardlensError
from cardlens.scale.local_cluster import LocalCluster
from cardlens.service.app import create_app
from cardlens.service.on_ray import application, options_of_replica
from cardlens.service.options import ServiceOptions
from cardlens.settings import Settings


@pytest.fixture(scope="module")
def url(two_nodes: LocalCluster) -> Iterator[str]:
    """Give the address of one replica."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ray.init(address=two_nodes.address, log_to_driver=False, logging_level=logging.ERROR)
    serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": port})
    serve.run(application({"replicas": "1"}), name="cardlens", route_prefix="/")
    yield f"http://127.0.0.1:{port}"
    serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()


def untimed(answer: dict[str, Any]) -> dict[str, Any]:
    for photo in answer["photos"]:
        photo.pop("milliseconds", None)
    return answer


def test_the_same_request_gets_the_same_answer(url: str, photos: Path, tmp_path: Path) -> None:
    sent = [("photos", (name, (photos / name).read_bytes(), "image/jpeg")) for name in ("000000.jpg", "broken.jpg")]
    options = ServiceOptions(Settings(threads=1, collection=str(tmp_path / "cards.db")))
    with TestClient(create_app(options), base_url="http://127.0.0.1:8151") as alone:
        expected = alone.post("/v1/identify", files=sent)
    with httpx.Client(base_url=url, timeout=120, trust_env=False) as http:
        answered = http.post("/v1/identify", files=sent)
        refused = http.get("/v1/reference", headers={"Host": "elsewhere.example"})
    assert answered.status_code == expected.status_code
    assert untimed(answered.json()) == untimed(expected.json())
    assert refused.status_code == 421


def test_arguments_that_mean_nothing_are_refused() -> None:
    with pytest.raises(CardlensError, match="replica: no such argument"):
        application({"replica": 2})
    with pytest.raises(CardlensError, match="replicas=many: not a whole number"):
        application({"replicas": "many"})


def test_the_token_is_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDLENS_TOKEN", "four words nobody guesses")
    options = options_of_replica("cards.example")
    assert (options.token, options.names, options.threads) == ("four words nobody guesses", ("cards.example",), 1)
