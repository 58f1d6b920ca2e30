from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.reference.adopt import adopt
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.nearest import build_index
from cardlens.reference.validate import validate
from tests.reference.doubles import MODEL, OTHER_MODEL, spec


def without_manifest(folder: Path) -> Path:
    """Turn a database into one of the seed's making."""
    for name in ("manifest.json", "rows.json", "signatures.npy"):
        (folder / name).unlink()
    return folder


def test_a_sound_database_has_no_findings(folder: Path) -> None:
    assert validate(folder, MODEL) == []


def test_the_running_model_is_checked(folder: Path) -> None:
    (finding,) = validate(folder, OTHER_MODEL)
    assert (finding.check, finding.serious) == ("model", True)


def test_the_header_accident_of_the_seed_is_named(folder: Path) -> None:
    cards = json.loads((folder / "metadata.json").read_text())
    header = {"version": 1, "created": "", "source": "", "total_cards": 4, "sets": [], "model": "", "cards": cards}
    (folder / "metadata.json").write_text(json.dumps(header))
    (finding,) = validate(without_manifest(folder))
    assert finding.check == "metadata"
    assert "header instead of cards" in finding.text
    assert "7 keys (version, created" in finding.text
    assert 'under its key "cards"' in finding.text


def embeddings_of(folder: Path, change: Callable[[np.ndarray], object]) -> None:
    embeddings = np.load(folder / "embeddings.npy")
    change(embeddings)
    np.save(folder / "embeddings.npy", embeddings)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda rows: rows.__setitem__((2, 5), np.nan), "embeddings"),
        (lambda rows: rows.__setitem__(1, rows[1] * 2), "embeddings"),
        (lambda rows: rows.__setitem__(1, -rows[1]), "self-retrieval"),
        (lambda rows: rows.__setitem__(4, rows[2]), "duplicates"),
        (lambda rows: rows.__setitem__(3, rows[2]), "placeholders"),
    ],
)
def test_bad_rows_are_found(folder: Path, change: Callable[[np.ndarray], object], check: str) -> None:
    embeddings_of(without_manifest(folder), change)
    assert check in {finding.check for finding in validate(folder) if finding.serious}


def test_row_counts_must_agree(folder: Path) -> None:
    build_index(np.load(folder / "embeddings.npy")[:4]).save(str(without_manifest(folder) / "usearch.index"))
    (finding,) = validate(folder)
    assert finding.check == "row counts"
    assert "usearch.index has 4" in finding.text


def test_cards_without_metadata_are_listed(folder: Path) -> None:
    cards = json.loads((folder / "metadata.json").read_text())
    del cards["tst-4"]
    cards["tst-1"].pop("name")
    cards["tst-50"] = {"name": "unused"}
    (folder / "metadata.json").write_text(json.dumps(cards))
    texts = {finding.text: finding.serious for finding in validate(without_manifest(folder))}
    assert texts == {
        "1 of 4 card ids have none: tst-4": True,
        "no name is given for tst-1": True,
        "1 records of cards without an embedding: tst-50": False,
    }


def test_changed_files_are_found_by_their_digest(folder: Path) -> None:
    for name in ("usearch.index", "metadata.json"):
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
    changed = {finding.text.split()[0] for finding in validate(folder, MODEL) if finding.check == "digests"}
    assert changed == {"usearch.index", "metadata.json"}


@pytest.mark.parametrize("name", ["embeddings.npy", "usearch.index", "index.json", "metadata.json", "manifest.json"])
@pytest.mark.parametrize("content", [b"", b"rubbish" * 40])
def test_rubbish_in_any_file_is_a_finding(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert any(finding.serious for finding in validate(folder, MODEL))


def test_a_missing_folder_is_a_finding(tmp_path: Path) -> None:
    (finding,) = validate(tmp_path / "gone")
    assert "no such folder" in finding.text


def test_a_database_of_the_seed_is_adopted_when_it_is_sound(folder: Path) -> None:
    without_manifest(folder)
    adopt(folder, spec())
    database = ReferenceDatabase.open(folder, MODEL)
    assert (len(database), set(database.languages)) == (5, {"en"})
    assert validate(folder, MODEL) == []
    with pytest.raises(BadReference, match="already"):
        adopt(folder, spec())


def test_float32_embeddings_of_the_seed_are_taken(folder: Path) -> None:
    embeddings = np.load(folder / "embeddings.npy").astype(np.float32)
    np.save(without_manifest(folder) / "embeddings.npy", embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True))
    adopt(folder, spec())
    assert ReferenceDatabase.open(folder, MODEL).embeddings.dtype == np.float32


def test_an_unsound_database_is_not_adopted(folder: Path) -> None:
    (without_manifest(folder) / "metadata.json").write_text('{"version": 1}')
    with pytest.raises(BadReference, match="header"):
        adopt(folder, spec())
    assert not (folder / "manifest.json").exists()
