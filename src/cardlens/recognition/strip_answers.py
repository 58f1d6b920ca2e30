"""From a photo of fanned cards to answers: which card each bottom strip belongs to, and how sure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from cardlens.recognition.answer import Answer, CardSet, Corners, Evidence, Milliseconds, PhotoAnswer, Printing
from cardlens.recognition.picture import Limits, decode
from cardlens.recognition.quad import Points, width
from cardlens.recognition.strip_catalogue import StripCatalogue
from cardlens.recognition.strip_code import language_read, whole_code
from cardlens.recognition.strip_match import StripCandidate, match_strips
from cardlens.recognition.strips import Strip, StripReader
from cardlens.runtimes.base import Bytes

# Below it, the answer is "unknown"; its candidates are told all the same.
NAMED = 0.4
# A code that a likely card does not print was read otherwise.
_LIKELY = 0.5


class StripNamer:
    """Names the cards of photos in which only bottom strips show."""

    def __init__(self, reader: StripReader, catalogue: StripCatalogue, limits: Limits) -> None:
        """Take the parts; `cardlens.assembly.open_strip_namer` puts them together."""
        self._reader, self._catalogue, self._limits = reader, catalogue, limits

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        """Decode a photo whole, read its strips and name their cards, from the top; raises `UnreadablePicture`."""
        start = time.perf_counter()
        picture = decode(photo, limits=self._limits, at_least=None)
        decoded = time.perf_counter()
        answers = self.name_strips(picture.pixels, top)
        read = time.perf_counter()
        spent = [round(1000 * seconds, 1) for seconds in (decoded - start, read - decoded)]
        milliseconds = Milliseconds(decode=spent[0], read=spent[1], total=round(sum(spent), 1))
        return PhotoAnswer(picture.name, picture.size, answers, milliseconds)

    def name_strips(self, pixels: Bytes, top: int = 5) -> tuple[Answer, ...]:
        """One answer a strip of (H, W, 3) RGB, from the top; at most `top` cards are listed in each."""
        strips = self._reader.read(pixels)
        matched = match_strips(strips, self._catalogue)
        return tuple(_answer(strip, cards, top) for strip, cards in zip(strips, matched, strict=True))


def _answer(strip: Strip, candidates: Sequence[StripCandidate], top: int) -> Answer:
    best = candidates[0] if candidates else None
    chance = round(best.probability, 4) if best else 0.0
    named = best.card if best is not None and chance >= NAMED else None
    code = best.card.code if best is not None and best.probability > _LIKELY else whole_code(strip.codes)
    return Answer(
        quad=_corners(strip.quad),
        decision="printing" if named else "unknown",
        card_id=named.card_id if named else None,
        name=named.name if named else None,
        set=CardSet(named.set_id, named.set_name) if named else None,
        number=named.number if named else None,
        confidence=chance,
        artwork_confidence=chance,
        language=language_read(strip.codes, code) if code else None,
        printings=tuple(Printing(one.card.card_id, round(one.probability, 4)) for one in candidates[:top]),
        evidence=Evidence(
            source="read" if named else None,
            number_read=_number_read(strip, best),
            set_code_read=code,
            width=round(width(strip.quad), 1),
        ),
    )


def _number_read(strip: Strip, best: StripCandidate | None) -> str:
    """The number in most readings; where they are divided, the one whose total is that of the card named."""
    texts = [str(number) for number in strip.numbers]
    totals = {str(number): number.total for number in strip.numbers}
    printed = best.card.total if best else None
    return max(dict.fromkeys(texts), key=lambda text: (texts.count(text), totals[text] == printed))


def _corners(quad: Points) -> Corners:
    first, second, third, fourth = ((round(float(x), 1), round(float(y), 1)) for x, y in quad)
    return first, second, third, fourth
