"""Measures live recognition on rendered videos: `python -m cardlens.live.trial --data cards/`.

Cards are of sets that no training saw. One JSON object a film, a line each; nothing rendered is kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from cardlens.cameras.opencv import Video
from cardlens.live.answer import LiveView, Row
from cardlens.live.film import KINDS, Kind, Passed, plan, write_film
from cardlens.live.pace import RAPID, Pace
from cardlens.live.session import Live, open_live
from cardlens.recognition.matcher import Gallery
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.split import HELD_OUT_SETS, set_of

# of the cards of a film, every so manieth is a second copy of the one two before it
_EVERY_COPY = 8


@dataclass(slots=True)
class Outcome:
    """What came of one film.

    Attributes:
        first_stable_median, first_stable_worst: seconds after a card came into view, ten where it never was stable.
        fps, cpu_fps: by the clock, and by the processor's time, as if one core did nothing else.
        confidences: of each row, and whether it is right.
    """

    film: str
    cards: int
    rows: int = 0
    right: int = 0
    twice: int = 0
    missing: int = 0
    wrong: int = 0
    changed_rows: int = 0
    flicker: int = 0
    first_stable_median: float = 0.0
    first_stable_worst: float = 0.0
    frames: int = 0
    fps: float = 0.0
    cpu_fps: float = 0.0
    slowest_frame_ms: float = 0.0
    confidences: list[tuple[float, bool]] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """One film through one session."""

    views: list[LiveView]
    rows: dict[int, Row]
    changed: int
    wall: list[float]
    cpu: float


def run_film(live: Live, file: Path, pace: Pace, every: int = 1) -> _Run:
    """Feed every `every`th frame of a video to a new session."""
    session, run = live.session(pace), _Run([], {}, 0, [], 0.0)
    video = Video(file)
    for number, frame in enumerate(video.frames()):
        if number % every:
            continue
        wall, cpu = time.perf_counter(), time.process_time()
        view = session.feed(frame.pixels, frame.seconds)
        run.wall.append(time.perf_counter() - wall)
        run.cpu += time.process_time() - cpu
        run.views.append(view)
        _note(run, view.rows)
    video.close()
    _note(run, session.finish())
    return run


def _note(run: _Run, rows: Sequence[Row]) -> None:
    for row in rows:
        run.changed += row.changed
        run.rows[row.number] = row


def judge(name: str, run: _Run, truth: Sequence[Passed], ids: Sequence[str], gallery: Gallery) -> Outcome:
    """Compare rows with what passed: each row is right for one card that it is near to in time, and is that card."""
    outcome = Outcome(name, len(truth), len(run.rows), changed_rows=run.changed, frames=len(run.wall))
    open_ = list(truth)
    for row in run.rows.values():
        names = set(gallery.printings(row.answer.card_id)) if row.answer.card_id else set()
        there = [one for one in open_ if ids[one.card] in names and one.in_view - 1 <= row.seconds <= one.until + 2]
        if there:
            open_.remove(there[0])
            outcome.right += 1
        elif any(ids[one.card] in names for one in truth):
            outcome.twice += 1
        else:
            outcome.wrong += 1
        outcome.confidences.append((row.answer.artwork_confidence, bool(there)))
    outcome.missing = len(open_)
    outcome.flicker = _flicker(run.views)
    delays = [_first_stable(run.views, one, ids[one.card], gallery) for one in truth]
    outcome.first_stable_median, outcome.first_stable_worst = round(float(np.median(delays)), 3), round(max(delays), 3)
    outcome.fps, outcome.cpu_fps = round(1 / float(np.mean(run.wall)), 1), round(len(run.wall) / run.cpu, 1)
    outcome.slowest_frame_ms = round(max(run.wall) * 1000, 1)
    return outcome


def _flicker(views: Sequence[LiveView]) -> int:
    """How often a stable answer became another, or was lost and came back, while its card stayed the same track."""
    last: dict[int, str | None] = {}
    flickers = 0
    for view in views:
        for card in view.cards:
            if card.stable:
                flickers += last.get(card.track, card.answer.card_id) != card.answer.card_id
                last[card.track] = card.answer.card_id
    return flickers


def _first_stable(views: Sequence[LiveView], passed: Passed, card_id: str, gallery: Gallery) -> float:
    """Seconds from when the card was in view to its first stable right answer; ten where there was none."""
    for view in views:
        if not passed.in_view - 1.0 <= view.seconds <= passed.until:
            continue
        for card in view.cards:
            named = card.answer.card_id
            if card.stable and named and card_id in gallery.printings(named):
                return max(view.seconds - passed.in_view, 0.0)
    return 10.0


class Trial:
    """Films of held-out cards, and the models that are to name them."""

    def __init__(self, data: Path, cache: Path, settings: Settings) -> None:
        scans: Scans = open_scans(data, cache)
        held_out = [
            row
            for row, record in enumerate(scans.records)
            if record.source == "scans" and set_of(record.card_id) in HELD_OUT_SETS
        ]
        self._pictures, self._ids = scans.pixels, [record.card_id for record in scans.records]
        self._held_out = held_out
        self._grounds: list[Bytes] = open_grounds(data / "backgrounds")
        self._live = open_live(settings)

    def run(self, kind: Kind, count: int, seed: int, every: int = 1) -> Outcome:
        """Render a film of `count` cards, name them, and judge; the file is deleted."""
        rng = np.random.default_rng([seed, 3])
        cards = [int(row) for row in rng.choice(self._held_out, count, replace=False)]
        if kind in ("passing", "belt"):
            for at in range(_EVERY_COPY, count, _EVERY_COPY):
                cards[at] = cards[at - 2]
        film = plan(kind, cards, seed)
        with tempfile.TemporaryDirectory(prefix="cardlens-film-") as folder:
            file = Path(folder) / "film.mp4"
            write_film(film, self._pictures, self._grounds, file)
            run = run_film(self._live, file, RAPID if kind == "pile" else Pace(), every)
        return judge(f"{kind} {seed}", run, film.truth(), self._ids, self._live.recognizer.matcher.gallery)


def main() -> None:
    """Render, name, and print."""
    parser = argparse.ArgumentParser(prog="python -m cardlens.live.trial", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with scans/ and backgrounds/")
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"), help="folder of decoded scans")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--cards", type=int, default=20, help="cards in a film")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--every", type=int, default=1, help="feed every Nth frame only: a slower machine")
    wanted = parser.parse_args()
    trial = Trial(wanted.data, wanted.cache, Settings.from_environment())
    for kind in wanted.kinds:
        for seed in wanted.seeds:
            outcome = asdict(trial.run(kind, wanted.cards, seed, wanted.every))
            sys.stdout.write(json.dumps(outcome) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
