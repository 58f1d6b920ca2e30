from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardlens.scale.engine import Batches
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.naming import NamingWork
from cardlens.scale.pictures import Place, list_pictures
from cardlens.settings import Settings
from cardlens.store.address import open_store
from tests.scale.works import without_time


def test_answers_are_those_of_the_local_engine(
    photos: Path, settings: Settings, local: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    names = [str(file) for file in sorted(photos.iterdir())]
    batches = Batches(NamingWork.of(Place(None, Path.cwd(), settings.max_bytes), settings), str(tmp_path))
    assert batches.take({"number": 0, "names": json.dumps(names)})["failure"] == ""
    table = Ledger(open_store(str(tmp_path))).table(0)
    answers = {Path(row["photo"]).name: without_time(row["answer"]) for row in table.to_pylist()}
    assert answers == local
    assert sum(len(answer.get("cards", ())) for answer in answers.values()) >= 5
    assert [row["photo"] for row in table.to_pylist() if row["error"]] == [str(photos / "broken.jpg")]
    for row in table.to_pylist():
        cards = without_time(row["answer"]).get("cards", [])
        assert [card["card_id"] for card in cards] == (row["card_ids"] or [])


def test_work_says_where_its_photos_are_and_how_large_they_may_be(settings: Settings, tmp_path: Path) -> None:
    here = NamingWork.of(Place(None, tmp_path, settings.max_bytes), settings).describe()
    there = NamingWork.of(Place(None, tmp_path / "other", settings.max_bytes), settings).describe()
    small = NamingWork.of(Place(None, tmp_path, 9), replace(settings, max_bytes=9, max_pixels=9)).describe()
    assert {name for name in here if here[name] != there[name]} == {"photos"}
    assert {name for name in here if here[name] != small[name]} == {"max_bytes", "max_pixels"}


@pytest.mark.s3
def test_photos_of_a_bucket_get_the_same_answers_in_a_bucket(
    photos: Path,
    settings: Settings,
    local: dict[str, dict[str, Any]],
    bucket: str,
) -> None:
    store = open_store(f"{bucket}/photos")
    for file in photos.iterdir():
        store.put(file.name, file.read_bytes())
    names, out = list(list_pictures(store)), f"{bucket}/answers"
    work = NamingWork.of(Place(store.address, Path("/"), settings.max_bytes), settings)
    row = {"number": 0, "names": json.dumps(names)}
    assert [Batches(work, out).take(row)["failure"] for _ in range(2)] == ["", ""]
    table = Ledger(open_store(out)).table(0)
    for line in table.column("answer").to_pylist():
        answer = without_time(line)
        name = answer["photo"].removeprefix(f"{store.address}/")
        expected = json.dumps(local[name]).replace(str(photos / name), answer["photo"])
        assert answer == json.loads(expected)


def test_a_worker_with_another_database_is_told_apart(settings: Settings, tmp_path: Path) -> None:
    place = Place(None, tmp_path, settings.max_bytes)
    work = NamingWork.of(place, settings)
    other = NamingWork(place, work.settings, 5, 0.0, {**work.prints, "database": "0" * 64})
    with pytest.raises(ScaleError, match="another database than the driver"):
        other.open()


def test_no_password_travels_to_workers(tmp_path: Path) -> None:
    settings = Settings(collection="postgresql://me:a-secret@host/cards")
    work = NamingWork.of(Place(None, tmp_path, 100), settings)
    assert work.settings.collection == Settings().collection


def test_a_shared_catalogue_is_refused_and_its_password_not_told(tmp_path: Path) -> None:
    settings = Settings(shared="postgresql://me:a-secret@host/cards")
    with pytest.raises(ScaleError, match="not from a shared catalogue") as refused:
        NamingWork.of(Place(None, tmp_path, 100), settings)
    assert "a-secret" not in str(refused.value)
