"""Artwork groups: which cards look alike to the eye (tied printings), told from their scans alone.

A scan becomes a signature: how much fine detail there is in each cell of three zones of the card (title, picture,
text) and its coarse colours. Foil sheens are smooth, so that the detail stays the same under them; a new layout,
another text or another symbol moves it. The thresholds were chosen by looking at the pairs near them among 3,489
scans: a reprint's foil sheen gives 0.90 and more; drawings laid out anew, or a holofoil and a plain picture, 0.85 and
less; basic energies of two colours 0.88, but 21 in colour, where sheens reach 6.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from cardlens.recognition.raster import resize, resize_values
from cardlens.runtimes.base import Bytes, Floats

Signatures = npt.NDArray[np.int8]
Places = npt.NDArray[np.intp]
Member = TypeVar("Member", str, int)

_THUMBNAIL = (128, 176)
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_ALIKE = 0.88
_COLOUR_DIFFERENCE = 8.0
_COLOURS = (3, 4)
_BLOCK = 256
_MOST_PAIRS = 64
_REACH = 5
_BLUR = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1, dtype=np.float32) / 1.5) ** 2)
_BLUR /= _BLUR.sum()
# A constant extra dimension, far below the detail of a printed zone: two blank zones are alike, not undefined.
_FLOOR = 8.0


@dataclass(frozen=True, slots=True)
class _Zone:
    """Part of the card, in fractions of its width and height, seen as `across` x `down` cells.

    `offset` is added to the similarity: sheens touch the title most and the picture least.
    """

    left: float
    top: float
    right: float
    bottom: float
    across: int
    down: int
    offset: float

    @property
    def size(self) -> int:
        return self.across * self.down


_TITLE = _Zone(0.05, 0.03, 0.95, 0.13, 24, 4, 0.04)
_PICTURE = _Zone(0.09, 0.13, 0.91, 0.50, 12, 14, -0.03)
_TEXT = _Zone(0.05, 0.50, 0.95, 0.96, 16, 14, 0.0)
_ZONES = (_TITLE, _PICTURE, _TEXT)
SIGNATURE_BYTES = sum(zone.size for zone in _ZONES) + 2 * _COLOURS[0] * _COLOURS[1]


def signature(pixels: Bytes) -> Signatures:
    """Describe an upright scan, (H, W, 3) uint8 RGB of any size, by `SIGNATURE_BYTES` int8."""
    small = resize(pixels, *_THUMBNAIL)
    grey = small.astype(np.float32) @ _LUMA
    detail = np.abs(grey - _blurred(_blurred(grey.T).T))
    return np.concatenate([*(_cells(detail, zone) for zone in _ZONES), _colours(small)])


def tied(signatures: Signatures, ids: Sequence[str]) -> list[list[str]]:
    """Group the card ids whose scans look alike.

    Args:
        signatures: (n, SIGNATURE_BYTES) int8, one a scan.
        ids: card id of each scan; several scans may be of one card.

    Returns:
        Every group of two or more ids, sorted; an id is in one group at most.
    """
    return merge([(ids[one], ids[other]) for one, other in alike(signatures, signatures)])


def alike(ones: Signatures, others: Signatures) -> Iterator[tuple[int, int]]:
    """Yield pairs (row of `ones`, row of `others`) whose pictures look alike: for each row, the first 64."""
    zones = [(_unit(ones, zone), _unit(others, zone).T, zone.offset) for zone in _ZONES]
    for start in range(0, len(ones), _BLOCK):
        rows, columns = _candidates(start, zones)
        apart = np.abs(_colour_part(ones)[rows] - _colour_part(others)[columns]).mean(axis=1)
        near = apart <= _COLOUR_DIFFERENCE
        rows, columns = _first_of_each(rows[near], columns[near])
        yield from zip(rows.tolist(), columns.tolist(), strict=True)


def alike_among(signatures: Signatures, near: npt.NDArray[np.int32]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows whose pictures look alike, each row with those `near` it: (rows, n), -1 for none."""
    zones = [(_unit(signatures, zone), zone.offset) for zone in _ZONES]
    colours = _colour_part(signatures)
    for start in range(0, len(near), _BLOCK):
        others = near[start : start + _BLOCK]
        rows = np.repeat(np.arange(start, start + len(others)), others.shape[1])
        pairs = np.stack([rows, others.reshape(-1)], axis=1)
        pairs = pairs[(pairs[:, 1] >= 0) & (pairs[:, 0] != pairs[:, 1])]
        for units, offset in zones:
            cosines = np.einsum("nd,nd->n", units[pairs[:, 0]], units[pairs[:, 1]])
            pairs = pairs[cosines >= _ALIKE - offset]
        apart = np.abs(colours[pairs[:, 0]] - colours[pairs[:, 1]]).mean(axis=1)
        yield from map(tuple, pairs[apart <= _COLOUR_DIFFERENCE].tolist())


def merge(links: Iterable[Sequence[Member]]) -> list[list[Member]]:
    """Join overlapping groups; groups of one vanish. Each group and the list of groups is sorted."""
    parent: dict[Member, Member] = {}
    for link in links:
        root = _root(parent, link[0])
        for other in link[1:]:
            parent[_root(parent, other)] = root
    members: dict[Member, list[Member]] = defaultdict(list)
    for member in sorted(parent):
        members[_root(parent, member)].append(member)
    return sorted(group for group in members.values() if len(group) > 1)


def _root(parent: dict[Member, Member], member: Member) -> Member:
    """Follow the links of a member to the one that stands for its group, and shorten the way for the next time."""
    parent.setdefault(member, member)
    while parent[member] != member:
        parent[member] = parent[parent[member]]
        member = parent[member]
    return member


def _cells(detail: Floats, zone: _Zone) -> Signatures:
    height, width = detail.shape
    rows = slice(round(zone.top * height), round(zone.bottom * height))
    columns = slice(round(zone.left * width), round(zone.right * width))
    cells = np.sqrt(resize_values(detail[rows, columns], zone.across, zone.down)).reshape(-1)
    cells -= cells.mean()
    scaled = cells / max(float(cells.std()), 0.25) * 32  # 0.25: below it is compression noise
    return np.clip(np.round(scaled), -127, 127).astype(np.int8)


def _blurred(values: Floats) -> Floats:
    """Blur each row, the edge repeated."""
    padded = np.pad(values, ((0, 0), (_REACH, _REACH)), mode="edge")
    width = values.shape[1]
    return np.asarray(sum(weight * padded[:, at : at + width] for at, weight in enumerate(_BLUR)), np.float32)


def _colours(small: Bytes) -> Signatures:
    """Half the difference of each cell's red and blue to its grey: 254 levels are one byte."""
    cells = resize(small, *_COLOURS).reshape(-1, 3).astype(np.float32)
    apart = cells[:, [0, 2]] - (cells @ _LUMA)[:, None]
    return np.round(apart / 2).astype(np.int8).reshape(-1)


def _colour_part(signatures: Signatures) -> npt.NDArray[np.int16]:
    return signatures[:, sum(zone.size for zone in _ZONES) :].astype(np.int16)


def _unit(signatures: Signatures, zone: _Zone) -> Floats:
    start = sum(before.size for before in _ZONES[: _ZONES.index(zone)])
    part = signatures[:, start : start + zone.size].astype(np.float32)
    part = np.hstack([part, np.full((len(part), 1), _FLOOR, np.float32)])
    return np.asarray(part / np.linalg.norm(part, axis=1, keepdims=True), np.float32)


def _first_of_each(rows: Places, columns: Places) -> tuple[Places, Places]:
    """Keep the first pairs of each row: where thousands are one picture, all link to the same few."""
    place_in_row = np.arange(len(rows)) - np.searchsorted(rows, rows)
    keep = place_in_row < _MOST_PAIRS
    return rows[keep], columns[keep]


def _candidates(start: int, zones: list[tuple[Floats, Floats, float]]) -> tuple[Places, Places]:
    """Pairs of a block of rows that are alike in all zones."""
    block = slice(start, start + _BLOCK)
    alike_in = (ones[block] @ others >= _ALIKE - offset for ones, others, offset in zones)
    rows, columns = np.nonzero(np.logical_and.reduce(list(alike_in)))
    return rows + start, columns
