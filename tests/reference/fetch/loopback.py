"""A card database on this computer that fails in every way that it is told to."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Handler"], None]


@dataclass
class Loopback:
    """What it answers to which path: acts, one a request, the last one for ever; and what it was asked."""

    url: str = ""
    acts: dict[str, list[Act]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    _turn: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *acts: Act) -> None:
        """Answer this path so; what it was told before is forgotten."""
        with self._lock:
            self.acts[path], self._turn[path] = list(acts), 0

    def paths(self) -> list[str]:
        """The paths that were asked for."""
        return [path for path, _ in self.asked]

    def act_for(self, path: str, headers: dict[str, str]) -> Act:
        with self._lock:
            self.asked.append((path, headers))
            acts = self.acts.get(path) or [status(404)]
            turn = min(self._turn[path], len(acts) - 1)
            self._turn[path] += 1
            return acts[turn]


class Handler(BaseHTTPRequestHandler):
    loopback: Loopback
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        act = self.loopback.act_for(self.path, {name.lower(): value for name, value in self.headers.items()})
        try:
            act(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name there
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Loopback]:
    """Serve on a free port until the end."""
    loopback = Loopback()
    handler = type("BoundHandler", (Handler,), {"loopback": loopback})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    loopback.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield loopback
    finally:
        loopback.released.set()
        server.shutdown()
        server.server_close()


def give(content: bytes, kind: str = "image/png", code: int = 200, **headers: str) -> Act:
    """Give content; where it has an ETag, "not changed" to who has it."""

    def act(handler: Handler) -> None:
        etag = headers.get("ETag")
        unchanged = etag is not None and handler.headers.get("If-None-Match") == etag
        handler.send_response(304 if unchanged else code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", "0" if unchanged else str(len(content)))
        handler.end_headers()
        handler.wfile.write(b"" if unchanged else content)

    return act


def give_json(body: Any, **headers: str) -> Act:
    """Give JSON."""
    return give(json.dumps(body).encode(), "application/json", 200, **headers)


def status(code: int, **headers: str) -> Act:
    """Answer with a status and nothing else."""
    return give(b"", "text/plain", code, **headers)


def redirect(to: str) -> Act:
    """Send somewhere else."""
    return status(302, Location=to)


def cut_off(content: bytes) -> Act:
    """Announce all of it, give half, and hang up."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: len(content) // 2])
        handler.wfile.flush()
        handler.close_connection = True

    return act


def hang_up(handler: Handler) -> None:
    """Hang up without a word."""
    handler.close_connection = True
    handler.connection.close()


def endless(handler: Handler) -> None:
    """Give, and never stop giving."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.close_connection = True
    while not handler.loopback.released.is_set():
        handler.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def silent(handler: Handler) -> None:
    """Take the request and say nothing until the test is over."""
    handler.loopback.released.wait(30)
    handler.close_connection = True


def dripping(handler: Handler) -> None:
    """Give a byte at a time, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.close_connection = True
    while not handler.loopback.released.wait(0.01):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def bomb(handler: Handler) -> None:
    """Say that it is gzip, and it is not."""
    give(b"not gzip at all", "application/json", 200, **{"Content-Encoding": "gzip"})(handler)
