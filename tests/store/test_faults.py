"""Whatever goes wrong is one clear line, and nothing has changed."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardlens.store import s3
from cardlens.store.address import open_store
from cardlens.store.errors import StoreError
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.survey import current
from tests.s3_server import ADMIN_KEY, S3Server
from tests.store.refusing_server import refusing
from tests.store.trees import DATABASE, RAW, REFERENCE, fetch, push, read, write

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-2"}
REQUESTS: dict[str, Callable[[Store], Any]] = {
    "list": lambda store: list(store.list()),
    "read": lambda store: store.read("a"),
    "write": lambda store: store.put("a", b"content"),
    "look": lambda store: store.look("a"),
}
requests = pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)


@pytest.fixture(autouse=True)
def one_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "RETRIES", {"max_retries": 1})


def refusal(request_: Callable[[Store], Any], address: str, environment: dict[str, str]) -> str:
    with pytest.raises(StoreError) as raised:
        request_(open_store(address, environment))
    text = str(raised.value)
    assert "\n" not in text
    assert "Debug source" not in text
    assert "secret" not in text.replace("secret key", "").replace("AWS_SECRET_ACCESS_KEY", "")
    return text


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ExpiredToken", "the session token has expired"),
        (403, "RequestTimeTooSkewed", "clock is more than 15 minutes off"),
        (403, "SignatureDoesNotMatch", "does not belong to the access key"),
        (403, "AccessDenied", "may not do that here"),
        (404, "NoSuchBucket", "there is no such bucket"),
        (301, "PermanentRedirect", "set AWS_REGION"),
    ],
)
@pytest.mark.parametrize("request_", list(REQUESTS.values())[:3], ids=list(REQUESTS)[:3])
def test_what_a_server_refuses_is_said_in_one_line(
    request_: Callable[[Store], Any], status: int, code: str, words: str
) -> None:
    with refusing(status, code) as endpoint:
        text = refusal(request_, "s3://shop/cards", {**KEYS, "AWS_ENDPOINT_URL": endpoint})
    assert text.startswith("s3://shop/cards")
    assert words in text


@requests
def test_no_network(request_: Callable[[Store], Any]) -> None:
    text = refusal(request_, "s3://shop/cards", {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert "no answer from the server; check the network" in text


@pytest.mark.s3
@pytest.mark.parametrize(
    ("key", "secret", "words"),
    [("nobody", "wrong", "the access key is not known"), (ADMIN_KEY, "wrong", "does not belong to the access key")],
)
@pytest.mark.parametrize("request_", list(REQUESTS.values())[:3], ids=list(REQUESTS)[:3])
def test_wrong_credentials(
    s3_server: S3Server, request_: Callable[[Store], Any], key: str, secret: str, words: str
) -> None:
    place = s3_server.place(versioned=True)
    assert words in refusal(request_, f"s3://{place}", s3_server.environment(key, secret))


@pytest.mark.s3
@pytest.mark.parametrize("request_", list(REQUESTS.values())[:3], ids=list(REQUESTS)[:3])
def test_a_missing_bucket(s3_server: S3Server, request_: Callable[[Store], Any]) -> None:
    assert "there is no such bucket" in refusal(request_, "s3://not-there/cards", s3_server.environment())


@pytest.mark.parametrize(
    "address", ["s3://", "s3:///prefix", "s3://key:secret@bucket/x", "s3://bucket/x?y=1", "https://bucket/x", "gs://b"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(StoreError, match="s3://bucket/prefix"):
        open_store(address, KEYS)


class Full:
    """A disk that is full after some bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        write_bytes, replace, write_at = Path.write_bytes, Path.open, os.pwrite

        def full_write(path: Path, content: bytes) -> int:
            self._take(len(content))
            return write_bytes(path, content)

        def full_write_at(file: int, content: bytes, at: int) -> int:
            self._take(len(content))
            return write_at(file, content, at)

        def full_open(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if "w" in mode:
                self._take(2000)
            return replace(path, mode, *rest, **named)

        monkeypatch.setattr(Path, "write_bytes", full_write)
        monkeypatch.setattr(Path, "open", full_open)
        monkeypatch.setattr(os, "pwrite", full_write_at)

    def _take(self, size: int) -> None:
        self.room -= size
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("room", [0, 3000, 6000])
def test_a_full_disk_here(store: Store, tree: LocalTree, other_tree: LocalTree, room: int) -> None:
    push(store, tree, "reference")
    fetch(store, other_tree, "reference")
    write(tree, "reference", {path: content + b"2" for path, content in DATABASE.items()})
    push(store, tree, "reference")
    with pytest.MonkeyPatch.context() as patched:
        Full(patched, room)
        with pytest.raises(StoreError, match="the disk is full; make room"):
            fetch(store, other_tree, "reference")
    assert read(other_tree, "reference") == DATABASE
    assert fetch(store, other_tree, "reference") == read(tree, "reference")


@pytest.mark.parametrize("room", [0, 4000, 9000])
def test_a_full_disk_there(store: Store, tree: LocalTree, room: int) -> None:
    push(store, tree, "reference")
    push(store, tree, "raw")
    write(tree, "raw", {f"card_images/sv{number}-1.png": b"new" for number in range(9)})
    with pytest.MonkeyPatch.context() as patched:
        Full(patched, room)
        with pytest.raises(StoreError, match="the disk is full; make room"):
            push(store, tree, "raw")
    manifest = current(store, RAW)
    assert manifest is not None
    assert manifest.version == "v1.0"
    assert current(store, REFERENCE) is not None
    assert push(store, tree, "raw").version == "v1.1"
