"""Frame by frame: when to find, whom to look at, what to say."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cardlens.assembly import open_recognizer
from cardlens.live.answer import LiveAnswer, LiveView, Row
from cardlens.live.clock import SessionClock
from cardlens.live.looking import Looker
from cardlens.live.pace import Pace, Schedule
from cardlens.live.rows import Rows
from cardlens.live.saying import Speaker
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.quad import height
from cardlens.recognition.reader import Reader
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.tracker import Track, Tracker, turn_around
from cardlens.recognition.tracker_evidence import Look
from cardlens.recognition.tracker_follow import Shrunk
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings


class Live:
    """The models, shared by all sessions."""

    def __init__(self, recognizer: Recognizer, reader: Reader | None = None) -> None:
        """`reader`: one that is in use already; by default its own, loaded at the first card that is read."""
        self.recognizer = recognizer
        self.reader = reader or Reader(bundled_facts())
        self.speaker = Speaker(recognizer.matcher.gallery, bundled_facts())

    def session(self, pace: Pace | None = None, *, unknown: bool = False) -> LiveSession:
        """Begin with an empty list. `unknown`: cards that could not be named get a row too, when they leave."""
        return LiveSession(self, pace or Pace(), unknown=unknown)


def open_live(settings: Settings) -> Live:
    """Load models and database; raises `BadModel` or `BadReference`."""
    return Live(open_recognizer(settings), Reader(bundled_facts(), settings.threads))


class LiveSession:
    """One camera's cards, from the first frame to the last."""

    def __init__(self, live: Live, pace: Pace, *, unknown: bool = False) -> None:
        self._live, self._unknown = live, unknown
        self._looker = Looker(live.recognizer)
        self._tracker = Tracker(pace.memory)
        self._rows = Rows(pace.memory)
        self._schedule = Schedule(pace)
        self._size: tuple[int, int] | None = None
        self._clock = SessionClock()

    def feed(self, pixels: Bytes, seconds: float) -> LiveView:
        """Take in the newest frame.

        Args:
            pixels: (H, W, 3) uint8 RGB; of any size, the same in one session.
            seconds: when it was taken, on any clock that does not go back.

        Returns:
            the cards in view, and the rows given or changed with this frame.
        """
        seconds = self._clock.tick(seconds)
        pixels = np.ascontiguousarray(pixels)
        shrunk = Shrunk.of(pixels)
        rows = self._begin_anew() if shrunk.size != self._size else []
        self._size = shrunk.size
        self._tracker.follow(shrunk, seconds)
        if self._schedule.is_find_due(shrunk, self._tracker.tracks, seconds):
            self._find(pixels, shrunk, seconds)
        self._look(pixels, shrunk, seconds)
        self._read(pixels, seconds)
        rows += self._settle(seconds)
        cards = tuple(self._say(track) for track in self._tracker.in_view(seconds))
        return LiveView(self._clock.on_camera(seconds), cards, self._timed(rows))

    def finish(self) -> tuple[Row, ...]:
        """End: the rows of cards that are likely enough, but had not settled yet. What comes then are other cards."""
        rows = self._timed(self._begin_anew())
        self._rows.forget_all()
        return rows

    def _timed(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Rows by the camera's clock: between frames that are far apart, the session's runs slower."""
        return tuple(replace(row, seconds=self._clock.on_camera(row.seconds)) for row in rows)

    def _begin_anew(self) -> list[Row]:
        """Nothing that was in view is: the camera was turned or ended."""
        gone, self._tracker.tracks = self._tracker.tracks, []
        return self._part(gone)

    def _find(self, pixels: Bytes, shrunk: Shrunk, seconds: float) -> None:
        started = time.perf_counter()
        found = self._live.recognizer.detector.find(pixels)
        self._schedule.found(shrunk, seconds, time.perf_counter() - started)
        self._tracker.update(found, shrunk, seconds)

    def _look(self, pixels: Bytes, shrunk: Shrunk, seconds: float) -> None:
        in_view = self._tracker.in_view(seconds)
        due = self._schedule.due_to_look(in_view, seconds)
        if not due:
            return
        looks = self._looker.look(pixels, due, [track for track in in_view if track not in due], seconds)
        better = self._looker.turned(pixels, due, looks, seconds)
        for at, (track, look) in enumerate(zip(due, looks, strict=True)):
            if at in better:
                turn_around(track, shrunk)
            self._join(track, better.get(at, look), shrunk, seconds)

    def _join(self, track: Track, look: Look, shrunk: Shrunk, seconds: float) -> None:
        """Take a look for what it is: one more at this card, or one at another that lies where this one was."""
        track.last_look = seconds
        alien = track.evidence.is_alien(look)
        if alien and (track.unproven or track.evidence.replaced):
            track = self._succeed(track, look, shrunk, seconds)
            track.last_look = seconds
        elif alien:
            return
        if track.unproven and not track.evidence.is_familiar(look):
            if not track.evidence.estranged:
                return
            track = self._succeed(track, look, shrunk, seconds)
        track.unproven = False
        track.evidence.add(look)

    def _succeed(self, track: Track, look: Look, shrunk: Shrunk, seconds: float) -> Track:
        """The card that lies there instead: one that was out of sight, one that was laid there, or a new one."""
        known = [other for other in self._tracker.out_of_sight(seconds) if other.evidence.is_like(look)]
        known += [other for other in self._tracker.upon(track, seconds) if other.evidence.answer == look.best]
        if not known:
            return self._tracker.replace(track, shrunk, seconds)
        back = max(known, key=lambda other: other.evidence.likeness(look))
        self._tracker.resume(back, track, shrunk, seconds)
        return back

    def _read(self, pixels: Bytes, seconds: float) -> None:
        """Read the one card whose print matters most, of those that lie still."""
        due = [
            track
            for track in self._tracker.in_view(seconds)
            if self._schedule.is_reading_due(track, seconds)
            and self._live.speaker.worth_reading(track, height(track.quad))
        ]
        if not due:
            return
        track = min(due, key=lambda one: (len(one.readings), one.last_reading))
        track.readings.append(self._live.reader.read(pixels, track.quad))
        track.last_reading = seconds

    def _settle(self, seconds: float) -> list[Row]:
        """Give rows to what has settled, and to what is gone and was likely enough."""
        rows = []
        for track in self._tracker.in_view(seconds):
            if self._is_countable(track, seconds):
                row = self._rows.settle(track, self._live.speaker.say(track), seconds)
                rows += [row] if row else []
        rows += self._part(self._tracker.forget(seconds))
        self._rows.forget(seconds)
        return rows

    def _is_countable(self, track: Track, seconds: float) -> bool:
        """Settled; and read, if reading is about to tell more."""
        if track.evidence.settled is None or track.finds < 2 or track.unproven:
            return False
        waiting = not track.readings and seconds - track.born < 1.0
        return not (waiting and self._live.speaker.worth_reading(track, height(track.quad)))

    def _part(self, tracks: Sequence[Track]) -> list[Row]:
        """The last word on cards that are gone."""
        rows = []
        for track in tracks:
            if self._rows.row_of(track) is not None or track.evidence.counted < 2 or track.finds < 2:
                continue
            answer = self._live.speaker.say(track)
            if answer.decision != "unknown" or (self._unknown and track.seen - track.born >= 0.8):
                row = self._rows.settle(track, answer, track.seen)
                rows += [row] if row else []
        return rows

    def _say(self, track: Track) -> LiveAnswer:
        stable = track.evidence.settled is not None and not track.unproven
        answer = self._live.speaker.say(track)
        return LiveAnswer(track.number, answer, stable, track.evidence.looks, self._rows.row_of(track))
