from __future__ import annotations

import pytest

from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.survey import Scope
from tests.reference.doubles import drawn_scan, save_scan
from tests.reference.fetch.doubles import MadeUp, plan_of


@pytest.fixture
def database() -> MadeUp:
    return MadeUp("https://i", {"tst": (1, 2), "tst2": (1,), "other": (1,)})


def test_everything_is_wanted_where_nothing_is_here(database: MadeUp, raw: RawFolder) -> None:
    plan = plan_of(database, raw)
    assert (plan.sets, plan.cards) == (3, 4)
    assert list(plan.wanted) == ["tst-1", "tst-2", "tst2-1", "other-1"]


def test_sets_are_chosen_by_pattern(database: MadeUp, raw: RawFolder) -> None:
    assert list(plan_of(database, raw, Scope(("tst*",))).wanted) == ["tst-1", "tst-2", "tst2-1"]
    with pytest.raises(CardlensError, match="has no set nope"):
        plan_of(database, raw, Scope(("nope",)))


def test_cards_that_are_elsewhere_are_not_wanted(database: MadeUp, raw: RawFolder) -> None:
    plan = plan_of(database, raw, Scope(without={"tst-1", "other-1"}))
    assert list(plan.wanted) == ["tst-2", "tst2-1"]
    assert plan.cards == 2


def test_scans_of_ones_own_are_left_alone(database: MadeUp, raw: RawFolder) -> None:
    save_scan(raw.scans / "tst-1.png", drawn_scan(1))
    plan = plan_of(database, raw)
    assert plan.own == 1
    assert "tst-1" not in plan.wanted


def test_metadata_is_kept_as_the_database_builder_reads_it(database: MadeUp, raw: RawFolder) -> None:
    plan_of(database, raw)
    record = Catalogue.open(raw.metadata, bundled_facts()).get("tst-2")
    assert record is not None
    assert (record["name"], record["set_name"], record["number"]) == ("Card C", "Set tst", "2")


def test_records_of_other_sets_and_richer_ones_stay(raw: RawFolder) -> None:
    raw.add_records([{"id": "tst-1", "name": "Rich", "set": "tst", "number": "1", "hp": "60"}, {"id": "x-1"}], [])
    plan_of(MadeUp("https://i"), raw)
    records = {record["id"]: record for record in raw.read_cards()}
    assert records["tst-1"]["name"] == "Rich"
    assert set(records) == {"tst-1", "tst-2", "tst-3", "x-1"}


def test_names_in_other_languages_are_no_metadata(raw: RawFolder) -> None:
    plan = plan_of(MadeUp("https://i", language="de"), raw)
    assert list(plan.wanted) == ["de/tst-1", "de/tst-2", "de/tst-3"]
    assert raw.metadata == []


def test_a_set_that_cannot_be_had_does_not_cost_the_others(database: MadeUp, raw: RawFolder) -> None:
    database.broken = "tst2"
    plan = plan_of(database, raw)
    assert [remark.place for remark in plan.failed] == ["set tst2"]
    assert list(plan.wanted) == ["tst-1", "tst-2", "other-1"]


def test_damaged_metadata_is_made_anew(database: MadeUp, raw: RawFolder) -> None:
    plan_of(database, raw)
    raw.cards.write_bytes(b"not gzip")
    raw.sets.write_text("[1, {}")
    plan_of(database, raw)
    assert len(raw.read_cards()) == 4
