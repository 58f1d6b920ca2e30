"""What an ill-wisher sends, over a real socket: nothing hangs, nothing is a 500, no file is opened for it."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.service.conftest import Running

FORM = "multipart/form-data; boundary=b"
NAMED = 'content-disposition: form-data; name="photo"; filename="{}"\r\n\r\n'


class Opened:
    """Files that the service's threads open while it is watched."""

    def __init__(self) -> None:
        self.watching, self.own, self.names = False, threading.get_ident(), list[str]()
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.watching and event == "open" and threading.get_ident() != self.own:
            self.names.append(str(arguments[0]))

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        self.names.clear()
        self.watching = True
        try:
            yield
        finally:
            self.watching = False


@pytest.fixture(scope="module")
def opened(running: Running) -> Opened:
    """Watch a service that has read what it reads once: its own code, as it is first used."""
    for path in ("/", "/none", "/v1/cards?search=x", "/v1/cards/x-1", "/v1/similar/x-1", "/v1/collection"):
        running.http.get(path)
    running.http.get("/v1/collection/export/csv")
    running.http.get("/v1/collection/1/proof")
    running.http.post("/v1/identify", files={"photo": ("a.jpg", b"\xff\xd8\xff")})
    assert "\x01".encode("unicode_escape")  # a codec that Python loads when it is first used
    return Opened()


def ask(running: Running, raw: bytes, seconds: float = 20.0) -> bytes:
    """Send bytes as they are; give all that comes until the other side closes, or the first 64 kB."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=seconds) as connection:
        connection.sendall(raw)
        said = b""
        with contextlib.suppress(ConnectionError):
            while len(said) < 65_536 and (piece := connection.recv(65_536)):
                said += piece
        return said


def request(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1])


PATHS = [
    "/../../etc/passwd",
    "/js/../../../../etc/passwd",
    "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/v1/cards/..%2f..%2fetc%2fpasswd",
    "/v1/cards/%00",
    "/v1/similar/%ff%fe",
    "/v1/collection/../../x",
    "/v1/collection/export/..%2f..%2fetc%2fpasswd",
    "/v1/collection?collection=../../etc/passwd",
    "/v1/collection/1/proof?collection=%2fetc%2fpasswd",
    "/v1/cards?search=" + "a" * 5000,
    "/v1/cards?search=%00%f0%9f%98%80&limit=1",
    "file:///etc/passwd",
    "http://evil.example/",
    "/v1/collection?text=%25'%20OR%201=1%20--",
    "/v1/cards/" + "%41" * 400,
    "//" * 500,
    "/?" + "&a=b" * 2000,
]


def test_no_path_makes_the_service_open_a_file_or_stumble(running: Running, opened: Opened) -> None:
    with opened.watched():
        answers = {path: status(ask(running, request(path))) for path in PATHS}
    assert all(200 <= code < 500 for code in answers.values()), answers
    assert [name for name in opened.names if "cards.db" not in name] == []


def test_the_name_of_a_photo_is_never_a_path(running: Running, opened: Opened) -> None:
    names = ["../../etc/passwd", "/etc/passwd", "%2e%2e/x", "a\\..\\b", "x" * 3000, "\x01\x02", "con", "~root/.ssh/id"]
    with opened.watched():
        for name in names:
            body = b"--b\r\n" + NAMED.format(name).encode("latin-1") + b"\xff\xd8\xff not a jpeg\r\n--b--\r\n"
            said = ask(running, request("/v1/identify", f"Content-Type: {FORM}", method="POST", body=body))
            assert status(said) == 422
            assert b"etc/" not in said
    assert opened.names == []


POST = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
RAW = [
    b"\x00" * 100 + b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    POST % b"/v1/identify" + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nabcde",
    POST % b"/v1/identify" + b"Transfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    b"GET /v1/reference HTTP/1.1\r\nConnection: close\r\n\r\n",
    POST % b"/v1/session" + b"Content-Length: 30000\r\n\r\n" + b"[" * 30000,
    POST % b"/v1/collection" + b"Content-Length: 20\r\n\r\n" + b'{"card_id":"\\ud800"}',
]


@pytest.mark.parametrize("raw", RAW, ids=range(len(RAW)))
def test_what_is_hardly_http_is_refused(running: Running, raw: bytes) -> None:
    said = ask(running, raw)
    assert said == b"" or 200 <= status(said) < 500


def test_a_client_that_is_slow_with_headers_is_let_go(running: Running) -> None:
    began = time.monotonic()
    assert ask(running, b"GET / HTTP/1.1\r\nHost: 127") == b""
    assert time.monotonic() - began < 15


def test_a_client_that_is_slow_with_its_body_is_told_and_let_go(running: Running) -> None:
    head = request("/v1/identify", "Content-Type: image/jpeg", method="POST").replace(b"Length: 0", b"Length: 5000")
    assert status(ask(running, head + b"\xff\xd8\xff")) == 408
    head = request("/v1/session", "Content-Type: application/json", method="POST").replace(b"Length: 0", b"Length: 50")
    assert status(ask(running, head + b"{")) == 408


def test_slow_clients_do_not_hold_up_others(running: Running) -> None:
    slow = request("/v1/identify", "Content-Type: image/jpeg", method="POST").replace(b"Length: 0", b"Length: 5000")
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            connection.sendall(slow)
        assert running.http.get("/v1/reference").status_code == 200


def test_a_body_larger_than_announced_or_allowed_is_not_read(running: Running) -> None:
    head = request("/v1/identify", "Content-Type: image/jpeg", method="POST").replace(b"Length: 0", b"Length: 70000000")
    assert status(ask(running, head)) == 413


def test_afterwards_it_is_well(running: Running, demo: bytes) -> None:
    for _ in range(60):
        answer = running.http.post("/v1/identify", content=demo, headers={"Content-Type": "image/jpeg"})
        if answer.status_code != 429:  # the slow ones above have their places until their time is up
            break
        time.sleep(float(answer.headers["Retry-After"]))
    assert len(answer.json()["photos"][0]["cards"]) == 9
    assert 'status="500"' not in running.http.get("/metrics").text
