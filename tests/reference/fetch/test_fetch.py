from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.errors import CardlensError
from cardlens.reference.fetch import fetch as fetch_module
from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.errors import CatalogueUnavailable
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.fetch.survey import Scope
from cardlens.reference.scans import find_scans
from tests.reference.doubles import drawn_scan, save_scan
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.conftest import scan_bytes
from tests.reference.fetch.doubles import MadeUp, bring
from tests.reference.fetch.loopback import Act, Loopback


@pytest.fixture
def database(service: Loopback) -> MadeUp:
    """Three cards, each with a scan that has an ETag."""
    for number in (1, 2, 3):
        service.on(f"/tst-{number}.png", lo.give(scan_bytes(number), ETag=f'"{number}"'))
    return MadeUp(service.url)


def files_of(raw: RawFolder) -> set[str]:
    return {file.relative_to(raw.scans).as_posix() for file in raw.scans.rglob("*") if file.is_file()}


def test_brings_in_a_scan_of_every_card(database: MadeUp, raw: RawFolder, client: Client) -> None:
    report = bring(database, raw, client)
    assert report.complete
    assert sorted(report.fetched) == ["tst-1", "tst-2", "tst-3"]
    assert files_of(raw) == {"tst-1.png", "tst-2.png", "tst-3.png"}
    assert (raw.scans / "tst-2.png").read_bytes() == scan_bytes(2)
    assert report.bytes == sum(len(scan_bytes(number)) for number in (1, 2, 3))
    assert [scan.card_id for scan in find_scans(raw.scans, lambda card_id: True)] == ["tst-1", "tst-2", "tst-3"]


def test_a_second_run_asks_for_nothing(service: Loopback, database: MadeUp, raw: RawFolder, client: Client) -> None:
    bring(database, raw, client)
    service.asked.clear()
    report = bring(database, raw, client)
    assert (report.already, report.fetched, service.asked) == (3, [], [])


def test_a_recheck_asks_only_whether_it_changed(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    bring(database, raw, client)
    service.on("/tst-2.png", lo.give(scan_bytes(9, "WEBP"), ETag='"new"'))
    report = bring(database, raw, client, Scope(recheck=True))
    assert (report.unchanged, report.fetched) == (2, ["tst-2"])
    assert files_of(raw) == {"tst-1.png", "tst-2.webp", "tst-3.png"}
    conditions = [headers.get("if-none-match") for path, headers in service.asked[-3:]]
    assert sorted(str(one) for one in conditions) == ['"1"', '"2"', '"3"']


def test_a_recheck_of_a_service_without_etags_finds_the_same(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    for number in (1, 2, 3):
        service.on(f"/tst-{number}.png", lo.give(scan_bytes(number)))
    bring(database, raw, client)
    report = bring(database, raw, client, Scope(recheck=True))
    assert (report.unchanged, report.fetched, report.bytes) == (3, [], 0)


def test_a_recheck_never_takes_away_what_is_here(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    bring(database, raw, client)
    service.on("/tst-1.png", lo.status(404))
    service.on("/tst-2.png", lo.give(b"<html>", "text/html"))
    report = bring(database, raw, client, Scope(recheck=True))
    assert len(files_of(raw)) == 3
    assert {remark.place for remark in report.failed} == {"tst-1", "tst-2"}
    assert all("is kept" in remark.reason for remark in report.failed)
    assert bring(database, raw, client).already == 3


@pytest.mark.parametrize("damage", [b"", b"half"])
def test_a_scan_that_was_damaged_or_deleted_is_brought_in_again(
    database: MadeUp, raw: RawFolder, client: Client, damage: bytes
) -> None:
    bring(database, raw, client)
    (raw.scans / "tst-1.png").write_bytes(damage)
    (raw.scans / "tst-3.png").unlink()
    report = bring(database, raw, client)
    assert (raw.scans / "tst-1.png").read_bytes() == scan_bytes(1)
    assert len(files_of(raw)) == 3
    assert len(report.fetched) + report.unchanged == 2


FAILURES = {
    "500": lo.status(500),
    "truncated": lo.cut_off(scan_bytes(2)),
    "hangs up": lo.hang_up,
    "silent": lo.silent,
    "dripping": lo.dripping,
    "forbidden": lo.status(403),
    "redirect loop": lo.redirect("/tst-2.png"),
    "endless": lo.endless,
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_what_fails_does_not_cost_the_others_and_is_asked_for_next_time(
    service: Loopback,
    database: MadeUp,
    raw: RawFolder,
    client: Client,
    failure: Act,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetch_module, "MOST_BYTES", 1_000_000)
    service.on("/tst-2.png", failure)
    report = bring(database, raw, client)
    assert not report.complete
    assert [remark.place for remark in report.failed] == ["tst-2"]
    assert files_of(raw) == {"tst-1.png", "tst-3.png"}
    service.on("/tst-2.png", lo.give(scan_bytes(2)))
    service.asked.clear()
    assert bring(database, raw, client).fetched == ["tst-2"]
    assert service.paths() == ["/tst-2.png"]


NO_SCANS = {
    "web page": lo.give(b"<!doctype html>", "image/png"),
    "half a picture": lo.give(scan_bytes(2)[:3000]),
    "empty": lo.give(b""),
    "JSON": lo.give_json({"error": "quota"}),
}


@pytest.mark.parametrize("answer", NO_SCANS.values(), ids=NO_SCANS)
def test_what_is_no_scan_is_rejected(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client, answer: Act
) -> None:
    service.on("/tst-2.png", answer)
    service.on("/tst-2-small.png", answer)
    report = bring(database, raw, client)
    assert [remark.place for remark in report.rejected] == ["tst-2"]
    assert files_of(raw) == {"tst-1.png", "tst-3.png"}
    assert not report.complete


def test_the_small_picture_will_do_where_there_is_no_large_one(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    service.on("/tst-2.png", lo.status(404))
    service.on("/tst-2-small.png", lo.give(scan_bytes(2, "JPEG")))
    assert bring(database, raw, client).complete
    assert "tst-2.jpg" in files_of(raw)


def test_a_card_without_a_picture_is_missing_and_no_failure(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    service.on("/tst-2.png", lo.give(scan_bytes(8), "image/png", 404))  # a card back, as pokemontcg.io does it
    report = bring(database, raw, client)
    assert report.complete
    assert [remark.place for remark in report.missing] == ["tst-2"]


def test_one_picture_for_different_cards_is_a_placeholder(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    for number in (1, 3):
        service.on(f"/tst-{number}.png", lo.give(scan_bytes(7), ETag='"back"'))
    report = bring(database, raw, client)
    assert sorted(remark.place for remark in report.placeholders) == ["tst-1", "tst-3"]
    assert (report.fetched, report.bytes) == (["tst-2"], len(scan_bytes(2)))
    assert files_of(raw) == {"tst-2.png"}
    service.on("/tst-9.png", lo.give(scan_bytes(7)))
    again = bring(MadeUp(service.url, {"tst": (1, 2, 3, 9)}), raw, client)
    assert sorted(remark.place for remark in again.placeholders) == ["tst-1", "tst-3", "tst-9"]
    assert files_of(raw) == {"tst-2.png"}
    service.on("/tst-3.png", lo.give(scan_bytes(3), ETag='"real"'))
    assert bring(database, raw, client).fetched == ["tst-3"]


def test_reprints_of_one_card_may_share_a_picture(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    service.on("/tst-3.png", lo.give(scan_bytes(1)))
    database.names = {"tst-1": "Mew", "tst-3": "Mew"}
    report = bring(database, raw, client)
    assert report.placeholders == []
    assert len(files_of(raw)) == 3


def test_scans_of_ones_own_are_never_touched(database: MadeUp, raw: RawFolder, client: Client) -> None:
    save_scan(raw.scans / "tst-1.webp", drawn_scan(5))
    own = (raw.scans / "tst-1.webp").read_bytes()
    report = bring(database, raw, client, Scope(recheck=True))
    assert report.own == 1
    assert (raw.scans / "tst-1.webp").read_bytes() == own
    assert "tst-1.png" not in files_of(raw)


def test_another_language_goes_into_a_folder_of_its_own(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    bring(database, raw, client)
    bring(MadeUp(service.url, language="de"), raw, client)
    assert "de/tst-1.png" in files_of(raw)
    languages = {scan.language for scan in find_scans(raw.scans, lambda card_id: True)}
    assert languages == {"en", "de"}


def test_a_service_that_is_gone_ends_the_run_and_keeps_what_is_here(
    service: Loopback, raw: RawFolder, client: Client
) -> None:
    database = MadeUp(service.url, {"tst": range(1, 60)})
    service.on("/tst-1.png", lo.give(scan_bytes(1)))
    for number in range(2, 60):
        service.on(f"/tst-{number}.png", lo.hang_up)
    with pytest.raises(CatalogueUnavailable, match=r"in a row.*goes on where it stopped"):
        bring(database, raw, client)
    assert files_of(raw) == {"tst-1.png"}
    assert len(service.asked) < 59 * 3


def test_a_service_that_wants_to_be_left_alone_ends_the_run(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    service.on("/tst-2.png", lo.status(429, Retry_After="7200"))
    with pytest.raises(CatalogueUnavailable, match="7200 s"):
        bring(database, raw, client)


def test_a_full_disk_is_one_error_and_leaves_nothing_half(
    database: MadeUp, raw: RawFolder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(CardlensError, match="No space left on device"):
            bring(database, raw, client)
    assert not raw.scans.exists() or files_of(raw) == set()


def test_an_interruption_keeps_what_is_done(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetch_module, "_count", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bring(database, raw, client)
    whole = {scan_bytes(number) for number in (1, 2, 3)}
    assert all((raw.scans / name).read_bytes() in whole for name in files_of(raw))
    assert client.stopped.is_set()


def test_the_ledger_says_where_each_scan_came_from(
    service: Loopback, database: MadeUp, raw: RawFolder, client: Client
) -> None:
    bring(database, raw, client)
    entry = Ledger(raw.ledger).get("tst-2")
    assert entry is not None
    assert (entry.url, entry.source, entry.etag) == (f"{service.url}/tst-2.png", "made-up", '"2"')
    assert (entry.width, entry.height, entry.bytes) == (256, 352, len(scan_bytes(2)))
