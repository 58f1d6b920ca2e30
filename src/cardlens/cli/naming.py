"""Name photo after photo and show each answer as soon as it is there."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.progress import Progress

from cardlens.cli import console
from cardlens.cli.photos import ANNOTATED, find_photos
from cardlens.cli.table import headline, photo_table
from cardlens.errors import CardlensError
from cardlens.recognition.answer import PhotoAnswer

if TYPE_CHECKING:
    from cardlens.recognition.contact_sheet import ContactSheet

OK, UNREADABLE, BUG = 0, 1, 2


class NamesCards(Protocol):
    """The part of a `Recognizer` that is needed here."""

    def name_cards(self, photo: Path, top: int) -> PhotoAnswer:
        """Name every card of one photo."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo without an answer, and the exit code it leads to."""

    photo: str
    error: str
    exit_code: int = UNREADABLE

    def as_json(self) -> dict[str, str]:
        """The object that `--json` prints."""
        return {"photo": self.photo, "error": self.error}


Outcome = PhotoAnswer | Failure


class Naming:
    """One run of `cardlens identify`: the recognizer and what the user asked for, the same for every photo."""

    def __init__(
        self,
        recognizer: NamesCards,
        top: int,
        min_confidence: float,
        annotate: Path | None,
        sheet: ContactSheet | None = None,
    ) -> None:
        """Keep the wishes.

        `annotate` is the folder for annotated copies, made when the first is written; `sheet` takes all cards.
        """
        self._recognizer = recognizer
        self._top = top
        self._min_confidence = min_confidence
        self._folder = annotate
        self._annotated: list[str] = []
        self._sheet = sheet

    def show_all(self, arguments: Iterable[str], *, as_json: bool) -> int:
        """Show the outcome of each photo when it is done; returns the exit code, the worst of all."""
        show = _show_json if as_json else _show_table
        worst = OK
        for place in _with_progress(_expand(arguments)):
            outcome = place if isinstance(place, Failure) else self._name(place)
            show(outcome)
            worst = max(worst, outcome.exit_code if isinstance(outcome, Failure) else self._draw(outcome))
        return max(worst, OK if self._sheet is None else _said(self._sheet.close))

    def _name(self, photo: Path) -> Outcome:
        try:
            answer = self._recognizer.name_cards(photo, self._top)
        except CardlensError as error:
            return Failure(str(photo), str(error))
        except Exception as error:
            if console.debugging():
                raise
            return Failure(str(photo), console.bug_report(error), BUG)
        sure = tuple(card for card in answer.cards if card.confidence >= self._min_confidence)
        return replace(answer, photo=str(photo), cards=sure)

    def _draw(self, answer: PhotoAnswer) -> int:
        """Draw what is wanted; the answer stands even where that fails."""
        photo, worst = Path(answer.photo), OK
        if self._folder is not None:
            from cardlens.recognition.annotation import write_annotated  # only where asked for

            file = self._folder / annotated_name(photo, self._annotated)
            self._annotated.append(file.name)
            worst = _said(lambda: write_annotated(photo, answer, file))
        sheet = self._sheet
        return max(worst, OK if sheet is None else _said(lambda: sheet.add(photo, answer)))


def _said(work: Callable[[], object]) -> int:
    """Do it, or say in a line why not; returns the exit code."""
    try:
        work()
    except CardlensError as error:
        console.say_error(str(error))
        return UNREADABLE
    return OK


def _expand(arguments: Iterable[str]) -> list[Path | Failure]:
    """List the photos of all arguments, each once, in the order given."""
    places: dict[Path | Failure, None] = {}
    for argument in arguments:
        photos = find_photos([argument])
        places.update(dict.fromkeys(photos))
        if not photos:
            places[Failure(argument, f"{argument}: no picture in this folder; name a photo")] = None
    return list(places)


def annotated_name(photo: Path, taken: Collection[str]) -> str:
    """Name the annotated copy of `photo`, different from those `taken`."""
    name, count = f"{photo.stem}{ANNOTATED}", 1
    while name in taken:
        count += 1
        name = f"{photo.stem}-{count}{ANNOTATED}"
    return name


def _with_progress(places: list[Path | Failure]) -> Iterator[Path | Failure]:
    """Go through `places` with a bar on stderr, where there are many and the results go elsewhere."""
    errors = console.stderr()
    hidden = len(places) < 2 or not errors.is_terminal or console.stdout().is_terminal
    if hidden:
        yield from places
        return
    # Results must reach the file they are sent to: rich would take stdout for its terminal.
    with Progress(console=errors, redirect_stdout=False, transient=True) as progress:
        yield from progress.track(places, description="Naming cards")


def _show_json(outcome: Outcome) -> None:
    """Print one whole line; a reader at the other end of a pipe gets it at once."""
    sys.stdout.write(json.dumps(outcome.as_json(), ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def _show_table(outcome: Outcome) -> None:
    if isinstance(outcome, Failure):
        console.say_error(outcome.error)
        return
    results = console.stdout()
    results.print(headline(outcome), style="bold", markup=False, highlight=False, soft_wrap=True)
    if outcome.cards:
        results.print(photo_table(outcome))
