from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.cloud.cost_inventory import BadInventory, Holding, Inventory, parse_size


def test_holdings_of_one_category_are_one_row_of_the_breakdown() -> None:
    inventory = Inventory(
        "mine",
        (
            Holding("student", "Student Models", "models", 75, 1),
            Holding("hailo", "Student Models", "models", 14, 1),
            Holding("raw", "Raw Images", "scans", 1000, 10),
        ),
    )
    assert [(one.category, one.bytes, one.files) for one in inventory.categories()] == [
        ("Student Models", 89, 2),
        ("Raw Images", 1000, 10),
    ]
    assert (inventory.bytes, inventory.files, inventory.cards) == (1089, 12, 10)


def test_reads_what_the_store_prints(tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    file.write_text(json.dumps({"categories": [{"key": "raw", "category": "Raw", "bytes": 5, "files": 1}]}))
    assert Inventory.read(file).holdings == (Holding("raw", "Raw", "", 5, 1),)


@given(st.integers(0, 999), st.sampled_from(["KB", "MB", "GB", "TB"]), st.sampled_from([1000, 1024]))
def test_sizes_are_read_with_the_units_given(amount: int, unit: str, units: int) -> None:
    power = ["B", "KB", "MB", "GB", "TB"].index(unit)
    assert parse_size(f"{amount} {unit}", units) == amount * units**power
    assert parse_size(f"{amount}.5{unit}", units) == (2 * amount + 1) * units**power // 2


@pytest.mark.parametrize("text", ["", "GB", "12", "-1 GB", "1e3 GB", "1 GiB", "1,5 GB"])
def test_other_words_are_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text, 1000)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"holdings": []}',
        '{"holdings": [{"key": "raw", "bytes": 1.5, "files": 1}]}',
        '{"holdings": [{"key": "raw", "bytes": 1, "files": true}]}',
        '{"holdings": [{"key": "raw", "bytes": -1, "files": 1}]}',
        '{"holdings": [{"key": "raw", "bytes": 1, "files": 0}]}',
        '{"holdings": [{"key": "raw", "files": 1}]}',
        '{"holdings": 5}',
    ],
)
def test_what_is_no_inventory_is_refused_by_name(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(content)
    with pytest.raises(BadInventory, match=r"bad\.json"):
        Inventory.read(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInventory, match=r"gone\.json"):
        Inventory.read(tmp_path / "gone.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "bytes", "files"]), inner),
    max_leaves=8,
)


@given(JSON)
def test_anything_else_is_one_error(content: Any) -> None:
    try:
        inventory = Inventory.of({"holdings": content}, "any")
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    assert inventory.files > 0
