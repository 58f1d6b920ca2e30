from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cardlens.cloud.cost_archive import archive
from cardlens.cloud.cost_growth import grow
from cardlens.cloud.cost_page import read_page
from cardlens.cloud.cost_prices import PriceTable
from cardlens.errors import CardlensError

pytest.importorskip("matplotlib", reason="drawing needs the extra train")

from cardlens.cloud.cost_plot import plot

PRICES = PriceTable.open()
INVENTORY = read_page().inventory
GROWTH = grow(INVENTORY, PRICES, devices=(1, 100))
CASES = [archive(INVENTORY.holdings, one, PRICES) for one in PRICES.archives]


def test_draws_a_png(tmp_path: Path) -> None:
    plot(GROWTH, CASES, tmp_path / "costs.png")
    with Image.open(tmp_path / "costs.png") as image:
        assert image.size == (1650, 675)
        assert len(set(image.convert("RGB").resize((64, 64)).get_flattened_data())) > 20
    assert [file.name for file in tmp_path.iterdir()] == ["costs.png"]


def test_draws_an_svg_that_names_every_line(tmp_path: Path) -> None:
    plot(GROWTH, CASES, tmp_path / "costs.svg")
    text = (tmp_path / "costs.svg").read_text(encoding="utf-8")
    for name in ("100 devices", "S3 Standard", "Glacier Deep Archive", "dollars a month"):
        assert name in text


def test_draws_what_there_is(tmp_path: Path) -> None:
    plot([], [], tmp_path / "empty.svg")
    assert (tmp_path / "empty.svg").stat().st_size > 1000


def test_refuses_other_formats_and_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"costs\.txt.*\.png"):
        plot(GROWTH, CASES, tmp_path / "costs.txt")
    with pytest.raises(CardlensError, match="cannot be written"):
        plot(GROWTH, CASES, tmp_path / "no such folder" / "costs.png")
