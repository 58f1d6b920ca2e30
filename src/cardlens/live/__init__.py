"""Live recognition: camera frames in, one stable answer a card out. Start reading here.

    live = open_live(Settings.from_environment())
    session = live.session()                       # one a camera or connection
    view = session.feed(pixels, seconds)           # (H, W, 3) uint8 RGB, the camera's clock
    for card in view.cards:                        # what is in view now, to be drawn
        print(card.answer.name, card.answer.confidence, card.answer.quad)
    for row in view.rows:                          # cards that were counted with this frame: the list
        print(row.number, row.answer.card_id, row.copy)

What happens in `LiveSession.feed`:

- every frame: cards in view are *followed* by their pictures (`recognition.tracker_follow`), a few milliseconds;
- ten times a second while anything is unsure or moves, twice where all is calm: cards are *found* by the detector and
  paired with those followed (`recognition.tracker`);
- cards that are new or doubtful are *looked at*: embedded, matched, and joined with what was seen before
  (`recognition.tracker_evidence`); those whose print would tell more are *read*, one a frame (`tracker_reading`);
- an answer that has settled is counted once: a *row* (`live.rows`).

A session belongs to one thread at a time; sessions share the models of their `Live`. Frames that come faster than they
are fed are to be dropped by the caller, never queued (`cameras.latest` does that).
"""

from cardlens.live.answer import LiveAnswer, LiveView, Row
from cardlens.live.pace import RAPID, Pace
from cardlens.live.pressed import PressedSession
from cardlens.live.session import Live, LiveSession, open_live

__all__ = ["RAPID", "Live", "LiveAnswer", "LiveSession", "LiveView", "Pace", "PressedSession", "Row", "open_live"]
