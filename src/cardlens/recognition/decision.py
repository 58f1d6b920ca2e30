"""What is said of a card, from what was seen and what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from cardlens.recognition.answer import Answer, CardSet, Corners, Evidence, Printing
from cardlens.recognition.facts import Card, CardFacts
from cardlens.recognition.matcher import Gallery
from cardlens.recognition.names import face_name
from cardlens.recognition.quad import Points
from cardlens.recognition.reading import NameText, Reading
from cardlens.recognition.reading_evidence import compare
from cardlens.recognition.reading_match import ReadCandidate, disambiguate, identify_reading, name_agrees
from cardlens.recognition.sight import Sighting

# below it the answer is "unknown"
NAMED = 0.3
# a printing is named alone from here on; below, the tied printings are listed as an artwork
_RESOLVED = 0.75
# what is seen this surely is not read as well, but for its number where other cards of its name may look the same
SURE = 0.75
# the number of a card lower than this cannot be read, pixels
READABLE = 330.0

# share of the numbers read whole, total and all, that are taken to be misread; set by hand
_MISREAD = 0.06

# How many times likelier what was seen is where no more than a name was read: its own, or another card's. Of sightings
# below `SURE` in rendered photos, see docs/decisions/0030: another printing of the same Pokémon bears the name too.
_NAME_ODDS = {1: 4.0, -1: 0.15}

# what to read of a card
Wanted = Literal["all", "number"]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything known of one quad before deciding."""

    quad: Points
    sighting: Sighting
    probability: float
    reading: Reading | None = None


class Decider:
    """Weighs sight against print."""

    def __init__(self, gallery: Gallery, facts: CardFacts) -> None:
        self._gallery, self._facts = gallery, facts

    def worth_reading(self, seen: Seen, height: float) -> Wanted | None:
        """What print could change the answer: `height` of the card in the whole photo, in pixels."""
        if height < READABLE:
            return None
        if seen.probability < SURE or self._told_apart_by_print(seen):
            return "all"
        return "number" if self._reprinted(seen) else None

    def _told_apart_by_print(self, seen: Seen) -> bool:
        """Tied printings of which any shows a number: TCG Pocket faces show none."""
        printings = seen.sighting.artworks[0].printings if seen.sighting.artworks else ()
        cards = [self._facts.get(card_id) for card_id in printings]
        return len(printings) > 1 and any(card is not None and card.game == "physical" for card in cards)

    def _reprinted(self, seen: Seen) -> bool:
        """Whether the facts know printed cards of its name that the database has no scan of: they may look the same."""
        printings = seen.sighting.artworks[0].printings if seen.sighting.artworks else ()
        cards = [card for card_id in printings if (card := self._facts.get(card_id)) and card.game == "physical"]
        alike = (other for card in cards for other in self._facts.named(face_name(card.name)))
        return any(other.game == "physical" and other.card_id not in self._scanned for other in alike)

    @cached_property
    def _scanned(self) -> frozenset[str]:
        return frozenset(self._gallery.card_ids)

    def decide(self, seen: Seen, top: int) -> Answer:
        """Name the card, its artwork, or say that it is unknown; at most `top` printings are listed."""
        own = seen.sighting.artworks[0].printings if seen.sighting.artworks else ()
        candidates = identify_reading(self._with_name_seen(seen.reading, seen), self._facts) if seen.reading else []
        read = candidates[0] if candidates else None
        if read is not None and read.card_id not in own:
            if self._reprint(read, own):
                return self._by_print(seen, read, candidates, top, doubt=1.0)
            if read.probability > seen.probability:
                doubt = _against(read.probability, seen.probability) / max(read.probability, 1e-6)
                return self._by_print(seen, read, candidates, top, doubt)
        agreed = read if read is not None and read.card_id in own else None
        contradicted = read if read is not None and agreed is None else None
        return self._by_sight(seen, agreed, contradicted, top)

    def _with_name_seen(self, reading: Reading, seen: Seen) -> Reading:
        """The reading, with the name of the card that was surely seen where only its number was read."""
        if reading.names or seen.probability < SURE or not seen.sighting.artworks:
            return reading
        card = self._facts.get(seen.sighting.artworks[0].printings[0])
        return reading if card is None else replace(reading, names=(NameText(card.name, seen.probability),))

    def _reprint(self, read: ReadCandidate, own: Sequence[str]) -> bool:
        """Whether the number read is that of another card of the name that was seen: print beats a picture there."""
        known = [self._facts.get(card_id) for card_id in (read.card_id, *own)]
        names = [face_name(card.name) for card in known if card is not None]
        whole = read.evidence.number_agrees and read.evidence.total > 0 and read.evidence.certain
        return len(names) > 1 and names[0] in names[1:] and whole and read.probability >= NAMED

    def _bears_another_number(self, reading: Reading, card_ids: Sequence[str]) -> bool:
        """Whether a number was read whole that none of the cards bears: then it is a reprint, or it was misread.

        Japanese cards are numbered in sets of their own: theirs says nothing.
        """
        whole = [number for number in reading.numbers if number.certain and number.total is not None]
        known = [card for card_id in card_ids if (card := self._facts.get(card_id))]
        if not whole or not known or reading.language == "ja":
            return False
        return not any(compare(reading, card).number_agrees for card in known)

    def _by_print(
        self, seen: Seen, read: ReadCandidate, candidates: Sequence[ReadCandidate], top: int, doubt: float
    ) -> Answer:
        """A card named from its text: its scan is not in the database, or looks less like it than its text reads."""
        alike = self._gallery.printings(read.card_id)
        artwork = min(sum(other.probability for other in candidates if other.card_id in alike), 1.0) * doubt
        answer = self._answer(seen, _in_turn(candidates[:top], doubt), artwork, "read")
        if read.probability * doubt < NAMED:
            return _unknown(answer)
        return replace(answer, decision="printing")

    def _by_sight(
        self, seen: Seen, agreed: ReadCandidate | None, contradicted: ReadCandidate | None, top: int
    ) -> Answer:
        """A card named from its picture, its printing settled by its text where that could be read."""
        own = seen.sighting.artworks[0].printings if seen.sighting.artworks else ()
        chance = self._chance(seen, own, agreed, contradicted)
        shares = self._shares(own, seen.reading)
        printings = [Printing(card_id, round(chance * share, 4)) for card_id, share in zip(own, shares, strict=True)]
        printings.sort(key=lambda printing: (-printing.probability, _natural(printing.card_id)))
        answer = self._answer(seen, (*printings, *_others(seen, chance))[: max(top, len(own))], chance, "seen")
        if chance < NAMED:
            return _unknown(answer)
        resolved = len(own) == 1 or max(shares) >= _RESOLVED
        return replace(answer, decision="printing" if resolved else "artwork")

    def _chance(
        self, seen: Seen, own: Sequence[str], agreed: ReadCandidate | None, contradicted: ReadCandidate | None
    ) -> float:
        """Of what was seen, after what was read."""
        chance = seen.probability
        if agreed is not None:  # two independent witnesses
            return 1 - (1 - chance) * (1 - agreed.probability)
        if seen.reading is None:
            return chance
        cards = [card for card_id in own if (card := self._facts.get(card_id))]
        name = name_agrees(seen.reading, cards, self._facts)
        if contradicted is not None and (name < 1 or contradicted.evidence.number_agrees):
            chance = _against(chance, contradicted.probability)
        elif name:
            chance = _weighed(chance, _NAME_ODDS[name])
        if self._bears_another_number(seen.reading, own):
            chance = _weighed(chance, _MISREAD)
        return chance

    def _shares(self, card_ids: Sequence[str], reading: Reading | None) -> list[float]:
        """How a tie is shared out: evenly, unless the number or set code was read."""
        cards = [self._facts.get(card_id) for card_id in card_ids]
        known = [card for card in cards if card is not None]
        if reading is None or len(known) < len(card_ids) or len(card_ids) < 2:
            return [1 / len(card_ids) for _ in card_ids]
        return disambiguate(reading, known)

    def _answer(self, seen: Seen, printings: tuple[Printing, ...], artwork: float, source: str) -> Answer:
        best = printings[0].card_id if printings else None
        reading = seen.reading or Reading()
        evidence = Evidence(
            source="read" if source == "read" else "seen",
            similarity=round(seen.sighting.similarity, 4) if seen.sighting.artworks else None,
            runner_up=round(seen.sighting.runner_up, 4) if len(seen.sighting.artworks) > 1 else None,
            number_read=reading.number_text,
            set_code_read=reading.set_code.code if reading.set_code else None,
            name_read=reading.name_text,
            width=round(seen.sighting.width, 1),
        )
        name, card_set, number = self._facts_of(best)
        return Answer(
            quad=_corners(seen.quad),
            decision="unknown",
            card_id=best,
            name=name,
            set=card_set,
            number=number,
            confidence=printings[0].probability if printings else 0.0,
            artwork_confidence=round(artwork, 4),
            language=reading.language or self._scan_language(seen, source),
            printings=printings,
            evidence=evidence,
        )

    def _scan_language(self, seen: Seen, source: str) -> str | None:
        """The language of the nearest scan, where that is another than English: its text is what made it nearest."""
        nearest = seen.sighting.artworks[0].language if seen.sighting.artworks else "en"
        return nearest if source == "seen" and nearest != "en" else None

    def _facts_of(self, card_id: str | None) -> tuple[str | None, CardSet | None, str | None]:
        if card_id is None:
            return None, None, None
        card: Card | None = self._facts.get(card_id)
        if card is not None:
            return card.name, CardSet(card.set_id, card.set_name), card.number
        known: Mapping[str, Any] = self._gallery.metadata(card_id)
        return str(known["name"]), CardSet(str(known["set_id"]), str(known["set_name"])), str(known["number"])


def _against(chance: float, other: float) -> float:
    """Probability of one of two independent readings, given that not both are right."""
    return chance * (1 - other) / max(1 - chance * other, 1e-9)


def _weighed(chance: float, factor: float) -> float:
    """The probability whose odds are `factor` times those of `chance`."""
    return chance * factor / (chance * factor + 1 - chance)


def _unknown(answer: Answer) -> Answer:
    """Name nothing, but keep the candidates and the evidence."""
    return replace(answer, decision="unknown", card_id=None, name=None, set=None, number=None)


def _in_turn(candidates: Sequence[ReadCandidate], doubt: float) -> tuple[Printing, ...]:
    """Each candidate's own probability, but no more than the likelier ones leave."""
    printings, left = [], 1.0
    for candidate in candidates:
        chance = min(candidate.probability, left)
        left -= chance
        printings.append(Printing(candidate.card_id, round(chance * doubt, 4)))
    return tuple(printings)


def _others(seen: Seen, chance: float) -> list[Printing]:
    """The nearest other artworks, sharing what the best one leaves, by their nearness."""
    rest = seen.sighting.artworks[1:4]
    weights = [2.0 ** ((artwork.nearness - seen.sighting.artworks[0].nearness) * 20) for artwork in rest]
    total = 1.0 + sum(weights)  # 1: none of them
    return [
        Printing(artwork.printings[0], round((1 - chance) * weight / total / len(artwork.printings), 4))
        for artwork, weight in zip(rest, weights, strict=True)
    ]


def _natural(card_id: str) -> tuple[str, int, str]:
    """`A1-2` before `A1-10`."""
    group, _, number = card_id.rpartition("-")
    return group, int(number) if number.isdigit() else 0, number


def _corners(quad: Points) -> Corners:
    first, second, third, fourth = ((round(float(x), 1), round(float(y), 1)) for x, y in quad)
    return first, second, third, fourth
