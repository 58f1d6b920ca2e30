"""Connected regions of a mask."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]
Runs = npt.NDArray[np.intp]


def label(mask: Mask) -> tuple[Labels, int]:
    """Number the regions of (h, w) that touch at an edge or a corner: labels (h, w), 0 outside, and how many there are.

    Two passes over the runs of each row, joined as they touch.
    """
    runs = _runs(mask)
    parents = list(range(len(runs)))
    for upper, lower in _touching(runs, len(mask)):
        parents[_root(parents, lower)] = _root(parents, upper)
    roots = [_root(parents, run) for run in range(len(runs))]
    numbers = {root: number for number, root in enumerate(dict.fromkeys(roots), 1)}
    labels = np.zeros(mask.shape, np.int32)
    for (row, start, end), root in zip(runs.tolist(), roots, strict=True):
        labels[row, start:end] = numbers[root]
    return labels, len(numbers)


def bounds(labels: Labels, count: int) -> list[tuple[int, int, int, int]]:
    """(left, top, width, height) of the regions 1 ... count."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns]
    ends = []
    for places in (columns, rows):
        first = np.full(count + 1, np.iinfo(np.int64).max)
        last = np.full(count + 1, -1)
        np.minimum.at(first, numbers, places)
        np.maximum.at(last, numbers, places)
        ends.append((first[1:], last[1:] - first[1:] + 1))
    (left, width), (top, height) = ends
    return [tuple(box) for box in np.column_stack([left, top, width, height]).tolist()]


def _runs(mask: Mask) -> Runs:
    """(n, 3): row, first column, column after the last, of each run of a row; in reading order."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return np.column_stack([rows, starts, np.nonzero(edges == -1)[1]])


def _touching(runs: Runs, height: int) -> list[tuple[int, int]]:
    """Pairs of runs in neighbouring rows that touch."""
    first_of_row = np.searchsorted(runs[:, 0], np.arange(height + 1)).tolist()
    spans = runs[:, 1:].tolist()
    pairs = []
    for row in range(1, height):
        above, end_above = first_of_row[row - 1], first_of_row[row]
        here, end_here = first_of_row[row], first_of_row[row + 1]
        while above < end_above and here < end_here:
            if spans[above][0] <= spans[here][1] and spans[here][0] <= spans[above][1]:
                pairs.append((above, here))
            if spans[above][1] < spans[here][1]:
                above += 1
            else:
                here += 1
    return pairs


def _root(parents: list[int], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
