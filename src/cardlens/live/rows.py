"""The list: every card once, and the second copy of a card as a second one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from cardlens.live.answer import Row
from cardlens.recognition.answer import Answer
from cardlens.recognition.tracker import Track


@dataclass(slots=True)
class _Counted:
    """A row and the card that it stands for."""

    row: Row
    track: Track
    artwork: tuple[str, ...]


class Rows:
    """Gives each card its row."""

    def __init__(self, memory: float) -> None:
        """`memory`: a card that was out of sight no longer than this, in seconds, is still the same one."""
        self._memory = memory
        self._counted: dict[int, _Counted] = {}
        self._copies: Counter[str] = Counter()
        self._given = 0

    def row_of(self, track: Track) -> int | None:
        """The number of the card's row; None where it has none."""
        counted = self._counted.get(track.number)
        return counted.row.number if counted else None

    def settle(self, track: Track, answer: Answer, seconds: float) -> Row | None:
        """Count a card, or change its row; None where there is nothing new to say."""
        artwork = (
            tuple(printing.card_id for printing in answer.printings) if not answer.card_id else track.evidence.answer
        )
        counted = self._counted.get(track.number) or self._same_card(track, artwork)
        if counted is None:
            return self._give(track, artwork, answer, seconds)
        self._counted[track.number] = counted
        if track.seen < counted.track.seen:  # the same card on its way in, which was counted where it lies
            return None
        counted.track, counted.artwork = track, artwork
        if counted.row.answer.card_id == answer.card_id and counted.row.answer.decision == answer.decision:
            return None
        self._copies[counted.row.answer.card_id or ""] -= 1
        self._copies[answer.card_id or ""] += 1
        copy = self._copies[answer.card_id or ""]
        counted.row = replace(counted.row, answer=answer, seconds=seconds, copy=copy, changed=True)
        return counted.row

    def forget(self, seconds: float) -> None:
        """Drop what can no longer come back."""
        self._counted = {
            number: one for number, one in self._counted.items() if seconds - one.track.seen <= 2 * self._memory
        }

    def forget_all(self) -> None:
        """From now on every card is another one; numbers and copies go on."""
        self._counted.clear()

    def _give(self, track: Track, artwork: tuple[str, ...], answer: Answer, seconds: float) -> Row:
        self._given += 1
        self._copies[answer.card_id or ""] += 1
        row = Row(self._given, seconds, track.number, self._copies[answer.card_id or ""], answer)
        self._counted[track.number] = _Counted(row, track, artwork)
        return row

    def _same_card(self, track: Track, artwork: tuple[str, ...]) -> _Counted | None:
        """A card that was counted, looks the same, and was lost from sight before this one came, or the other way."""
        alike = (one for one in self._counted.values() if one.artwork == artwork)
        return next((one for one in alike if self._may_be(one.track, track)), None)

    def _may_be(self, one: Track, other: Track) -> bool:
        return other.may_be(one, self._memory) or one.may_be(other, self._memory)
