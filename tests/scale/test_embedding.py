from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.reference import grower
from cardlens.reference.scans import Look, look_at
from cardlens.scale.embedding import EmbeddingWork
from cardlens.scale.pictures import PictureReader, Place
from cardlens.settings import BUNDLED, Settings
from cardlens.store.errors import StoreError

SCANS = BUNDLED / "demo" / "cards"
NAMES = [scan.name for scan in sorted(SCANS.iterdir())[:3]]


@pytest.fixture
def work(settings: Settings) -> EmbeddingWork:
    return EmbeddingWork.of(Place(None, SCANS, settings.max_bytes), settings)


def test_a_bug_over_one_scan_costs_its_row_and_no_other(work: EmbeddingWork, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = work.open()(NAMES).to_pylist()

    def look(content: bytes, name: str, *rest: object) -> Look:
        if name == NAMES[1]:
            raise ZeroDivisionError("of a codec")
        return look_at(content, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(grower, "look_at", look)
    rows = work.open()(NAMES).to_pylist()
    assert [row["source"] for row in rows] == NAMES
    assert [row["sha256"] for row in rows] == [expected[0]["sha256"], None, expected[2]["sha256"]]
    assert [bool(row["error"]) for row in rows] == [False, True, False]
    assert "unexpected ZeroDivisionError: of a codec" in rows[1]["error"]


def test_a_bug_in_reading_one_scan_costs_its_row_too(work: EmbeddingWork, monkeypatch: pytest.MonkeyPatch) -> None:
    read = PictureReader.read

    def reads(reader: PictureReader, name: str) -> bytes:
        if name == NAMES[0]:
            raise RuntimeError("of a driver")
        return read(reader, name)

    monkeypatch.setattr(PictureReader, "read", reads)
    rows = work.open()(NAMES).to_pylist()
    assert [bool(row["error"]) for row in rows] == [True, False, False]


def test_a_store_that_is_away_is_no_scan_s_fault(work: EmbeddingWork, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: PictureReader, name: str) -> bytes:
        raise StoreError(f"{name}: the store is away; try again")

    monkeypatch.setattr(PictureReader, "read", away)
    with pytest.raises(StoreError):
        work.open()(NAMES)


def test_work_says_how_large_a_scan_may_be(work: EmbeddingWork, tmp_path: Path) -> None:
    small = EmbeddingWork.of(Place(None, tmp_path, 9), Settings(threads=1, max_bytes=9, max_pixels=9)).describe()
    other = {name for name, value in work.describe().items() if small[name] != value}
    assert other == {"scans", "max_bytes", "max_pixels"}
