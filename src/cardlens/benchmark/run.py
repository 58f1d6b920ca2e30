"""The whole benchmark, in one go. Everything that is random is drawn from one seed."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

import cardlens
from cardlens.assembly import open_recognizer, open_strip_namer
from cardlens.benchmark import cost
from cardlens.benchmark.ablation import Looked, ablation
from cardlens.benchmark.contender import CROP, Contender, Named, VectorContender
from cardlens.benchmark.contenders import open_contenders
from cardlens.benchmark.contenders.whole import Whole
from cardlens.benchmark.crop_figures import crop_figures, crop_strangers
from cardlens.benchmark.crops import Query, Ranked, rank_queries, render_queries
from cardlens.benchmark.fans import fans_of, measure_fans
from cardlens.benchmark.growth import Asked, Gallery, Labels, measure_growth
from cardlens.benchmark.lost import lost
from cardlens.benchmark.material import Material
from cardlens.benchmark.photo_figures import photo_figures
from cardlens.benchmark.photos import Shown, ask_all
from cardlens.benchmark.real_photos import RealPhotos
from cardlens.benchmark.targets import judge
from cardlens.benchmark.whole_precision import Twin, against_fp32, check_twins, open_twin
from cardlens.errors import CardlensError
from cardlens.export.parity import Trials
from cardlens.recognition.picture import decode
from cardlens.recognition.raster import resize
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.database import ReferenceDatabase
from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED, Settings
from cardlens.training.left_out import LeftOut

SEED = 2026
# so many flat cards tell whether two files are of one model
_TWIN_CROPS = 16
Report = dict[str, Any]
# does parts of a report, whose names are `<kind> <contender>`, given each contender's precise confidence on photos
Do = Callable[[Sequence[str], Mapping[str, float]], Iterable[Report]]
ALL = "all"
# parts of a report that differ from run to run, and those that only compare what is in it
_NO_FIGURES = ("cost", "timing", "targets", "about", "unknown_cards")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        crops: rendered crops of all kinds; `hard`: further ones, small and with everything at once.
        photos: rendered photos.
        others: photos without Pokémon cards, of each kind.
        sizes: rows that the gallery is grown to; `indexed`: those at which the index is built too.
        repeats: runs of what is timed.
        minutes: that all of it may take on two free cores.
        unrounded: whether INT8 is measured against its own weights in fp32 where no fp32 file is given.
    """

    crops: int
    hard: int
    photos: int
    others: int
    sizes: tuple[int, ...]
    indexed: tuple[int, ...]
    repeats: int
    minutes: float
    unrounded: bool = True


FULL = Plan(3600, 800, 600, others=1000, sizes=(17_592, 100_000), indexed=(17_592,), repeats=15, minutes=30)
QUICK = Plan(120, 30, 12, others=3, sizes=(17_592,), indexed=(), repeats=3, minutes=3, unrounded=False)


class Benchmark:
    """One run: cardlens as `settings` have it, and the baselines, on one folder of card data."""

    def __init__(self, data: Path, cache: Path, settings: Settings, plan: Plan, seed: int = SEED) -> None:
        """Open models, database and pictures; raises `CardlensError` where one is missing."""
        self._started = time.monotonic()
        self._data, self._plan, self._seed = data, plan, seed
        self._settings = settings
        recognizer = open_recognizer(settings)
        self._database = ReferenceDatabase.open(settings.reference, recognizer.embedder.digest)
        self._material = Material.open(data, cache, self._database)
        if not len(self._material.held_out):
            raise CardlensError(f"{settings.reference}: has no card of the held-out sets; measure with the bundled one")
        RealPhotos(data).check()
        self._fans = fans_of(data)
        self._ours = Whole(recognizer, self._database, self._blind)
        self._contenders = open_contenders(self._ours, self._material.flat)
        self._artworks: dict[str, int] = {}

    def run(self, fp32: Path | None = None, do: Do | None = None) -> Report:
        """Measure everything.

        Args:
            fp32: the same embedder before quantisation, as `<file>.onnx` with its spec; None takes it as it is rounded.
            do: has `parts` done elsewhere, a contender at a time; None does them here.
        """
        small = self._settings.models / "embedder.onnx"
        with open_twin(fp32, small if self._plan.unrounded else None) as twin:
            return self._run(twin, do)

    def _run(self, twin: Twin | None, do: Do | None) -> Report:
        if twin is not None:
            check_twins(twin, self._ours.recognizer.embedder, self._flat_crops(_TWIN_CROPS))
        ours = self._ours.name
        do, whose = (self.do_here, [ALL]) if do is None else (do, [one.name for one in self._contenders])
        report: Report = {"about": self._about()}
        report |= merged(do([*(f"{kind} {who}" for kind in ("crops", "photos") for who in whose), f"fans {ALL}"], {}))
        lines = {one.name: report["photos"][one.name]["strangers"]["line_at_95"] for one in self._contenders}
        report |= merged(do([f"real {who}" for who in whose], lines))
        report["cost"] = self._cost()
        report["int8"] = self._int8(twin, self._queries) if twin else None
        report["lost"] = lost(report, ours)
        report["cost"]["minutes"] = round((time.monotonic() - self._started) / 60, 1)
        report["targets"] = [target.as_json() for target in judge(report, ours)]
        report["about"]["figures_digest"] = digest(report)
        return report

    def do_here(self, parts: Sequence[str], lines: Mapping[str, float]) -> Iterator[Report]:
        """Measure parts of the report, as `<kind> <contender>`; `lines`: confidences that are precise on photos."""
        for part in parts:
            kind, _, who = part.partition(" ")
            contenders = [one for one in self._contenders if who in {ALL, one.name}]
            if kind == "crops":
                yield self._crops(contenders)
            elif kind == "photos":
                yield self._photos(contenders)
            elif kind == "real":
                yield {"real": self._real(contenders, lines)}
            else:
                yield {"fans": measure_fans(self._fans, open_strip_namer(self._settings))}

    @cached_property
    def _queries(self) -> Sequence[Query]:
        return render_queries(self._material, self._plan.crops, self._plan.hard, self._seed)

    def _blind(self, card_ids: Collection[str]) -> Recognizer:
        return open_recognizer(self._settings, lambda whole: LeftOut(whole, card_ids))

    def _about(self) -> Report:
        embedder = self._ours.recognizer.embedder
        return {
            "version": cardlens.__version__,
            "seed": self._seed,
            "plan": asdict(self._plan),
            "embedder": embedder.digest,
            "database": {"rows": len(self._database), "created": self._database.manifest.created},
            "contenders": {one.name: one.about for one in self._contenders},
            "held_out_cards": len(self._material.held_out.rows),
            "folds": [list(fold.sets) for fold in self._material.folds],
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
        }

    def _crops(self, contenders: Sequence[Contender]) -> Report:
        """Crops, strangers among them, and growth, for every contender that looks at crops of its own."""
        report: Report = {"crops": {}, "crop_strangers": {}, "growth": {}}
        queries = self._queries
        for contender in contenders:
            if not contender.locates:
                continue  # its embedder is ours, and here crops are given
            described = contender.describe([query.pixels for query in queries])
            ranked = rank_queries(contender, described, queries, self._material)
            report["crops"][contender.name] = crop_figures(queries, ranked, self._material)
            report["crop_strangers"][contender.name] = crop_strangers(
                contender, described, queries, ranked, self._material
            )
            if isinstance(contender, VectorContender) and contender.mixes:
                report["growth"][contender.name] = self._growth(contender, described, queries)
            if contender is self._ours:
                report["embedding_alone"] = self._by_embedding(described, queries)
        return report

    def _by_embedding(self, described: Sequence[Any], queries: Sequence[Query]) -> Report:
        """The same crops looked up by their vectors, parts not compared."""
        ranked = [Ranked(candidates) for candidates in self._ours.rank_by_vector(described)]
        return crop_figures(queries, ranked, self._material)

    def _growth(self, contender: VectorContender, described: Sequence[Any], queries: Sequence[Query]) -> Report:
        wanted = [at for at, query in enumerate(queries) if query.subject.held_out and not query.hard]
        asked = Asked(np.stack([contender.vector(described[at]) for at in wanted]), self._labels_of(queries)[wanted])
        gallery = Gallery(contender.matrix, self._labels(contender.card_ids))
        indexed = self._plan.indexed if contender is self._ours else ()
        figures = measure_growth(gallery, asked, self._plan.sizes, indexed, self._seed)
        return {"queries": len(wanted), "sizes": figures}

    def _photos(self, contenders: Sequence[Contender]) -> Report:
        """Whole photos, and the decisions of cardlens on them made again without each ingredient."""
        looked: list[Looked] = []

        def keep(shown: Shown, answers: list[Named]) -> None:
            looked.append(Looked(shown, answers))

        self._ours.spent.clear()
        figures = ask_all(contenders, self._material, self._plan.photos, self._seed, keep)
        report: Report = {"photos": {one.name: photo_figures(figures[one.name], one) for one in contenders}}
        if self._ours in contenders:
            report["ablation"] = ablation(looked, self._ours.spent, self._material, self._ours.decide)
        return report

    def _real(self, contenders: Sequence[Contender], lines: Mapping[str, float]) -> Report:
        real = RealPhotos(self._data, self._plan.others)
        return {
            one.name: {
                **real.named(one),
                "binder_cards": real.cards_on_binders,
                **real.others(one, lines[one.name]),
            }
            for one in contenders
        }

    def _cost(self) -> Report:
        photo = BUNDLED / "demo" / "demo.jpg"
        repeats = self._plan.repeats
        return {
            "photo": "the demo photo: nine cards",
            "milliseconds": cost.stage_milliseconds(self._ours.recognizer, photo, repeats),
            "contenders": cost.contender_milliseconds(self._contenders, decode(photo).pixels, repeats),
            "peak_megabytes": cost.memory_megabytes(photo),
            "models": cost.model_size(self._settings),
            "database": cost.database_size(self._database),
        }

    def _int8(self, twin: Twin, queries: Sequence[Query]) -> Report:
        labels, truths = self._labels(self._material.flat.card_ids), self._labels_of(queries)
        cards = self._flat_crops()
        trials = Trials(cards, labels.tolist(), [query.pixels for query in queries], truths.tolist())
        return against_fp32(twin, self._settings.models / "embedder.onnx", self._ours.recognizer.embedder, trials)

    def _flat_crops(self, most: int | None = None) -> list[Bytes]:
        return [resize(picture, CROP, CROP) for picture in self._material.flat.pictures[:most]]

    def _labels_of(self, queries: Sequence[Query]) -> Labels:
        return self._labels([query.subject.card_id for query in queries])

    def _labels(self, card_ids: Sequence[str]) -> Labels:
        """A number an artwork."""
        firsts = [self._material.printings(card_id)[0] for card_id in card_ids]
        return np.array([self._artworks.setdefault(first, len(self._artworks)) for first in firsts], np.int64)


def merged(parts: Iterable[Report]) -> Report:
    """One report of parts that may each have figures of some contenders."""
    report: Report = {}
    for part in parts:
        for name, figures in part.items():
            report[name] = {**report.get(name, {}), **figures} if isinstance(figures, dict) else figures
    return report


def digest(report: Report) -> str:
    """SHA-256 of every figure that a second run with the same seed must give again: all but times and memory."""

    def steady(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: steady(inner) for name, inner in value.items() if name not in _NO_FIGURES}
        return [steady(inner) for inner in value] if isinstance(value, list) else value

    text = json.dumps(steady(report), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
