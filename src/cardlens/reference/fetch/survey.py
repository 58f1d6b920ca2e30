"""What there is to bring in: the service's cards against what lies here."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from cardlens.errors import CardlensError
from cardlens.reference.fetch.database import CardDatabase, SourceCard, SourceSet
from cardlens.reference.fetch.errors import BadCatalogue, NotGiven, NotThere
from cardlens.reference.fetch.folder import RawFolder, place_of
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.outcome import Remark
from cardlens.reference.scans import DEFAULT_LANGUAGE

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is wanted.

    Attributes:
        sets: patterns of set ids, such as `sv*`; none: all.
        without: ids of cards that are not wanted.
        recheck: ask also for what is here, whether it changed.
    """

    sets: tuple[str, ...] = ()
    without: Container[str] = frozenset()
    recheck: bool = False


@dataclass(slots=True)
class Plan:
    """What would be done. `wanted`: cards by the place of their scan."""

    sets: int = 0
    cards: int = 0
    already: int = 0
    own: int = 0
    wanted: dict[str, SourceCard] = field(default_factory=dict)
    left_out: list[Remark] = field(default_factory=list)
    failed: list[Remark] = field(default_factory=list)


def survey(database: CardDatabase, raw: RawFolder, ledger: Ledger, scope: Scope, progress: Progress) -> Plan:
    """Read the service's sets and cards, keep them as metadata, and see which scans are wanted.

    Raises:
        CardlensError: no set matches, or the service cannot be used.
    """
    chosen = _chosen(database.sets(), scope.sets, database.name)
    plan, there = Plan(), raw.there(database.language)
    cards, sets = [], []
    for done, its_set in enumerate(chosen):
        progress(done, len(chosen))
        found = _cards_of(database, its_set, plan)
        plan.sets += 1
        sets.append(its_set.record)
        cards += [card.record for card in found]
        for card in found:
            _weigh(card, database.language, plan, there, ledger, scope)
    progress(len(chosen), len(chosen))
    if database.language == DEFAULT_LANGUAGE:  # names in other languages are no metadata: the card is the same
        raw.add_records(cards, sets)
    return plan


def _chosen(sets: Sequence[SourceSet], patterns: Sequence[str], name: str) -> list[SourceSet]:
    if not patterns:
        return list(sets)
    chosen = [one for one in sets if any(fnmatchcase(one.set_id, pattern) for pattern in patterns)]
    if not chosen:
        raise CardlensError(
            f"{name}: has no set {', '.join(patterns)} among its {len(sets)}; sets are named by id, such as sv10 or sv*"
        )
    return chosen


def _cards_of(database: CardDatabase, its_set: SourceSet, plan: Plan) -> Sequence[SourceCard]:
    """A set that cannot be had does not cost the others."""
    try:
        return database.cards(its_set, plan.left_out)
    except (BadCatalogue, NotGiven, NotThere) as error:
        plan.failed.append(Remark(f"set {its_set.set_id}", str(error)))
        return ()


def _weigh(card: SourceCard, language: str, plan: Plan, there: dict[str, Path], ledger: Ledger, scope: Scope) -> None:
    """Decide whether a card's scan is asked for."""
    place = place_of(card.card_id, language)
    if place in plan.wanted or card.card_id in scope.without:
        return
    plan.cards += 1
    file, entry = there.get(place), ledger.get(place)
    ours = entry is not None and entry.status == "fetched"
    if file is not None and not ours:
        plan.own += 1
    elif file is not None and entry is not None and file.stat().st_size == entry.bytes and not scope.recheck:
        plan.already += 1
    else:
        plan.wanted[place] = card
