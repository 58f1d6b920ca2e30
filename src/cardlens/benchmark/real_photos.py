"""Real photos with known truth, and photos in which nothing may be named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from rich.progress import track

from cardlens.benchmark.contender import Contender, Named
from cardlens.benchmark.fans import check_photos
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

    def check(self) -> None:
        """Raise `CardlensError` where a photo with known truth cannot be used, or no card is told of it."""
        file, truth = self.data / "photos" / "truth.json", self._truth()
        check_photos(file, [self.data / "photos" / name for name, _ in truth])
        if untold := [name for name, card_ids in truth if not card_ids]:
            raise CardlensError(f"{file}: no card is told of {', '.join(untold[:3])}; restore the card data")

    def named(self, contender: Contender) -> dict[str, Any]:
        """Right and surely wrong names on binder pages and single photos."""
        binder_right, binder_wrong, single = 0, 0, {}
        for name, truth in self._truth():
            photo = decode(self.data / "photos" / name, at_least=None).pixels
            answers = list(contender.name_cards(photo))
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

        `others_named_at_95`: share of the answers on other games' cards that reach `line`; None where there is no line,
        or no photo.
        """
        said = {folder: self._said_of(folder, contender) for folder in _OTHERS}
        share = None
        if line is not None and said[OTHER_GAMES]:
            reached = [answer.artwork_confidence >= line for answer in chain.from_iterable(said[OTHER_GAMES])]
            share = round(sum(reached) / max(len(reached), 1), 5)
        return {"others": {folder: _summed(photos) for folder, photos in said.items()}, "others_named_at_95": share}

    def _said_of(self, folder: str, contender: Contender) -> list[list[Named]]:
        """Answers by photo; what cannot be read is left out."""
        files = sorted((self.data / folder).iterdir()) if (self.data / folder).is_dir() else []
        said = []
        for file in track(files[: self.most], f"{folder}, {contender.name}", transient=True):
            with suppress(UnreadablePicture):
                said.append(list(contender.name_cards(decode(file, at_least=None).pixels)))
        return said

    def _truth(self) -> Sequence[tuple[str, list[str]]]:
        file = self.data / "photos" / "truth.json"
        if not file.exists():
            return []
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            return [(name, entry["cards"]) for name, entry in record.items() if "cards" in entry]
        except (ValueError, TypeError, AttributeError) as error:
            raise CardlensError(f"{file}: not a record of photos ({error}); restore the card data") from error


def _summed(photos: Sequence[Sequence[Named]]) -> dict[str, Any]:
    answers = list(chain.from_iterable(photos))
    return {
        "photos": len(photos),
        "answers": len(answers),
        "named": sum(answer.decision != "unknown" for answer in answers),
        "surest": round(max((answer.artwork_confidence for answer in answers), default=0.0), 5),
    }


def _wrong(answer: Named, truth: Sequence[str]) -> bool:
    return answer.confidence > _SURE and answer.candidates[0].card_id not in truth
