from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.collection.exchange.cells import amount_of, date_of, quantity_of, shielded, unshielded

DANGEROUS = "=+-@\t\r＝＋－＠"


@given(st.one_of(st.text(), st.text(alphabet="'=+-@ab")))
def test_a_shielded_text_comes_back_and_is_never_run(text: str) -> None:
    cell = shielded(text)
    assert cell[:1] not in DANGEROUS or cell == ""
    assert unshielded(cell) == text


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1"])
def test_formulas_are_shielded(text: str) -> None:
    assert shielded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Farfetch'd", "'quoted'", "N's Zoroark", "", "3-pack"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert shielded(text) == text


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("2.50", "2.50", None),
        ("$1,234.56", "1234.56", "USD"),
        ("2,50 €", "2.50", "EUR"),
        ("1.234,56 €", "1234.56", "EUR"),
        ("£.99", "0.99", "GBP"),
        ("60.0000", "60", None),
        ("1,234", "1234", None),
        ("12,345,678.9", "12345678.9", None),
        ("0", "0", None),
    ],
)
def test_reads_amounts_as_people_write_them(cell: str, amount: str, currency: str | None) -> None:
    assert amount_of(cell) == (Decimal(amount), currency)


def test_an_empty_cell_is_no_amount_and_no_date() -> None:
    assert amount_of(" ") == (None, None)
    assert date_of("") is None


@pytest.mark.parametrize("cell", ["abc", "-1", "1.2.3", "1e9", "NaN", "=1+1", "1,2,3", "9" * 13, "٣"])
def test_refuses_what_is_no_amount(cell: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        amount_of(cell)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T18:30:00Z", date(2026, 1, 31)),
        ("1/31/2026", date(2026, 1, 31)),
        ("31.1.2026", date(2026, 1, 31)),
    ],
)
def test_reads_dates_as_apps_write_them(cell: str, day: date) -> None:
    assert date_of(cell) == day


@pytest.mark.parametrize("cell", ["31/1/2026", "2026-02-30", "yesterday", "0/0/0000", "32.1.2026"])
def test_refuses_what_is_no_date(cell: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        date_of(cell)


@pytest.mark.parametrize("cell", ["0", "", "-1", "1.5", "two", "12345678", "²"])
def test_refuses_what_is_no_quantity(cell: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|how many|nothing to add"):
        quantity_of(cell)


@given(st.text())
def test_any_cell_is_read_or_refused(cell: str) -> None:
    for read in (amount_of, date_of, quantity_of):
        try:
            read(cell)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - either is right
