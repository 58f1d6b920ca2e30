"""The main path: from a photo to answers. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cardlens.recognition import second_look
from cardlens.recognition.answer import Milliseconds, PhotoAnswer
from cardlens.recognition.company import in_company
from cardlens.recognition.decision import Decider, Seen, Wanted
from cardlens.recognition.detector import PLACED, SAME_CARD, Detector, Found
from cardlens.recognition.embedder import Description, Embedder
from cardlens.recognition.local import cells_within
from cardlens.recognition.matcher import Matcher
from cardlens.recognition.neighbours import as_neighbour
from cardlens.recognition.picture import Limits, Picture, decode
from cardlens.recognition.quad import Points, height, iou, resized, share_within, width
from cardlens.recognition.reader import Reader
from cardlens.recognition.sight import SightCalibration, Sighting, sharpness
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes

# below it, the card may have been found upside down: the crop is tried the other way up
_DOUBTFUL = 0.5
# what is still less sure than that is looked at from several places, unless it looks like no card at all
_HOPELESS = 0.05
# a doubtful card's corners elsewhere than this are looked at as well
_ELSEWHERE = 0.9
# a card narrower than this in a photo decoded smaller is read from the whole photo, pixels
_LEGIBLE = 500.0
# of so many cards, the largest, a number is read though they were seen surely
_VERIFIED = 4
# a card of which this share lies within the photo is all there
_WHOLE = 0.999


@dataclass(slots=True)
class Clock:
    """Milliseconds since it was last asked, by stage."""

    last: float = field(default_factory=time.perf_counter)
    spent: dict[str, float] = field(default_factory=dict)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.spent[stage] = round(self.spent.get(stage, 0.0) + (now - self.last) * 1000, 1)
        self.last = now

    def milliseconds(self) -> Milliseconds:
        return Milliseconds(**self.spent, total=round(sum(self.spent.values()), 1))


class Recognizer:
    """Names every card in a photo. The command line, training evaluation and tests all call this one."""

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        matcher: Matcher,
        calibration: SightCalibration,
        reader: Reader,
        decider: Decider,
        limits: Limits,
    ) -> None:
        """Take the parts; `cardlens.assembly.open_recognizer` puts them together from files."""
        self.detector, self.embedder, self.matcher = detector, embedder, matcher
        self.calibration, self._reader, self.decider, self._limits = calibration, reader, decider, limits

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        """Decode a photo and name its cards; raises `UnreadablePicture`."""
        clock = Clock()
        picture = decode(photo, limits=self._limits)
        clock.lap("decode")
        return self._recognize(picture, top, clock, photo)

    def recognize(self, picture: Picture, top: int = 5, photo: Path | bytes | None = None) -> PhotoAnswer:
        """Name every card in a decoded picture; small print is read from `photo`, where the picture is smaller."""
        return self._recognize(picture, top, Clock(), photo)

    def _recognize(self, picture: Picture, top: int, clock: Clock, photo: Path | bytes | None) -> PhotoAnswer:
        found = self.detector.find(picture.pixels)
        clock.lap("find")
        seen = self.look(picture, found, clock)
        seen = self._read(picture, seen, photo)
        clock.lap("read")
        answers = tuple(self.decider.decide(_in_photo(one, picture), top) for one in seen)
        clock.lap("match")
        return PhotoAnswer(picture.name, picture.size, answers, clock.milliseconds())

    def look(self, picture: Picture, found: Sequence[Found], clock: Clock | None = None) -> list[Seen]:
        """Embed and match what was found; where that gives nothing, the other way up, then as its neighbour lies.

        What is still in doubt is looked at from several places, and the mean of that is what was seen.
        """
        clock = clock or Clock()
        seen = self._in_company(self._seen(picture.pixels, found, clock))
        for others in (self._turned, self._as_neighbours_lie):
            again = others(picture.pixels, [*zip(found, seen, strict=True)])
            looks = self._seen(picture.pixels, list(again.values()), clock)
            for place, other in zip(again, looks, strict=True):
                if other.probability > max(seen[place].probability, _DOUBTFUL):
                    seen[place] = other
            seen = self._in_company(seen) if again else seen
        seen = self._looked_at_again(picture.pixels, seen, clock)
        clock.lap("match")
        return seen

    @staticmethod
    def _turned(_pixels: Bytes, cards: Sequence[tuple[Found, Seen]]) -> dict[int, Found]:
        """Doubtful cards the other way up, by place."""
        return {
            place: replace(found, quad=np.roll(found.quad, 2, axis=0))
            for place, (found, seen) in enumerate(cards)
            if seen.probability < _DOUBTFUL
        }

    def _as_neighbours_lie(self, pixels: Bytes, cards: Sequence[tuple[Found, Seen]]) -> dict[int, Found]:
        """Doubtful cards whose corners come to lie elsewhere, and on no other card, looked for as a sure one lies."""
        sure = [seen.quad for _, seen in cards if seen.probability >= _DOUBTFUL]
        doubtful = [place for place, (_, seen) in enumerate(cards) if seen.probability < _DOUBTFUL]
        if not sure or not doubtful:
            return {}
        placed = self.detector.place(pixels, [as_neighbour(cards[place][1].quad, sure) for place in doubtful])
        return {
            place: replace(other, score=cards[place][0].score)
            for place, other in zip(doubtful, placed, strict=True)
            if other.score >= PLACED
            and iou(other.quad, cards[place][1].quad) < _ELSEWHERE
            and not any(iou(other.quad, quad) > SAME_CARD for quad in sure)
        }

    def _looked_at_again(self, pixels: Bytes, seen: list[Seen], clock: Clock) -> list[Seen]:
        """What is in doubt, seen from several places."""
        unsure = [place for place, one in enumerate(seen) if _HOPELESS <= one.probability < _DOUBTFUL]
        if not unsure:
            return seen
        views = second_look.views(self.detector, pixels, [seen[place].quad for place in unsure])
        cards = [Found(seen[place].quad, seen[place].sighting.score) for place in unsure]
        sightings, _ = self.sight(pixels, cards, clock, views)
        for place, sighting in zip(unsure, sightings, strict=True):
            seen[place] = replace(seen[place], sighting=sighting)
        return self._in_company(seen)

    def sight(
        self,
        pixels: Bytes,
        cards: Sequence[Found],
        clock: Clock | None = None,
        views: Sequence[Sequence[Points]] | None = None,
    ) -> tuple[list[Sighting], Description]:
        """Cut cards out of a picture (H, W, 3), embed and match them: each by itself, the way up that it was found.

        Args:
            pixels: the picture.
            cards: what was found.
            clock: told the time that it took.
            views: of each card as many quads as of any other, its own first; what they show, as it is and with more
                contrast, is averaged.
        """
        clock = clock or Clock()
        crops, description = self._described(pixels, cards, views)
        clock.lap("embed")
        frame = _frame(pixels)
        inside = [share_within(card.quad, frame) for card in cards]
        within = [
            None if share >= _WHOLE else cells_within(card.quad, *pixels.shape[:2])
            for card, share in zip(cards, inside, strict=True)
        ]
        found = zip(cards, crops, self.matcher.match(description, within), inside, strict=True)
        sightings = [
            Sighting(artworks, width(card.quad), sharpness(crop), card.score, inside=share)
            for card, crop, artworks, share in found
        ]
        clock.lap("match")
        return sightings, description

    def _described(
        self, pixels: Bytes, cards: Sequence[Found], views: Sequence[Sequence[Points]] | None
    ) -> tuple[Sequence[Bytes], Description]:
        """The crop of each card, and what the network says of it, or of all its views together."""
        spec, every = self.embedder.spec, views or [[card.quad] for card in cards]
        looks = [straighten(pixels, quad, spec.width, spec.height) for quads in every for quad in quads]
        if not views:
            return looks, self.embedder.describe(looks)
        both = [one for look in looks for one in (look, second_look.stretched(look))]
        return looks[:: len(looks) // len(cards)], self.embedder.describe(both).averaged(len(both) // len(cards))

    def _seen(self, pixels: Bytes, cards: Sequence[Found], clock: Clock) -> list[Seen]:
        sightings, _ = self.sight(pixels, cards, clock)
        return [
            Seen(card.quad, sighting, self.calibration.probability(sighting))
            for card, sighting in zip(cards, sightings, strict=True)
        ]

    def _in_company(self, seen: list[Seen]) -> list[Seen]:
        sightings = in_company([one.sighting for one in seen])
        return [
            replace(one, sighting=sighting, probability=self.calibration.probability(sighting))
            for one, sighting in zip(seen, sightings, strict=True)
        ]

    def _read(self, picture: Picture, seen: list[Seen], photo: Path | bytes | None) -> list[Seen]:
        """Read the print of the cards for which it matters, from the whole photo if it was decoded smaller."""
        worth = self._worth(picture, seen)
        if not any(worth):
            return seen
        doubtful = [one for one, wanted in zip(seen, worth, strict=True) if wanted == "all"]
        too_small = any(width(one.quad) < _LEGIBLE for one in doubtful)
        if picture.scale < 1 and photo is not None and too_small:
            whole, scale = decode(photo, limits=self._limits, at_least=None).pixels, picture.scale
        else:
            whole, scale = picture.pixels, 1.0
        return [
            replace(one, reading=self._reader.read(whole, at, number_only=wanted == "number")) if wanted else one
            for one, wanted in zip(seen, worth, strict=True)
            for at in [resized(one.quad, 1 / scale)]
        ]

    def _worth(self, picture: Picture, seen: list[Seen]) -> list[Wanted | None]:
        """What to read of each card: of those that were surely seen, the numbers of the largest few."""
        worth = [self.decider.worth_reading(one, height(one.quad) / picture.scale) for one in seen]
        sure = [place for place, wanted in enumerate(worth) if wanted == "number"]
        for place in sorted(sure, key=lambda place: -width(seen[place].quad))[_VERIFIED:]:
            worth[place] = None
        return worth


def _frame(pixels: Bytes) -> Points:
    rows, columns = pixels.shape[:2]
    return np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - np.float32(0.5)


def _in_photo(one: Seen, picture: Picture) -> Seen:
    """The same, its quad and width in pixels of the photo as shown."""
    sighting = replace(one.sighting, width=one.sighting.width / picture.scale)
    return replace(one, quad=resized(one.quad, 1 / picture.scale), sighting=sighting)
