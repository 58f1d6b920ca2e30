"""From a map of where text is to boxes around its lines, in reading order.

The post-processing of DB (arXiv 1911.08947) for lines that run left to right, as they do in an upright card.
"""

from __future__ import annotations

from cardlens.recognition.regions import Mask, bounds, label
from cardlens.runtimes.base import Floats

Box = tuple[float, float, float, float]

# As rapidocr sets them for these weights: a pixel is text, a region is a line, and how far the core of a line is grown.
IS_TEXT, IS_LINE, GROWTH = 0.3, 0.5, 1.6
_SMALLEST_CORE, _SMALLEST_LINE = 3, 4


def boxes_in(probability: Floats, width: int, height: int) -> list[Box]:
    """Boxes (left, top, right, bottom) of lines, in pixels of width x height, from (h, w) probabilities of text."""
    labels, count = label(_thicker(probability > IS_TEXT))
    rows, columns = probability.shape
    across, down = width / columns, height / rows
    found = []
    for left, top, wide, high in bounds(labels, count):
        if min(wide, high) <= _SMALLEST_CORE or probability[top : top + high, left : left + wide].mean() < IS_LINE:
            continue
        box = _clipped(_grown(left, top, wide - 1, high - 1), across, down, width, height)
        if min(box[2] - box[0], box[3] - box[1]) >= _SMALLEST_LINE:
            found.append(box)
    return in_reading_order(found)


def in_reading_order(boxes: list[Box]) -> list[Box]:
    """Rows from the top, each from the left; in a row are boxes that begin in the upper half of its first one."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box[1]):
        first = rows[-1][0] if rows else None
        if first and box[1] < (first[1] + first[3]) / 2:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]


def _thicker(mask: Mask) -> Mask:
    """Grow by one pixel to the right and down, which joins letters that all but touch."""
    grown = mask.copy()
    grown[:, 1:] |= mask[:, :-1]
    grown[1:] |= grown[:-1].copy()
    return grown


def _grown(left: int, top: int, wide: int, high: int) -> Box:
    """The model marks the core of a line; its letters reach out by area x growth / perimeter."""
    reach = wide * high * GROWTH / (2 * (wide + high))
    return left - reach, top - reach, left + wide + reach, top + high + reach


def _clipped(box: Box, across: float, down: float, width: int, height: int) -> Box:
    left, top, right, bottom = box
    return (
        float(max(round(left * across), 0)),
        float(max(round(top * down), 0)),
        float(min(round(right * across), width)),
        float(min(round(bottom * down), height)),
    )
