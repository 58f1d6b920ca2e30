"""Collectr: the CSV of its export, with rows for every game, for sealed products and for a watch list.

Columns and rows as in the README of github.com/BreadMakesYouFull/pokegridview ("`cards.csv` exported from Collectr"):
`Portfolio Name,Category,Set,Product Name,Card Number,Rarity,Variance,Grade,Card Condition,Average Cost Paid,Quantity,
Market Price,Price Override,Watchlist,Date Added,Notes`. Slices of real exports in tests of other importers write the
market price's column with its date, `Market Price (As of 2026-07-07)`, dates also as 6/30/2026, and sealed products
without a card number. There is no column for the language: Collectr keeps Japanese cards as sets of their own, which
the facts here do not have.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardlens.collection import condition as conditions
from cardlens.collection import finish as finishes
from cardlens.collection.condition import condition_of
from cardlens.collection.copy import Copy, NewCopy
from cardlens.collection.exchange.finder import CardFinder, Wanted
from cardlens.collection.exchange.format import Incoming, TableFormat, amount_text, number_with_total, rarity, word_for
from cardlens.collection.exchange.table import BadCell, Row
from cardlens.collection.finish import finish_of
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "Portfolio Name",
    "Category",
    "Set",
    "Product Name",
    "Card Number",
    "Rarity",
    "Variance",
    "Grade",
    "Card Condition",
    "Average Cost Paid",
    "Quantity",
    "Market Price",
    "Price Override",
    "Watchlist",
    "Date Added",
    "Notes",
)
_FIRST_PORTFOLIO = "Main"


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row."""
    _check_is_an_owned_card(row)
    wanted = Wanted(
        row.needed("Product Name"),
        row.needed("Set"),
        number=row.needed("Card Number"),
        columns=("Product Name", "Set", "Card Number"),
    )
    paid, currency = row.amount("Average Cost Paid")
    portfolio, grade = row.text("Portfolio Name"), row.text("Grade")
    new = NewCopy(
        finder.find(wanted).card_id,
        row.quantity("Quantity"),
        finish=word_for(row, "Variance", finish_of, "normal"),
        condition=word_for(row, "Card Condition", condition_of, "near-mint"),
        grade=None if grade.casefold() in ("", "ungraded") else grade,
        price_paid=paid or None,  # Collectr writes 0 where nothing was said
        currency=currency if paid else None,
        place=None if portfolio == _FIRST_PORTFOLIO else portfolio or None,
        note=row.text("Notes") or None,
        acquired_on=row.date("Date Added"),
    )
    return Incoming(row.line, new)


def write(copy: Copy, facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    return {
        "Portfolio Name": copy.place or _FIRST_PORTFOLIO,
        "Category": "Pokemon",
        "Set": copy.set_name,
        "Product Name": copy.name,
        "Card Number": number_with_total(copy, facts),
        "Rarity": rarity(copy, facts),
        "Variance": finishes.TCGPLAYER_WORDS[copy.finish],
        "Grade": copy.grade or "Ungraded",
        "Card Condition": conditions.TCGPLAYER_WORDS[copy.condition],
        "Average Cost Paid": amount_text(copy) or "0",
        "Quantity": str(copy.quantity),
        "Price Override": "0",
        "Watchlist": "false",
        "Date Added": copy.acquired_on.isoformat() if copy.acquired_on else "",
        "Notes": copy.note or "",
    }


def _check_is_an_owned_card(row: Row) -> None:
    game = row.text("Category")
    if game.casefold() not in ("", "pokemon", "pokémon"):
        raise BadCell(row.called("Category"), f"of another game, {game}")
    if row.text("Watchlist").casefold() in ("true", "yes", "1"):
        raise BadCell(row.called("Watchlist"), "on the watch list, not in the collection")
    if not row.text("Card Number"):
        raise BadCell(row.called("Card Number"), "empty: a sealed product, or a card without a number")


COLLECTR = TableFormat(
    "collectr",
    "Collectr",
    COLUMNS,
    required=("Set", "Product Name", "Card Number", "Quantity"),
    telling=("Product Name", "Card Number", "Variance", "Average Cost Paid"),
    read=read,
    write=write,
    fields={
        "quantity": "Quantity",
        "grade": "Grade",
        "price_paid": "Average Cost Paid",
        "place": "Portfolio Name",
        "note": "Notes",
    },
)
