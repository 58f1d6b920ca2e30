"""Pictures that stand under the ids of different cards: placeholders and mix-ups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cardlens.reference.files import Vectors
from cardlens.reference.groups import merge

# The same picture saved twice gives more; a reprint of it with another text gives less.
_SAME_PICTURE = 0.999
_BLOCK = 1024


def placeholders(embeddings: Vectors, card_ids: Sequence[str], names: Mapping[str, str]) -> list[list[str]]:
    """Group the card ids that have one picture but different names.

    Args:
        embeddings: (rows, 768), L2-normalised.
        card_ids: of each row.
        names: by card id; an id without a name is no witness.
    """
    links = [
        (card_ids[one], card_ids[other])
        for one, other in same_pictures(embeddings)
        if _differ(names.get(card_ids[one]), names.get(card_ids[other]))
    ]
    return merge(links)


def repeated_rows(embeddings: Vectors, card_ids: Sequence[str]) -> list[int]:
    """Rows whose card id and embedding are both those of an earlier row."""
    seen: dict[str, list[npt.NDArray[np.floating]]] = defaultdict(list)
    repeated = []
    for row, card_id in enumerate(card_ids):
        if any(np.array_equal(embeddings[row], earlier) for earlier in seen[card_id]):
            repeated.append(row)
        seen[card_id].append(embeddings[row])
    return repeated


def same_pictures(embeddings: Vectors) -> Iterator[tuple[int, int]]:
    """Yield the pairs of rows whose embeddings are all but equal."""
    matrix = np.asarray(embeddings, np.float32)
    for start in range(0, len(matrix), _BLOCK):
        block = matrix[start : start + _BLOCK] @ matrix[start:].T
        rows, columns = np.nonzero(np.triu(block >= _SAME_PICTURE, 1))
        yield from zip((rows + start).tolist(), (columns + start).tolist(), strict=True)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and _plain(one) != _plain(other)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
