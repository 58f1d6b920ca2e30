"""Fits how much several looks at one card are worth together: `python -m cardlens.live.joining --data cards/`.

Cards of sets that no training saw are held, laid down or carried past a rendered camera; half of them are missing from
the database. What each frame says is joined as `recognition.tracker_evidence` does it, and compared with the truth: the
numbers printed are those that belong there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cardlens.assembly import open_recognizer
from cardlens.live.film import Kind, frames_at, plan
from cardlens.live.looking import Looker
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.quad import iou
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.sight import Sighting
from cardlens.recognition.tracker import Track
from cardlens.recognition.tracker_evidence import AGREEMENT, Evidence, Look, Worth
from cardlens.recognition.tracker_follow import Shrunk, template
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from cardlens.training.left_out import LeftOut
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.split import HELD_OUT_SETS, set_of

_KINDS: tuple[Kind, ...] = ("passing", "belt", "pile", "cuts")
# looks at a card, seconds apart, and after how many of them it is judged
_LOOKS, _APART, _JUDGED = 12, 0.1, (2, 3, 5, 8, 12)
_SAME = 0.4


@dataclass(frozen=True, slots=True)
class Seen:
    """One card: what was joined after some looks, and whether its best artwork is right.

    Attributes:
        logit: weighted mean of what the looks say of the best artwork, as log-odds.
        agreeing: how many looks it is best for.
    """

    card: str
    looks: int
    logit: float
    agreeing: int
    right: bool


def look_at(recognizer: Recognizer, shots: Sequence[tuple[Bytes, npt.NDArray[np.float32]]]) -> list[Look]:
    """What each frame says of the card that is known to lie in a quad, where the detector finds it there."""
    looker, looks = Looker(recognizer), []
    for number, (pixels, quad) in enumerate(shots):
        found = max(recognizer.detector.find(pixels), key=lambda card: iou(card.quad, quad), default=None)
        if found is None or iou(found.quad, quad) < _SAME:
            continue
        track = Track(1, found.quad, 0.0, 0.0, 0.0, found.score, template(Shrunk.of(pixels), found.quad))
        [look] = looker.look(pixels, [track], [], number * _APART)
        better = looker.turned(pixels, [track], [look], number * _APART)
        looks.append(better.get(0, look))
    return looks


@dataclass(frozen=True, slots=True)
class Watched:
    """All looks at one card, as they are kept in a file.

    Attributes:
        tied: the printings that are right; none where the card is missing from the database.
        looks: of each its probability, and the nearest artworks: printings and nearness.
    """

    card: str
    tied: list[str]
    looks: list[tuple[float, list[tuple[list[str], float]]]]


def watched(card: str, tied: Sequence[str], looks: Sequence[Look]) -> Watched:
    """What is kept of looks."""
    kept = [
        (look.probability, [(list(one.printings), one.nearness) for one in look.sighting.artworks]) for look in looks
    ]
    return Watched(card, list(tied), kept)


def join(card: Watched) -> Iterator[Seen]:
    """Join looks one after the other."""
    evidence = Evidence()
    for number, (chance, artworks) in enumerate(card.looks, 1):
        near = [Artwork(tuple(printings), nearness, "en") for printings, nearness in artworks]
        look = Look(0.0, Sighting(near, 0.0, 0.0, 0.0), chance, np.zeros(1, np.float32))
        evidence.add(look)
        if number in _JUDGED and evidence.best:
            logit, agreeing = evidence.said_of(evidence.best)
            yield Seen(card.card, number, logit, agreeing, bool(set(card.tied) & set(evidence.best)))


def fit(seen: Sequence[Seen]) -> Worth:
    """Logistic regression, by Newton's method, a little held back; what one look says stays what it says."""
    known = np.array([one.logit for one in seen])
    features = np.array([Worth.features(one.logit, one.agreeing) for one in seen])
    right = np.array([one.right for one in seen], float)
    weights = np.zeros(features.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(known + features @ weights, -30, 30)))
        slope = features.T @ (right - chance) - weights
        bend = features.T @ (features * (chance * (1 - chance))[:, None]) + np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return Worth(*(round(float(weight), 3) for weight in weights))


def loss(seen: Sequence[Seen], worth: Worth) -> float:
    """Mean log loss, in nats."""
    logits = np.clip([worth.logit(one.logit, one.agreeing) for one in seen], -12, 12)
    right = np.array([one.right for one in seen])
    return float(np.log1p(np.exp(np.where(right, -logits, logits))).mean())


class _Cards:
    """Held-out cards, each in a small film of its own."""

    def __init__(self, data: Path, cache: Path, settings: Settings, count: int, seed: int) -> None:
        scans: Scans = open_scans(data, cache)
        held = [
            at for at, one in enumerate(scans.records) if one.source == "scans" and set_of(one.card_id) in HELD_OUT_SETS
        ]
        self._rng = np.random.default_rng([seed, 7])
        self._pictures, self._grounds = scans.pixels, open_grounds(data / "backgrounds")
        self.rows = [int(row) for row in self._rng.choice(held, min(count, len(held)), replace=False)]
        self.ids = [scans.records[row].card_id for row in self.rows]
        missing = self.ids[::2]
        self.recognizer = open_recognizer(settings, lambda whole: LeftOut(whole, missing))
        gallery = self.recognizer.matcher.gallery
        gone = {tied for card_id in missing for tied in gallery.printings(card_id)}
        self.tied = [[] if card_id in gone else list(gallery.printings(card_id)) for card_id in self.ids]

    def looks(self, place: int) -> list[Look]:
        """Look at one card, while it lies or moves."""
        film = plan(_KINDS[place % len(_KINDS)], [self.rows[place]], int(self._rng.integers(2**31)))
        passed = next(iter(film.truth()), None)
        if passed is None:
            return []
        begins = float(self._rng.uniform(passed.in_view, max(passed.in_view, passed.until - _LOOKS * _APART)))
        times = [begins + number * _APART for number in range(_LOOKS)]
        shots = zip(frames_at(film, self._pictures, self._grounds, times), times, strict=True)
        return look_at(self.recognizer, [(pixels, film.shots[0].path(at)) for pixels, at in shots])


def main() -> None:
    """Render, look, fit, and print."""
    parser = argparse.ArgumentParser(prog="python -m cardlens.live.joining", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("cards"), help="folder with scans/ and backgrounds/")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help="folder of decoded scans")
    parser.add_argument("--cards", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="file to which what was seen is added, a JSON line a card")
    parser.add_argument("--again", type=Path, nargs="+", help="fit on what such files have; nothing is rendered")
    wanted = parser.parse_args()
    if wanted.again:
        lines = [line for file in wanted.again for line in file.read_text(encoding="utf-8").splitlines()]
        found = [Watched(**json.loads(line)) for line in lines]
    else:
        cards = _Cards(wanted.data, wanted.cache, Settings.from_environment(), wanted.cards, wanted.seed)
        found = list(_watch_all(cards, wanted.keep))
    sys.stdout.write(json.dumps(report([seen for one in found for seen in join(one)])) + "\n")


def _watch_all(cards: _Cards, keep: Path | None) -> Iterator[Watched]:
    for place, card_id in enumerate(cards.ids):
        one = watched(card_id, cards.tied[place], cards.looks(place))
        yield one
        if keep:
            with keep.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")


def report(seen: Sequence[Seen]) -> dict[str, object]:
    """The fit on all cards, and the loss on those that it was not fitted on: by fifths of the cards."""
    cards = sorted({one.card for one in seen})
    fifth = {card: place % 5 for place, card in enumerate(cards)}
    folds = [
        ([one for one in seen if fifth[one.card] != at], [one for one in seen if fifth[one.card] == at])
        for at in range(5)
    ]
    fitted = [loss(test, fit(train)) for train, test in folds if test and train]
    return {
        "cards": len(cards),
        "right": round(float(np.mean([one.right for one in seen])), 3),
        "loss_single_look": round(loss(seen, Worth(0, 0)), 4),
        "loss_in_use": round(loss(seen, AGREEMENT), 4),
        "loss_fitted": round(float(np.mean(fitted)), 4),
        "fitted": asdict(fit(seen)),
    }


if __name__ == "__main__":
    main()
