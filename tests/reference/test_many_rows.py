"""Databases of many rows, with a few: the files that are mapped, and that nothing else differs."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from usearch.index import Index

from cardlens.errors import BadReference
from cardlens.reference import compact, doubles, files, groups
from cardlens.reference.columns import MappedRecords, MappedTexts
from cardlens.reference.contents import Contents, Row
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.graph import write_whole_index
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.reference.publish import Destination, publish
from cardlens.reference.validate import validate
from cardlens.runtimes.base import ModelSpec

_MODEL = ModelSpec("synthetic", "embed", 1, 1, (0, 0, 0), (1, 1, 1), 1, "a" * 64)
_COUNT = 400


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MANY_ROWS", 100)


@pytest.fixture
def contents() -> Contents:
    """Rows near a plane of 40 dimensions, of which the last but one is the picture of the first."""
    random = np.random.default_rng(3)
    made = random.normal(size=(_COUNT, 40)) @ random.normal(size=(40, 768)) + 0.1 * random.normal(size=(_COUNT, 768))
    made[-2] = made[0]
    ids = [f"sät{number // 50}-{number % 50}" for number in range(_COUNT)]
    tongues = ["ja" if at % 3 else "en" for at in range(_COUNT)]
    return Contents(
        rows=[
            Row(one, f"{one}.png", tongue, sha256(one.encode()).hexdigest())
            for one, tongue in zip(ids, tongues, strict=True)
        ],
        embeddings=np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float16),
        signatures=random.integers(-100, 100, (_COUNT, SIGNATURE_BYTES)).astype(np.int8),
        metadata={
            one: {"name": f"Pokémon {one[-1]}", "set_id": one[:4], "set_name": "S", "number": "1"} for one in ids
        },
    )


@pytest.fixture
def folder(contents: Contents, tmp_path: Path) -> Path:
    contents.metadata[contents.card_ids[-2]]["name"] = contents.metadata[contents.card_ids[0]]["name"]
    publish(contents, _MODEL, Destination(tmp_path / "cards"))
    return tmp_path / "cards"


def test_a_database_of_many_rows_is_sound_and_says_what_was_put_in(contents: Contents, folder: Path) -> None:
    assert validate(folder) == []
    database = ReferenceDatabase.open(folder, _MODEL.digest)
    assert isinstance(database.card_ids, MappedTexts)
    assert isinstance(database.cards, MappedRecords)
    assert list(database.card_ids) == contents.card_ids
    assert list(database.languages) == [row.language for row in contents.rows]
    assert dict(database.cards) == contents.metadata
    assert database.card_ids[3:5] == contents.card_ids[3:5]
    with pytest.raises(BadReference, match="has no metadata"):
        database.metadata("a-card-of-another-set-with-a-long-id")


def test_its_rows_are_found_by_the_small_index(contents: Contents, folder: Path) -> None:
    database = ReferenceDatabase.open(folder, None)
    vectors = contents.embeddings[:50].astype(np.float32)
    exact = np.argsort(-(vectors @ contents.embeddings.astype(np.float32).T), axis=1, kind="stable")[:, :5]
    found = database.search(vectors, 5).rows
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found.tolist(), exact.tolist(), strict=True)]) >= 4.9


def test_other_readers_open_the_same_graph_with_whole_embeddings(contents: Contents, folder: Path) -> None:
    theirs = Index(ndim=768, metric="cos", dtype="f16")
    theirs.load(str(folder / files.INDEX))
    assert len(theirs) == _COUNT
    found = theirs.search(contents.embeddings[:50].astype(np.float32), 1)
    assert (np.asarray(found.keys).reshape(-1)[1:] == np.arange(1, 50)).all()
    assert files.read_ids(folder / files.IDS) == contents.card_ids
    assert files.read_json(folder / files.METADATA) == contents.metadata


def test_a_graph_of_another_format_is_no_index(contents: Contents, tmp_path: Path) -> None:
    compact.build(contents.embeddings, tmp_path)
    file = tmp_path / files.COMPACT
    file.write_bytes(file.read_bytes() + b"more")
    with pytest.raises(ValueError, match="usearch writes another format"):
        write_whole_index(file, contents.embeddings, tmp_path / "whole")


def test_what_is_mapped_must_be_what_the_json_says(folder: Path) -> None:
    database = ReferenceDatabase.open(folder, None)
    ids = list(database.card_ids)
    np.save(folder / files.ROW_IDS, np.array([one.encode() for one in [ids[1], ids[0], *ids[2:]]], "S"))
    assert any("ids.npy is not what index.json says" in str(one) for one in validate(folder))
    (folder / files.ROW_IDS).write_bytes(b"no array")
    with pytest.raises(BadReference, match=r"manifest|bytes|restore"):
        ReferenceDatabase.open(folder, None)


def test_it_is_read_and_grown_like_any_other(contents: Contents, folder: Path) -> None:
    grown = Contents.read(ReferenceDatabase.open(folder, None))
    row = Row("new-1", "new-1.png", "en", "0" * 64)
    grown.metadata["new-1"] = {"name": "New", "set_id": "new", "set_name": "N", "number": "1"}
    vector = np.random.default_rng(8).normal(size=(1, 768))
    grown.add([row], vector / np.linalg.norm(vector), np.ones((1, SIGNATURE_BYTES), np.int8))
    publish(grown, _MODEL, Destination(folder), grown_from=folder)
    database = ReferenceDatabase.open(folder, None)
    assert len(database) == len(contents.rows) + 1
    assert database.card_ids[database.search(np.asarray(grown.embeddings[-1:], np.float32), 1).rows[0, 0]] == "new-1"


def test_equal_pictures_and_look_alikes_are_found_among_the_nearest(contents: Contents) -> None:
    near = compact.nearest_of_each(contents.embeddings, doubles.NEAREST)
    assert {tuple(sorted(pair)) for pair in doubles.same_among(contents.embeddings, near)} == {(0, _COUNT - 2)}
    assert list(doubles.same_pictures(contents.embeddings)) == list(doubles.same_among(contents.embeddings, near))
    signatures = contents.signatures.copy()
    signatures[_COUNT - 2] = signatures[0]
    pairs = set(groups.alike_among(signatures, near))
    assert pairs == {(0, _COUNT - 2), (_COUNT - 2, 0)}
    assert {pair for pair in groups.alike(signatures, signatures) if pair[0] != pair[1]} == pairs


def test_a_database_that_shrinks_is_one_of_few_rows_again(folder: Path) -> None:
    contents = Contents.read(ReferenceDatabase.open(folder, None))
    few = contents.without(set(contents.card_ids[60:]))
    publish(few, _MODEL, Destination(folder))
    assert not (folder / files.COMPACT).exists()
    assert validate(folder) == []
