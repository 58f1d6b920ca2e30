from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger, part_path
from cardlens.scale.plan import Plan
from cardlens.store.address import open_store
from tests.scale.works import ROWS

PLAN = Plan({"kind": "noting"}, ("a", "b", "c"), 2)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(open_store(str(tmp_path)))


def rows(*names: str, error: str | None = None) -> pa.Table:
    return pa.Table.from_pylist([{"name": name, "error": error} for name in names], ROWS)


def test_what_was_delivered_is_read_back_in_order(ledger: Ledger) -> None:
    ledger.deliver(1, rows("c", error="damaged"))
    ledger.deliver(0, rows("a", "b"))
    assert ledger.done() == {0, 1}
    assert [name for table in ledger.tables(range(2)) for name in table.column("name").to_pylist()] == ["a", "b", "c"]
    manifest = ledger.close(PLAN)
    assert (manifest["rows"], manifest["errors"]) == (3, 1)
    assert [part["errors"] for part in manifest["parts"]] == [0, 1]


def test_of_two_who_do_the_same_batch_the_first_stands(ledger: Ledger) -> None:
    first = ledger.deliver(0, rows("a", "b"))
    assert ledger.deliver(0, rows("a", "other")) == first
    assert ledger.table(0).column("name").to_pylist() == ["a", "b"]


def test_a_part_whose_writer_was_killed_before_its_receipt_gets_one(ledger: Ledger, tmp_path: Path) -> None:
    first = ledger.deliver(0, rows("a", "b"))
    (tmp_path / "receipts" / "000000.json").unlink()
    assert ledger.receipt(0) == first


def test_a_part_that_was_changed_is_not_read(ledger: Ledger, tmp_path: Path) -> None:
    ledger.deliver(0, rows("a", "b"))
    other = Ledger(open_store(str(tmp_path / "other")))
    other.deliver(0, rows("a", "c"))
    (tmp_path / part_path(0)).write_bytes((tmp_path / "other" / part_path(0)).read_bytes())
    with pytest.raises(ScaleError, match=r"part-000000\.parquet: was changed"):
        ledger.table(0)


def test_there_is_no_manifest_before_the_last_part(ledger: Ledger, tmp_path: Path) -> None:
    ledger.deliver(0, rows("a", "b"))
    with pytest.raises(ScaleError, match="1 batches are not done"):
        ledger.close(PLAN)
    assert not (tmp_path / "manifest.json").exists()


def test_a_part_of_too_few_rows_is_found_out(ledger: Ledger) -> None:
    ledger.deliver(0, rows("a"))
    ledger.deliver(1, rows("c"))
    with pytest.raises(ScaleError, match="2 rows of 3 items"):
        ledger.close(PLAN)


def test_the_manifest_names_each_part_by_its_digest(ledger: Ledger, tmp_path: Path) -> None:
    signed = [ledger.deliver(0, rows("a", "b")), ledger.deliver(1, rows("c"))]
    ledger.close(PLAN)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert [part["sha256"] for part in manifest["parts"]] == [receipt.sha256 for receipt in signed]
    assert manifest["plan"] == PLAN.digest
