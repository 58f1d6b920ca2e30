from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.pages import Pages
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.loopback import Loopback


@pytest.fixture
def pages(client: Client, tmp_path: Path) -> Pages:
    return Pages(client, tmp_path / "pages")


def test_a_page_is_asked_for_again_only_whether_it_changed(service: Loopback, pages: Pages) -> None:
    service.on("/sets", lo.give_json([1], ETag='"1"'))
    assert pages.get(f"{service.url}/sets") == [1]
    assert pages.get(f"{service.url}/sets") == [1]
    assert service.asked[1][1]["if-none-match"] == '"1"'
    service.on("/sets", lo.give_json([2], ETag='"2"'))
    assert pages.get(f"{service.url}/sets") == [2]
    assert pages.get(f"{service.url}/sets") == [2]
    assert service.asked[3][1]["if-none-match"] == '"2"'


def test_a_page_of_the_same_stamp_is_not_asked_for_at_all(service: Loopback, pages: Pages) -> None:
    service.on("/cards", lo.give_json([1]))
    assert [pages.get(f"{service.url}/cards", "monday") for _ in range(3)] == [[1]] * 3
    assert len(service.asked) == 1
    service.on("/cards", lo.give_json([2]))
    assert pages.get(f"{service.url}/cards", "tuesday") == [2]


@pytest.mark.parametrize("content", [b"", b"<html>", b"[1", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_and_not_kept(service: Loopback, pages: Pages, content: bytes) -> None:
    service.on("/sets", lo.give(content, "application/json"))
    with pytest.raises(BadCatalogue, match="no JSON"):
        pages.get(f"{service.url}/sets")
    service.on("/sets", lo.give_json([1]))
    assert pages.get(f"{service.url}/sets") == [1]


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"url": 1}', b"{"])
def test_a_damaged_page_is_asked_for_anew(service: Loopback, pages: Pages, damage: bytes) -> None:
    service.on("/sets", lo.give_json([1], ETag='"1"'))
    pages.get(f"{service.url}/sets")
    (file,) = pages.folder.iterdir()
    file.write_bytes(damage)
    assert pages.get(f"{service.url}/sets") == [1]
    assert "if-none-match" not in service.asked[1][1]


def test_the_key_goes_to_the_service_and_not_into_the_folder(service: Loopback, client: Client, tmp_path: Path) -> None:
    pages = Pages(client, tmp_path / "pages", {"X-Api-Key": "hidden"})
    service.on("/sets", lo.give_json([1]))
    pages.get(f"{service.url}/sets")
    assert service.asked[0][1]["x-api-key"] == "hidden"
    assert all(b"hidden" not in file.read_bytes() for file in pages.folder.iterdir())
