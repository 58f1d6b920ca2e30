from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference, StaleReference
from cardlens.reference.contents import Contents, Row
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.reference.nearest import EXACT_ROWS
from cardlens.reference.publish import Destination, publish
from tests.reference.doubles import MODEL, OTHER_MODEL, spec
from tests.reference.test_nearest import unit_vectors

MANY = 6000  # more than are compared one by one


def random_contents(rows: int) -> Contents:
    """Make up a database of random embeddings; their signatures are far apart."""
    random = np.random.default_rng(3)
    ids = [f"tst-{row}" for row in range(rows)]
    return Contents(
        rows=[Row(card_id, f"{card_id}.webp", "en", f"{at:064x}") for at, card_id in enumerate(ids)],
        embeddings=unit_vectors(rows, rank=48).astype(np.float16),
        signatures=random.integers(-127, 128, (rows, SIGNATURE_BYTES)).astype(np.int8),
        metadata={card_id: {"name": card_id, "set_id": "tst", "number": card_id[4:]} for card_id in ids},
    )


def test_another_model_is_refused_with_the_command_that_helps(folder: Path) -> None:
    with pytest.raises(StaleReference, match=r"cardlens reference build SCANS --out"):
        ReferenceDatabase.open(folder, OTHER_MODEL)
    assert len(ReferenceDatabase.open(folder, None)) == 5


def test_a_large_database_is_mapped_and_finds_its_rows(tmp_path: Path) -> None:
    assert MANY > EXACT_ROWS
    contents = random_contents(MANY)
    publish(contents, spec(), Destination(tmp_path / "large"))
    database = ReferenceDatabase.open(tmp_path / "large", MODEL, threads=1)
    assert isinstance(database.embeddings, np.memmap)
    assert len(database) == MANY
    asked = np.arange(0, MANY, 31)
    noise = 0.03 * np.random.default_rng(5).standard_normal((len(asked), 768))
    vectors = contents.embeddings[asked].astype(np.float32) + noise.astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hits = database.search(vectors, 3)
    assert hits.rows.shape == (len(asked), 3)
    assert (hits.rows[:, 0] == asked).mean() > 0.99
    exact = np.einsum("nd,nd->n", vectors, contents.embeddings[hits.rows[:, 0]].astype(np.float32))
    np.testing.assert_allclose(hits.similarities[:, 0], exact, atol=1e-4)


def test_never_more_rows_than_there_are(folder: Path) -> None:
    database = ReferenceDatabase.open(folder, MODEL)
    assert database.search(unit_vectors(2), 50).rows.shape == (2, 5)
    assert database.search(unit_vectors(2)[:0], 4).rows.shape == (0, 4)


def test_a_folder_without_a_manifest_says_how_to_adopt_it(folder: Path, tmp_path: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(BadReference, match=r"validate .* --adopt"):
        ReferenceDatabase.open(folder, MODEL)
    with pytest.raises(BadReference, match="no such folder"):
        ReferenceDatabase.open(tmp_path / "gone", MODEL)


@pytest.mark.parametrize("name", ["embeddings.npy", "usearch.index", "index.json", "metadata.json", "rows.json"])
def test_missing_and_cut_files_are_refused_by_name(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-7])
    with pytest.raises(BadReference, match=name):
        ReferenceDatabase.open(folder, MODEL)
    (folder / name).unlink()
    with pytest.raises(BadReference, match=name):
        ReferenceDatabase.open(folder, MODEL)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}', '{"schema": 1, "model": {}}'])
def test_a_damaged_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(BadReference, match=r"manifest\.json"):
        ReferenceDatabase.open(folder, MODEL)


def test_a_card_without_metadata_is_an_error_that_names_it(folder: Path) -> None:
    with pytest.raises(BadReference, match="tst-77"):
        ReferenceDatabase.open(folder, MODEL).metadata("tst-77")


def test_metadata_cannot_be_changed_through_the_database(folder: Path) -> None:
    record = ReferenceDatabase.open(folder, MODEL).metadata("tst-1")
    assert json.loads(json.dumps(dict(record)))["name"] == "Card 1"
    with pytest.raises(TypeError):
        record["name"] = "Mew"  # type: ignore[index]
