"""Bringing scans in: several at a time, each checked, written when it is whole, and entered in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits
from cardlens.reference.doubles import names_differ
from cardlens.reference.fetch.client import Client, Reply, Validators
from cardlens.reference.fetch.database import SourceCard
from cardlens.reference.fetch.errors import CatalogueUnavailable, NotGiven, NotReached, NotThere
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Entry, Ledger, Status
from cardlens.reference.fetch.pictures import MOST_BYTES, check_picture
from cardlens.reference.fetch.report import FetchReport
from cardlens.reference.fetch.survey import Plan, Progress
from cardlens.reference.fetch.writing import write_aside
from cardlens.reference.outcome import Remark

_WORKERS = 4  # the pace is what limits; more only wait together
_SILENT = 8  # failures in a row after which the service is taken for gone
# Of what was seen at several addresses, the last of these is remembered: placeholders are known by it later.
_TELLING: tuple[Status, ...] = ("missing", "rejected", "placeholder")


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one card: an entry, or why there is none. `changed`: a picture was written."""

    entry: Entry | None
    problem: Remark | None = None
    unreached: bool = False
    changed: bool = False


class Fetcher:
    """Brings the wanted scans of one card database into a folder."""

    def __init__(
        self,
        raw: RawFolder,
        ledger: Ledger,
        client: Client,
        source: str,
        language: str,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Keep what is needed; `source` and `language` go into the ledger."""
        self._raw, self._ledger, self._client = raw, ledger, client
        self._source, self._language, self._limits = source, language, limits
        self._written: set[str] = set()
        self._fakes = {entry.pixels for entry in ledger if entry.status == "placeholder" and entry.pixels}

    def fetch(self, plan: Plan, names: Mapping[str, str], progress: Progress) -> FetchReport:
        """Bring in what the plan wants; what is done is kept, whatever happens.

        Args:
            plan: from `survey`.
            names: by card id, to tell placeholders from reprints.
            progress: called with (pictures done, pictures in all).

        Raises:
            CatalogueUnavailable: the service is gone, or wants to be left alone.
            CardlensError: something cannot be written.
        """
        report = FetchReport(self._source, self._language, plan.sets, plan.cards, already=plan.already, own=plan.own)
        report.left_out.extend(plan.left_out)
        report.failed.extend(plan.failed)
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            futures = [pool.submit(self._bring, place, card) for place, card in plan.wanted.items()]
            self._collect(futures, report, progress)
        except BaseException:
            self._client.stop()
            raise
        finally:
            pool.shutdown(cancel_futures=True)
        self._withdraw_placeholders(names, report)
        self._ledger.tidy()
        report.sort()
        return report

    def _collect(self, futures: list[Future[_Result]], report: FetchReport, progress: Progress) -> None:
        silent = 0
        for done, future in enumerate(as_completed(futures), 1):
            result = future.result()
            silent = silent + 1 if result.unreached else 0
            _count(result, report)
            progress(done, len(futures))
            if silent >= _SILENT and done < len(futures):
                raise CatalogueUnavailable(
                    f"{self._source}: {silent} pictures in a row could not be had, the last: {result.problem}; "
                    "give the same command later and it goes on where it stopped"
                )

    def _bring(self, place: str, card: SourceCard) -> _Result:
        """Ask for one card's picture, address after address."""
        worst = self._entry(place, card, "missing", "", reason="the service names no picture")
        for url in card.pictures:
            try:
                seen = self._ask(place, card, url)
            except NotThere as error:
                seen = self._entry(place, card, "missing", url, reason=_short(error, url))
            except NotGiven as error:
                return _Result(None, Remark(place, str(error)), unreached=isinstance(error, NotReached))
            if seen.status == "fetched":
                return _Result(seen, changed=place in self._written)
            worst = max(seen, worst, key=lambda entry: _TELLING.index(entry.status))
        return self._without(place, worst)

    def _without(self, place: str, seen: Entry) -> _Result:
        """There is no picture to be had: what an earlier run brought in stays."""
        before = self._ledger.get(place)
        if before is not None and before.status == "fetched" and self._intact(before):
            return _Result(None, Remark(place, f"{seen.reason}; what was brought in before is kept"))
        self._ledger.add(seen)
        return _Result(seen, Remark(place, seen.reason))

    def _ask(self, place: str, card: SourceCard, url: str) -> Entry:
        """Get one address; an entry of what was there, written where it is a scan."""
        before = self._ledger.get(place)
        known = before if before is not None and before.url == url and self._intact(before) else None
        reply = self._client.get(url, MOST_BYTES, Validators(known.etag, known.last_modified) if known else None)
        if reply.content is None and known is not None:
            return known
        return self._check(place, card, reply, before)

    def _check(self, place: str, card: SourceCard, reply: Reply, before: Entry | None) -> Entry:
        content, given = reply.content or b"", reply.validators
        entry = self._entry(place, card, "rejected", reply.url)
        entry = replace(entry, etag=given.etag, last_modified=given.last_modified)
        try:
            seen = check_picture(content, place, self._limits)
        except UnreadablePicture as error:
            return replace(entry, reason=_short(error, place))
        found = replace(
            entry,
            status="fetched",
            file=f"{place}{seen.suffix}",
            bytes=len(content),
            sha256=seen.sha256,
            pixels=seen.pixels,
            width=seen.width,
            height=seen.height,
        )
        if seen.pixels in self._fakes:
            return replace(found, status="placeholder", file="", reason="a placeholder that stands for other cards too")
        if before is not None and before.sha256 == found.sha256 and before.file == found.file and self._intact(before):
            self._ledger.add(found)  # the same again, from a service that cannot say so
        else:
            self._write(found, content, before)
        return found

    def _write(self, entry: Entry, content: bytes, before: Entry | None) -> None:
        """Enter the scan, then put it in its place: one that lies there without an entry is always someone else's."""
        write_aside(self._raw.scans / entry.file, content, lambda: self._ledger.add(entry))
        self._written.add(entry.place)
        if before is not None and before.file and before.file != entry.file:
            (self._raw.scans / before.file).unlink(missing_ok=True)  # the same card under another suffix

    def _intact(self, entry: Entry) -> bool:
        """Whether "not changed" may be believed: what was brought in is still here, or was not to be kept."""
        if entry.status != "fetched":
            return True
        file: Path = self._raw.scans / entry.file
        return file.is_file() and file.stat().st_size == entry.bytes

    def _entry(self, place: str, card: SourceCard, status: Status, url: str, reason: str = "") -> Entry:
        return Entry(place, card.card_id, self._language, status, url, self._source, _now(), reason=reason)

    def _withdraw_placeholders(self, names: Mapping[str, str], report: FetchReport) -> None:
        """Take back pictures that stand for cards of different names."""
        for same in _same_pictures(self._ledger):
            if not names_differ(names[one.card_id] for one in same if one.card_id in names):
                continue
            others = ", ".join(one.card_id for one in same[:4]) + (", …" if len(same) > 4 else "")
            reason = f"a placeholder: one picture for cards of different names, {others}"
            for one in same:
                (self._raw.scans / one.file).unlink(missing_ok=True)
                self._ledger.add(replace(one, status="placeholder", file="", reason=reason))
                report.placeholders.append(Remark(one.place, reason))
                if one.place in report.fetched:
                    report.fetched.remove(one.place)
                    report.bytes -= one.bytes


def _same_pictures(ledger: Iterable[Entry]) -> list[list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledger:
        if entry.status == "fetched" and entry.pixels:
            groups[entry.pixels].append(entry)
    return [sorted(group, key=lambda entry: entry.place) for group in groups.values() if len(group) > 1]


def _count(result: _Result, report: FetchReport) -> None:
    if result.entry is None:
        report.failed.extend([result.problem] if result.problem else [])
    elif result.changed:
        report.fetched.append(result.entry.place)
        report.bytes += result.entry.bytes
    elif result.entry.status == "fetched":
        report.unchanged += 1
    elif result.problem is not None:
        lists = {"missing": report.missing, "placeholder": report.placeholders, "rejected": report.rejected}
        lists[result.entry.status].append(result.problem)


def _short(error: Exception, place: str) -> str:
    return str(error).removeprefix(f"{place}: ")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
