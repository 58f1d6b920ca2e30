"""TCGplayer: the CSV that its app exports a collection or a scan list as.

Columns and words as in a real export, `Tests/tcgplayer-real-export.csv` among the samples of
github.com/StepKie/MtgCsvHelper (`MtgCsvHelper/Resources/SampleCsvs`): `Quantity,Name,Simple Name,Set,Card Number,Set
Code,Printing,Condition,Language,Rarity,Product ID,SKU`, conditions from Mint to Damaged. Its cards are Magic's; that
TCGplayer takes Pokémon cards named as cardlens's facts name them has not been tried. TCGplayer's product numbers are
not known here and left empty.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardlens.collection import condition as conditions
from cardlens.collection import finish as finishes
from cardlens.collection.condition import condition_of
from cardlens.collection.copy import Copy, NewCopy
from cardlens.collection.exchange.finder import CardFinder, Wanted
from cardlens.collection.exchange.format import Incoming, TableFormat, number_with_total, rarity, set_code, word_for
from cardlens.collection.exchange.table import Row
from cardlens.collection.finish import finish_of
from cardlens.collection.language import language_name, language_of
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "Quantity",
    "Name",
    "Simple Name",
    "Set",
    "Card Number",
    "Set Code",
    "Printing",
    "Condition",
    "Language",
    "Rarity",
    "Product ID",
    "SKU",
)


def condition_with_printing(text: str) -> str | None:
    """The condition in "Near Mint Holofoil", as TCGplayer writes it for foils, or in "Near Mint"."""
    words = text.split()
    return next((found for count in range(len(words), 0, -1) if (found := condition_of(" ".join(words[:count])))), None)


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row."""
    quantity = row.quantity("Quantity")
    wanted = Wanted(
        row.text("Simple Name") or row.needed("Name"),
        row.text("Set"),
        row.text("Set Code"),
        row.text("Card Number"),
        ("Simple Name" if row.text("Simple Name") else "Name", "Set", "Card Number"),
    )
    new = NewCopy(
        finder.find(wanted).card_id,
        quantity,
        finish=word_for(row, "Printing", finish_of, "normal"),
        condition=word_for(row, "Condition", condition_with_printing, "near-mint"),
        language=word_for(row, "Language", language_of, "en"),
    )
    return Incoming(row.line, new)


def write(copy: Copy, facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    return {
        "Quantity": str(copy.quantity),
        "Name": copy.name,
        "Simple Name": copy.name,
        "Set": copy.set_name,
        "Card Number": number_with_total(copy, facts),
        "Set Code": set_code(copy, facts),
        "Printing": finishes.TCGPLAYER_WORDS[copy.finish],
        "Condition": conditions.TCGPLAYER_WORDS[copy.condition],
        "Language": language_name(copy.language),
        "Rarity": rarity(copy, facts),
    }


TCGPLAYER = TableFormat(
    "tcgplayer",
    "TCGplayer",
    COLUMNS,
    required=("Quantity", ("Simple Name", "Name"), ("Set", "Set Code")),
    telling=("Quantity", "Simple Name", "Card Number", "Printing"),
    read=read,
    write=write,
    fields={"quantity": "Quantity", "finish": "Printing", "condition": "Condition", "language": "Language"},
)
