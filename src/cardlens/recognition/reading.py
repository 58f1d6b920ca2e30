"""What was read off a card's face, from recognised lines to fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cardlens.recognition.number import NumberText, SetCodeText
from cardlens.recognition.text import TextLine

# The word beside the hit points tells the language; Spanish, Italian and Portuguese share theirs.
_HP_WORDS = {"KP": "de", "PV": "fr", "HP": "en"}
# A multiple of ten. With the word behind, a level may stand before it; with the word before, an energy sign behind.
_HP = re.compile(r"(?:HP|KP|PV|PS)(\d{1,2}0)|(\d{1,2}0)(?:HP|KP|PV|PS)|(?<!\d)(\d{1,2}0)(?!\d)")
_MOST_HP = 380
# "ENERGY" alone or behind the energy's name; "Energy Search" is a Trainer.
_BANNER = re.compile(r"(?:.*\W)?(trainer|energy)\W*(?:sp\w*)?\W*", re.IGNORECASE)
_NOT_A_NAME = re.compile(
    r"basic|stage ?[12l]|trainer|supporter|item|stadium|energy|pok[eé]mon tool|tool|restored|level.?up|lv\.? ?\d*|vmax|"
    r"basis|phase ?[12]|niveau ?[12]|dresseur|base|item|ace spec|radiant|evolves.*|put .*on the.*|"
    r"(hp|kp|pv|ps)? ?\d{2,3} ?(hp|kp|pv|ps)?\W*\w?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NameText:
    """A line that may be the card's name. `confidence` 0..1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read off one face; empty where nothing was legible.

    Attributes:
        names: lines of large print at the top, likeliest the name first.
        hp: hit points as digits.
        hp_word: what stands beside them: HP, KP (German), PV (French), PS (Spanish, Italian, Portuguese).
        banner: `Trainer` or `Energy`, where the face says so.
        numbers: what may be the collector number, likeliest first.
        height: the card's height in the photo, in pixels.
    """

    names: tuple[NameText, ...] = ()
    hp: str | None = None
    hp_word: str | None = None
    banner: str | None = None
    numbers: tuple[NumberText, ...] = ()
    set_code: SetCodeText | None = None
    height: float = 0.0

    @property
    def name_text(self) -> str | None:
        """The likeliest name, as read."""
        return self.names[0].text if self.names else None

    @property
    def number_text(self) -> str | None:
        """The likeliest collector number, such as "025/165"."""
        return str(self.numbers[0]) if self.numbers else None

    @property
    def language(self) -> str | None:
        """ISO 639-1 code of the card's language, where the face shows it; None where it does not."""
        if self.set_code is not None and self.set_code.language:
            return self.set_code.language
        if any(re.search(r"[\u3041-\u30ff]", name.text) for name in self.names):
            return "ja"
        latin = self.names and re.search(r"[A-Za-z]{3}", self.names[0].text)
        return _HP_WORDS.get(self.hp_word or "") if latin else None


# Level and hit points, where they were recognised as one line with the name.
_BEHIND_NAME = re.compile(
    r"\W*(\blv\b.*|(\b(hp|kp|pv|ps) ?)?\d{2,3} ?(hp|kp|pv|ps)\W*\w?|(hp|kp|pv|ps) ?\d{2,3}.*)$", re.IGNORECASE
)


def names_in(lines: Sequence[TextLine]) -> tuple[NameText, ...]:
    """The lines that may hold a name, largest print first; then what stands on one row, put together."""
    lines = [replace(line, text=_BEHIND_NAME.sub("", line.text).strip()) for line in lines]
    lines = [line for line in lines if len(line.text) > 1 and _NOT_A_NAME.fullmatch(line.text) is None]
    single = [((line.box[3] - line.box[1]) * line.score, NameText(line.text, line.score)) for line in lines]
    names = [name for _, name in sorted(single, key=lambda pair: -pair[0])]
    return (*names, *_rows(lines))


def _rows(lines: Sequence[TextLine]) -> list[NameText]:
    """Neighbours on one row: "Mewtwo" and a drawn "EX" are found apart."""
    ordered = sorted(lines, key=lambda line: line.box[0])
    return [
        NameText(f"{one.text} {other.text}", min(one.score, other.score))
        for one, other in pairwise(ordered)
        if min(one.box[3], other.box[3]) - max(one.box[1], other.box[1]) > (one.box[3] - one.box[1]) / 2
    ]


def hp_in(lines: Sequence[TextLine]) -> tuple[str | None, str | None]:
    """Hit points and the word beside them, from the rightmost line that shows any."""
    for line in sorted(lines, key=lambda line: -line.box[2]):
        folded = line.text.upper().replace(" ", "").replace("O", "0")
        if match := _HP.search(folded):
            hp = next(group for group in match.groups() if group)
            word = re.search(r"HP|KP|PV|PS", folded)
            return hp if int(hp) <= _MOST_HP else hp[-2:], word[0] if word else None
    return None, next((line.text.upper() for line in lines if line.text.upper() in _HP_WORDS), None)


def banner_in(lines: Sequence[TextLine]) -> str | None:
    """`Trainer` or `Energy` where a banner says so."""
    matches = (_BANNER.fullmatch(line.text) for line in lines)
    return next((match[1].capitalize() for match in matches if match), None)
