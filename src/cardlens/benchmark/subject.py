"""What is known of each card that a contender is asked for, and the slices that figures are given by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cardlens.recognition.facts import bundled_facts
from cardlens.training.simulator.conditions import Conditions

LANGUAGES = ("de", "fr")


@dataclass(frozen=True, slots=True)
class Subject:
    """One card in one picture.

    Attributes:
        card_id: the truth.
        conditions: how it was photographed.
        source: which of its pictures was rendered: `scans`, or a folder of views, such as `de`.
        held_out: whether it is of a set that nothing was trained on.
        seen: whether the embedder learnt from the card (some cards of other sets only validated).
        tied: whether other printings share its artwork.
        company: how many cards the photo shows; 0 for a crop.
    """

    card_id: str
    conditions: Conditions
    source: str
    held_out: bool
    seen: bool
    tied: bool
    company: int = 0

    @property
    def series(self) -> str:
        """The series that the card was printed in."""
        card = bundled_facts().get(self.card_id)
        return card.series if card else "?"

    @property
    def language(self) -> str:
        """Language of the picture that was rendered."""
        return self.source if self.source in LANGUAGES else "en"


Test = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class Slice:
    """Subjects that have something in common: `value` of `dimension`."""

    dimension: str
    value: str
    holds: Test

    @property
    def name(self) -> str:
        """As tables show it."""
        return self.value if self.dimension == "all" else f"{self.dimension}: {self.value}"


_WIDTHS = (0, 60, 90, 120, 200, 10_000)
_BLURS = (0.0, 0.01, 0.7, 1.2, 100.0)


def slices(subjects: Sequence[Subject]) -> list[Slice]:
    """Every slice that any of the subjects falls into, by dimension."""
    return [one for one in _all_slices(subjects) if any(one.holds(subject) for subject in subjects)]


def _all_slices(subjects: Sequence[Subject]) -> Iterator[Slice]:
    yield Slice("all", "all", lambda _: True)
    yield from _ranges("width", _WIDTHS, lambda subject: subject.conditions.width)
    yield from _either("glare", lambda subject: subject.conditions.glare > 0, "none", "some")
    yield Slice("glare", "strong", lambda subject: subject.conditions.glare >= 0.5)
    yield from _ranges("blur", _BLURS, lambda subject: subject.conditions.blur)
    yield from _either("sleeve", lambda subject: subject.conditions.sleeve)
    yield from _either("foil", lambda subject: subject.conditions.foil)
    yield from _either("finger", lambda subject: subject.conditions.finger)
    yield from _either("other text", lambda subject: subject.conditions.relabelled)
    yield from _rotations()
    yield from _either("cut off", lambda subject: subject.conditions.visible < 0.98)
    yield from _each("language", subjects, lambda subject: subject.language)
    yield from _each("era", subjects, lambda subject: subject.series)
    yield from _either("reprint", lambda subject: subject.tied)
    yield from _either("set", lambda subject: subject.held_out, "seen", "unseen")
    yield from _either("learnt from", lambda subject: subject.seen)
    yield from _either("picture", lambda subject: subject.source != "scans", "the database's", "another")
    yield from _either("cards in the photo", lambda subject: subject.company > 1, "one", "several")


def _ranges(dimension: str, edges: Sequence[float], of: Callable[[Subject], float]) -> Iterator[Slice]:
    for low, high in pairwise(edges):
        last = high == edges[-1]
        value = f"{low:g}+" if last else "none" if high == edges[1] and high < 0.1 else f"{low:g}-{high:g}"
        yield Slice(dimension, value, _within(of, low, high))


def _within(of: Callable[[Subject], float], low: float, high: float) -> Test:
    return lambda subject: low <= of(subject) < high


def _each(dimension: str, subjects: Sequence[Subject], of: Callable[[Subject], str]) -> Iterator[Slice]:
    for value in sorted({of(subject) for subject in subjects}):
        yield Slice(dimension, value, _equal(of, value))


def _equal(of: Callable[[Subject], str], value: str) -> Test:
    return lambda subject: of(subject) == value


def _either(dimension: str, holds: Test, no: str = "no", yes: str = "yes") -> Iterator[Slice]:
    yield Slice(dimension, no, lambda subject: not holds(subject))
    yield Slice(dimension, yes, holds)


def _rotations() -> Iterator[Slice]:
    """Upright within 20 degrees, upside down, sideways, and askew between these."""

    def near(subject: Subject, *angles: float) -> bool:
        return any(abs(subject.conditions.turned - angle) <= 20 for angle in angles)

    yield Slice("rotation", "upright", lambda subject: near(subject, 0))
    yield Slice("rotation", "sideways", lambda subject: near(subject, 90))
    yield Slice("rotation", "upside down", lambda subject: near(subject, 180))
    yield Slice("rotation", "askew", lambda subject: not near(subject, 0, 90, 180))
