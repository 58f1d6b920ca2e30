"""Real photos with known truth, and photos in which nothing may be named."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from cardlens.benchmark.contender import Contender, Named
from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.recognition.picture import decode

_SURE = 0.9
_OTHERS = ("not-pokemon", "backgrounds")


@dataclass(frozen=True, slots=True)
class RealPhotos:
    """The folder of card data with `photos/truth.json`, `not-pokemon/` and `backgrounds/`."""

    data: Path

    def named(self, contender: Contender) -> dict[str, Any]:
        """Right and surely wrong names on binder pages and single photos."""
        binder_right, binder_wrong, single = 0, 0, {}
        for name, truth in self._truth():
            answers = contender.name_cards(decode(self.data / "photos" / name).pixels)
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

    def others(self, contender: Contender) -> dict[str, list[float]]:
        """Confidences of everything said of other games' cards and bare grounds, by folder."""
        said: dict[str, list[float]] = {}
        for folder in _OTHERS:
            files = sorted((self.data / folder).iterdir()) if (self.data / folder).is_dir() else []
            said[folder] = [
                answer.artwork_confidence
                for file in track(files, f"{folder}, {contender.name}", transient=True)
                for answer in _answers(contender, file)
                if answer.decision != "unknown"
            ]
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


def _answers(contender: Contender, file: Path) -> Iterator[Named]:
    try:
        yield from contender.name_cards(decode(file).pixels)
    except UnreadablePicture:
        return


def _wrong(answer: Named, truth: Sequence[str]) -> bool:
    return answer.confidence > _SURE and answer.candidates[0].card_id not in truth
