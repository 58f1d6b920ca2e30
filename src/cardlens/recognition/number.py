"""What the bottom line of a card says: collector number, printed total, set code, language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

# Languages as they stand in the box beside the set code, and what we call them.
LANGUAGE_BOXES = {"EN": "en", "DE": "de", "FR": "fr", "ES": "es", "IT": "it", "PT": "pt", "NL": "nl", "RU": "ru"}
# Series that number their cards with letters; the face shows the letters before the number, and before the total too.
_PREFIXES = ("HGSS", "SWSH", "TG", "GG", "RC", "SV", "SM", "XY", "BW", "DP", "SH", "SL", "AR", "RT", "H")
_WITH_TOTAL = re.compile(
    r"(?P<prefix>TG|GG|RC|SV|H)(?P<number>\d{1,3}) ?[/|\\] ?(?P=prefix)(?P<total>\d{2,3})(?!\d)"
    r"|(?<!\d)(?P<plain>\d{1,3}[AB]?) ?[/|\\] ?(?P<plain_total>\d{2,3})(?!\d)"
)
_PREFIXED = re.compile(r"(?<![A-Z])(" + "|".join(_PREFIXES) + r")(\d{1,3}[AB]?)(?!\d)")
# Not a year of the copyright line.
_DIGITS = re.compile(r"(?<!\d)(?!19\d\d|20[0-2]\d)\d{4,6}(?!\d)")
# A number that ran into the year before it.
_RUN_TOGETHER = re.compile(r"\d(\d{3})[/|\\](\d{2,3})(?!\d)")
_ALONE = re.compile(r"(?<![\dA-Z])\d{1,3}(?![\dA-Z])")
# Letters that OCR takes for each other in small print.
_CONFUSED = str.maketrans("0QDU1LT|5826", "OOOOIIIISBZG")
_LOOKS_LIKE_DIGIT = str.maketrans("OQIL", "0011")


@dataclass(frozen=True, slots=True)
class NumberText:
    """A collector number as the face seems to show it.

    Attributes:
        number: with its letters, as read: "025", "TG12".
        total: the number after the slash; None where there is none.
        certain: whether the slash (or the letters) was read; False for a guess at where a lost slash stood, and for
            digits that stand alone.
        confidence: of the recognised line, 0..1.
    """

    number: str
    total: int | None
    certain: bool
    confidence: float

    def __str__(self) -> str:
        if self.total is None:
            return self.number
        letters = self.number.rstrip("0123456789AB")
        width = max(len(self.number) - len(letters), 2)
        return f"{self.number}/{letters}{self.total:0{min(width, 3)}d}"


@dataclass(frozen=True, slots=True)
class SetCodeText:
    """A set code, and the language box beside it where it was read. `known`: whether a set in the facts has it."""

    code: str
    language: str | None
    known: bool
    confidence: float


def numbers_in(text: str, confidence: float, totals: Collection[int]) -> list[NumberText]:
    """Every collector number that `text` may show, likeliest first.

    A slash that OCR lost ("91108") is put back where it leaves one of the printed `totals` ("91/108").
    """
    folded = _digits_restored(text.upper())
    whole = [_with_total(match, confidence) for match in _WITH_TOTAL.finditer(folded)]
    if whole:
        return whole
    if joined := _RUN_TOGETHER.search(folded):
        return [NumberText(joined[1][at:], int(joined[2]), False, confidence) for at in (1, 0, 2)]
    prefixed = [
        NumberText("".join(match.groups()), None, True, confidence) for match in _PREFIXED.finditer(text.upper())
    ]
    return [*prefixed, *_repaired(folded, confidence, totals), *_alone(folded, confidence)]


def _with_total(match: re.Match[str], confidence: float) -> NumberText:
    number = match["plain"] or match["prefix"] + match["number"]
    return NumberText(number, int(match["plain_total"] or match["total"]), True, confidence)


def _digits_restored(text: str) -> str:
    """Letters between digits or beside the slash are digits: "O2S/165" has an O that is a zero."""
    return re.sub(r"[OQIL]+(?=[\d/])|(?<=[\d/])[OQIL]+", lambda match: match[0].translate(_LOOKS_LIKE_DIGIT), text)


def _repaired(text: str, confidence: float, totals: Collection[int]) -> Iterable[NumberText]:
    """Digits that ran together, cut before a known total. A slash may also have been read as 1 or 7."""
    for match in _DIGITS.finditer(text):
        digits = match[0]
        for length in (3, 2):
            number, total = digits[:-length], digits[-length:]
            if int(total) not in totals or total.startswith("0"):
                continue
            if 1 <= len(number) <= 3:
                yield NumberText(number, int(total), False, confidence)
            if 2 <= len(number) <= 4 and number[-1] in "17":
                yield NumberText(number[:-1], int(total), False, confidence)


def _alone(text: str, confidence: float) -> Iterable[NumberText]:
    for match in _ALONE.finditer(text):
        yield NumberText(match[0], None, False, confidence)


def set_code_in(text: str, confidence: float, codes: Collection[str]) -> SetCodeText | None:
    """The set code in `text`: one of `codes`, or three letters before a language box, or None."""
    folded = text.upper().replace(" ", "")
    confused = folded.translate(_CONFUSED)
    for code in sorted(codes):
        at = confused.find(code.translate(_CONFUSED))
        if at < 0:
            continue
        language = _language_at(confused, at + len(code))
        behind = folded[at + len(code) :]
        # Three letters alone are in many words ("PALADIN"): the box or a number beside them, or nothing else, is proof.
        alone = at <= 1 and len(behind) <= 2
        if language or alone or re.match(r"[^A-Z]{0,2}\d{2,3}(/|$)", behind):
            return SetCodeText(code, language, True, confidence)
    unknown = re.search(r"(?<![A-Z])[A-Z]?([A-Z][A-Z0-9]{2})(EN|DE|FR|ES|IT|PT)(?![A-Z])", folded)
    if unknown:
        return SetCodeText(unknown[1], LANGUAGE_BOXES[unknown[2]], False, confidence)
    return None


def _language_at(confused: str, at: int) -> str | None:
    box = confused[at : at + 2]
    return next((name for letters, name in LANGUAGE_BOXES.items() if letters.translate(_CONFUSED) == box), None)
