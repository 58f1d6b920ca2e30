from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cardlens.service.app import create_app
from cardlens.service.options import ServiceOptions
from cardlens.settings import BUNDLED, Settings
from tests.service.conftest import HOME, TOKEN


def test_the_reference_is_described_without_a_path(client: TestClient) -> None:
    said = client.get("/v1/reference").json()
    assert said["rows"] >= said["cards"] > 3000
    assert "/" not in str(said)


def test_it_is_alive_ready_and_counts(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    client.get("/v1/cards/zzz-1")
    numbers = client.get("/metrics").text
    assert 'cardlens_requests_total{method="GET",route="/v1/cards/{card_id}",status="404"}' in numbers
    assert "zzz-1" not in numbers


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the bundled database, to be spoiled."""
    folder = tmp_path_factory.mktemp("reference") / "reference"
    shutil.copytree(BUNDLED / "reference", folder)
    return folder


def test_a_reload_takes_what_lies_there_now_and_keeps_the_old_one_where_that_is_broken(
    reference: Path, tmp_path: Path, demo: bytes
) -> None:
    options = ServiceOptions(Settings(reference=reference, threads=1, collection=str(tmp_path / "cards.db")))
    with TestClient(create_app(options), base_url=HOME) as client:
        before = client.get("/v1/reference").json()
        assert client.post("/v1/reference/reload").json()["generation"] == before["generation"] + 1
        manifest = (reference / "manifest.json").read_text(encoding="utf-8")
        (reference / "manifest.json").write_text(manifest[: len(manifest) // 2], encoding="utf-8")
        failed = client.post("/v1/reference/reload")
        assert failed.status_code == 409
        assert "the old ones stay" in failed.json()["detail"]
        assert str(reference) not in failed.json()["detail"]
        assert client.get("/readyz").status_code == 200
        answer = client.post("/v1/identify", content=demo, headers={"Content-Type": "image/jpeg"})
        assert len(answer.json()["photos"][0]["cards"]) == 9
        _check_session_without_token(client)


def test_why_a_reload_failed_is_said_without_a_path(tmp_path: Path) -> None:
    models = tmp_path / "models"
    shutil.copytree(BUNDLED, models)
    options = ServiceOptions(Settings(models / "reference", models, threads=1, collection=str(tmp_path / "cards.db")))
    with TestClient(create_app(options), base_url=HOME) as client:
        for spec in models.glob("*.json"):
            spec.write_text("{", encoding="utf-8")
        failed = client.post("/v1/reference/reload")
    assert failed.status_code == 409
    assert "models/" in failed.json()["detail"]
    assert str(tmp_path) not in failed.json()["detail"]


def _check_session_without_token(client: TestClient) -> None:
    assert client.post("/v1/session", json={"token": "whatever it is"}).status_code == 204


def test_a_browser_is_let_in_by_a_cookie_that_scripts_cannot_read(tmp_path: Path) -> None:
    app = create_app(ServiceOptions(Settings(collection=str(tmp_path / "cards.db")), token=TOKEN))
    client = TestClient(app, base_url=HOME)  # not started: who may ask is settled before
    assert client.post("/v1/session", json={"token": "wrong"}).status_code == 401
    assert client.get("/v1/collection/choices").status_code == 401
    answer = client.post("/v1/session", json={"token": TOKEN})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert client.get("/v1/collection/choices").status_code == 200
