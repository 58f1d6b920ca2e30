from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from cardlens.collection import Collection, ImportReport
from cardlens.service.app import create_app
from cardlens.service.looking import jpeg
from cardlens.service.options import Limits, ServiceOptions
from cardlens.settings import Settings
from tests.service.conftest import HOME

URL = "/v1/collection"
CROP = jpeg(np.full((340, 244, 3), 90, np.uint8))


@pytest.fixture
def shelf(client: TestClient) -> str:
    """Give the name of a collection that is empty."""
    name = f"test {len(client.get('/v1/collections').json()['collections'])}"
    assert client.post("/v1/collections", json={"name": name}).status_code == 201
    return name


def add(client: TestClient, shelf: str, **copy: Any) -> dict[str, Any]:
    answer = client.post(URL, params={"collection": shelf}, json={"card_id": "sv3pt5-25", **copy})
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    return said


def copies(client: TestClient, shelf: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(URL, params={"collection": shelf, **query}).json()["copies"]
    return found


def test_what_is_added_is_there_with_its_picture(client: TestClient, shelf: str) -> None:
    copy = add(
        client, shelf, quantity=2, finish="reverse-holo", tags=["swap"], crop=CROP, price_paid="2.50", currency="EUR"
    )
    said = client.get(URL, params={"collection": shelf}).json()
    assert said == {"copies": [copy], "entries": 1, "cards": 2}
    proof = client.get(f"{URL}/{copy['id']}/proof", params={"collection": shelf})
    assert proof.headers["content-type"] == "image/jpeg"
    assert proof.content.startswith(b"\xff\xd8")


def test_a_request_that_is_sent_twice_adds_one(client: TestClient, shelf: str) -> None:
    first = add(client, shelf, request="r1", answered="base1-58", corrected=True, crop=CROP)
    again = add(client, shelf, request="r1", answered="base1-58", corrected=True, crop=CROP)
    assert first == again
    assert first["card_id"] == "sv3pt5-25"
    assert len(copies(client, shelf)) == 1


def test_a_card_that_is_put_right_while_it_is_added_is_one_step_to_undo(client: TestClient, shelf: str) -> None:
    copy = add(client, shelf, answered="base1-58", corrected=True, crop=CROP)
    assert (copy["card_id"], copy["name"]) == ("sv3pt5-25", "Pikachu")
    undone = client.post(f"{URL}/undo", params={"collection": shelf}).json()
    assert undone["gone"] == [copy["id"]]
    assert copies(client, shelf) == []
    assert client.post(f"{URL}/undo", params={"collection": shelf}).status_code == 409


def test_a_request_whose_copy_was_undone_adds_it_again(client: TestClient, shelf: str) -> None:
    first = add(client, shelf, request="r1")
    client.post(f"{URL}/undo", params={"collection": shelf})
    again = add(client, shelf, request="r1")
    assert again["id"] != first["id"]
    assert add(client, shelf, request="r1") == again
    assert copies(client, shelf) == [again]


def test_a_correction_is_kept_and_undone_with_everything_else(client: TestClient, shelf: str) -> None:
    copy = add(client, shelf)
    changed = client.patch(
        f"{URL}/{copy['id']}", params={"collection": shelf}, json={"card_id": "demo-1", "quantity": 3}
    )
    assert (changed.json()["name"], changed.json()["quantity"]) == ("Emberling", 3)
    undone = client.post(f"{URL}/undo", params={"collection": shelf}).json()
    assert undone["kind"] == "undo"
    assert copies(client, shelf)[0]["card_id"] == "sv3pt5-25"
    kinds = [event["kind"] for event in client.get(f"{URL}/history", params={"collection": shelf}).json()["events"]]
    assert kinds == ["undo", "correct", "update", "add"]


def test_a_removed_copy_comes_back_by_undo_and_nothing_to_undo_is_a_409(client: TestClient, shelf: str) -> None:
    copy = add(client, shelf)
    assert client.delete(f"{URL}/{copy['id']}", params={"collection": shelf}).status_code == 204
    assert copies(client, shelf) == []
    assert client.post(f"{URL}/undo", params={"collection": shelf}).status_code == 200
    assert copies(client, shelf) == [copy]
    assert client.post(f"{URL}/undo", params={"collection": shelf}).status_code == 200
    assert client.post(f"{URL}/undo", params={"collection": shelf}).status_code == 409


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_can_be_imported_and_is_the_same(client: TestClient, shelf: str, form: str) -> None:
    add(client, shelf, quantity=2, note='with "quotes", commas\nand lines', tags=["a", "b"], crop=CROP)
    add(client, shelf, card_id="demo-1", language="ja", condition="lightly-played")
    before = copies(client, shelf)
    file = client.get(f"{URL}/export/{form}", params={"collection": shelf})
    assert file.headers["content-disposition"].startswith("attachment")
    report = client.post(
        f"{URL}/import", params={"collection": shelf, "replace": True}, files={"file": ("back", file.content)}
    ).json()
    assert (report["entries"], report["cards"], report["left_out"]) == (2, 3, 0)
    after = copies(client, shelf)
    assert [{**copy, "id": 0} for copy in after] == [{**copy, "id": 0} for copy in before]


def test_another_apps_words_are_written_for_it(client: TestClient, shelf: str) -> None:
    add(client, shelf)
    rows = list(csv.DictReader(io.StringIO(client.get(f"{URL}/export/tcgplayer", params={"collection": shelf}).text)))
    assert len(rows) == 1
    assert "Near Mint" in rows[0].values()


def test_completion_counts_sets_that_are_begun(client: TestClient, shelf: str) -> None:
    add(client, shelf)
    (begun,) = client.get(f"{URL}/completion", params={"collection": shelf}).json()["sets"]
    assert (begun["set_id"], begun["owned"]) == ("sv3pt5", 1)
    assert len(begun["missing"]) == begun["total"] - 1


def test_copies_alike_become_one(client: TestClient, shelf: str) -> None:
    add(client, shelf)
    add(client, shelf)
    assert client.post(f"{URL}/merge", params={"collection": shelf}).json() == {"merged": 1}
    assert [copy["quantity"] for copy in copies(client, shelf)] == [2]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", f"{URL}?collection=none", None, 404),
        ("GET", f"{URL}/999999/proof", None, 404),
        ("PATCH", f"{URL}/999999", {"quantity": 2}, 404),
        ("DELETE", f"{URL}/999999", None, 404),
        ("PATCH", f"{URL}/99999999999999999999", {"quantity": 2}, 422),
        ("POST", URL, {"card_id": "zzz-1"}, 422),
        ("POST", URL, {"card_id": "sv3pt5-25", "quantity": 0}, 422),
        ("POST", URL, {"card_id": "sv3pt5-25", "crop": "data:image/jpeg;base64,AAAA"}, 422),
        ("POST", URL, {"card_id": "sv3pt5-25", "owner": "me"}, 422),
        ("POST", URL, {"card_id": "sv3pt5-25", "scanned_at": "0001-01-01T00:00:00+14:00"}, 422),
        ("POST", URL, {"card_id": "sv3pt5-25", "scanned_at": "9999-12-31T23:00:00-02:00"}, 422),
        ("PATCH", f"{URL}/1", {"acquired_on": 0}, 422),
        ("POST", "/v1/collections", {"name": "main"}, 422),
        ("GET", f"{URL}/export/..%2f..%2fetc", None, 404),
        ("GET", f"{URL}/export/word", None, 422),
    ],
)
def test_what_cannot_be_done_is_said(client: TestClient, method: str, path: str, body: Any, status: int) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_import_has_the_time_that_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Collection.import_file

    def slow(*given: Any, **named: Any) -> ImportReport:
        time.sleep(1.5)
        return quick(*given, **named)

    monkeypatch.setattr(Collection, "import_file", slow)
    limits = Limits(body_seconds=1, work_seconds=0)
    app = create_app(ServiceOptions(Settings(collection=str(tmp_path / "cards.db")), limits=limits))
    client = TestClient(app, base_url=HOME)  # not started: no card is named
    answer = client.post(f"{URL}/import", files={"file": ("x.csv", b"card_id,quantity\nbase1-4,2\n")})
    assert (answer.status_code, answer.json()["cards"]) == (200, 2)


def test_a_file_that_is_no_collection_is_refused_in_words(client: TestClient, shelf: str) -> None:
    answer = client.post(f"{URL}/import", params={"collection": shelf}, files={"file": ("x.csv", b"a,b\n1,2\n")})
    assert answer.status_code == 422
    assert "columns" in answer.json()["detail"]
    assert copies(client, shelf) == []
