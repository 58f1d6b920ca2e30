"""The work behind `cardlens reference`: progress, reports and exit codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import Limits
from cardlens.reference import adopt as adoption
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.grower import Embeds
from cardlens.reference.lookup import search_cards, similar_cards, summary
from cardlens.reference.outcome import Outcome, Remark
from cardlens.reference.validate import Finding, validate
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import Settings

INTERRUPTED = 130
_MEGA = 1_000_000

Work = Callable[[Callable[[int, int], None]], Outcome]


@dataclass(frozen=True, slots=True)
class Tools:
    """What turns scans into rows."""

    catalogue: Catalogue
    embedder: Embeds
    limits: Limits

    @classmethod
    def open(cls, metadata: Sequence[Path]) -> Self:
        """Read the metadata, then load the model."""
        from cardlens.assembly import open_embedder  # onnxruntime: only where scans are embedded

        settings = Settings.from_environment()
        catalogue = Catalogue.open(metadata, bundled_facts())
        return cls(catalogue, open_embedder(settings), Limits(settings.max_bytes, settings.max_pixels))


def grow(as_json: bool, work: Work) -> int:
    """Embed scans with a progress bar on stderr, then tell what became of them; returns the exit code."""
    errors = console.stderr()
    columns = (TextColumn("Embedding scans"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = perf_counter()
    try:
        with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
            task = bar.add_task("scans", total=None)
            outcome = work(lambda done, total: bar.update(task, completed=done, total=total))
    except KeyboardInterrupt:
        console.say_error("interrupted; give the same command again and it goes on where it stopped")
        return INTERRUPTED
    return show_outcome(outcome, perf_counter() - started, as_json=as_json)


def show_outcome(outcome: Outcome, seconds: float = 0.0, *, as_json: bool) -> int:
    """Tell what became of a database; returns 1 where something was left out."""
    if as_json:
        console.stdout().print_json(
            data={**asdict(outcome), "folder": str(outcome.folder), "seconds": round(seconds, 2)}
        )
    else:
        _print_remarks("left out", outcome.problems)
        _print_remarks("skipped", outcome.skipped)
        console.stdout().print(_headline(outcome, seconds), highlight=False, markup=False, soft_wrap=True)
    return 1 if outcome.problems else 0


def adopt(settings: Settings) -> None:
    """Adopt a database for the running model."""
    adoption.adopt(settings.reference, running_model(settings))


def show_findings(settings: Settings, *, as_json: bool) -> int:
    """Check a database and tell what is wrong; returns 1 where anything serious is."""
    findings = validate(settings.reference, running_model(settings).digest)
    return tell_findings(findings, str(settings.reference), as_json=as_json)


def tell_findings(findings: Sequence[Finding], place: str, *, as_json: bool) -> int:
    """Tell what is wrong with the database at `place`; returns 1 where anything serious is."""
    sound = not any(finding.serious for finding in findings)
    if as_json:
        report = {"folder": place, "sound": sound, "findings": [asdict(one) for one in findings]}
        console.stdout().print_json(data=report)
        return 0 if sound else 1
    for finding in findings:
        style = "red" if finding.serious else "yellow"
        console.stdout().print(str(finding), style=style, highlight=False, markup=False, soft_wrap=True)
    verdict = "sound" if sound else "not sound"
    console.stdout().print(f"{place}: {verdict}", highlight=False, markup=False, soft_wrap=True)
    return 0 if sound else 1


def info(folder: Path) -> dict[str, Any]:
    """Say what a database holds."""
    return summary(ReferenceDatabase.open(folder, None))


def search(folder: Path, text: str, limit: int) -> list[dict[str, Any]]:
    """Find cards by their words."""
    database = ReferenceDatabase.open(folder, None)
    return [{"card_id": card_id, **database.metadata(card_id)} for card_id in search_cards(database, text, limit)]


def similar(folder: Path, card_id: str, limit: int) -> list[dict[str, Any]]:
    """Find cards that look like one."""
    database = ReferenceDatabase.open(folder, None)
    return [
        {**asdict(one), "similarity": round(one.similarity, 4), **database.metadata(one.card_id)}
        for one in similar_cards(database, card_id, limit)
    ]


def show_info(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Show what a database holds."""
    if as_json:
        console.stdout().print_json(data=dict(facts))
        return
    lines = (
        f"{facts['folder']}: {facts['cards']:,} cards, {facts['rows']:,} rows, {facts['bytes'] / _MEGA:.1f} MB",
        f"made {facts['created']} by {facts['made_by']}",
        f"model {facts['model']['name']} {facts['model']['digest'][:12]}",
        f"{facts['artwork_groups']:,} artwork groups of {facts['tied_cards']:,} cards that look alike",
        "languages of the scans: " + ", ".join(f"{name} {count:,}" for name, count in facts["languages"].items()),
    )
    for line in lines:
        console.stdout().print(line, highlight=False, markup=False, soft_wrap=True)
    table = Table("Set", "Name", "Cards")
    for its_set in facts["sets"]:
        table.add_row(*(Text(str(its_set[key] or "")) for key in ("id", "name", "cards")))
    console.stdout().print(table)


def _print_remarks(what: str, remarks: Sequence[Remark]) -> None:
    for remark in remarks:
        console.stderr().print(f"{what}: {remark}", highlight=False, markup=False, soft_wrap=True)


def _headline(outcome: Outcome, seconds: float) -> str:
    parts = [f"{outcome.folder}: {outcome.cards:,} cards"]
    if outcome.added:
        parts.append(f"{outcome.added:,} scans added in {seconds:.1f} s ({seconds / outcome.added * 1000:.1f} ms each)")
    if outcome.skipped:
        parts.append(f"{len(outcome.skipped):,} were there already")
    if outcome.problems:
        parts.append(f"{len(outcome.problems):,} left out")
    return ", ".join(parts)


def running_model(settings: Settings) -> ModelSpec:
    """Spec of the embedder that is set."""
    return ModelSpec.load(settings.models / "embedder.json")
