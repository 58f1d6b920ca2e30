"""A card database that needs no network to say which cards there are; their pictures come from the loopback server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.database import SourceCard, SourceSet
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.fetch import Fetcher
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.fetch.report import FetchReport
from cardlens.reference.fetch.survey import Plan, Scope, survey
from cardlens.reference.outcome import Remark
from tests.reference.doubles import no_progress


@dataclass
class MadeUp:
    """Sets and cards that were made up. Pictures of card 7 of set tst are at `/tst-7.png`, then `/tst-7-small.png`."""

    url: str
    numbers: dict[str, Sequence[int]] = field(default_factory=lambda: {"tst": (1, 2, 3)})
    names: dict[str, str] = field(default_factory=dict)
    broken: str = ""
    name: str = "made-up"
    language: str = "en"

    def sets(self) -> Sequence[SourceSet]:
        return [SourceSet(one, one, one, record={"id": one, "name": f"Set {one}"}) for one in self.numbers]

    def cards(self, its_set: SourceSet, left_out: list[Remark]) -> Sequence[SourceCard]:
        if its_set.set_id == self.broken:
            raise BadCatalogue(f"{self.url}: no JSON")
        return [self._card(its_set.set_id, number) for number in self.numbers[its_set.set_id]]

    def _card(self, set_id: str, number: int) -> SourceCard:
        card_id = f"{set_id}-{number}"
        name = self.names.get(card_id, f"Card {'ABCDEFGHIJ'[number % 10]}")
        record = {"id": card_id, "name": name, "set": set_id, "number": str(number)}
        return SourceCard(card_id, name, (f"{self.url}/{card_id}.png", f"{self.url}/{card_id}-small.png"), record)


def names_of(raw: RawFolder) -> dict[str, str]:
    """Names by card id, as the metadata has them."""
    return {record["id"]: record["name"] for record in raw.read_cards()}


def plan_of(database: MadeUp, raw: RawFolder, scope: Scope | None = None) -> Plan:
    """What would be done."""
    return survey(database, raw, Ledger(raw.ledger), scope or Scope(), no_progress)


def bring(database: MadeUp, raw: RawFolder, client: Client, scope: Scope | None = None) -> FetchReport:
    """Survey and fetch, as one run of the command does."""
    raw.sweep()
    ledger = Ledger(raw.ledger)
    plan = survey(database, raw, ledger, scope or Scope(), no_progress)
    return Fetcher(raw, ledger, client, database.name, database.language).fetch(plan, names_of(raw), no_progress)
