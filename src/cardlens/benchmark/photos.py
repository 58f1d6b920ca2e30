"""Whole photos, rendered: is every card found, and what is said of it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from rich.progress import track

from cardlens.benchmark.contender import Contender, Named
from cardlens.benchmark.crops import is_right, lists
from cardlens.benchmark.material import Material
from cardlens.benchmark.subject import Subject
from cardlens.recognition.quad import iou
from cardlens.training.simulator.scenes import Scene, SeenCard
from cardlens.training.trial_scenes import IN_SIGHT, trial_page, trial_scenes

# every so many photos, one is a page or row of cards
_PAGES_EVERY = 4
FOUND, FOUND_WELL = 0.5, 0.8
_NO_PIXELS = np.zeros((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Shown:
    """A photo with the truth: `fold` is the one whose cards are strangers in it."""

    scene: Scene
    card_ids: tuple[str, ...]
    fold: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one contender did with one card that can be seen in a photo.

    Attributes:
        stranger: whether the card was left out of the database.
        overlap: IoU of the best quad that was found.
        likeliest: the likeliest artwork is the card's, named or not; `listed`: it is among the first five.
        printing_first: the likeliest card is the very printing; `printing_listed`: it is among the first five.
        named: a card was named at all, right or wrong.
        right: named, with the right artwork; `printing_right`: with the right printing, or rightly said to be tied.
        confidence: of the printing; `artwork_confidence`: of the artwork; 0 where nothing was said.
    """

    subject: Subject
    stranger: bool
    overlap: float = 0.0
    likeliest: bool = False
    listed: bool = False
    printing_first: bool = False
    printing_listed: bool = False
    named: bool = False
    right: bool = False
    printing_right: bool = False
    confidence: float = 0.0
    artwork_confidence: float = 0.0

    @property
    def found(self) -> bool:
        """Whether there is an answer for this card."""
        return self.overlap >= FOUND


@dataclass(frozen=True, slots=True)
class Said:
    """One answer against the truth: `confidence` that the first printing is right, and whether it is.

    `card_id` is the card that lies there, None where there is none, and `tied` are those that share its artwork, itself
    included; `photo` numbers the photo.
    """

    confidence: float
    right: bool
    artwork_confidence: float
    artwork_right: bool
    card_id: str | None
    photo: int
    tied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoFigures:
    """Everything that one contender said of all photos."""

    asked: list[Asked]
    said: list[Said]


def render_photos(material: Material, count: int, seed: int) -> Iterator[Shown]:
    """Render photos of held-out cards, three of any layout, then a page; either fold's cards are strangers in turn."""
    cv2.setNumThreads(1)
    scans = material.held_out
    mixed = trial_scenes(scans, material.grounds, count, seed)
    for number in range(count):
        rng = np.random.default_rng([seed, number, 1])
        is_page = number % _PAGES_EVERY == _PAGES_EVERY - 1
        scene = trial_page(rng, scans, material.grounds, []) if is_page else next(mixed)
        ids = tuple(scans.records[card.scan].card_id for card in scene.cards)
        yield Shown(scene, ids, (number + number // _PAGES_EVERY) % 2)


def ask_all(
    contenders: Sequence[Contender],
    material: Material,
    count: int,
    seed: int,
    keep: Callable[[Shown, list[Named]], None] = lambda _shown, _answers: None,
) -> dict[str, PhotoFigures]:
    """Show every photo to every contender; `keep` is given each, without its pixels, and what the first said of it."""
    figures = {contender.name: PhotoFigures([], []) for contender in contenders}
    photos = render_photos(material, count, seed)
    for number, shown in enumerate(track(photos, "photos", count, transient=True)):
        for contender in contenders:
            answers = contender.name_cards(shown.scene.pixels, material.folds[shown.fold].card_ids)
            add_answers(figures[contender.name], material, shown, answers, number, locates=contender.locates)
            if contender is contenders[0]:
                keep(replace(shown, scene=replace(shown.scene, pixels=_NO_PIXELS)), answers)
    return figures


def add_answers(
    figures: PhotoFigures, material: Material, shown: Shown, answers: Sequence[Named], photo: int, *, locates: bool
) -> None:
    """Judge what was said of one photo, its number `photo`."""
    figures.asked.extend(judge(material, shown, answers, locates=locates))
    if locates or len(shown.card_ids) == 1:
        figures.said.extend(verdicts(material, shown, answers, photo, locates))


def judge(material: Material, shown: Shown, answers: Sequence[Named], *, locates: bool) -> Iterator[Asked]:
    """Compare answers with the cards of which enough is in sight.

    Where a contender does not say where a card lies, any answer of the photo counts for each of its cards.
    """
    for card, card_id in zip(shown.scene.cards, shown.card_ids, strict=True):
        if card.visible < IN_SIGHT:
            continue
        subject = _subject(material, card, card_id, len(shown.card_ids))
        stranger = material.fold_of(card_id) == shown.fold
        overlaps = [iou(answer.quad, card.quad) if locates else 1.0 for answer in answers]
        best = int(np.argmax(overlaps)) if overlaps else -1
        if best < 0 or overlaps[best] < FOUND:
            yield Asked(subject, stranger, max(overlaps, default=0.0))
            continue
        yield _asked(material, subject, stranger, answers[best], overlaps[best])


def _asked(material: Material, subject: Subject, stranger: bool, answer: Named, overlap: float) -> Asked:
    named = answer.decision != "unknown" and bool(answer.candidates)
    likeliest = is_right(material, subject.card_id, answer.candidates)
    exact = likeliest and (answer.decision == "artwork" or answer.candidates[0].card_id == subject.card_id)
    return Asked(
        subject,
        stranger,
        overlap,
        likeliest=likeliest,
        listed=is_right(material, subject.card_id, answer.candidates, 5),
        printing_first=lists(subject.card_id, answer.candidates),
        printing_listed=lists(subject.card_id, answer.candidates, 5),
        named=named,
        right=named and likeliest,
        printing_right=named and exact,
        confidence=answer.confidence,
        artwork_confidence=answer.artwork_confidence,
    )


def _subject(material: Material, card: SeenCard, card_id: str, company: int) -> Subject:
    source = material.held_out.records[card.scan].source
    return material.subject(card_id, source, card.conditions, company)


def verdicts(material: Material, shown: Shown, answers: Sequence[Named], photo: int, locates: bool) -> Iterator[Said]:
    """Each answer against the card that lies where it points, if one does."""
    for answer in answers:
        overlaps = [iou(answer.quad, card.quad) if locates else 1.0 for card in shown.scene.cards]
        best = int(np.argmax(overlaps)) if overlaps else -1
        truth = shown.card_ids[best] if best >= 0 and overlaps[best] >= FOUND else None
        first = answer.candidates[0].card_id if answer.candidates else None
        artwork = truth is not None and is_right(material, truth, answer.candidates)
        yield Said(
            answer.confidence,
            truth is not None and first == truth,
            answer.artwork_confidence,
            artwork,
            truth,
            photo,
            material.printings(truth) if truth is not None else (),
        )
