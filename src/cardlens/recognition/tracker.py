"""Follows cards over frames: which card of this frame is which card of the last.

A card is *found* by the detector now and then, and *followed* by its picture in between (`tracker_follow`). What is
said of it is joined over its frames (`tracker_evidence`). A card that is not found again is remembered for a while: a
hand may have covered it. One that left over the frame's edge is gone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cardlens.recognition.answer import Answer
from cardlens.recognition.detector import Found
from cardlens.recognition.quad import Points, area, middle, turned_like, width
from cardlens.recognition.reading import Reading
from cardlens.recognition.tracker_evidence import Evidence
from cardlens.recognition.tracker_follow import Shrunk, Template, follow, resemblance, template
from cardlens.recognition.tracker_match import alike, pairs

# a followed card that looks less like itself is not where it is supposed
LIKE_ITSELF = 0.6
# seconds that a card is shown after it was last found or followed
_SHOWN = 0.3
# what overlaps a card so much is that card, found twice
_TWICE = 0.3
# a card has left where so much of it is out of the frame, now or so many seconds on
_OUTSIDE, _AHEAD = 0.2, 0.15
# share of the newest speed in the one that is kept
_NEWEST = 0.5
# seconds within which a card that left in haste may still be found further on
_HASTE = 0.4


@dataclass(slots=True, eq=False)
class Track:
    """One card in view, and all that is known of it.

    Attributes:
        number: counts from 1; never used twice.
        quad: (4, 2) in pixels of the frame, where it is now or was last.
        born, seen, found: seconds when it was first found, last found or followed, last found.
        speed: of its middle, in pixels a second, x + iy.
        finds: how often it was found.
        likeness: of what is in `quad` to what was found there, -1..1.
        origin: its middle where it was first found, x + iy.
        left: it went out over the frame's edge.
        unproven: it was out of sight, or looks otherwise than before: it may be another card in the same place.
        said, said_of: the last answer, and the looks and readings that it rests on.
    """

    number: int
    quad: Points
    born: float
    seen: float
    found: float
    score: float
    template: Template
    speed: complex = 0j
    origin: complex = field(init=False)
    finds: int = 1
    likeness: float = 1.0
    left: bool = False
    evidence: Evidence = field(default_factory=Evidence)
    readings: list[Reading] = field(default_factory=list)
    last_look: float = -np.inf
    last_reading: float = -np.inf
    unproven: bool = False
    said: Answer | None = None
    said_of: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        """Remember where it was first found."""
        self.origin = _middle(self)

    def shown(self, seconds: float) -> bool:
        """Whether it is in view: for a moment it may be covered or blurred."""
        return not self.left and seconds - self.seen <= _SHOWN

    def may_be(self, before: Track, memory: float) -> bool:
        """Whether it may be a card that was lost from sight before it came, no longer than `memory` seconds before.

        Two that were found in one frame are two cards; so are one that left over the edge and one that comes in, but
        not one that is found again further on its way out.
        """
        if self.born <= before.found or self.born - before.seen > memory:
            return False
        return not before.left or (self.born - before.seen <= _HASTE and self._goes_on(before))

    def _goes_on(self, before: Track) -> bool:
        """Whether it came where `before` was going, and goes there too."""
        way = before.speed.conjugate()
        return ((self.origin - _middle(before)) * way).real > 0 and ((_middle(self) - self.origin) * way).real >= 0

    @property
    def steady(self) -> bool:
        """Whether it moves less than half its width in a second."""
        return abs(self.speed) < width(self.quad) / 2


class Tracker:
    """The cards in view. Times are in seconds of the camera's clock, and only ever grow."""

    def __init__(self, memory: float = 1.0) -> None:
        """`memory`: seconds after which a card that is not found again is gone."""
        self.memory = memory
        self.tracks: list[Track] = []
        self._born = 0
        self._before = 0.0

    def follow(self, shrunk: Shrunk, seconds: float) -> None:
        """Move every card in view to where the next frame shows it."""
        elapsed, self._before = max(seconds - self._before, 0.0), seconds
        tracks = [track for track in self.tracks if track.shown(seconds)]
        start = [_middle(track) - _middle_of(track.template) + track.speed * elapsed for track in tracks]
        followed = follow([track.template for track in tracks], shrunk, start)
        for track, there in zip(tracks, followed, strict=True):
            track.likeness = there.likeness
            if there.likeness >= LIKE_ITSELF:
                _move(track, there.quad, elapsed)
                track.seen = seconds

    def update(self, found: Sequence[Found], shrunk: Shrunk, seconds: float) -> list[Track]:
        """Take in what the detector found in this frame; returns the tracks that it holds."""
        here: list[Track] = []
        cards = [card for card in found if _outside(card.quad, shrunk.size) < 0.5]
        for known, going in itertools.product((self._in_view(seconds), self._remembered(seconds)), (False, True)):
            free = [track for track in known if track not in here and (not going or not track.steady)]
            places = [_further(track, seconds - track.seen) if going else track.quad for track in free]
            matched = pairs(places, [card.quad for card in cards])
            here += [self._found(free[one], cards[other], shrunk, seconds) for one, other in matched]
            taken = {other for _, other in matched}
            cards = [card for at, card in enumerate(cards) if at not in taken]
        here += [self._new(card, shrunk, seconds) for card in _alone(cards, here)]
        for track in self.tracks:
            if track not in here:
                track.left = track.left or _leaves(track, shrunk.size, seconds)
        return here

    def forget(self, seconds: float) -> list[Track]:
        """Drop, and return, the cards that are gone."""
        gone = [track for track in self.tracks if self._is_gone(track, seconds)]
        self.tracks = [track for track in self.tracks if track not in gone]
        return gone

    def replace(self, track: Track, shrunk: Shrunk, seconds: float) -> Track:
        """Begin a new card where `track` was: another lies there now, or lay on it."""
        other = self._new(Found(track.quad.copy(), track.score), shrunk, seconds)
        other.speed = track.speed
        track.seen = track.found = min(track.seen, seconds - _SHOWN - 1e-3)
        return other

    def resume(self, track: Track, instead_of: Track, shrunk: Shrunk, seconds: float) -> None:
        """`track`, out of sight before, lies where `instead_of` was supposed."""
        self._found(track, Found(instead_of.quad.copy(), instead_of.score), shrunk, seconds)
        instead_of.seen = instead_of.found = min(instead_of.seen, seconds - _SHOWN - 1e-3)

    def in_view(self, seconds: float) -> list[Track]:
        """The cards that are shown now."""
        return self._in_view(seconds)

    def out_of_sight(self, seconds: float) -> list[Track]:
        """The cards that are remembered, but not shown."""
        return [track for track in self.tracks if not track.shown(seconds)]

    def upon(self, place: Track, seconds: float) -> list[Track]:
        """The other cards in view that lie, by now, where `place` is supposed."""
        others = (track for track in self._in_view(seconds) if track is not place)
        return [track for track in others if alike(track.quad, place.quad) >= _TWICE]

    def _in_view(self, seconds: float) -> list[Track]:
        return [track for track in self.tracks if track.shown(seconds)]

    def _remembered(self, seconds: float) -> list[Track]:
        """Covered or blurred for a while; and what has only just left, which may be pushed back."""
        return [track for track in self.tracks if seconds - track.seen <= self.memory]

    def _is_gone(self, track: Track, seconds: float) -> bool:
        return seconds - track.seen > self.memory

    def _found(self, track: Track, card: Found, shrunk: Shrunk, seconds: float) -> Track:
        # which way up a card lies is known once it is named; before, the newest find knows best
        quad = card.quad if track.evidence.settled is None else turned_like(card.quad, track.quad)
        elapsed = seconds - track.found
        if not track.shown(seconds):
            track.speed, track.unproven = 0j, True
        elif track.seen < seconds:  # it was not followed in between
            _move(track, quad, elapsed)
        track.quad, track.score, track.left = quad, card.score, False
        track.seen = track.found = seconds
        track.finds += 1
        before, track.template, track.likeness = track.template, template(shrunk, quad), 1.0
        if resemblance(before, track.template) < LIKE_ITSELF:
            track.unproven = True
        return track

    def _new(self, card: Found, shrunk: Shrunk, seconds: float) -> Track:
        self._born += 1
        quad = card.quad
        track = Track(self._born, quad, seconds, seconds, seconds, card.score, template(shrunk, quad))
        self.tracks.append(track)
        return track


def turn_around(track: Track, shrunk: Shrunk) -> None:
    """The card was found upside down: from now on its quad begins at the other end."""
    track.quad = np.roll(track.quad, 2, axis=0)
    track.template = template(shrunk, track.quad)


def _alone(cards: Iterable[Found], here: Sequence[Track]) -> list[Found]:
    """Those that are not a card found already, seen twice."""
    return [card for card in cards if not any(alike(track.quad, card.quad) >= _TWICE for track in here)]


def _move(track: Track, quad: Points, elapsed: float) -> None:
    if elapsed > 0:
        moved = complex(*(middle(quad) - middle(track.quad)).tolist()) / elapsed
        track.speed = _NEWEST * moved + (1 - _NEWEST) * track.speed
    track.quad = quad


def _leaves(track: Track, size: tuple[int, int], seconds: float) -> bool:
    """Whether it is out of the frame in part, or would be by now, had it gone on as it went when it was last seen."""
    gone_on = _AHEAD + (0.0 if track.steady else seconds - track.seen)
    ahead = _further(track, gone_on)
    return _outside(track.quad, size) > _OUTSIDE or _outside(ahead, size) > _OUTSIDE


def _further(track: Track, seconds: float) -> Points:
    """Where it is so much later, if it goes on as it went when it was last seen."""
    return np.asarray(track.quad + np.array([track.speed.real, track.speed.imag], np.float32) * seconds, np.float32)


def _outside(quad: Points, size: tuple[int, int]) -> float:
    """Share of the quad's bounding box that is out of a frame of `size` (width, height), 0..1."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    inside = np.maximum(np.minimum(high, size) - np.maximum(low, 0), 0)
    return 1.0 - float(np.prod(inside) / max(float(np.prod(high - low)), 1e-6)) if area(quad) > 0 else 1.0


def _middle(track: Track) -> complex:
    return complex(*track.quad.mean(axis=0).tolist())


def _middle_of(remembered: Template) -> complex:
    return complex(*remembered.quad.mean(axis=0).tolist())
