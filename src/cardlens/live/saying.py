"""What is said of a card that is followed: decided as for a photo, and then held on to."""

from __future__ import annotations

from dataclasses import replace

from cardlens.recognition.answer import Answer, Corners
from cardlens.recognition.decision import NAMED, Decider, Seen
from cardlens.recognition.facts import CardFacts
from cardlens.recognition.matcher import Gallery
from cardlens.recognition.quad import Points
from cardlens.recognition.sight import Sighting
from cardlens.recognition.tracker import Track
from cardlens.recognition.tracker_reading import joined

# another id must be this much surer to replace the one that was said
_SURER = 0.1
_TOP = 5


class Speaker:
    """Puts tracks into answers."""

    def __init__(self, gallery: Gallery, facts: CardFacts) -> None:
        self._decider = Decider(gallery, facts)

    def worth_reading(self, track: Track, height: float) -> bool:
        """Whether print could change the answer: `height` of the card in the frame, in pixels."""
        seen = _seen(track)
        return seen is not None and bool(self._decider.worth_reading(seen, height))

    def say(self, track: Track) -> Answer:
        """The answer as of now; of two that are near each other, the one that was said before."""
        known = (track.evidence.looks, len(track.readings))
        if track.said is None or track.said_of != known:
            answer = self._answer(track)
            track.said = answer if track.said is None else held(track.said, answer, settled=track.evidence.settled)
            track.said_of = known
        return replace(track.said, quad=_corners(track.quad))

    def _answer(self, track: Track) -> Answer:
        seen = _seen(track)
        if seen is None:
            return Answer(_corners(track.quad), "unknown")
        return self._decider.decide(seen, _TOP)


def held(before: Answer, now: Answer, settled: tuple[str, ...] | None) -> Answer:
    """The answer to give: `now`, unless that would flicker.

    A name is not taken back for a doubt, nor a printing for its artwork, nor either for another that is hardly surer.
    """
    if settled is None or before.decision == "unknown" or now.card_id == before.card_id:
        is_weaker = before.decision == "printing" and now.decision == "artwork"
        return before if settled is not None and is_weaker else now
    if now.decision == "unknown":
        return before if now.confidence >= NAMED / 2 else now
    tied = before.decision == "artwork" and now.card_id in {printing.card_id for printing in before.printings}
    return now if tied or now.confidence >= before.confidence + _SURER else before


def _seen(track: Track) -> Seen | None:
    sighting: Sighting | None = track.evidence.sighting()
    if sighting is None:
        return None
    chance = track.evidence.probability(track.evidence.answer)
    return Seen(track.quad, sighting, chance, joined(track.readings))


def _corners(quad: Points) -> Corners:
    first, second, third, fourth = ((round(float(x), 1), round(float(y), 1)) for x, y in quad)
    return first, second, third, fourth
