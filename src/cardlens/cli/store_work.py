"""The work behind `cardlens store`: plans are shown, then carried out with a progress bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self

from cardlens.cli import console
from cardlens.cli.store_show import counting, megabytes, moving, say, say_json, say_not_done, say_plan
from cardlens.settings import Settings
from cardlens.store import chronicle, publish, verify
from cardlens.store.address import open_store
from cardlens.store.adopt import adopt, plan_adoption
from cardlens.store.errors import StoreError
from cardlens.store.inventory import Row, inventory, local_inventory
from cardlens.store.layout import Dataset, dataset, datasets
from cardlens.store.local import LocalTree
from cardlens.store.manifest import Manifest
from cardlens.store.mark import mark
from cardlens.store.objects import Store
from cardlens.store.parents import found_parents, told_parents
from cardlens.store.rollback import plan_rollback, roll_back
from cardlens.store.status import DatasetStatus, status
from cardlens.store.switch import Switch, recover_all
from cardlens.store.versions_here import use_checked


@dataclass(frozen=True, slots=True)
class Told:
    """What the command line says of a version."""

    version: str | None
    title: str
    notes: Sequence[str]
    parents: Sequence[str]


@dataclass(frozen=True, slots=True)
class Work:
    """A store and a local tree."""

    store: Store
    tree: LocalTree

    @classmethod
    def open(cls, address: str | None, folder: Path) -> Self:
        """Open the store at `address`, or the one in use."""
        tree = LocalTree(folder)
        recover_all(tree)
        return cls(open_store(address or Settings.from_environment().store), tree)

    def status(self, names: Sequence[str]) -> list[DatasetStatus]:
        """Compare what is here with what is there."""
        with counting("Computing digests") as counted:
            return [status(self.store, self.tree, one, counted) for one in datasets(names)]

    def push(
        self, name: str, told: Told, delete: Sequence[str], *, take_over: bool, apply: bool, as_json: bool
    ) -> None:
        """Show what would be published; publish it."""
        with counting("Computing digests") as counted:
            its_set = dataset(name)
            plan = publish.plan_publishing(self.store, its_set, self.tree, delete, counted)
        if not plan.same and not plan.sends and not plan.removed and not plan.misplaced:
            raise StoreError(f"{self.tree.folder(its_set)}: no files here to publish; name the tree with --folder")
        release = self._release(told, found_parents(self.store, its_set, self.tree))
        say_plan(_push_words(plan), _push_record(plan, apply=apply), as_json=as_json)
        if not apply or plan.is_empty:
            say_not_done([not plan.is_empty], as_json=as_json)
            return
        with moving(f"Pushing {name}", plan.bytes) as passed:
            left: dict[str, StoreError] = {}
            manifest = publish.publish(
                self.store, plan, self.tree, release, passed, take_over=take_over, tell_left=left.update
            )
        self._say_published(manifest, as_json=as_json)
        _say_left(name, left, "of the version before", as_json=as_json)

    def adopt(self, name: str, told: Told, *, take_over: bool, apply: bool, as_json: bool) -> None:
        """Show what would be recorded; record it."""
        seen = plan_adoption(self.store, dataset(name))
        size = sum(one.bytes for one in seen.objects.values())
        record = {"dataset": name, "files": len(seen.objects), "bytes": size, "applied": apply}
        say_plan(f"{name}: {len(seen.objects):,} files, {megabytes(size)}, are there", record, as_json=as_json)
        if not apply:
            say_not_done([True], as_json=as_json)
            return
        with moving(f"Reading {name}", size) as passed:
            manifest = adopt(self.store, seen, self._release(told, {}), passed, take_over=take_over)
        self._say_published(manifest, as_json=as_json)

    def verify(self, names: Sequence[str], *, here: bool, as_json: bool) -> int:
        """Read everything; returns 1 where something is wrong."""
        its_sets = datasets(names)
        started = perf_counter()
        read = 0

        def count(size: int) -> None:
            nonlocal read
            read += size
            passed(size)

        with moving("Reading", None) as passed:
            findings = [] if here else verify.verify_store(self.store, its_sets, count)
            findings += [one for its_set in its_sets for one in verify.verify_local(self.tree, self.store, its_set)]
        seconds = perf_counter() - started
        if as_json:
            found = [{**asdict(one), "entry": None} for one in findings]
            say_json({"sound": not findings, "findings": found, "bytes_read": read, "seconds": round(seconds, 2)})
        else:
            for one in findings:
                console.stdout().print(str(one), style="red", markup=False, highlight=False, soft_wrap=True)
            verdict = f"{len(findings):,} things are wrong; heal them: cardlens store heal" if findings else "sound"
            say(f"{self.store.address}: {verdict} ({megabytes(read)} read in {seconds:.1f} s)")
        return 1 if findings else 0

    def inventory(self, *, here: bool) -> list[Row]:
        """Count what is there, or here."""
        return local_inventory(self.tree) if here else inventory(self.store)

    def versions(self, names: Sequence[str]) -> tuple[list[chronicle.VersionRow], list[StoreError]]:
        """List the current versions, of data sets that are named all; and the records that cannot be read."""
        chapters = self._chapters(names)
        rows = chronicle.version_rows if names else chronicle.current_rows
        return [row for chapter in chapters for row in rows(chapter)], _faults(chapters)

    def version(self, names: Sequence[str], version: str) -> tuple[Manifest, chronicle.Lineage, list[StoreError]]:
        """Give one version and its lineage, and the records that cannot be read."""
        if len(names) != 1:
            raise StoreError("--version: name one data set with it, such as: cardlens store versions reference")
        chapters = self._chapters([])
        found = [
            manifest
            for chapter in chapters
            for manifest in chapter.manifests
            if (manifest.dataset, manifest.version) == (names[0], version)
        ]
        if not found:
            its_set = dataset(names[0])
            raise _first_fault(chapters, its_set) or StoreError(
                f"{self.store.at(its_set.path)}: no version {version}; list them without --version"
            )
        return found[0], chronicle.lineage(chapters, names[0], version), _faults(chapters)

    def log(self, names: Sequence[str]) -> tuple[list[str], list[StoreError]]:
        """Write the change log; and name the records that cannot be read."""
        chapters = self._chapters(names)
        return chronicle.change_log(chapters), _faults(chapters)

    def mark(self, name: str, version: str, word: str) -> None:
        """Mark a version."""
        mark(self.store, dataset(name), version, word)
        say(f"{name} {version}: marked {word}")

    def roll_back_here(self, name: str, version: str | None) -> None:
        """Use another version that is here."""
        its_set = dataset(name)
        if not its_set.switched:
            raise StoreError(
                f"{name}: has no versions side by side here; get one: cardlens store pull {name} --version V --apply"
            )
        chosen = version or Switch(self.tree, its_set).previous()
        with self.tree.locked():
            checked = use_checked(self.tree, self.store, its_set, chosen)
        remark = "" if checked else " (not checked: no record of it at hand)"
        say(f"{self.tree.folder(its_set)}: {chosen} is in use{remark}")

    def roll_back_store(self, name: str, version: str | None, note: str, *, take_over: bool, apply: bool) -> None:
        """Show what would change in the store; change it."""
        plan = plan_rollback(self.store, dataset(name), version)
        now = plan.seen.manifest.version if plan.seen.manifest else None
        size = sum(entry.bytes for entry in plan.puts.values())
        say(
            f"{name}: {now} -> {plan.manifest.version}: {len(plan.puts):,} files ({megabytes(size)}) come into place "
            f"again, {len(plan.leaves):,} leave"
        )
        if not apply:
            say_not_done([True])
            return
        left = roll_back(self.store, plan, note, take_over=take_over)
        say(f"{name}: {plan.manifest.version} is current")
        _say_left(name, left, f"of {now}")

    def _chapters(self, names: Sequence[str]) -> list[chronicle.Chapter]:
        return chronicle.read_chapters(self.store, datasets(names), self.tree.cache)

    def _release(self, told: Told, found: dict[str, str]) -> publish.Release:
        parents = {**found, **told_parents(self.store, told.parents)}
        return publish.Release(told.version, told.title, told.notes, parents=parents)

    def _say_published(self, manifest: Manifest, *, as_json: bool) -> None:
        words = f"{manifest.dataset}: {manifest.version} is current: {len(manifest.files):,} files, "
        say(words + megabytes(manifest.size), as_json=as_json)


def _first_fault(chapters: Sequence[chronicle.Chapter], its_set: Dataset) -> StoreError | None:
    return next((fault for chapter in chapters if chapter.dataset == its_set for fault in chapter.faults), None)


def _faults(chapters: Sequence[chronicle.Chapter]) -> list[StoreError]:
    return [fault for chapter in chapters for fault in chapter.faults]


def _say_left(name: str, left: Mapping[str, StoreError], of: str, *, as_json: bool = False) -> None:
    """Name the files that are in no version any more, and could not be deleted."""
    if left:
        path, why = next(iter(left.items()))
        more = f" and {len(left) - 1:,} more" if len(left) > 1 else ""
        words = f"{name}: {path}{more} {of} stay in the tree, in no version, as they cannot be deleted: {why}"
        say(words, as_json=as_json)


def _push_words(plan: publish.PublishPlan) -> str:
    name = plan.dataset.name
    if plan.is_empty:
        return f"{name}: all {len(plan.same):,} files are there"
    parts = [f"{len(plan.sends) + len(plan.misplaced):,} files to send, {megabytes(plan.bytes)}"]
    parts.append(f"{len(plan.same):,} are there")
    if plan.missing:
        parts.append(f"{len(plan.missing):,} are only there and stay")
    if plan.removed:
        parts.append(f"{len(plan.removed):,} are deleted")
    return f"{name}: {'; '.join(parts)}"


def _push_record(plan: publish.PublishPlan, *, apply: bool) -> dict[str, Any]:
    return {
        "dataset": plan.dataset.name,
        "send": len(plan.sends),
        "put_back": len(plan.misplaced),
        "same": len(plan.same),
        "only_there": len(plan.missing),
        "delete": list(plan.removed),
        "bytes": plan.bytes,
        "applied": apply and not plan.is_empty,
    }
