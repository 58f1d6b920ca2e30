"""Cards are named when someone presses: what lies under the camera for a moment from then on, once a press."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from cardlens.live.answer import LiveView, Row
from cardlens.live.session import LiveSession
from cardlens.runtimes.base import Bytes

# seconds of the camera's clock: a card at the side may be found later than the first one; and the longest look
_AT_LEAST, _AT_MOST = 0.5, 2.0


class Trigger(Protocol):
    """What is pressed: a button, a pedal."""

    def pressed(self) -> bool:
        """Tell whether it was pressed since this was last asked."""
        ...


class PressedSession:
    """A session that looks for a moment after each press; a press while it looks is that same press."""

    def __init__(self, session: LiveSession, trigger: Trigger) -> None:
        """Wait for the first press."""
        self._session, self._trigger = session, trigger
        self._since: float | None = None

    def feed(self, pixels: Bytes, seconds: float) -> LiveView:
        """Take in the newest frame, (H, W, 3) uint8 RGB; it is looked at only where someone has pressed."""
        pressed = self._trigger.pressed()
        if self._since is None and not pressed:
            return LiveView(seconds, ())
        self._since = seconds if self._since is None else self._since
        view = self._session.feed(pixels, seconds)
        if not self._is_enough(view, seconds - self._since):
            return view
        self._since = None
        return replace(view, rows=view.rows + self._session.finish())

    def finish(self) -> tuple[Row, ...]:
        """End: the rows of cards that were being looked at."""
        return self._session.finish()

    def _is_enough(self, view: LiveView, looked: float) -> bool:
        counted = bool(view.cards) and all(card.row is not None for card in view.cards)
        return looked >= _AT_MOST or (counted and looked >= _AT_LEAST)
