from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cardlens.cloud.cost_page import cents, compare, dollars, read_page
from cardlens.cloud.cost_prices import BUNDLED_PRICES, Cost, PriceTable

PAGE = read_page()
FIGURES = {figure.name: figure for figure in compare(PAGE, PriceTable.open())}


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("SageMaker training", "$2.80"),
        ("S3 storage a month", "$0.73"),
        ("All in Glacier, a month", "$0.13"),
        ("S3 requests a month", "<$0.01"),
        ("Total size", "31.7 GB"),
    ],
)
def test_what_the_page_has_right_is_reproduced(name: str, ours: str) -> None:
    assert FIGURES[name].right
    assert FIGURES[name].ours == ours


@pytest.mark.parametrize(
    ("name", "said", "ours"),
    [
        ("Data transfer out a month", "$0.09", "$0.00"),
        ("Monthly total", "$0.82", "$0.73"),
        ("Annual", "$9.84", "$8.74"),
        ("Data transfer, once", "$0.05", "$0.00"),
        ("S3 upload", "$0.10", "$0.18"),
        ("One-time total", "$2.95", "$2.99"),
        ("Reference database", "128 MB", "112 MB"),
    ],
)
def test_what_the_page_has_wrong_is_shown(name: str, said: str, ours: str) -> None:
    assert (FIGURES[name].said, FIGURES[name].ours, FIGURES[name].right) == (said, ours, False)


def test_the_page_counts_in_units_of_1024() -> None:
    embeddings = 17_592 * 768 * 4
    assert round(embeddings / 1024**2) == 52
    assert round(embeddings / 1000**2) == 54
    assert PAGE.units == 1024


def test_other_prices_give_other_verdicts(tmp_path: Path) -> None:
    record = json.loads(BUNDLED_PRICES.read_text(encoding="utf-8"))
    record["egress_per_gb"] = [{"up_to_gb": None, "usd": "0.09", "confirmed": True}]
    (tmp_path / "dear.json").write_text(json.dumps(record))
    figures = {one.name: one for one in compare(PAGE, PriceTable.open(tmp_path / "dear.json"))}
    assert figures["Data transfer out a month"].right
    assert figures["Monthly total"].right


@pytest.mark.parametrize(
    ("usd", "shown"),
    [("0", "$0.00"), ("0.0001", "<$0.01"), ("0.005", "$0.01"), ("2.79832", "$2.80"), ("1234.5", "$1,234.50")],
)
def test_amounts_are_shown_in_cents_rounded_half_up(usd: str, shown: str) -> None:
    assert dollars(Cost(Decimal(usd))) == shown
    assert cents(Decimal("0.125")) == Decimal("0.13")
