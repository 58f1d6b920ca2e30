"""How the surface of a printing was made: the words for it here and in other apps."""

from __future__ import annotations

# TCGplayer's printings (tools.docs.tcgcollector.com/crawling/tcgplayer-tcg-prices) in our spelling, and Shadowless.
FINISHES = (
    "normal",
    "holo",
    "reverse-holo",
    "1st-edition",
    "1st-edition-holo",
    "unlimited",
    "unlimited-holo",
    "shadowless",
    "shadowless-holo",
)

TCGPLAYER_WORDS = {
    "normal": "Normal",
    "holo": "Holofoil",
    "reverse-holo": "Reverse Holofoil",
    "1st-edition": "1st Edition",
    "1st-edition-holo": "1st Edition Holofoil",
    "unlimited": "Unlimited",
    "unlimited-holo": "Unlimited Holofoil",
    "shadowless": "Shadowless",
    "shadowless-holo": "Shadowless Holofoil",
}

# Rarities of cards that are also, or only, printed without foil.
_PLAIN_RARITIES = frozenset((None, "Common", "Uncommon", "Rare", "Promo", "C", "U", "R"))

_SPELLINGS = {word.lower(): finish for finish, word in TCGPLAYER_WORDS.items()} | {
    finish: finish for finish in FINISHES
}
_SPELLINGS |= {
    "": "normal",
    "non-foil": "normal",
    "nonfoil": "normal",
    "regular": "normal",
    "foil": "holo",
    "holo foil": "holo",
    "holographic": "holo",
    "reverse": "reverse-holo",
    "reverse holo": "reverse-holo",
    "reverse foil": "reverse-holo",
    "reverseholofoil": "reverse-holo",
    "1st edition holo": "1st-edition-holo",
    "first edition": "1st-edition",
    "unlimited holo": "unlimited-holo",
    "shadowless holo": "shadowless-holo",
}


def usual_finish(rarity: str | None) -> str:
    """The finish that most copies of a rarity have: assumed, as a photo does not tell it, and to be corrected."""
    return "normal" if rarity in _PLAIN_RARITIES else "holo"


def finish_of(text: str) -> str | None:
    """The finish that an app means by `text`; None where it is no word for one."""
    return _SPELLINGS.get(" ".join(text.lower().split()))
