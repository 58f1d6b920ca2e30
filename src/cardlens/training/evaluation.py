"""Measures the whole recognizer on photos of held-out cards and on real ones: `cardlens evaluate`."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from cardlens.assembly import open_embedder, open_recognizer
from cardlens.errors import UnreadablePicture
from cardlens.recognition.answer import Answer, PhotoAnswer
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import Picture, decode
from cardlens.recognition.quad import iou, width
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change, add, remove
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from cardlens.training import speed
from cardlens.training.embedder_training import split_scans
from cardlens.training.left_out import LeftOut
from cardlens.training.reading_photos import legible_scans, load_rgb, photograph
from cardlens.training.sight_calibration import FITTED_SETS, expected_calibration_error, sight_trials
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.simulator.scenes import SeenCard
from cardlens.training.split import Split, set_of
from cardlens.training.trial_scenes import IN_SIGHT, trial_scenes

SEED = 2026
_SURE, _FEW = 0.9, 9


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured: `measured` and `target` as text, `holds` whether the target is reached."""

    what: str
    measured: str
    target: str
    holds: bool

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return asdict(self)


class Evaluation:
    """Everything that is measured, on one set of models and one folder of card data."""

    def __init__(self, data: Path, cache: Path, settings: Settings, scenes: int) -> None:
        """`scenes`: how many photos to render for each part."""
        self._data, self._settings, self._scenes = data, settings, scenes
        self._scans: Scans = open_scans(data, cache)
        self._split: Split = split_scans(self._scans)
        self._grounds: list[Bytes] = open_grounds(data / "backgrounds")
        self._recognizer = open_recognizer(settings)

    def run(self) -> Iterator[Figure]:
        """Measure part by part."""
        parts: list[Callable[[], Iterator[Figure]]] = [
            self.binder_photos,
            self.single_photos,
            self.other_things,
            self.ties,
            self.cards_read,
            self.added_sets,
            self.calibration,
            self.speed,
        ]
        for part in parts:
            yield from part()

    def binder_photos(self) -> Iterator[Figure]:
        """The Japanese binder pages against English scans."""
        right, wrong = 0, 0
        for name, truth in self._truth().items():
            if name.startswith("binder-jp"):
                answer = self._recognizer.name_cards(self._data / "photos" / name)
                named = [card for card in answer.cards if card.card_id]
                right += len(set(truth) & {card.card_id for card in named})
                wrong += sum(card.confidence > _SURE and card.card_id not in truth for card in named)
        yield Figure("binder photos, right of 72", str(right), ">= 65", right >= 65)
        yield Figure("binder photos, wrong above 0.9", str(wrong), "<= 2", wrong <= 2)

    def single_photos(self) -> Iterator[Figure]:
        """Photos of one card."""
        for name, truth in self._truth().items():
            if len(truth) == 1:
                best = _likeliest(self._recognizer.name_cards(self._data / "photos" / name))
                said = f"{best.card_id} {best.confidence:.3f}" if best else "nothing"
                holds = best is not None and best.card_id == truth[0] and best.confidence >= _SURE
                yield Figure(name, said, f"{truth[0]} >= 0.9", holds)

    def other_things(self) -> Iterator[Figure]:
        """Other games' cards and bare grounds: nothing may be named."""
        for folder in ("not-pokemon", "backgrounds"):
            named = [file.name for file in sorted((self._data / folder).iterdir()) if self._names_any(file)]
            yield Figure(f"{folder}, photos with a card named", str(len(named)), "<= 1", len(named) <= 1)

    def _names_any(self, file: Path) -> bool:
        try:
            answer = self._recognizer.name_cards(file)
        except UnreadablePicture:
            return False
        return any(card.card_id for card in answer.cards)

    def ties(self) -> Iterator[Figure]:
        """Flat scans of cards whose artwork has several printings."""
        database = ReferenceDatabase.open(self._settings.reference, None)
        firsts = [group[0] for group in database.manifest.groups]
        rash, lost = 0, 0
        for card_id in track(firsts, "ties", transient=True):
            pixels = self._scans.pixels[self._scans.rows[card_id][0]] if card_id in self._scans.rows else None
            if pixels is None:
                continue
            best = _likeliest(self._recognizer.recognize(_picture(pixels)))
            lost += best is None or best.card_id not in database.printings(card_id)
            rash += best is not None and best.decision == "printing" and best.confidence > 0.6
        yield Figure(f"ties named as one printing above 0.6, of {len(firsts)}", str(rash), "0", rash == 0)
        yield Figure("ties whose artwork was missed", str(lost), "(no target)", holds=True)

    def cards_read(self) -> Iterator[Figure]:
        """Sharp photos of xy12 cards with xy12 left out of the database: named by what is printed on them."""
        legible = {card_id: file for card_id, file in legible_scans(self._data).items() if set_of(card_id) == "xy12"}
        gallery = self._recognizer.matcher.gallery
        blind = open_recognizer(self._settings, lambda whole: LeftOut(whole, list(legible)))
        rng = np.random.default_rng(SEED)
        right, wrong = 0, 0
        for card_id, file in track(legible.items(), "reading", transient=True):
            ground = self._grounds[int(rng.integers(len(self._grounds)))]
            photo = photograph(load_rgb(file), ground, float(rng.uniform(600, 1000)), rng)
            best = _likeliest(blind.recognize(_picture(photo.pixels)))
            right += best is not None and best.card_id == card_id
            tied = gallery.printings(card_id)
            wrong += best is not None and best.card_id not in (None, *tied) and best.confidence > _SURE
        share, rash = right / len(legible), wrong / len(legible)
        yield Figure("cards without a scan, right by reading", f"{share:.1%}", ">= 80 %", share >= 0.8)
        yield Figure("cards without a scan, wrong above 0.9", f"{rash:.1%}", "<= 2 %", rash <= 0.02)

    def added_sets(self) -> Iterator[Figure]:
        """Rendered photos of held-out sets, taken out of the database and added again from their scans."""
        with tempfile.TemporaryDirectory() as folder:
            reference = self._with_held_out_added(Path(folder))
            recognizer = open_recognizer(replace(self._settings, reference=reference))
            yield from self._scene_figures(recognizer)

    def _with_held_out_added(self, folder: Path) -> Path:
        held_out = [card_id for card_id in self._split.held_out if (self._data / "scans" / f"{card_id}.webp").exists()]
        scans = folder / "scans"
        scans.mkdir()
        for card_id in held_out:
            shutil.copy(self._data / "scans" / f"{card_id}.webp", scans)
        remove(held_out, Change(self._settings.reference, folder / "without"))
        catalogue = Catalogue.open([], bundled_facts())
        change = Change(folder / "without", folder / "with")
        add(scans, change, catalogue, open_embedder(self._settings), _quietly)
        return folder / "with"

    def _scene_figures(self, recognizer: Recognizer) -> Iterator[Figure]:
        scans = self._scans.of(self._split.held_out)
        tally: list[tuple[float, bool, bool]] = []
        scenes = trial_scenes(scans, self._grounds, self._scenes, SEED)
        for scene in track(scenes, "added sets", self._scenes, transient=True):
            answer = recognizer.recognize(_picture(scene.pixels))
            asked = [card for card in scene.cards if card.visible >= IN_SIGHT]
            tally += [_outcome(card, scans.records[card.scan].card_id, answer, recognizer) for card in asked]
        found = float(np.mean([seen for _, seen, _ in tally]))
        wide = [right for across, seen, right in tally if seen and across >= 90]
        right = float(np.mean(wide)) if wide else 0.0
        yield Figure(f"added sets, {len(tally)} quads found", f"{found:.1%}", ">= 98 %", found >= 0.98)
        yield Figure(f"added sets, {len(wide)} artworks right", f"{right:.1%}", ">= 98 %", right >= 0.98)
        small = [right for across, seen, right in tally if seen and across < 90]
        if small:
            yield Figure(f"  the same, {len(small)} under 90 px", f"{np.mean(small):.1%}", "(no target)", holds=True)

    def calibration(self) -> Iterator[Figure]:
        """Confidence by sight against truth, half of the cards left out of the database."""
        ids = [card_id for card_id in self._split.held_out if set_of(card_id) not in FITTED_SETS]
        trials = list(sight_trials(self._recognizer, self._scans.of(ids), self._grounds, self._scenes, SEED))
        chances = [self._recognizer.calibration.probability(trial.sighting) for trial in trials]
        error = expected_calibration_error(chances, [trial.right for trial in trials])
        rash = [not trial.right for trial, chance in zip(trials, chances, strict=True) if chance > _SURE]
        yield Figure(f"ECE of sight, {len(trials)} sightings", f"{error:.3f}", "<= 0.02 (next issue)", error <= 0.02)
        yield Figure(
            "wrong among those above 0.9",
            f"{np.mean(rash):.1%}" if rash else "none",
            "<= 5 %",
            sum(rash) <= 0.05 * len(rash),
        )

    def speed(self) -> Iterator[Figure]:
        """Medians on this machine; they mean something only where nothing else runs."""
        page = self._data / "photos" / "binder-jp151-1-36.jpg"
        few = next(scene for scene in trial_scenes(self._scans, self._grounds, 50, SEED) if len(scene.cards) == _FEW)
        one = decode(self._data / "photos" / "magmar-tilt-left.jpg", at_least=None).pixels
        with tempfile.TemporaryDirectory() as folder:
            parts = [
                speed.stages(self._recognizer, few.pixels, decode(page).pixels),
                speed.photos(self._recognizer, one, page, Path(folder)),
                speed.cold_start(self._data / "photos" / "mewtwo.jpg"),
            ]
            for each in chain.from_iterable(parts):
                what, limit = each.what, f"<= {each.limit:g} {each.unit}"
                yield Figure(what, f"{each.value:.3g} {each.unit}", limit, each.value <= each.limit)

    def _truth(self) -> dict[str, list[str]]:
        record = json.loads((self._data / "photos" / "truth.json").read_text(encoding="utf-8"))
        return {name: entry["cards"] for name, entry in record.items() if "cards" in entry}


def _quietly(_done: int, _total: int) -> None:
    pass


def _picture(pixels: Bytes) -> Picture:
    return Picture(np.ascontiguousarray(pixels), "rendered", (pixels.shape[1], pixels.shape[0]))


def _likeliest(answer: PhotoAnswer) -> Answer | None:
    return max(answer.cards, key=lambda card: (card.card_id is not None, card.confidence), default=None)


def _outcome(card: SeenCard, card_id: str, answer: PhotoAnswer, recognizer: Recognizer) -> tuple[float, bool, bool]:
    """(width, quad found at IoU 0.8, artwork right) of one card."""
    overlaps = [iou(np.asarray(said.quad, np.float32), card.quad) for said in answer.cards]
    best = int(np.argmax(overlaps)) if overlaps else -1
    if best < 0 or overlaps[best] < 0.8:
        return width(card.quad), False, False
    return width(card.quad), True, answer.cards[best].card_id in recognizer.matcher.gallery.printings(card_id)
