"""The registry's default backend: records in the store itself, under `models/registry/<group>/`.

It lies below `models/`, so that the device role, which reads `data/reference/` and `models/` only, can ask it.
"""

from __future__ import annotations

from collections.abc import Iterable

from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP, Registered, check_gates, check_step
from cardlens.store.registry_clock import now
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_log import DecisionLog, Entry
from cardlens.store.registry_status import Decision, RegistryRefusal, Status, check_note
from cardlens.store.registry_version import LARGEST_MANIFEST, BadVersion, ModelVersion, check_name

_TRIES = 20  # of entering a version while others write to the log


def group_folder(group: str = GROUP) -> str:
    """Folder of a package group in the store; raises `BadVersion` for what is no name."""
    return f"models/registry/{check_name(group)}"


class StoreRegistry:
    """A package group whose records lie in the store."""

    def __init__(self, store: Store, group: str = GROUP, gates: Gates | None = None) -> None:
        """`gates`: by default those that the environment sets."""
        self._store, self._folder = store, group_folder(group)
        self._gates = gates or Gates.from_environment()
        self._log = DecisionLog(store, f"{self._folder}/log")

    def register(self, version: ModelVersion, by: str) -> Registered:
        """Enter a version; entering the same again changes nothing."""
        stored = self._keep(version)
        for _ in range(_TRIES):
            entries = list(self._log.backwards())
            latest = _latest(entries, stored.name)
            if latest is not None:
                return Registered(stored, latest)
            decision = Decision(stored.name, Status.PENDING, by, now(), stored.note)
            try:
                return Registered(stored, self._log.append(decision, _last(entries)).decision)
            except RegistryRefusal:
                continue
        raise RegistryRefusal(f"{version.name}: others write to the registry without pause; register it again")

    def _keep(self, version: ModelVersion) -> ModelVersion:
        path = self._path(version.name)
        try:
            self._store.create(path, version.to_bytes())
        except AlreadyThere:
            theirs = self._read(version.name)
            if not theirs.same_content(version):
                raise RegistryRefusal(
                    f"{version.name}: registered by {theirs.created_by} on {theirs.created} with other files; "
                    "versions are never changed: give this one another name"
                ) from None
            return theirs
        return version

    def versions(self) -> list[Registered]:
        """List the versions, oldest first."""
        entries = sorted(self._log.backwards(), key=lambda entry: entry.number)
        latest = {entry.decision.version: entry.decision for entry in entries}
        return [Registered(self._read(name), decision) for name, decision in latest.items()]

    def version(self, name: str) -> Registered:
        """Give one version."""
        latest = _latest(self._log.backwards(), check_name(name))
        if latest is None:
            raise BadVersion(
                f"{name}: no such version in {self._store.at(self._folder)}; "
                "`cardlens registry list` shows those there are"
            )
        return Registered(self._read(name), latest)

    def approved(self) -> Registered | None:
        """Give the version approved last, of those that still are."""
        decided: set[str] = set()
        for entry in self._log.backwards():
            decision = entry.decision
            if decision.version not in decided and decision.status is Status.APPROVED:
                return Registered(self._read(decision.version), decision)
            decided.add(decision.version)
        return None

    def decide(self, name: str, status: Status, by: str, note: str = "") -> Registered:
        """Set the status of a version."""
        before = self._log.last_number()
        registered = self.version(name)
        check_step(registered, status)
        gates = self.gates(registered.version) if status is Status.APPROVED else {}
        decision = Decision(name, status, by, now(), check_note(note), gates)
        return Registered(registered.version, self._log.append(decision, before).decision)

    def gates(self, version: ModelVersion) -> dict[str, str]:
        """Hold a version against the gates; raises `RegistryRefusal` where one fails."""
        return check_gates(version, self._gates.results(version.figures, version.embedder))

    def history(self, name: str) -> list[Decision]:
        """List what was decided about a version, oldest first."""
        decisions = [entry.decision for entry in self._log.backwards() if entry.decision.version == name]
        return decisions[::-1]

    def _read(self, name: str) -> ModelVersion:
        path = self._path(name)
        found = self._store.read(path, LARGEST_MANIFEST)
        if found is None:
            raise BadVersion(f"{self._store.at(path)}: missing, though the log names it; restore it from a backup")
        return ModelVersion.from_bytes(found.content, self._store.at(path))

    def _path(self, name: str) -> str:
        return f"{self._folder}/versions/{check_name(name)}.json"


def _latest(entries: Iterable[Entry], name: str) -> Decision | None:
    """Find the latest decision about a version among entries that come latest first."""
    return next((entry.decision for entry in entries if entry.decision.version == name), None)


def _last(entries: list[Entry]) -> int:
    return entries[0].number if entries else 0
