"""ManaBox: the CSV of its export, of a binder or of everything.

Columns and rows as in a real export, `Collection/manabox-collection.csv` among the samples of
github.com/StepKie/MtgCsvHelper (`MtgCsvHelper/Resources/SampleCsvs`): `Binder Name,Binder Type,Name,Set code,Set name,
Collector number,Foil,Rarity,Quantity,ManaBox ID,Scryfall ID,Purchase price,Misprint,Altered,Condition,Language,Purchase
price currency`; without the two binder columns where a single binder was exported. Binders and decks are owned, lists
are not. ManaBox's and Scryfall's ids are for Magic and left empty; that ManaBox takes Pokémon cards has not been tried.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardlens.collection.copy import Copy, NewCopy
from cardlens.collection.exchange.finder import CardFinder, Wanted
from cardlens.collection.exchange.foil import finish_from_foil, is_foil
from cardlens.collection.exchange.format import Incoming, TableFormat, amount_text, rarity, set_code, word_for
from cardlens.collection.exchange.table import BadCell, Row
from cardlens.collection.language import language_of
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "Binder Name",
    "Binder Type",
    "Name",
    "Set code",
    "Set name",
    "Collector number",
    "Foil",
    "Rarity",
    "Quantity",
    "ManaBox ID",
    "Scryfall ID",
    "Purchase price",
    "Misprint",
    "Altered",
    "Condition",
    "Language",
    "Purchase price currency",
)
CONDITIONS = {
    "mint": "mint",
    "near-mint": "near_mint",
    "lightly-played": "excellent",
    "moderately-played": "good",
    "heavily-played": "played",
    "damaged": "poor",
}
# The European scale has a step more: "light played" lies between our moderately and heavily played.
_READ = {word: condition for condition, word in CONDITIONS.items()} | {
    "light_played": "moderately-played",
    "lightly_played": "lightly-played",
}
_FOIL = {"normal": "", "foil": "foil", "etched": "foil"}
_LANGUAGE_CODES = {"zh-hans": "zhs", "zh-hant": "zht"}


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row."""
    if row.text("Binder Type").casefold() == "list":
        raise BadCell(row.called("Binder Type"), "on a list, not in the collection")
    wanted = Wanted(
        row.needed("Name"),
        row.text("Set name"),
        row.text("Set code"),
        row.text("Collector number"),
        ("Name", "Set name", "Collector number"),
    )
    card = finder.find(wanted)
    paid, currency = row.amount("Purchase price")
    new = NewCopy(
        card.card_id,
        row.quantity("Quantity"),
        finish=finish_from_foil(card, foil=bool(word_for(row, "Foil", _FOIL, ""))),
        condition=word_for(row, "Condition", _READ, "near-mint"),
        language=word_for(row, "Language", language_of, "en"),
        price_paid=paid,
        currency=None if paid is None else row.text("Purchase price currency").upper() or currency,
        place=row.text("Binder Name") or None,
    )
    return Incoming(row.line, new)


def write(copy: Copy, facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    return {
        "Binder Name": copy.place or "",
        "Binder Type": "binder" if copy.place else "",
        "Name": copy.name,
        "Set code": set_code(copy, facts),
        "Set name": copy.set_name,
        "Collector number": copy.number,
        "Foil": "foil" if is_foil(copy.finish) else "normal",
        "Rarity": rarity(copy, facts),
        "Quantity": str(copy.quantity),
        "Purchase price": amount_text(copy),
        "Misprint": "false",
        "Altered": "false",
        "Condition": CONDITIONS[copy.condition],
        "Language": _LANGUAGE_CODES.get(copy.language, copy.language),
        "Purchase price currency": copy.currency or "",
    }


MANABOX = TableFormat(
    "manabox",
    "ManaBox",
    COLUMNS,
    required=("Name", ("Set code", "Set name"), "Quantity"),
    telling=("Set code", "Collector number", "Foil", "ManaBox ID"),
    read=read,
    write=write,
    fields={
        "quantity": "Quantity",
        "price_paid": "Purchase price",
        "currency": "Purchase price currency",
        "place": "Binder Name",
    },
)
