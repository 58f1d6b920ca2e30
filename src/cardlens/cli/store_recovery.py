"""The work behind `cardlens store backup`, `restore`, `heal`, `drill` and `bench`."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Self

from rich.table import Table

from cardlens.cli import console
from cardlens.cli.store_show import megabytes, moving, say, say_json, say_not_done
from cardlens.settings import Settings
from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup, verify_backup
from cardlens.store.bench import Bench, medians
from cardlens.store.drill import Drills
from cardlens.store.errors import StoreError
from cardlens.store.heal import Healer, Healing, find_lost, heal_all
from cardlens.store.layout import datasets
from cardlens.store.objects import Store
from cardlens.store.restore import plan_restore, restore
from cardlens.store.retention import plan_retention, retain
from cardlens.store.snapshot import Snapshot, load_snapshot, snapshot_for, sources_of
from cardlens.store.verify import Finding, verify_store


@dataclass(frozen=True, slots=True)
class Recovery:
    """A store and its backup, if one is named."""

    store: Store
    backup: Store | None

    @classmethod
    def open(cls, address: str | None, backup: str | None) -> Self:
        """Open both; raises `StoreError` where they are the same."""
        store = open_store(address or Settings.from_environment().store)
        its_backup = None if backup is None else open_store(backup)
        if its_backup is not None and its_backup.address == store.address:
            raise StoreError(
                f"{store.address}: is the store itself; a backup belongs elsewhere: another disk or bucket"
            )
        return cls(store, its_backup)

    def back_up(self, *, verify: bool, keep: int | None, apply: bool, as_json: bool) -> int:
        """Show what would be copied; copy it; returns 1 where the backup is not sound."""
        backup = self._named()
        plan = plan_backup(self.store, backup)
        say(
            f"{len(plan.contents):,} files of all versions, {len(plan.missing):,} of them to copy, and "
            f"{len(plan.loose) - len(plan.known):,} other objects; {megabytes(plan.bytes)}",
            as_json=as_json,
        )
        faults = list(map(str, plan.faults.values()))
        for fault in faults:
            say(fault, as_json=as_json)
        if not apply:
            self._plan_retention(backup, keep, as_json=as_json)
            say_not_done([True], as_json=as_json)
            return 1 if faults else 0
        started = perf_counter()
        with moving("Backing up", plan.bytes) as passed:
            snapshot = back_up(self.store, backup, plan, passed)
        seconds = perf_counter() - started
        if keep is not None and not faults:
            retain(backup, plan_retention(backup, keep))
        problems = self._verified(backup) if verify else []
        if as_json:
            record = {"snapshot": snapshot.at, "bytes": plan.bytes, "seconds": round(seconds, 2)}
            say_json({**record, "faults": faults, "problems": problems})
        else:
            say(f"{backup.address}: {snapshot.at}, {megabytes(plan.bytes)} copied in {seconds:.1f} s")
            if faults:
                say("what the last snapshot had of these is in this one too; nothing was deleted from the backup")
            self._say_problems(backup, problems, verify=verify)
        return 1 if problems or faults else 0

    def restore(self, at: str | None, of: str | None, *, apply: bool, as_json: bool) -> None:
        """Show what would be restored; restore it."""
        backup = self._named()
        sources = [] if of else sources_of(backup)
        if len(sources) > 1:
            raise StoreError(f"{backup.address}: is of {', '.join(sources)}; say which to restore: --of {sources[0]}")
        plan = plan_restore(backup, load_snapshot(backup, at, of), self.store)
        snapshot = plan.snapshot
        say(
            f"{snapshot.source} as of {snapshot.at} -> {self.store.address}: {len(snapshot.contents):,} files of all "
            f"versions and {len(snapshot.objects):,} other objects, {megabytes(plan.bytes)}",
            as_json=as_json,
        )
        if not apply:
            say_not_done([True], as_json=as_json)
            return
        started = perf_counter()
        with moving("Restoring", plan.bytes) as passed:
            restore(backup, plan, self.store, passed)
        seconds = perf_counter() - started
        if as_json:
            say_json({"snapshot": snapshot.at, "bytes": plan.bytes, "seconds": round(seconds, 2)})
        else:
            say(f"{self.store.address}: restored in {seconds:.1f} s; check it: cardlens store verify")

    def heal(self, names: Sequence[str], *, apply: bool, as_json: bool) -> int:
        """Show what is wrong; put it right; returns 1 where something stays wrong."""
        snapshot = None if self.backup is None else snapshot_for(self.backup, self.store.address)
        findings = self._find(names, snapshot)
        if not apply or not findings:
            for one in findings:
                say(str(one), as_json=as_json)
            say_not_done([bool(findings)], as_json=as_json)
            return 1 if findings else 0
        healer = Healer(self.store, self.backup, snapshot)
        healings = heal_all(healer, findings, lambda: self._find(names, snapshot))
        if as_json:
            say_json([{"place": one.finding.place, "source": one.source, "problem": one.problem} for one in healings])
        else:
            for healing in healings:
                say(_healing_words(healing))
        return 1 if any(one.problem for one in healings) else 0

    def drill(self, scratch: str | None, *, as_json: bool) -> int:
        """Run the drills; returns 1 where one fails."""
        with tempfile.TemporaryDirectory(prefix="cardlens-drill-") as folder:
            place = Path(folder)
            its_scratch = open_store(scratch or str(place / "scratch"))
            drills = []
            for drill in Drills(self.store, self._named(), its_scratch, place / "tree").run():
                drills.append(drill)
                if not as_json:
                    verdict = "passed" if drill.passed else "FAILED"
                    took = f"{drill.seconds:.1f} s, {megabytes(drill.bytes)}"
                    say(f"{drill.name}: {verdict} in {took}: {drill.report}")
            if as_json:
                say_json([asdict(drill) for drill in drills])
        return 0 if all(drill.passed for drill in drills) else 1

    def _find(self, names: Sequence[str], snapshot: Snapshot | None) -> list[Finding]:
        """Verify the store, and compare its records with those of a backup, if one is named."""
        chosen = datasets(names)
        with moving("Reading", None) as passed:
            findings = verify_store(self.store, chosen, passed)
        if snapshot is None:
            return findings
        found = {one.place for one in findings}
        return [*findings, *(one for one in find_lost(self.store, snapshot, chosen) if one.place not in found)]

    def _named(self) -> Store:
        if self.backup is None:
            raise StoreError("no backup is named; give its folder or bucket")
        return self.backup

    @staticmethod
    def _plan_retention(backup: Store, keep: int | None, *, as_json: bool) -> None:
        if keep is not None:
            going = plan_retention(backup, keep)
            say(
                f"{len(going.snapshots):,} snapshots and {len(going.objects):,} objects would be deleted",
                as_json=as_json,
            )

    @staticmethod
    def _verified(backup: Store) -> list[str]:
        with moving("Reading the backup", None) as passed:
            return verify_backup(backup, passed)

    @staticmethod
    def _say_problems(backup: Store, problems: Sequence[str], *, verify: bool) -> None:
        for problem in problems:
            say(problem)
        if verify:
            say(f"{backup.address}: {'sound' if not problems else f'{len(problems):,} things are wrong'}")


def run_bench(address: str | None, load: tuple[int, int, int, int], *, as_json: bool) -> None:
    """Measure, and show the medians."""
    where = address or Settings.from_environment().store
    if not where.startswith("s3://"):
        raise StoreError(f"{where}: not a bucket; name one to measure with: --store s3://bucket/prefix")
    files, size, large, turns = load
    with tempfile.TemporaryDirectory(prefix="cardlens-bench-") as folder:
        runs = []
        for run in Bench(where, Path(folder), files, size, large, turns).run():
            runs.append(run)
            line = f"{run.tool} {run.way} {run.load}: {run.seconds:.2f} s"
            console.stderr().print(line, markup=False, highlight=False)
    results = medians(runs)
    if as_json:
        say_json([{**asdict(one), "bytes_per_second": round(one.rate)} for one in results])
        return
    table = Table("Load", "Way", "Tool", "Seconds", "Files/s", "MB/s", "Memory")
    for one in results:
        rates = (f"{one.seconds:.2f}", f"{one.files / one.seconds:,.0f}", f"{one.rate / 10**6:,.0f}")
        table.add_row(one.load, one.way, one.tool, *rates, megabytes(one.memory))
    console.stdout().print(table)


def _healing_words(healing: Healing) -> str:
    if healing.problem:
        return f"not healed: {healing.problem}"
    return f"{healing.finding.place}: healed from {healing.source}"
