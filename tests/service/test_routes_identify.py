from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.service.test_pdf_pages import pdf_of

URL = "/v1/identify"
BROKEN = ("photo", ("broken.jpg", b"no picture at all", "image/jpeg"))


@pytest.fixture(scope="module")
def named(client: TestClient, demo: bytes) -> dict[str, Any]:
    """Give what is said of the demo photo, all evidence included, beside a photo that cannot be read."""
    wishes = {"include": ["crops", "nearest", "preview"]}
    answer = client.post(URL, files=[("photo", ("../demo.jpg", demo, "image/jpeg")), BROKEN], params=wishes)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def test_every_card_of_the_demo_photo_is_named(named: dict[str, Any]) -> None:
    photo = named["photos"][0]
    assert photo["photo"] == "demo.jpg"
    assert {card["card_id"] for card in photo["cards"]} == {f"demo-{n}" for n in (1, 2, 4, 5, 6, 8, 10, 11, 12)}
    assert all(printing["name"] for card in photo["cards"] for printing in card["printings"])


def test_a_photo_that_cannot_be_read_does_not_stop_the_others(named: dict[str, Any]) -> None:
    assert named["photos"][1]["photo"] == "broken.jpg"
    assert "not a JPEG" in named["photos"][1]["error"]


def test_the_evidence_is_the_cards_own_picture_and_what_it_is_near_to(named: dict[str, Any]) -> None:
    card = named["photos"][0]["cards"][0]
    crop = Image.open(BytesIO(base64.b64decode(card["crop"].partition(",")[2])))
    assert crop.size == (244, 340)
    nearest = card["nearest"][0]
    assert nearest["cards"][0]["card_id"] == card["card_id"]
    assert nearest["similarity"] == pytest.approx(card["evidence"]["similarity"], abs=0.08)


def test_one_photo_may_be_the_body(client: TestClient, demo: bytes) -> None:
    answer = client.post(URL, content=demo, headers={"Content-Type": "image/jpeg"})
    assert len(answer.json()["photos"][0]["cards"]) == 9
    assert "crop" not in answer.json()["photos"][0]["cards"][0]


def test_each_page_of_a_pdf_is_a_photo(client: TestClient) -> None:
    answer = client.post(URL, files=[("photo", ("binder.pdf", pdf_of("white", "gray"), "application/pdf"))])
    assert [photo["photo"] for photo in answer.json()["photos"]] == ["binder.pdf, page 1", "binder.pdf, page 2"]
    assert all(photo["cards"] == [] for photo in answer.json()["photos"])


def test_if_no_photo_can_be_read_it_is_a_problem(client: TestClient) -> None:
    answer = client.post(URL, files=[BROKEN])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["photos"][0]["photo"] == "broken.jpg"


def bomb() -> bytes:
    """A PNG of a few bytes that announces 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(10_000))), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_bomb_is_refused_by_its_header(client: TestClient) -> None:
    answer = client.post(URL, files=[("photo", ("bomb.png", bomb(), "image/png"))])
    assert answer.status_code == 422
    assert "pixels" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "image/jpeg", 422),
        (b"x", "text/plain", 415),
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 400),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b", 422),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422),
    ],
)
def test_what_is_no_photo_is_refused(client: TestClient, content: bytes, kind: str, status: int) -> None:
    assert client.post(URL, content=content, headers={"Content-Type": kind}).status_code == status


def test_more_photos_than_allowed_are_refused(client: TestClient) -> None:
    assert client.post(URL, files=[BROKEN] * 30).status_code == 400
