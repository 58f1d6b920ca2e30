"""Dragon Shield Card Manager: the CSV of its export, with the line `"sep=,"` before the header.

Columns and rows as in a real export, `Tests/dragonshield-real-export.csv`, and in the app's own sample, `Collection/
dragonshield-sample-official.csv`, among the samples of github.com/StepKie/MtgCsvHelper (`MtgCsvHelper/Resources/
SampleCsvs`): `Folder Name,Quantity,Trade Quantity,Card Name,Set Code,Set Name,Card Number,Condition,Printing,Language,
Price Bought,Date Bought,LOW,MID,MARKET`, dates as 2026-05-15 or 3/28/2021, 0.00 where no price was said. The samples
are of Magic cards; that the app takes Pokémon cards named as here has not been tried. The day's prices are not written.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardlens.collection import finish as finishes
from cardlens.collection.copy import Copy, NewCopy
from cardlens.collection.exchange.finder import CardFinder, Wanted
from cardlens.collection.exchange.foil import finish_from_foil
from cardlens.collection.exchange.format import Incoming, TableFormat, amount_text, set_code, word_for
from cardlens.collection.exchange.table import Row
from cardlens.collection.finish import finish_of
from cardlens.collection.language import language_name, language_of
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "Folder Name",
    "Quantity",
    "Trade Quantity",
    "Card Name",
    "Set Code",
    "Set Name",
    "Card Number",
    "Condition",
    "Printing",
    "Language",
    "Price Bought",
    "Date Bought",
    "LOW",
    "MID",
    "MARKET",
)
CONDITIONS = {
    "mint": "Mint",
    "near-mint": "NearMint",
    "lightly-played": "Excellent",
    "moderately-played": "Good",
    "heavily-played": "Played",
    "damaged": "Poor",
}
# The European scale has a step more: "light played" lies between our moderately and heavily played.
_READ = {word.casefold(): condition for condition, word in CONDITIONS.items()} | {"lightplayed": "moderately-played"}


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row."""
    wanted = Wanted(
        row.needed("Card Name"),
        row.text("Set Name"),
        row.text("Set Code"),
        row.text("Card Number"),
        ("Card Name", "Set Name", "Card Number"),
    )
    card = finder.find(wanted)
    finish = word_for(row, "Printing", finish_of, "normal")
    paid, currency = row.amount("Price Bought")
    new = NewCopy(
        card.card_id,
        row.quantity("Quantity"),
        finish=finish_from_foil(card, foil=True) if row.text("Printing").casefold() == "foil" else finish,
        condition=word_for(row, "Condition", _READ, "near-mint"),
        language=word_for(row, "Language", language_of, "en"),
        price_paid=paid or None,
        currency=currency if paid else None,
        place=row.text("Folder Name") or None,
        acquired_on=row.date("Date Bought"),
    )
    return Incoming(row.line, new)


def write(copy: Copy, facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    return {
        "Folder Name": copy.place or "",
        "Quantity": str(copy.quantity),
        "Trade Quantity": "0",
        "Card Name": copy.name,
        "Set Code": set_code(copy, facts),
        "Set Name": copy.set_name,
        "Card Number": copy.number,
        "Condition": CONDITIONS[copy.condition],
        "Printing": finishes.TCGPLAYER_WORDS[copy.finish],
        "Language": language_name(copy.language),
        "Price Bought": amount_text(copy) or "0.00",
        "Date Bought": copy.acquired_on.isoformat() if copy.acquired_on else "",
    }


DRAGON_SHIELD = TableFormat(
    "dragon-shield",
    "Dragon Shield",
    COLUMNS,
    required=("Quantity", "Card Name", ("Set Name", "Set Code")),
    telling=("Trade Quantity", "Card Name", "Card Number", "Printing"),
    read=read,
    write=write,
    fields={
        "quantity": "Quantity",
        "price_paid": "Price Bought",
        "place": "Folder Name",
    },
    first_line='"sep=,"',
)
