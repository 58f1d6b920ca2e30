"""How worn a card is: one scale here, and the words of other apps for it."""

from __future__ import annotations

# Best first: the scale of TCGplayer, with Mint above it as Deckbox and Cardmarket have it.
CONDITIONS = ("mint", "near-mint", "lightly-played", "moderately-played", "heavily-played", "damaged")

TCGPLAYER_WORDS = dict(
    zip(
        CONDITIONS,
        ("Mint", "Near Mint", "Lightly Played", "Moderately Played", "Heavily Played", "Damaged"),
        strict=True,
    )
)

_SHORT = {
    "m": "mint",
    "nm": "near-mint",
    "nm/m": "near-mint",
    "lp": "lightly-played",
    "mp": "moderately-played",
    "hp": "heavily-played",
    "d": "damaged",
    "dmg": "damaged",
}
_SPELLINGS = {word.lower(): condition for condition, word in TCGPLAYER_WORDS.items()}
_SPELLINGS |= {condition: condition for condition in CONDITIONS} | _SHORT


def condition_of(text: str) -> str | None:
    """The condition that TCGplayer, Collectr and most people mean by `text`; None where it is no word for one."""
    return _SPELLINGS.get(" ".join(text.lower().split()))
