"""Baseline: as `contour_hash`, the best few compared once more by local features (ORB)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.benchmark.contender import NOBODY, Candidate
from cardlens.benchmark.contenders.contour_hash import ContourHash
from cardlens.recognition.raster import resize
from cardlens.runtimes.base import Bytes, Floats

_FEATURES, _SHORTLIST = 300, 6
_WIDTH, _HEIGHT = 224, 312
# Lowe's ratio; pixels that a feature may be off a homography
_RATIO, _OFF = 0.8, 6.0


@dataclass(slots=True)
class _Features:
    """Where the features of a picture are, (n, 2), and what they look like, (n, 32)."""

    places: Floats
    looks: Bytes


@dataclass(slots=True)
class _Described:
    """A crop: hash, features, and the inliers counted so far by card."""

    bits: Floats
    features: _Features
    inliers: dict[str, int] = field(default_factory=dict)


class ContourOrb(ContourHash):
    """Of the hash's best few, the one with the most ORB matches that one homography explains."""

    name = "contour + pHash + ORB"
    about = f"as contour + pHash, the best {_SHORTLIST} compared again by {_FEATURES} ORB features and a homography"
    scores = False  # inliers

    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Keep hashes and pictures; features are computed for those that are short-listed."""
        super().enrol(pictures, card_ids)
        self._pictures = {card_id: pictures[row] for row, card_id in reversed(list(enumerate(card_ids)))}
        self._known: dict[str, _Features] = {}

    def describe(self, crops: Sequence[Bytes]) -> list[Any]:
        """Hash and features of each crop."""
        hashes = super().describe(crops)
        return [_Described(bits, _features(crop)) for bits, crop in zip(hashes, crops, strict=True)]

    def rank(self, descriptions: Sequence[Any], without: Collection[str] = NOBODY) -> list[list[Candidate]]:
        """Short-list by hash, then order by inliers; equal ones stay in the hash's order."""
        lists = super().rank([one.bits for one in descriptions], without)
        return [self._checked(one, likely) for one, likely in zip(descriptions, lists, strict=True)]

    def _checked(self, one: _Described, likely: list[Candidate]) -> list[Candidate]:
        for candidate in likely[:_SHORTLIST]:
            if candidate.card_id not in one.inliers:
                one.inliers[candidate.card_id] = _inliers(one.features, self._of(candidate.card_id))
        checked = [Candidate(each.card_id, one.inliers[each.card_id] + each.score) for each in likely[:_SHORTLIST]]
        return [*sorted(checked, key=lambda candidate: -candidate.score), *likely[_SHORTLIST:]]

    def _of(self, card_id: str) -> _Features:
        if card_id not in self._known:
            self._known[card_id] = _features(self._pictures[card_id])
        return self._known[card_id]


def _features(picture: Bytes) -> _Features:
    grey = cv2.cvtColor(resize(picture, _WIDTH, _HEIGHT), cv2.COLOR_RGB2GRAY)
    found, looks = cv2.ORB.create(nfeatures=_FEATURES, fastThreshold=8).detectAndCompute(grey, None)
    if looks is None:
        return _Features(np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8))
    return _Features(np.array([point.pt for point in found], np.float32), np.asarray(looks, np.uint8))


def _inliers(seen: _Features, known: _Features) -> int:
    """Matches that one homography explains; 0 where there are too few to say."""
    if min(len(seen.looks), len(known.looks)) < 8:
        return 0
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(seen.looks, known.looks, k=2)
    good = [best for best, other in pairs if best.distance < _RATIO * other.distance]
    if len(good) < 8:
        return 0
    cv2.setRNGSeed(1)  # RANSAC draws: the same pair gives the same count
    ones = seen.places[[match.queryIdx for match in good]]
    others = known.places[[match.trainIdx for match in good]]
    _, mask = cv2.findHomography(ones, others, cv2.RANSAC, _OFF, maxIters=300)
    explained: npt.NDArray[Any] | int = 0 if mask is None else mask.sum()
    return int(explained)
