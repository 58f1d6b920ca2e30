"""Card names as OCR and people spell them: folding, and an index that finds the nearest ones."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable


def normalised_name(text: str) -> str:
    """Fold a name to what OCR can be trusted with: lower-case ASCII letters and digits."""
    folded = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(letter for letter in folded.lower() if letter.isalnum() and letter.isascii())


@functools.lru_cache(8192)
def face_name(name: str) -> str:
    """A catalogue's name as the face shows it, folded: of "Boss's Orders (Giovanni)" that is "Boss's Orders"."""
    return normalised_name(re.sub(r" ?[(\[].*?[)\]]", "", name)) or normalised_name(name)


def trigrams(text: str) -> set[str]:
    """Three-letter pieces of a normalised name, its ends marked, so that short names have some too."""
    padded = f"^{text}$"
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


class NameIndex:
    """Finds the known names that look most like a misread one, in about a millisecond."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index normalised names."""
        self._names = list(dict.fromkeys(names))
        self._sizes = [len(trigrams(name)) for name in self._names]
        self._places: dict[str, list[int]] = defaultdict(list)
        for at, name in enumerate(self._names):
            for piece in trigrams(name):
                self._places[piece].append(at)

    def similar(self, name: str, limit: int = 10) -> list[str]:
        """Names that share the most trigrams with the normalised `name` (Dice coefficient), best first."""
        wanted = trigrams(name)
        shared = Counter(at for piece in wanted for at in self._places.get(piece, ()))
        scored = sorted((-2 * count / (len(wanted) + self._sizes[at]), at) for at, count in shared.items())
        return [self._names[at] for _, at in scored[:limit]]
