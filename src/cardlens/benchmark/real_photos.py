"""Real photos with known truth, and photos in which nothing may be named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from cardlens.benchmark.contender import Contender, Named
from cardlens.benchmark.targets import OTHER_GAMES
from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.recognition.picture import decode

_SURE = 0.9
_OTHERS = (OTHER_GAMES, "backgrounds")


@dataclass(frozen=True, slots=True)
class RealPhotos:
    """The folder of card data with `photos/truth.json`, `not-pokemon/` and `backgrounds/`.

    `most`: so many photos of each of the last two are looked at.
    """

    data: Path
    most: int = 1000

    def named(self, contender: Contender) -> dict[str, Any]:
        """Right and surely wrong names on binder pages and single photos."""
        binder_right, binder_wrong, single = 0, 0, {}
        for name, truth in self._truth():
            answers = list(_answers(contender, self.data / "photos" / name))
            said = [answer for answer in answers if answer.decision != "unknown" and answer.candidates]
            if len(truth) > 1:
                binder_right += len(set(truth) & {answer.candidates[0].card_id for answer in said})
                binder_wrong += sum(_wrong(answer, truth) for answer in said)
            else:
                best = max(said, key=lambda answer: answer.confidence, default=None)
                single[name] = best is not None and best.candidates[0].card_id == truth[0]
        return {"binder_right": binder_right, "binder_wrong_above_0.9": binder_wrong, "single_right": single}

    @property
    def cards_on_binders(self) -> int:
        """How many cards the binder pages show."""
        return sum(len(truth) for _, truth in self._truth() if len(truth) > 1)

    def others(self, contender: Contender, line: float | None) -> dict[str, Any]:
        """What is said of other games' cards and bare grounds: how often a card is named, and how surely.

        `others_named_at_95`: share of the answers on other games' cards that reach `line`, where there is one.
        """
        said = {folder: self._said_of(folder, contender) for folder in _OTHERS}
        figures = {
            folder: {
                "answers": len(answers),
                "named": sum(answer.decision != "unknown" for answer in answers),
                "surest": round(max((answer.artwork_confidence for answer in answers), default=0.0), 5),
            }
            for folder, answers in said.items()
        }
        reached = [answer.artwork_confidence >= (line or 0.0) for answer in said[OTHER_GAMES]]
        share = None if line is None else round(sum(reached) / max(len(reached), 1), 5)
        return {"others": figures, "others_named_at_95": share}

    def _said_of(self, folder: str, contender: Contender) -> list[Named]:
        files = sorted((self.data / folder).iterdir()) if (self.data / folder).is_dir() else []
        shown = track(files[: self.most], f"{folder}, {contender.name}", transient=True)
        return [answer for file in shown for answer in _answers(contender, file)]

    def _truth(self) -> Sequence[tuple[str, list[str]]]:
        file = self.data / "photos" / "truth.json"
        if not file.exists():
            return []
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            return [(name, entry["cards"]) for name, entry in record.items() if "cards" in entry]
        except (ValueError, TypeError, AttributeError) as error:
            raise CardlensError(f"{file}: not a record of photos ({error}); restore the card data") from error


def _answers(contender: Contender, file: Path) -> Iterator[Named]:
    try:
        yield from contender.name_cards(decode(file, at_least=None).pixels)
    except UnreadablePicture:
        return


def _wrong(answer: Named, truth: Sequence[str]) -> bool:
    return answer.confidence > _SURE and answer.candidates[0].card_id not in truth
