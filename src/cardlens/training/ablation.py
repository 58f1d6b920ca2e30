"""Does a teacher help the student? Four ways to train one, with the same few steps each, from several seeds.

The steps are so few that the whole comparison ends within half an hour on one core. It says which way learns faster,
not where each would end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from cardlens.errors import CardlensError
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.devices import choose_device
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings
from cardlens.training.experiment_source import Code, Data
from cardlens.training.networks import EmbedderNetwork
from cardlens.training.student_recall import RecallTrial
from cardlens.training.student_training import StudentRun, StudentSettings
from cardlens.training.teacher_vectors import TeacherVectors

SCHEMA = 1
# how each way begins in the table
ARMS = {
    "imagenet": "ImageNet weights, random head, no training",
    "metric": "metric learning alone",
    "distilled": "distilled alone",
    "distilled+metric": "distilled (half the steps), then metric learning (the other half)",
}


@dataclass(frozen=True, slots=True)
class AblationPlan:
    """What every way gets.

    Attributes:
        seeds: one training of each way a seed.
        steps: in all, both stages together.
        size: side of the pictures in pixels.
        cards: in a batch, at most.
        photos: of each unseen card, to measure with.
        relation: of the distillation, see `StudentSettings`.
    """

    seeds: tuple[int, ...] = (1, 2)
    steps: int = 150
    size: int = 128
    cards: int = 20
    photos: int = 2
    threads: int = 1
    relation: str = "seed"


@dataclass(frozen=True, slots=True)
class Result:
    """One trained network: `minutes` of training, and shares of photos."""

    arm: str
    seed: int
    minutes: float
    figures: dict[str, float] = field(default_factory=dict)


class Ablation:
    """Trains and measures; `out/ablation.json` has what is done, and what it has is not done again."""

    def __init__(self, data: Path, cache: Path, out: Path, teacher: TeacherVectors, plan: AblationPlan) -> None:
        """Render the photos to measure with; raises `CardlensError` where `out` has another plan's results."""
        self._data, self._cache, self._out, self._teacher, self.plan = data, cache, out, teacher, plan
        out.mkdir(parents=True, exist_ok=True)
        self._head = self._describe()
        self.results = self._done_before()
        self._trial = RecallTrial.render(data, cache, plan.size, plan.photos)
        self._device = choose_device("auto")

    def run(self) -> Iterator[Result]:
        """Train what is not done yet, seed by seed; each result is written down before it is given."""
        for seed in self.plan.seeds:
            for arm in ARMS:
                if not any((done.arm, done.seed) == (arm, seed) for done in self.results):
                    result = self._measured(arm, seed)
                    self.results.append(result)
                    self._write()
                    yield result

    def _measured(self, arm: str, seed: int) -> Result:
        started = time.monotonic()
        network = self._trained(arm, seed).to(self._device)
        minutes = round((time.monotonic() - started) / 60, 2)
        return Result(arm, seed, minutes, self._trial.recall(network, self._device))

    def _trained(self, arm: str, seed: int) -> EmbedderNetwork:
        steps, half = self.plan.steps, self.plan.steps // 2
        folder = self._out / f"{arm}-{seed}"
        if arm == "imagenet":
            torch.manual_seed(seed)
            return EmbedderNetwork()
        if arm == "metric":
            return _load(self._metric(folder, seed, steps, None))
        if arm == "distilled":
            return _load(self._distilled(folder, seed, steps))
        first = self._distilled(folder / "stage1", seed, half)
        return _load(self._metric(folder / "stage2", seed, steps - half, first))

    def _metric(self, out: Path, seed: int, steps: int, start: Path | None) -> Path:
        settings = EmbedderSettings(**self._settings(seed, steps))
        return _whole(EmbedderRun(self._data, self._cache, out, settings, start))

    def _distilled(self, out: Path, seed: int, steps: int) -> Path:
        settings = StudentSettings(**self._settings(seed, steps), relation=self.plan.relation)  # type: ignore[arg-type]
        return _whole(StudentRun(self._data, self._cache, out, settings, self._teacher))

    def _settings(self, seed: int, steps: int) -> dict[str, Any]:
        plan = self.plan
        common = {"seed": seed, "steps": steps, "cards": plan.cards, "threads": plan.threads}
        return {**common, "small": plan.size, "size": plan.size, "small_share": 1.0, "average": 0.99}

    def _describe(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "plan": json.loads(json.dumps(asdict(self.plan))),
            "teacher": asdict(self._teacher.identity),
            "data": asdict(Data.of(self._data, self._cache)),
        }

    def _done_before(self) -> list[Result]:
        file = self._out / "ablation.json"
        if not file.exists():
            return []
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            same = {name: record.get(name) for name in self._head} == self._head
            results = [Result(**result) for result in record["results"]]
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise CardlensError(f"{file}: not what an ablation wrote; remove it, or give another --out") from error
        if not same:
            raise CardlensError(f"{file}: of another plan, teacher or data; give another folder with --out")
        return results

    def _write(self) -> None:
        photos, gallery = len(self._trial.photos), len(self._trial.rows)
        record = {**self._head, "code": asdict(Code.running()), "photos": photos, "gallery": gallery}
        record["results"] = [asdict(result) for result in self.results]
        _replace(self._out / "ablation.json", json.dumps(record, indent=1) + "\n")
        _replace(self._out / "ablation.md", as_markdown(record))


def as_markdown(record: dict[str, Any]) -> str:
    """The table of an `ablation.json`: mean over seeds, and each seed's own."""
    plan, results = record["plan"], [Result(**result) for result in record["results"]]
    lines = ["| the student | R@1, mean | by seed | R@5, mean | minutes |", "| --- | --- | --- | --- | --- |"]
    for arm, what in ARMS.items():
        own = [result for result in results if result.arm == arm]
        if own:
            first, five = ([result.figures[name] for result in own] for name in ("recall@1", "recall@5"))
            each = ", ".join(f"{share:.1%}" for share in first)
            spent = fmean(result.minutes for result in own)
            lines.append(f"| {what} | {fmean(first):.1%} | {each} | {fmean(five):.1%} | {spent:.1f} |")
    teacher = record["teacher"]
    seeds = ", ".join(map(str, plan["seeds"]))
    made = f"{plan['steps']} steps of {plan['cards']} cards, two pictures each, {plan['size']}²; seeds {seeds}; "
    asked = f"{record['photos']} rendered photos of cards that nothing was trained on, among {record['gallery']} scans."
    taught = f"Teacher: {teacher['name']} at {teacher['image_size']}², {teacher['weights'][:12]}; {plan['relation']}."
    return "\n".join([*lines, "", f"{made}{asked} {taught}"]) + "\n"


def _whole(run: EmbedderRun) -> Path:
    """Train to the end, from where it was interrupted if it was."""
    run.resume()
    return run.train()


def _load(weights: Path) -> EmbedderNetwork:
    state = load_checkpoint(weights)
    network = EmbedderNetwork(pretrained=False)
    network.load_state_dict(state["network"] if state else {})
    return network


def _replace(file: Path, text: str) -> None:
    aside = file.with_name(f".{file.name}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
