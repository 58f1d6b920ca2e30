from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, WebSocket
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cardlens.service.guard import COOKIE, Guard, session_of
from cardlens.service.options import Limits, ServiceOptions
from tests.service.conftest import HOME, TOKEN

EVIL = "http://evil.example"


def guarded(**options: object) -> TestClient:
    app = FastAPI()

    @app.api_route("/v1/thing", methods=["GET", "POST"])
    async def thing() -> dict[str, str]:
        return {"said": "yes"}

    @app.get("/")
    async def page() -> dict[str, str]:
        return {"said": "page"}

    @app.websocket("/v1/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("in")

    app.add_middleware(Guard, options=ServiceOptions(limits=Limits(small_body=100), **options))  # type: ignore[arg-type]
    return TestClient(app, base_url=HOME)


@pytest.fixture
def plain() -> Iterator[TestClient]:
    with guarded() as client:
        yield client


@pytest.fixture
def closed() -> Iterator[TestClient]:
    with guarded(token=TOKEN) as client:
        yield client


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8151", "127.0.0.1.evil.example", "", "[::1"])
def test_a_name_that_is_not_ours_is_refused_so_that_rebinding_leads_nowhere(plain: TestClient, host: str) -> None:
    assert plain.get("/v1/thing", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8151", "localhost:1", "[::1]:8151", "192.168.1.7:8151"])
def test_addresses_and_own_names_are_answered(plain: TestClient, host: str) -> None:
    assert plain.get("/v1/thing", headers={"Host": host}).status_code == 200


def test_a_name_can_be_allowed() -> None:
    with guarded(names=("cards.example",)) as client:
        assert client.get("/v1/thing", headers={"Host": "Cards.Example:8151"}).status_code == 200


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "http://127.0.0.1:9999", "http://127.0.0.1.evil.example:8151", "http://[", "http://[x]/"]
)
def test_a_page_of_another_origin_can_change_nothing(plain: TestClient, origin: str) -> None:
    assert plain.post("/v1/thing", headers={"Origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), plain.websocket_connect("/v1/live", headers={"Origin": origin}):
        pass


def test_the_own_page_can(plain: TestClient) -> None:
    assert plain.post("/v1/thing", headers={"Origin": HOME}).status_code == 200
    with plain.websocket_connect("/v1/live", headers={"Origin": HOME, "Host": "127.0.0.1:8151"}) as socket:
        assert socket.receive_text() == "in"


def test_another_site_cannot_even_read(plain: TestClient) -> None:
    assert plain.get("/v1/thing", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "access-control-allow-origin" not in plain.get("/v1/thing", headers={"Origin": EVIL}).headers


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Cookie": f"{COOKIE}={TOKEN}"},
     {"Cookie": f"{COOKIE}="}, {"Authorization": "Bearer " + TOKEN[:-1]}, {"Cookie": 'a="\\777"; =;'}],
)  # fmt: skip
def test_without_the_token_nothing_is_told(closed: TestClient, headers: dict[str, str]) -> None:
    for path in ("/v1/thing", "/v1/no-such-thing", "/metrics", "/openapi.json"):
        assert closed.get(path, headers=headers).status_code == 401
    with pytest.raises(WebSocketDisconnect), closed.websocket_connect("/v1/live", headers=headers):
        pass


def test_the_token_or_its_cookie_lets_in_and_the_page_itself_is_open(closed: TestClient) -> None:
    assert closed.get("/v1/thing", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert closed.get("/v1/thing", headers={"Cookie": f"{COOKIE}={session_of(TOKEN)}"}).status_code == 200
    assert closed.get("/").status_code == 200
    assert TOKEN not in session_of(TOKEN)


@pytest.mark.parametrize("length", ["101", "9" * 30, "-1", "1e3", "zz"])
def test_a_body_that_is_too_large_or_of_no_length_is_refused_unread(plain: TestClient, length: str) -> None:
    assert plain.post("/v1/thing", headers={"Content-Length": length}).status_code == 413


def test_a_body_of_unknown_length_is_refused_unread(plain: TestClient) -> None:
    answer = plain.post("/v1/thing", content=iter([b"a", b"b"]))
    assert answer.status_code == 411
    assert answer.headers["content-type"] == "application/problem+json"


def test_every_answer_forbids_what_the_page_does_not_need(plain: TestClient) -> None:
    for answer in (plain.get("/"), plain.get("/none"), plain.get("/", headers={"Host": "evil.example"})):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
