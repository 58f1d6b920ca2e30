from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardlens.cloud.cost_inventory import BadInventory, Inventory
from cardlens.cloud.cost_listing import inventory_of, read_store
from cardlens.store.address import open_store
from cardlens.store.inventory import inventory, total
from cardlens.store.objects import Listed

FILES = {
    "data/raw/card_images/a-1.png": 700_000,
    "data/raw/card_images/a-2.png": 690_000,
    "data/raw/card_images/a-3.png": 90_000,
    "data/raw/metadata/cards.jsonl.gz": 5_000,
    "data/reference/embeddings.npy": 54_000_000,
    "data/reference/.cardlens/versions/v1.0.json": 900,
    "models/efficientnet-hailo/student.hef": 14_000_000,
    "models/efficientnet-hailo/calibration/0001.png": 150_000,
    "README.md": 10,
}


def listed(files: dict[str, int]) -> list[Listed]:
    return [Listed(path, size, None, datetime(2026, 1, 1, tzinfo=UTC)) for path, size in files.items()]


def test_objects_are_grouped_by_data_set_and_size() -> None:
    counted = inventory_of(listed(FILES), "mine")
    assert (counted.bytes, counted.files, counted.cards) == (sum(FILES.values()), len(FILES), 3)
    assert [one.files for one in counted.of_keys(("raw",))] == [1, 2]  # the small one is billed differently
    sizes = {key: sum(one.bytes for one in counted.of_keys((key,))) for key in ("reference", "hailo", "calibration")}
    assert sizes == {"reference": 54_000_000, "hailo": 14_000_000, "calibration": 150_000}


def test_agrees_with_what_the_store_counts(tmp_path: Path) -> None:
    for path in FILES:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(path.encode())
    store = open_store(str(tmp_path))
    counted, rows = read_store(store), inventory(store)
    assert (counted.bytes, counted.files) == (total(rows).bytes, total(rows).files)
    by_category = {one.category: (one.bytes, one.files) for one in counted.categories()}
    assert by_category == {row.category: (row.bytes, row.files) for row in rows if row.files}


def test_takes_what_the_command_prints(tmp_path: Path) -> None:
    for path in ("data/raw/card_images/a-1.png", "data/reference/index.json"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(b"content")
    rows = [asdict(row) for row in inventory(open_store(str(tmp_path)))]
    (tmp_path / "inventory.json").write_text(json.dumps({"categories": rows}))
    counted = Inventory.read(tmp_path / "inventory.json")
    assert {one.key: one.files for one in counted.holdings if one.files} == {"raw": 1, "reference": 1}


def test_an_empty_store_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInventory, match="nothing is in it"):
        read_store(open_store(str(tmp_path)))
