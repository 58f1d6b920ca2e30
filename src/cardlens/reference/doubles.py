"""Pictures that stand under the ids of different cards: placeholders and mix-ups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from cardlens.recognition.names import face_name
from cardlens.reference import files
from cardlens.reference.compact import Near, nearest_of_each
from cardlens.reference.files import Vectors
from cardlens.reference.groups import merge

# The same picture saved twice gives more; a reprint of it with another text gives less.
_SAME_PICTURE = 0.999
_BLOCK = 512
# Of 990 pairs of scans that look alike, in 3,501 rows, the other is the third nearest at most.
NEAREST = 16


def placeholders(
    embeddings: Vectors, card_ids: Sequence[str], names: Mapping[str, str], near: Near | None = None
) -> list[list[str]]:
    """Group the card ids that have one picture but different names.

    Args:
        embeddings: (rows, 768), L2-normalised.
        card_ids: of each row.
        names: by card id; an id without a name is no witness.
        near: the rows nearest to each, where they are known; else all are compared, or they are looked for.
    """
    groups = []
    for rows in merge(same_pictures(embeddings) if near is None else same_among(embeddings, near)):
        ids = sorted({card_ids[row] for row in rows})
        if names_differ(names[card_id] for card_id in ids if card_id in names):
            groups.append(ids)
    return merge(groups)


def names_differ(names: Iterable[str]) -> bool:
    """Tell whether names are of different cards, not of printings of one."""
    known = sorted({face_name(name) for name in names})
    return any(_differ(one, other) for one, other in combinations(known, 2))


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
    """Yield (row, the first row whose embedding is all but equal) for each row that has an equal one before it."""
    if len(embeddings) >= files.MANY_ROWS:
        yield from same_among(embeddings, nearest_of_each(embeddings, NEAREST))
        return
    matrix = np.asarray(embeddings, np.float32)
    for start in range(0, len(matrix), _BLOCK):
        stop = min(start + _BLOCK, len(matrix))
        equal = np.tril(matrix[start:stop] @ matrix[:stop].T >= _SAME_PICTURE, start - 1)
        first = equal.argmax(axis=1)
        rows = np.flatnonzero(equal[np.arange(stop - start), first])
        yield from zip((rows + start).tolist(), first[rows].tolist(), strict=True)


def same_among(embeddings: Vectors, near: Near) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows whose embedding is all but equal, each row with those `near` it: (rows, n), -1 for none.

    Where more rows than n have one picture not every pair is among them, but each row has one with another.
    """
    for start in range(0, len(near), _BLOCK):
        others = near[start : start + _BLOCK]
        block = np.asarray(embeddings[start : start + len(others)], np.float32)
        cosines = np.einsum("nkd,nd->nk", np.asarray(embeddings[np.maximum(others, 0)], np.float32), block)
        rows, places = np.nonzero((cosines >= _SAME_PICTURE) & (others >= 0))
        pairs = zip((rows + start).tolist(), others[rows, places].tolist(), strict=True)
        yield from ((row, other) for row, other in pairs if row != other)


def _differ(one: str, other: str) -> bool:
    """Tell whether two names are of different cards: catalogues call one card "Fire Energy" and "Basic Fire Energy"."""
    return one not in other and other not in one
