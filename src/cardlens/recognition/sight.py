"""How sure a match by sight is: a calibrated probability from similarity, margin, agreement, size and sharpness."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cardlens.errors import BadModel
from cardlens.recognition.matcher import Artwork
from cardlens.runtimes.base import Bytes

# so many of the nearest artworks stand for all that a card may look like
_CROWD = 16
# more of a card beyond the photo's edge was not fitted on
_MOST_CUT = 0.4


@dataclass(frozen=True, slots=True)
class Sighting:
    """One crop and what it was matched to.

    Attributes:
        artworks: candidates, nearest first.
        width: of the card in the photo, in pixels.
        sharpness: mean absolute Laplacian of the crop's luminance, in grey levels.
        score: of the detector, 0..1.
        company: share of the other cards in the photo whose nearest artwork is of the same set, 0..1.
        sequence: whether they have the numbers next to this one's, 0..1.
        inside: share of the card that lies within the photo, 0..1.
    """

    artworks: Sequence[Artwork]
    width: float
    sharpness: float
    score: float
    company: float = 0.0
    sequence: float = 0.0
    inside: float = 1.0

    @property
    def similarity(self) -> float:
        """Cosine to the best artwork; -1 where the database is empty."""
        return self.artworks[0].similarity if self.artworks else -1.0

    @property
    def runner_up(self) -> float:
        """Cosine to the next artwork; -1 where there is none."""
        return self.artworks[1].similarity if len(self.artworks) > 1 else -1.0

    @property
    def crowd(self) -> float:
        """Mean cosine to the artworks after that: how near a card like this one comes to any (score normalisation)."""
        rest = [artwork.similarity for artwork in self.artworks[2:_CROWD]]
        return sum(rest) / len(rest) if rest else self.runner_up

    @property
    def checked(self) -> bool:
        """Whether the best artwork was compared part by part."""
        return bool(self.artworks) and self.artworks[0].agreement is not None


def sharpness(crop: Bytes) -> float:
    """Mean absolute Laplacian of (h, w, 3) uint8, in grey levels."""
    grey = crop[::2, ::2].astype(np.float32).mean(axis=2)
    bent = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(np.abs(bent).mean())


def features(seen: Sighting) -> dict[str, float]:
    """What the calibration was fitted on, by name; more where parts were compared."""
    return _of_the_whole(seen) | (_of_parts(seen) if seen.checked else {})


def _of_the_whole(seen: Sighting) -> dict[str, float]:
    size = _size(seen)
    crisp = math.log(max(seen.sharpness, 0.5) / 10.0)
    margin = _between(seen.similarity - seen.runner_up, 0.0, 0.6)
    return {
        "bias": 1.0,
        "similarity": seen.similarity,
        "margin": margin,
        "root_margin": math.sqrt(margin),
        "size": size,
        "crisp": crisp,
        "similarity_size": seen.similarity * size,
        "similarity_crisp": seen.similarity * crisp,
        "margin_size": margin * size,
        "score": seen.score,
        "company": seen.company,
        "sequence": seen.sequence,
        "sequence_similarity": seen.sequence * seen.similarity,
        "cut": min(1 - seen.inside, _MOST_CUT),
    }


def _of_parts(seen: Sighting) -> dict[str, float]:
    best, *rest = seen.artworks
    agreement, likeness = best.agreement or 0.0, best.likeness or 0.0
    rival = max((artwork.agreement or 0.0 for artwork in rest), default=0.0)
    return {
        "agreement": agreement,
        "agreement_margin": agreement - rival,
        "likeness": likeness,
        "agreement_cut": agreement * min(1 - seen.inside, _MOST_CUT),
        "above_crowd": seen.similarity - max(seen.crowd, -0.2),
    }


def _size(seen: Sighting) -> float:
    return math.log(_between(seen.width, 30.0, 400.0) / 120.0)


def _between(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


_CHECKED = Sighting((Artwork((), 0.0, "en", 0.0, 0.0),), 0.0, 0.0, 0.0)
NAMES, NAMES_WITH_PARTS = set(features(replace(_CHECKED, artworks=()))), set(features(_CHECKED))


class SightCalibration:
    """Logistic regression on `features`, fitted on cards and scenes that no training saw."""

    def __init__(self, coefficients: Mapping[str, float], with_parts: Mapping[str, float] | None = None) -> None:
        """By name of the feature; none at all means that nothing is ever sure.

        Args:
            coefficients: for sightings whose parts were not compared.
            with_parts: for the others.
        """
        self._coefficients, self._with_parts = coefficients, with_parts or {}

    @classmethod
    def open(cls, file: Path, model_digest: str) -> SightCalibration:
        """Read a calibration; it holds for one embedder only and raises `BadModel` for another."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            made_for = record["model_digest"]
            coefficients, with_parts = record["coefficients"], record.get("with_parts", {})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadModel(f"{file}: no calibration ({error}); run `cardlens train calibration`") from error
        if set(coefficients) != NAMES or set(with_parts) not in (NAMES_WITH_PARTS, set()):
            raise BadModel(f"{file}: of another version of cardlens; run `cardlens train calibration`")
        if made_for != model_digest:
            raise BadModel(
                f"{file}: made for embedder {str(made_for)[:12]}, running {model_digest[:12]}; "
                "run `cardlens train calibration`"
            )
        return cls(coefficients, with_parts)

    def probability(self, seen: Sighting) -> float:
        """That the best artwork is the card's, 0..1."""
        coefficients = self._with_parts if seen.checked else self._coefficients
        if not seen.artworks or not coefficients:
            return 0.0
        logit = sum(coefficients[name] * value for name, value in features(seen).items())
        return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))
