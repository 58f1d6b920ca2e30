"""What stands in the cells of a table: amounts, dates, and text that a spreadsheet must not run."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

# A spreadsheet runs a cell that begins so (owasp.org/www-community/attacks/CSV_Injection), also in full width.
_RUN = "=+-@\t\r＝＋－＠"
_SHIELDED = re.compile(f"'+[{re.escape(_RUN)}]")
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}


def shielded(text: str) -> str:
    """Text as a cell that no spreadsheet runs: an apostrophe goes before it where needed. `unshielded` takes it off."""
    return f"'{text}" if (text and text[0] in _RUN) or _SHIELDED.match(text) else text


def unshielded(cell: str) -> str:
    """The text that `shielded` made a cell of."""
    return cell[1:] if _SHIELDED.match(cell) else cell


def amount_of(cell: str) -> tuple[Decimal | None, str | None]:
    """Amount and currency of a cell such as "2.50", "$1,234.56" or "2,50 €"; raises `ValueError`."""
    text = cell.strip().replace("\N{NO-BREAK SPACE}", "")
    currency = next((code for sign, code in _SIGNS.items() if sign in text), None)
    text = re.sub(r"[$€£¥\s]", "", text)
    if not text:
        return None, currency
    if re.fullmatch(r"[0-9]+,[0-9]{1,2}|[0-9]{1,3}(\.[0-9]{3})+,[0-9]{1,2}", text):  # 2,50 and 1.234,56
        text = text.replace(".", "").replace(",", ".")
    text = re.sub(r",(?=[0-9]{3}([^0-9]|$))", "", text)
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?|\.[0-9]+", text):
        raise ValueError(f"{cell!r} is no amount; write it as 2.50")
    try:
        return Decimal(text).quantize(Decimal("0.0001")), currency
    except InvalidOperation:
        raise ValueError(f"{cell!r} is no amount; write it as 2.50") from None


def date_of(cell: str) -> date | None:
    """The date of a cell: 2026-01-31, 2026-01-31T…, 1/31/2026 (American) or 31.1.2026; raises `ValueError`."""
    text = cell.strip()
    if not text:
        return None
    try:
        if american := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            return date(int(american[3]), int(american[1]), int(american[2]))
        if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise ValueError(f"{cell!r} is no date; write it as 2026-01-31") from None


def quantity_of(cell: str) -> int:
    """The whole number of a cell, 1 or more; raises `ValueError`."""
    text = cell.strip()
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise ValueError(f"{cell!r} is no whole number" if text else "empty; say how many there are")
    if int(text) == 0:
        raise ValueError("0: nothing to add")
    return int(text)
