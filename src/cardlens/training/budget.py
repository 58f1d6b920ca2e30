"""How long a run may take and what it may cost."""

from __future__ import annotations

import time
from collections.abc import Callable

from cardlens.errors import CardlensError


class Budget:
    """Minutes count from this start on; money counts from the run's first start, however often it was resumed."""

    def __init__(
        self,
        minutes: float,
        dollars: float | None,
        dollars_an_hour: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock; raises `CardlensError` for a limit in dollars without a price."""
        if dollars is not None and dollars_an_hour <= 0:
            raise CardlensError(f"${dollars:g}: say what an hour costs as well, with --dollars-an-hour")
        self._minutes, self._dollars, self._price, self._clock = minutes, dollars, dollars_an_hour, clock
        self.before = 0.0  # seconds that earlier starts of this run took
        self._started = clock()

    @property
    def minutes(self) -> float:
        """Minutes of this start."""
        return (self._clock() - self._started) / 60

    @property
    def seconds(self) -> float:
        """Seconds of all starts."""
        return self.before + self.minutes * 60

    @property
    def spent(self) -> float:
        """Dollars of all starts."""
        return self.seconds / 3600 * self._price

    def over(self) -> str | None:
        """Say which of the two is used up, None while there is some of both."""
        if self.minutes > self._minutes:
            return f"{self._minutes:g} minutes are over"
        if self._dollars is not None and self.spent >= self._dollars:
            return f"${self._dollars:g} are spent"
        return None
