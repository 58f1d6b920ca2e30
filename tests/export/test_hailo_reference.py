"""Embeddings of a compiled model are its own: a database says what ran the model, and takes no other's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.errors import StaleReference
from cardlens.reference.build import build
from cardlens.reference.database import ReferenceDatabase
from tests.reference.doubles import (
    CARDS,
    MODEL,
    OTHER_MODEL,
    ColourEmbedder,
    catalogue_of,
    drawn_scan,
    no_progress,
    save_scan,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A database that a HEF, of digest MODEL, has embedded."""
    (tmp_path / "scans").mkdir()
    for seed, card_id in enumerate(CARDS):
        save_scan(tmp_path / "scans" / f"{card_id}.png", drawn_scan(seed))
    compiled = ColourEmbedder()
    compiled.spec = replace(compiled.spec, name="embedder-hailo8", runtime="hailo8")
    build(tmp_path / "scans", catalogue_of(CARDS, tmp_path), compiled, tmp_path / "cards", no_progress)
    return tmp_path / "cards"


def test_a_database_records_what_ran_the_model_that_embedded_it(folder: Path) -> None:
    assert ReferenceDatabase.open(folder, MODEL).manifest.model.runtime == "hailo8"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["model"]["runtime"] == "hailo8"


def test_the_onnx_file_of_the_same_weights_is_refused_and_the_message_says_what_embedded_it(folder: Path) -> None:
    with pytest.raises(StaleReference, match=r"\(embedder-hailo8, run by hailo8\), running bbbbbbbbbbbb") as refused:
        ReferenceDatabase.open(folder, OTHER_MODEL)
    assert "cardlens reference build" in str(refused.value)


def test_a_database_made_before_there_were_other_runtimes_was_made_by_onnx(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["model"]["runtime"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert ReferenceDatabase.open(folder, MODEL).manifest.model.runtime == "onnx"
