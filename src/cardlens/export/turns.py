"""Times the forms of a model in turns, so that what else a computer does disturbs all of them alike."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from cardlens.export.parity import Embeds
from cardlens.runtimes.base import Bytes

# the seconds after which no other turn is begun: a HEF that is emulated takes seconds for each
_SECONDS = 30.0


def take_turns(
    forms: Mapping[str, Embeds], crops: Sequence[Bytes], turns: int, seconds: float = _SECONDS
) -> dict[str, tuple[float, ...]]:
    """Milliseconds that each form takes to embed `crops`, turn by turn; the first, which warms caches, is left out.

    At least one turn is timed; none is begun after so many `seconds`.
    """
    for form in forms.values():
        form.describe(crops)
    rows: list[list[float]] = []
    while not rows or (len(rows) < turns and sum(map(sum, rows)) < seconds * 1000):
        rows.append([_milliseconds(form, crops) for form in forms.values()])
    return dict(zip(forms, zip(*rows, strict=True), strict=True))


def _milliseconds(form: Embeds, crops: Sequence[Bytes]) -> float:
    started = time.perf_counter()
    form.describe(crops)
    return (time.perf_counter() - started) * 1000
