"""The work behind `cardlens catalogue`: which service, progress, reports and exit codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.cli.reference_work import INTERRUPTED, Tools, grow
from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import Limits
from cardlens.reference.edit import Change
from cardlens.reference.fetch import pokemontcg, tcgdex
from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.database import CardDatabase
from cardlens.reference.fetch.fetch import Fetcher
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.fetch.pace import Pace
from cardlens.reference.fetch.pages import Pages
from cardlens.reference.fetch.pictures import MOST_BYTES
from cardlens.reference.fetch.report import FetchReport, missing_scans
from cardlens.reference.fetch.survey import Plan, Scope, survey
from cardlens.reference.fetch.update import add_scans, cards_of, new_scans
from cardlens.reference.outcome import Remark
from cardlens.reference.scans import DEFAULT_LANGUAGE, LANGUAGES
from cardlens.settings import Settings

_MEGA = 1_000_000
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Access:
    """Which card database, in which language, how fast, and with which key. A mirror has a pace of its own."""

    source: str
    language: str
    rate: float
    key: str | None = field(default=None, repr=False)
    service: str | None = None

    def database(self, pages: Pages) -> CardDatabase:
        """Open the database; raises `CardlensError` where there is none of that name or language."""
        if self.language not in LANGUAGES:
            known = ", ".join(sorted(LANGUAGES))
            raise CardlensError(f"{self.language}: not a language of cards; give one of {known}")
        if self.source == "pokemontcg":
            if self.language != DEFAULT_LANGUAGE:
                raise CardlensError(f"pokemontcg has no cards in {self.language}; give --source tcgdex")
            return pokemontcg.PokemonTcg(pages, self.service or pokemontcg.SERVICE)
        if self.source == "tcgdex":
            return tcgdex.TcgDex(pages, bundled_facts(), self.language, self.service or tcgdex.SERVICE)
        raise CardlensError(f"{self.source}: not a card database; give --source pokemontcg or --source tcgdex")

    @property
    def page_rate(self) -> float:
        """Pages of metadata a second: what the service allows."""
        if self.service:
            return self.rate
        if self.source == "tcgdex":
            return tcgdex.PER_SECOND
        return pokemontcg.PER_SECOND_WITH_KEY if self.key else pokemontcg.PER_SECOND

    @property
    def secret(self) -> dict[str, str]:
        """Headers with the key."""
        return {"X-Api-Key": self.key} if self.key and self.source == "pokemontcg" else {}


def fetch(data: Path, access: Access, sets: tuple[str, ...], *, recheck: bool, plan_only: bool, as_json: bool) -> int:
    """Bring in scans and tell what became of them; returns the exit code."""
    raw = RawFolder(data)
    with _interruptible() as ended:
        plan, bring = _survey(raw, access, Scope(sets, recheck=recheck))
        if plan_only:
            return _show_plan(plan, access, as_json=as_json)
        return _show(bring(), data, as_json=as_json)
    return ended.code


def update(
    data: Path, access: Access, sets: tuple[str, ...], reference: Path | None, out: Path | None, *, as_json: bool
) -> int:
    """Bring in what a database does not have, and add it; returns the exit code."""
    raw, change = RawFolder(data), Change(reference or Settings.from_environment().reference, out)
    change.destination()  # before anything is asked of the network
    have = cards_of(change.reference)
    with _interruptible() as ended:
        _, bring = _survey(raw, access, Scope(sets, without=have))
        code = _show(bring(), data, as_json=False, to_errors=as_json)
        entries = new_scans(Ledger(raw.ledger), have)
        if not entries:
            return _nothing_new(change.reference, code, as_json=as_json)
        tools = Tools.open(raw.metadata)
        return max(
            code,
            grow(
                as_json,
                lambda progress: add_scans(
                    raw, entries, change, tools.catalogue, tools.embedder, progress, tools.limits
                ),
            ),
        )
    return ended.code


def show_missing(data: Path, language: str, *, as_json: bool) -> None:
    """List per set what has no scan."""
    raw = RawFolder(data)
    if not raw.cards.is_file():
        raise CardlensError(f"{raw.cards}: missing; bring in the metadata first: cardlens catalogue fetch --plan")
    sets = missing_scans(raw, language)
    if as_json:
        console.stdout().print_json(data=[asdict(one) for one in sets])
        return
    table = Table("Set", "Cards", "Without a scan", "Which")
    for one in sets:
        if one.missing:
            table.add_row(one.set_id, str(one.cards), str(len(one.missing)), Text(_some(one.missing)))
    lacking, cards = sum(len(one.missing) for one in sets), sum(one.cards for one in sets)
    if lacking:
        console.stdout().print(table)
    _say(f"{data}: {lacking:,} of {cards:,} cards have no scan", errors=False)


class _Ended:
    code = INTERRUPTED


@contextmanager
def _interruptible() -> Iterator[_Ended]:
    """Ctrl-C ends a run with one line: what was brought in is kept."""
    try:
        yield _Ended()
    except KeyboardInterrupt:
        console.say_error("interrupted; give the same command again and it goes on where it stopped")


def _survey(raw: RawFolder, access: Access, scope: Scope) -> tuple[Plan, Callable[[], FetchReport]]:
    """Read the service's metadata; give the plan, and what carries it out."""
    raw.sweep()
    settings, ledger = Settings.from_environment(), Ledger(raw.ledger)
    asking = Client.open(Pace(access.page_rate))
    try:
        database = access.database(Pages(asking, raw.pages / access.source, access.secret))
        with _bar("Reading sets") as progress:
            plan = survey(database, raw, ledger, scope, progress)
    finally:
        asking.close()

    def bring() -> FetchReport:
        client = Client.open(Pace(access.rate))
        limits = Limits(min(settings.max_bytes, MOST_BYTES), settings.max_pixels)
        fetcher = Fetcher(raw, ledger, client, database.name, database.language, limits)
        try:
            with _bar("Bringing in scans") as progress:
                return fetcher.fetch(plan, _names(raw), progress)
        finally:
            client.close()

    return plan, bring


def _names(raw: RawFolder) -> dict[str, str]:
    facts = bundled_facts()
    known = {str(record["id"]): str(record.get("name", "")) for record in raw.read_cards()}
    return {card.card_id: card.name for card in facts} | known


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    errors = console.stderr()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show_plan(plan: Plan, access: Access, *, as_json: bool) -> int:
    minutes = len(plan.wanted) / access.rate / 60
    if as_json:
        record = {
            "sets": plan.sets,
            "cards": plan.cards,
            "wanted": list(plan.wanted),
            "already": plan.already,
            "own": plan.own,
            "left_out": [asdict(one) for one in plan.left_out],
            "failed": [asdict(one) for one in plan.failed],
        }
        console.stdout().print_json(data=record)
    else:
        _list("failed", plan.failed)
        _list("left out", plan.left_out)
        _say(
            f"{plan.cards:,} cards of {plan.sets:,} sets: {len(plan.wanted):,} scans to bring in "
            f"(about {minutes:.0f} min at {access.rate:g} a second), {plan.already:,} are here, {plan.own:,} are yours",
            errors=False,
        )
    return 1 if plan.failed or plan.left_out else 0


def _show(report: FetchReport, data: Path, *, as_json: bool, to_errors: bool = False) -> int:
    if as_json:
        console.stdout().print_json(data={**asdict(report), "complete": report.complete})
        return 0 if report.complete else 1
    for what in ("failed", "rejected", "left_out", "placeholders"):
        _list(what.replace("_", " "), getattr(report, what))
    if report.missing:
        _say(
            f"{len(report.missing):,} cards have no picture there: cardlens catalogue missing --data {data}",
            errors=True,
        )
    parts = {
        "brought in": len(report.fetched),
        "unchanged": report.unchanged,
        "were here already": report.already,
        "are yours": report.own,
        "have no picture": len(report.missing),
        "placeholders": len(report.placeholders),
        "rejected": len(report.rejected),
        "failed": len(report.failed),
    }
    told = ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)
    size = f" ({report.bytes / _MEGA:.1f} MB)" if report.bytes else ""
    _say(f"{data}: {report.cards:,} cards of {report.sets:,} sets{size}: {told or 'nothing to do'}", errors=to_errors)
    return 0 if report.complete else 1


def _nothing_new(reference: Path, code: int, *, as_json: bool) -> int:
    if as_json:
        console.stdout().print_json(data={"folder": str(reference), "added": 0})
    else:
        _say(f"{reference}: nothing new", errors=False)
    return code


def _list(what: str, remarks: Sequence[Remark]) -> None:
    for remark in remarks[:_SHOWN]:
        _say(f"{what}: {remark}", errors=True)
    if len(remarks) > _SHOWN:
        _say(f"{what}: and {len(remarks) - _SHOWN:,} more; --json lists all", errors=True)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _say(text: str, *, errors: bool) -> None:
    out: Any = console.stderr() if errors else console.stdout()
    out.print(text, highlight=False, markup=False, soft_wrap=True)
