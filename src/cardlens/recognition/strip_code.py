"""How much what was read beside a number looks like a set's code: small white letters in a black box are misread."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from cardlens.recognition.number import LANGUAGE_BOXES

# Letters that are taken for each other in this print; any other two differ by 1.
_ALIKE = ("OQD0CGU", "I1LTJ|U", "S5", "B8R", "Z2", "MNWH", "EFB", "VUY", "GC6", "AR4", "PF", "KX", "IE", "NA")
_LIKE = {(one, other) for group in _ALIKE for one in group for other in group}
_ALIKE_COST, _MISSING_COST = 0.35, 0.8
_LANGUAGE_COUNTS, _WITHOUT_LANGUAGE = 0.4, 0.9
# A code read whole beside its language: a set that is not known prints it, if no known one is near.
_WHOLE = re.compile(r"(?<![A-Z])[A-Z]?([A-Z][A-Z0-9]{2})(EN|DE|FR|ES|IT|PT)(?![A-Z])")


def code_likeness(texts: Sequence[str], code: str) -> float:
    """How alike the best of `texts` and `code` are, 0..1, with or without a language behind it."""
    return max((_likeness(folded(text), code) for text in texts), default=0.0)


def language_read(texts: Sequence[str], code: str) -> str | None:
    """Language whose box stands behind `code` in most of the texts that show one; None where none does."""
    letters = [match[1] for text in texts if (match := re.search(rf"{code}({'|'.join(LANGUAGE_BOXES)})", folded(text)))]
    return LANGUAGE_BOXES[max(sorted(set(letters)), key=letters.count)] if letters else None


def whole_code(texts: Sequence[str]) -> str | None:
    """The three letters that most of the texts show before a language box; None where fewer than two do."""
    found = [match[1] for text in texts if (match := _WHOLE.search(folded(text)))]
    best = max(sorted(set(found)), key=found.count, default=None)
    return best if best is not None and found.count(best) >= 2 else None


def folded(text: str) -> str:
    """Capitals and digits only."""
    return re.sub(r"[^A-Z0-9|]", "", text.upper())


@lru_cache(65536)
def _likeness(text: str, code: str) -> float:
    """The language is printed smaller, is often misread, and counts for less."""
    bare = 1 - _distance(text, code, "") / len(code)
    boxed = max(1 - _distance(text, code, letters) / len(code) for letters in LANGUAGE_BOXES)
    return max(bare * _WITHOUT_LANGUAGE, boxed, 0.0)


def _distance(text: str, code: str, language: str) -> float:
    """Cost of turning a part of `text` into both (Sellers 1980: what stands before and behind costs nothing)."""
    row = [0.0] * (len(text) + 1)
    weighed = [(letter, 1.0) for letter in code] + [(letter, _LANGUAGE_COUNTS) for letter in language]
    for letter, weight in weighed:
        upper, row = row, [row[0] + weight * _MISSING_COST]
        for at, seen in enumerate(text):
            swap = 0.0 if seen == letter else _ALIKE_COST if (seen, letter) in _LIKE else 1.0
            missing = min(upper[at + 1] + weight * _MISSING_COST, row[at] + weight * _MISSING_COST)
            row.append(min(upper[at] + weight * swap, missing))
    return min(row)
