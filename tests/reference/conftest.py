"""A few drawn scans, and the database built of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.reference.build import build
from tests.reference.doubles import CARDS, ColourEmbedder, catalogue_of, drawn_scan, no_progress, save_scan, with_sheen


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Four cards; the first two are tied printings (the second has a foil sheen), the third has a German view."""
    folder = tmp_path / "scans"
    for number, card_id in enumerate(CARDS):
        save_scan(folder / f"{card_id}.png", drawn_scan(max(number, 1)))
    save_scan(folder / "tst-2.png", with_sheen(drawn_scan(1)))
    save_scan(folder / "de" / "tst-3.png", drawn_scan(2, text=7))
    return folder


@pytest.fixture
def folder(scans: Path, tmp_path: Path) -> Path:
    """Give the folder of a database of these scans."""
    out = tmp_path / "cards"
    build(scans, catalogue_of(CARDS, tmp_path), ColourEmbedder(), out, no_progress)
    return out
