from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.assembly import open_embedder
from cardlens.recognition.facts import bundled_facts
from cardlens.reference import files
from cardlens.reference.build import build
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.outcome import Outcome
from cardlens.reference.validate import validate
from cardlens.scale import rounds
from cardlens.scale.database import Build, build_on_ray
from cardlens.scale.embedding import EmbeddingWork
from cardlens.scale.engine import Cluster
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.pictures import Place
from cardlens.scale.plan import read_plan
from cardlens.settings import BUNDLED, Settings
from cardlens.store.address import open_store
from tests.scale.works import run_here


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """The demo's cards, one of them twice, one that cannot be read and one that nobody knows."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for scan in sorted((BUNDLED / "demo" / "cards").iterdir())[:6]:
        (folder / scan.name).write_bytes(scan.read_bytes())
    first = sorted(folder.iterdir())[0]
    (folder / "de").mkdir()
    (folder / "de" / first.name).write_bytes(first.read_bytes())
    (folder / "fr").mkdir()
    (folder / "fr" / first.name).write_bytes(b"RIFF....WEBP broken")
    (folder / "unheard-of-1.webp").write_bytes(first.read_bytes())
    return folder


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue.open([BUNDLED / "demo" / "demo-metadata.json"], bundled_facts())


def told(outcome: Outcome) -> dict[str, Any]:
    return {
        "added": outcome.added,
        "cards": outcome.cards,
        "embedded": outcome.embedded,
        "skipped": sorted(map(str, outcome.skipped)),
        "problems": sorted(map(str, outcome.problems)),
    }


@pytest.mark.parametrize("from_store", [False, True])
def test_the_database_is_the_local_engines_bit_for_bit(
    scans: Path,
    catalogue: Catalogue,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    from_store: bool,
) -> None:
    monkeypatch.setattr(rounds, "run", run_here)
    address = f"file://{scans}" if from_store else str(scans)
    wanted = Build(address, tmp_path / "scaled", size=3)
    scaled = build_on_ray(wanted, catalogue, settings, Cluster(), lambda *_: None)
    local = build(scans, catalogue, open_embedder(settings), tmp_path / "local", lambda *_: None)
    assert told(scaled) == told(local)
    assert scaled.added == 6
    assert len(scaled.problems) == 2
    for name in (files.EMBEDDINGS, files.SIGNATURES, files.IDS, files.METADATA, files.ROWS):
        assert (tmp_path / "scaled" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    digest = open_embedder(settings).digest
    assert validate(tmp_path / "scaled", digest) == []
    assert np.array_equal(
        ReferenceDatabase.open(tmp_path / "scaled", digest).embeddings,
        ReferenceDatabase.open(tmp_path / "local", digest).embeddings,
    )
    assert not (tmp_path / "scaled.partial").exists()
    assert not (tmp_path / "scaled.parts").exists()


def test_a_later_build_embeds_what_came_and_changed_and_leaves_out_what_is_gone(
    scans: Path, catalogue: Catalogue, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "run", run_here)
    parts = tmp_path / "parts"
    wanted = Build(str(scans), tmp_path / "scaled", str(parts), size=3)
    *_, gone, changed, moved = sorted(scans.glob("*.webp"))[:-1]  # the last is unheard of
    later = moved.read_bytes()
    moved.unlink()
    build_on_ray(wanted, catalogue, settings, Cluster(), lambda *_: None)
    gone.unlink()
    moved.write_bytes(later)
    changed.write_bytes(sorted(scans.glob("*.webp"))[0].read_bytes()[:-1] + b"x")  # of another card, by its last byte
    scaled = build_on_ray(wanted, catalogue, settings, Cluster(), lambda *_: None)
    local = build(scans, catalogue, open_embedder(settings), tmp_path / "local", lambda *_: None)
    assert told(scaled) == told(local)
    for name in (files.EMBEDDINGS, files.IDS, files.ROWS):
        assert (tmp_path / "scaled" / name).read_bytes() == (tmp_path / "local" / name).read_bytes()
    second = read_plan(open_store(str(parts / "round-001")))
    assert second is not None
    assert set(second.names) == {changed.name, moved.name}
    build_on_ray(wanted, catalogue, settings, Cluster(), lambda *_: None)
    assert not (parts / "round-002").exists()


def test_a_part_without_its_scan_is_not_made_a_database_of(
    scans: Path, catalogue: Catalogue, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "run", run_here)
    stale = EmbeddingWork.of(Place(None, scans, 1), settings).failed("another.webp", "from another plan")
    Ledger(open_store(str(tmp_path / "scaled.parts" / "round-000"))).deliver(0, stale)
    with pytest.raises(ScaleError, match=r"round-000: holds no row of .*; delete it"):
        build_on_ray(Build(str(scans), tmp_path / "scaled", size=1), catalogue, settings, Cluster(), lambda *_: None)
