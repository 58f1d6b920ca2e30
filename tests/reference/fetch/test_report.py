from __future__ import annotations

from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.report import MissingOfSet, missing_scans
from tests.reference.doubles import drawn_scan, save_scan
from tests.reference.fetch.doubles import MadeUp, plan_of


def test_missing_scans_are_listed_by_set(raw: RawFolder) -> None:
    plan_of(MadeUp("https://i", {"tst": (1, 2, 3), "full": (1,)}), raw)
    save_scan(raw.scans / "tst-2.webp", drawn_scan(2))
    save_scan(raw.scans / "full-1.png", drawn_scan(1))
    save_scan(raw.scans / "de" / "tst-1.png", drawn_scan(1))
    assert missing_scans(raw, "en") == [MissingOfSet("tst", 3, ("tst-1", "tst-3")), MissingOfSet("full", 1, ())]
    assert missing_scans(raw, "de")[0].missing == ("tst-2", "tst-3")


def test_without_metadata_nothing_is_known(raw: RawFolder) -> None:
    assert missing_scans(raw, "en") == []
