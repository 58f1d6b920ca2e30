"""Deckbox: the CSV of an inventory, in its older and its newer form.

Columns and rows as in `Samples/deckbox-sample.csv` of github.com/StepKie/MtgCsvHelper (newer form: `Edition Code`,
`Printing Id`, `Printing Note`, `Tags`) and in `mtg_ssm/serialization/deckbox.py` of github.com/gwax/mtg_ssm (older
form); conditions as on deckbox.org/help/card_conditions. `My Price` is what one asks, not what one paid: it is neither
read nor written. The samples are of Magic cards; that Deckbox takes Pokémon cards has not been tried.
"""

from __future__ import annotations

from collections.abc import Mapping

from cardlens.collection.copy import Copy, NewCopy, tidy_tags
from cardlens.collection.exchange.finder import CardFinder, Wanted
from cardlens.collection.exchange.foil import finish_from_foil, is_foil
from cardlens.collection.exchange.format import Incoming, TableFormat, set_code, word_for
from cardlens.collection.exchange.table import Row
from cardlens.collection.language import language_name, language_of
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "Count",
    "Tradelist Count",
    "Name",
    "Edition",
    "Edition Code",
    "Card Number",
    "Condition",
    "Language",
    "Foil",
    "Signed",
    "Artist Proof",
    "Altered Art",
    "Misprint",
    "Promo",
    "Textless",
    "Printing Id",
    "Printing Note",
    "Tags",
    "My Price",
)
CONDITIONS = {
    "mint": "Mint",
    "near-mint": "Near Mint",
    "lightly-played": "Good (Lightly Played)",
    "moderately-played": "Played",
    "heavily-played": "Heavily Played",
    "damaged": "Poor",
}
_READ = {word.casefold(): condition for condition, word in CONDITIONS.items()}


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row."""
    wanted = Wanted(
        row.needed("Name"),
        row.text("Edition"),
        row.text("Edition Code"),
        row.text("Card Number"),
        ("Name", "Edition", "Card Number"),
    )
    card = finder.find(wanted)
    new = NewCopy(
        card.card_id,
        row.quantity("Count"),
        finish=finish_from_foil(card, foil=bool(row.text("Foil"))),
        condition=word_for(row, "Condition", _READ, "near-mint"),
        language=word_for(row, "Language", language_of, "en"),
        tags=tidy_tags(row.text("Tags").split(",")),
    )
    return Incoming(row.line, new)


def write(copy: Copy, facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    return {
        "Count": str(copy.quantity),
        "Tradelist Count": "0",
        "Name": copy.name,
        "Edition": copy.set_name,
        "Edition Code": set_code(copy, facts),
        "Card Number": copy.number,
        "Condition": CONDITIONS[copy.condition],
        "Language": language_name(copy.language),
        "Foil": "foil" if is_foil(copy.finish) else "",
        "Tags": ",".join(copy.tags),
    }


DECKBOX = TableFormat(
    "deckbox",
    "Deckbox",
    COLUMNS,
    required=("Count", "Name", "Edition"),
    telling=("Count", "Tradelist Count", "Edition", "Card Number"),
    read=read,
    write=write,
    fields={"quantity": "Count", "tags": "Tags"},
)
