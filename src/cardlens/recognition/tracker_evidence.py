"""Joins what several frames say of one card, and settles on one answer that does not flicker.

Frames of one card are much alike: the same glare, the same crop. A hundred of them are no hundred looks; but a name
that all of them give is likelier than any of them says. How much several say together is fitted (`Worth`): a single
frame says what it says, and more than twelve say no more than twelve.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting
from cardlens.runtimes.base import Floats

# what a frame says of an artwork that it does not list, as log-odds
_UNHEARD = -5.0
_LISTED, _KEPT = 5, 48
# a frame that says nothing counts this much all the same
_LEAST_WEIGHT = 0.05
# a look at a card that ends at the frame's edge counts for so much: it may be coming in, its far edge guessed
_AT_EDGE = 0.25
# Settled from a probability on that falls with the looks behind it: (looks, probability)
_SETTLED = ((2, 0.95), (3, 0.9), (5, 0.75), (8, 0.55))
# settled on one, another must be this much likelier, in so many looks one after the other
_CLEARLY, _INSISTENT = 0.25, 3
# another card: vectors of one card are this close, and so many looks in a row must not be
_LIKE_ITSELF, _ALIEN = 0.8, 2
# so many looks in a row, after it was lost from sight, that say nothing of what was said before
_STRANGE = 10
# a card that was recognised less surely than this may be any
_KNOWN = 0.4


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame says of one card: its match, the probability that it is right, its unit vector (768,).

    `whole` is off where the card ends at the frame's edge, or beyond.
    """

    seconds: float
    sighting: Sighting
    probability: float
    vector: Floats
    whole: bool = True

    @property
    def counts(self) -> float:
        """For how many looks this one counts."""
        return 1.0 if self.whole else _AT_EDGE

    @property
    def best(self) -> tuple[str, ...]:
        """The printings of the nearest artwork; empty where there is none."""
        return self.sighting.artworks[0].printings if self.sighting.artworks else ()


@dataclass(frozen=True, slots=True)
class Worth:
    """What several looks that give one name say beyond what they say on average. A single look says what it says."""

    count: float
    sureness: float

    @staticmethod
    def features(logit: float, agreeing: float) -> tuple[float, float]:
        """What the two weights belong to; both are 0 for a single look."""
        several = math.log(min(max(agreeing, 1.0), _AT_MOST))
        return several, logit * several

    def logit(self, logit: float, agreeing: float) -> float:
        """Log-odds of an artwork: from their mean, and the number of looks that it is best for."""
        several, sure = self.features(logit, agreeing)
        return logit + self.count * several + self.sureness * sure


# more looks than these say no more: they are of one card, in one light
_AT_MOST = 12.0
# `python -m cardlens.live.joining` on 71 cards, half of them in no database: 2.37 and 0.79; rounded towards doubt
AGREEMENT = Worth(count=2.0, sureness=0.85)


class Evidence:
    """All looks at one card. `settled` is the artwork that is said to be it, once one is.

    `looks` of them there were; `counted` is for how many they count.
    """

    def __init__(self) -> None:
        self.looks = 0
        self.counted = 0.0
        self.first: float = math.inf
        self.settled: tuple[str, ...] | None = None
        self.latest: Look | None = None
        self._weight = 0.0
        self._said: dict[tuple[str, ...], float] = {}
        self._votes: Counter[tuple[str, ...]] = Counter()
        self._artworks: dict[tuple[str, ...], Artwork] = {}
        self._vectors = np.zeros(0, np.float32)
        self._insisting = self._aliens = self._strange = 0
        self._best_look: Look | None = None

    def add(self, look: Look) -> None:
        """Join one look, and settle or change the answer where that is due."""
        weight = max(look.probability, _LEAST_WEIGHT) * look.counts
        self.counted += look.counts
        self.latest, self.looks, self.first = look, self.looks + 1, min(self.first, look.seconds)
        self._weight += weight
        self._votes[look.best] += 1
        for artwork, chance in _shares(look):
            said = max(_log_odds(chance), _UNHEARD) - _UNHEARD
            self._said[artwork.printings] = self._said.get(artwork.printings, 0.0) + weight * said
            known = self._artworks.get(artwork.printings)
            if known is None or artwork.nearness > known.nearness:
                self._artworks[artwork.printings] = artwork
        self._forget()
        self._vectors = look.vector * weight if self._vectors.size == 0 else self._vectors + look.vector * weight
        if self._best_look is None or look.probability > self._best_look.probability:
            self._best_look = look
        self._settle()

    def is_alien(self, look: Look) -> bool:
        """Tell whether another card has taken this one's place: looks in a row are sure of another artwork.

        Such a look is not joined. The first is doubted; it is the second that convinces.
        """
        alien = (
            self.looks > 0 and look.probability >= 0.5 and look.best != self.best and self.likeness(look) < _LIKE_ITSELF
        )
        self._aliens = self._aliens + 1 if alien else 0
        return alien

    @property
    def doubted(self) -> bool:
        """Whether the last look was another card's."""
        return self._aliens > 0

    @property
    def replaced(self) -> bool:
        """Whether enough alien looks followed one another."""
        return self._aliens >= _ALIEN

    def is_familiar(self, look: Look) -> bool:
        """Tell whether a look says again what was said before, or there was nothing said."""
        same = look.best == self.answer or self.likeness(look) >= _LIKE_ITSELF
        familiar = same or self.probability(self.best) < _KNOWN
        self._strange = 0 if familiar else self._strange + 1
        return familiar

    @property
    def estranged(self) -> bool:
        """Whether nothing familiar was seen for so long that it is another card, if one that is not recognised."""
        return self._strange >= _STRANGE

    def is_like(self, look: Look) -> bool:
        """Tell whether a look may be one at this card."""
        return self.looks > 0 and look.best == self.best and self.likeness(look) >= _LIKE_ITSELF

    def likeness(self, look: Look) -> float:
        """Cosine of a look's vector with the mean of all before, -1..1; 0 where there is none."""
        length = float(np.linalg.norm(self._vectors))
        return float(look.vector @ self._vectors) / length if length > 0 else 0.0

    @property
    def best(self) -> tuple[str, ...]:
        """The artwork that all looks together are for; empty before the first."""
        return max(self._said, key=self._said.__getitem__, default=())

    def probability(self, printings: tuple[str, ...]) -> float:
        """That the card is this artwork, from all looks, 0..1."""
        if not self.looks:
            return 0.0
        return 1 / (1 + math.exp(-AGREEMENT.logit(*self.said_of(printings))))

    def said_of(self, printings: tuple[str, ...]) -> tuple[float, int]:
        """Mean log-odds of an artwork over all looks, weighted, and the number of looks that it was best for."""
        return _UNHEARD + self._said.get(printings, 0.0) / self._weight, self._votes[printings]

    @property
    def answer(self) -> tuple[str, ...]:
        """The settled artwork, or the best so far."""
        return self.settled or self.best

    def sighting(self) -> Sighting | None:
        """The best look, with all candidates in the order of what the looks together say."""
        if self._best_look is None:
            return None
        order = sorted(self._said, key=lambda printings: (printings != self.answer, -self._said[printings]))
        look = self._best_look.sighting
        artworks = [self._artworks[printings] for printings in order]
        return replace(look, artworks=artworks)

    def _settle(self) -> None:
        best = self.best
        chance = self.probability(best)
        if self.settled is None:
            enough = any(self.counted >= looks and chance >= least for looks, least in _SETTLED)
            self.settled = best if enough and best else None
            return
        other = best != self.settled and chance > self.probability(self.settled) + _CLEARLY
        self._insisting = self._insisting + 1 if other else 0
        if self._insisting >= _INSISTENT:
            self.settled, self._insisting = best, 0

    def _forget(self) -> None:
        """Keep the likeliest candidates only: a track may last for hours."""
        if len(self._said) > _KEPT:
            kept = sorted(self._said, key=lambda printings: -self._said[printings])[: _KEPT // 2]
            self._said = {printings: self._said[printings] for printings in kept}
            self._artworks = {printings: self._artworks[printings] for printings in kept}
            self._votes = Counter({printings: self._votes[printings] for printings in kept})


def _shares(look: Look) -> list[tuple[Artwork, float]]:
    """The probability of each of the nearest artworks: the others share, by nearness, what the best leaves.

    None gets more than the best, however little that is: it is nearest all the same.
    """
    artworks = list(look.sighting.artworks[:_LISTED])
    if not artworks:
        return []
    weights = [2.0 ** ((artwork.nearness - artworks[0].nearness) * 20) for artwork in artworks[1:]]
    total = 1.0 + sum(weights)  # 1: none of them
    rest = [weight * min((1 - look.probability) / total, look.probability) for weight in weights]
    return list(zip(artworks, [look.probability, *rest], strict=True))


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(chance / (1 - chance))
