"""The service on a shared catalogue: it answers as from the folder, and follows what is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

pytest.importorskip("psycopg", reason="needs the extra postgres")

from cardlens.errors import StaleReference
from cardlens.reference.contents import Contents, Row
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.reference.publish import Destination, publish
from cardlens.runtimes.base import ModelSpec
from cardlens.service.app import create_app
from cardlens.service.engine import Engine
from cardlens.service.following import follow_catalogue
from cardlens.service.options import ServiceOptions
from cardlens.service.telling import Telling
from cardlens.settings import BUNDLED, Settings
from cardlens.shared import schema, versions, writing
from cardlens.shared.fill import fill
from cardlens.shared.server import Server
from tests.service.conftest import HOME

_MODEL = ModelSpec.load(BUNDLED / "embedder.json")
_NEW = {"name": "Newling", "set_id": "new", "set_name": "New", "number": "1"}


@pytest.fixture
def address(postgres: str, tmp_path: Path) -> str:
    """Give a catalogue of the twelve demo cards."""
    folder = tmp_path / "demo-cards"
    _write_demo_cards(folder)
    server = Server(postgres)
    schema.bring_up_to_date(server)
    fill(postgres, folder, lambda *_: None)
    server.close()
    return postgres


def _write_demo_cards(folder: Path) -> None:
    whole = Contents.read(ReferenceDatabase.open(BUNDLED / "reference", None))
    demo = {card_id for card_id in whole.card_ids if card_id.startswith("demo-")}
    publish(whole.without(set(whole.card_ids) - demo), _MODEL, Destination(folder))


@pytest.fixture
def options(address: str, tmp_path: Path) -> ServiceOptions:
    return ServiceOptions(Settings(threads=1, shared=address, collection=str(tmp_path / "collection.db")))


def _add(address: str, card_id: str) -> None:
    server = Server(address)
    number = versions.find(server, _MODEL.digest[:12]).number
    vector = np.random.default_rng(1).normal(size=(1, 768)).astype(np.float32)
    with server.writing() as connection:
        writing.put_cards(connection, {card_id: _NEW})
        rows = [Row(card_id, f"{card_id}.png", "en", card_id.rjust(64, "0"))]
        signatures = np.zeros((1, SIGNATURE_BYTES), np.int8)
        writing.put_rows(connection, number, rows, vector / np.linalg.norm(vector), signatures)
    server.close()


def _put_another_version_in_use(address: str) -> None:
    server = Server(address)
    with server.writing() as connection:
        other = versions.begin(connection, replace(_MODEL, digest="b" * 64), np.eye(768, dtype=np.float32))
    with server.writing() as connection:
        versions.serve(connection, other)
        connection.execute(text("UPDATE in_use SET version = :number"), {"number": other})
    server.close()


def test_photos_are_answered_as_from_the_folder(options: ServiceOptions, demo: bytes, tmp_path: Path) -> None:
    of_folder = replace(options, settings=replace(options.settings, shared=None, reference=tmp_path / "demo-cards"))
    said = []
    for each in (of_folder, options):
        with TestClient(create_app(each), base_url=HOME) as client:
            answer = client.post("/v1/identify", files={"photo": ("demo.jpg", demo, "image/jpeg")}).json()
            said.append([(card["card_id"], card["decision"]) for card in answer["photos"][0]["cards"]])
            assert client.get("/v1/reference").json()["cards"] == 12
            assert client.get("/v1/cards/demo-1").json()["name"] == "Emberling"
            assert client.get("/v1/cards", params={"search": "emberling"}).json()["cards"][0]["card_id"] == "demo-1"
            assert len(client.get("/v1/similar/demo-1").json()["similar"]) == 10
            assert "demo-1" in {row[0] for row in client.get("/v1/card-index").json()["rows"]}
    assert said[0] == said[1]
    assert len({card_id for card_id, _ in said[0] if card_id.startswith("demo-")}) == 9


def test_a_version_that_was_retired_is_refused_and_not_answered_from_another(
    options: ServiceOptions, address: str, demo: bytes
) -> None:
    with TestClient(create_app(options), base_url=HOME, raise_server_exceptions=False) as client:
        _put_another_version_in_use(address)
        server = Server(address)
        versions.retire(server, _MODEL.digest[:12])
        server.close()
        answer = client.post("/v1/identify", files={"photo": ("demo.jpg", demo, "image/jpeg")})
        assert answer.status_code == 503
        assert "cannot be looked up now" in answer.json()["detail"]
        assert "Retry-After" in answer.headers


def test_added_cards_are_taken_up_while_serving(options: ServiceOptions, address: str) -> None:
    engine = Engine(options, Telling())

    async def serve() -> None:
        await engine.start()
        following = asyncio.create_task(follow_catalogue(engine, look_every=0.05))
        first = engine.generation
        assert "new-1" not in first.known
        await asyncio.to_thread(_add, address, "new-1")
        await _until(lambda: "new-1" in engine.generation.known)
        assert engine.generation.version != first.version
        assert first.known.opened_as != engine.generation.known.opened_as
        following.cancel()
        await engine.stop()

    asyncio.run(serve())


def test_a_version_put_in_use_is_opened_and_where_it_cannot_be_the_open_one_stays(
    options: ServiceOptions, address: str
) -> None:
    engine = Engine(options, Telling())
    opened: list[str] = []

    async def reload() -> None:
        opened.append("tried")
        raise StaleReference("no models for it yet")

    async def serve() -> None:
        await engine.start()
        engine.reload = reload  # type: ignore[method-assign,assignment]
        following = asyncio.create_task(follow_catalogue(engine, look_every=0.01))
        await asyncio.to_thread(_put_another_version_in_use, address)
        await _until(lambda: opened)
        await asyncio.sleep(0.3)
        assert opened == ["tried"]
        assert not following.done()
        assert engine.generation.number == 1
        following.cancel()
        await engine.stop()

    asyncio.run(serve())


def test_a_catalogue_that_stays_as_it_is_is_not_opened_again(options: ServiceOptions) -> None:
    engine = Engine(options, Telling())

    async def serve() -> None:
        await engine.start()
        following = asyncio.create_task(follow_catalogue(engine, look_every=0.01))
        await asyncio.sleep(0.3)
        assert engine.generation.number == 1
        following.cancel()
        await engine.stop()

    asyncio.run(serve())


async def _until(true: Callable[[], object]) -> None:
    for _ in range(600):
        if true():
            return
        await asyncio.sleep(0.05)
    pytest.fail("it was not taken up within half a minute")
