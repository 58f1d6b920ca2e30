"""When things are done: often while something is new or moves, seldom while nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.tracker import LIKE_ITSELF, Track
from cardlens.recognition.tracker_follow import Shrunk

# grey levels by which a place has changed, and the share of such places at which the scene has
_CHANGED, _CHANGED_SHARE = 22.0, 0.004
# a detector that takes longer, in seconds, gets a frame to rest after each
_SLOW = 0.1
# cameras' clocks jitter, in seconds
_JITTER = 5e-4


@dataclass(frozen=True, slots=True)
class Pace:
    """How often things are done, in seconds, and how much at once.

    Attributes:
        busy, calm: between finds, while something is unsure or moves, and while nothing does.
        look, glance: between looks at a card that is not settled, and at one that is.
        looks_at_once: cards looked at in one frame.
        reading, readings: between readings of a card, and how many at most.
        memory: how long a card may be out of sight and be the same one.
    """

    busy: float = 0.09
    calm: float = 0.45
    look: float = 0.05
    glance: float = 1.0
    looks_at_once: int = 6
    reading: float = 0.4
    readings: int = 4
    memory: float = 1.2


# a pile, card upon card: the next one comes soon, and may be the same again
RAPID = Pace(glance=0.3, memory=0.4)


class Schedule:
    """Says when to find, and whom to look at."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last_find = -np.inf
        self._found_in: Shrunk | None = None
        self._rests = 0

    def found(self, shrunk: Shrunk, seconds: float, cost: float) -> None:
        """Cards were just found in this frame, which took `cost` seconds."""
        self._last_find, self._found_in, self._rests = seconds, shrunk, 1 if cost > _SLOW else 0

    def is_find_due(self, shrunk: Shrunk, tracks: Sequence[Track], seconds: float) -> bool:
        """Whether this frame is worth the detector's time."""
        if self._found_in is None or self._found_in.size != shrunk.size:
            return True
        if self._rests > 0:
            self._rests -= 1
            return False
        busy = any(_is_unsure(track, seconds) for track in tracks) or _has_changed(
            self._found_in, shrunk, [track for track in tracks if track.shown(seconds)]
        )
        return seconds - self._last_find >= (self._pace.busy if busy else self._pace.calm) - _JITTER

    def due_to_look(self, tracks: Sequence[Track], seconds: float) -> list[Track]:
        """Those of the cards in view that are worth a look, the longest not looked at first."""
        due = sorted((track for track in tracks if self._is_look_due(track, seconds)), key=lambda one: one.last_look)
        return due[: self._pace.looks_at_once]

    def is_reading_due(self, track: Track, seconds: float) -> bool:
        """Whether the card was not just read, was seen a little, and lies still."""
        rested = seconds - track.last_reading >= self._pace.reading and len(track.readings) < self._pace.readings
        return rested and track.steady and track.seen == seconds and track.evidence.looks >= 2

    def _is_look_due(self, track: Track, seconds: float) -> bool:
        if track.seen < seconds:  # it is not where it was supposed
            return False
        urgent = track.evidence.settled is None or track.evidence.doubted or track.unproven
        wait = self._pace.look if urgent else self._pace.glance
        return seconds - track.last_look >= wait - _JITTER


def _is_unsure(track: Track, seconds: float) -> bool:
    if track.left:
        return False
    doubtful = track.evidence.settled is None or track.unproven or track.likeness < LIKE_ITSELF
    return doubtful or not track.steady or not track.shown(seconds)


def _has_changed(before: Shrunk, now: Shrunk, tracks: Sequence[Track]) -> bool:
    """Whether the frame shows something new beside the cards that are followed."""
    changed = np.abs(now.levels[1] - before.levels[1]) > _CHANGED
    for track in tracks:
        low, high = track.quad.min(axis=0), track.quad.max(axis=0)
        grown = (high - low) * 0.1
        left, top = np.maximum((low - grown) / now.scales[1], 0).astype(int)
        right, bottom = np.maximum((high + grown) / now.scales[1] + 1, 0).astype(int)
        changed[top:bottom, left:right] = False
    return bool(changed.mean() > _CHANGED_SHARE)
