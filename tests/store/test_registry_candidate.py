from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardlens.errors import BadModel, StaleReference
from cardlens.store.objects import no_progress
from cardlens.store.registry_candidate import Origin, file_path, gather, missing_files, upload
from cardlens.store.registry_compare import compare
from cardlens.store.registry_figures import BadFigures
from cardlens.store.registry_version import BadVersion
from tests.assembled import save_calibration, save_models, save_reference
from tests.store.registered import GOOD, a_version, contents, memory_store, put_files

ORIGIN = Origin("ash@lab", {"data": "v1.0"}, "the first")


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path, Path, Path]:
    """Models, database, figures and golden crops that belong together."""
    digest = save_models(tmp_path / "models")
    save_calibration(tmp_path / "models", digest)
    (tmp_path / "models" / "student.hef").write_bytes(b"for a Hailo-8")
    (tmp_path / "models" / "notes.txt").write_text("not part of a version")
    save_reference(tmp_path / "reference", digest)
    (tmp_path / "figures.json").write_text(json.dumps({**GOOD, "embedder": digest}))
    (tmp_path / "golden").mkdir()
    (tmp_path / "golden" / "crops.npy").write_bytes(b"crops")
    return tmp_path / "models", tmp_path / "reference", tmp_path / "figures.json", tmp_path / "golden"


def test_a_version_is_put_together_from_its_parts(parts: tuple[Path, Path, Path, Path]) -> None:
    candidate = gather("v1.0", *parts, ORIGIN)
    version = candidate.version
    assert {"models/embedder.onnx", "models/student.hef", "models/calibration.json"} <= set(version.files)
    assert {"reference/manifest.json", "reference/usearch.index", "golden/crops.npy", "figures.json"} <= set(
        version.files
    )
    assert "models/notes.txt" not in version.files
    assert (version.cards, version.parents, version.note) == (2, {"data": "v1.0"}, "the first")
    assert version.size == sum(file.stat().st_size for file in candidate.sources.values())


def test_only_what_the_store_lacks_is_sent(parts: tuple[Path, Path, Path, Path]) -> None:
    store = memory_store()
    sent: list[int] = []
    candidate = gather("v1.0", *parts, ORIGIN)
    assert upload(store, candidate, sent.append) == candidate.version.size == sum(sent)
    assert missing_files(store, candidate) == {}
    parts[2].write_text(parts[2].read_text() + "\n")
    later = gather("v1.1", *parts, ORIGIN)
    assert list(missing_files(store, later)) == ["figures.json"]
    assert upload(store, later, no_progress) == later.version.files["figures.json"].bytes
    found = store.read(file_path(later.version.files["figures.json"].sha256))
    assert found is not None
    assert found.content == parts[2].read_bytes()


def test_parts_that_do_not_belong_together_are_refused(parts: tuple[Path, Path, Path, Path], tmp_path: Path) -> None:
    models, reference, figures, golden = parts
    save_reference(tmp_path / "foreign", "f" * 64)
    with pytest.raises(StaleReference):
        gather("v1.0", models, tmp_path / "foreign", figures, golden, ORIGIN)
    with pytest.raises(BadFigures):
        gather("v1.0", models, reference, tmp_path / "none.json", golden, ORIGIN)
    with pytest.raises(BadVersion, match="not a name"):
        gather("v 1", models, reference, figures, golden, ORIGIN)


def test_what_has_rotted_in_the_store_is_sent_again(parts: tuple[Path, Path, Path, Path]) -> None:
    store = memory_store()
    candidate = gather("v1.0", *parts, ORIGIN)
    upload(store, candidate, lambda _: None)
    assert missing_files(store, candidate) == {}
    file = candidate.version.files["models/detector.onnx"]
    store.put(file_path(file.sha256), b"x" * file.bytes)
    assert missing_files(store, candidate) == {"models/detector.onnx": file}
    assert upload(store, candidate, lambda _: None) == file.bytes
    assert missing_files(store, candidate) == {}


@pytest.mark.parametrize(
    ("damaged", "error"),
    [
        ("models/detector.onnx", BadVersion),
        ("models/calibration.json", BadModel),
        ("models/embedder.json", BadModel),
        ("reference/embeddings.npy", BadVersion),
    ],
)
def test_a_part_that_is_damaged_or_missing_is_refused(
    parts: tuple[Path, Path, Path, Path], tmp_path: Path, damaged: str, error: type[Exception]
) -> None:
    file = tmp_path / damaged
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(error):
        gather("v1.0", *parts, ORIGIN)
    file.unlink()
    with pytest.raises((BadVersion, BadModel)):
        gather("v1.0", *parts, ORIGIN)


def test_two_versions_are_compared() -> None:
    store = memory_store()
    first, second = a_version("v1.0"), a_version("v2.0", artwork_r_at_1=0.98, photos=72)
    for name in ("v1.0", "v2.0"):
        put_files(store, contents(name))
    found = compare(store, first, second)
    assert found.figures["artwork_r_at_1"] == (0.97, 0.98)
    assert found.figures["photos"] == (None, 72)
    assert (found.cards_added, found.cards_removed) == (("tst-v2.0",), ("tst-v1.0",))
    assert found.files == {
        "figures.json": "same",
        "models/detector.onnx": "same",
        "models/embedder.onnx": "changed",
        "reference/index.json": "changed",
    }
    assert found.download == sum(len(contents("v2.0")[path]) for path, how in found.files.items() if how == "changed")


def test_a_comparison_says_which_part_is_missing() -> None:
    with pytest.raises(BadVersion, match=r"reference/index\.json cannot be read"):
        compare(memory_store(), a_version("v1.0"), a_version("v2.0"))
