"""The registry: which versions of the model there are, and which one is approved. The port that its backends keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cardlens.settings import Settings
from cardlens.store.registry_gates import GateResult
from cardlens.store.registry_status import Decision, RegistryRefusal, Status
from cardlens.store.registry_version import ModelVersion

GROUP = Settings().group
# What may follow what: archived is final for a version that was never approved, and an approved one may come back.
_ALLOWED = {
    Status.PENDING: {Status.APPROVED, Status.REJECTED, Status.ARCHIVED},
    Status.APPROVED: {Status.REJECTED, Status.ARCHIVED},
    Status.REJECTED: {Status.APPROVED, Status.ARCHIVED},
    Status.ARCHIVED: {Status.APPROVED, Status.REJECTED},
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A version and the latest decision about it."""

    version: ModelVersion
    latest: Decision

    @property
    def status(self) -> Status:
        """What it is now."""
        return self.latest.status


class Registry(Protocol):
    """A package group. Devices run the version that was approved last and still is."""

    def register(self, version: ModelVersion, by: str) -> Registered:
        """Enter a version whose files are in the store; it waits for approval.

        Raises:
            RegistryRefusal: another version has its name.
        """
        ...

    def versions(self) -> list[Registered]:
        """List the versions, oldest first."""
        ...

    def version(self, name: str) -> Registered:
        """Give one version; raises `BadVersion` where there is none of the name."""
        ...

    def approved(self) -> Registered | None:
        """Give the version approved last, of those that still are; None where there is none."""
        ...

    def decide(self, name: str, status: Status, by: str, note: str = "") -> Registered:
        """Set the status of a version; approval needs the gates to hold.

        Raises:
            RegistryRefusal: a gate fails, it is that already, or somebody else decided in the same moment.
            BadVersion: there is none of the name.
        """
        ...

    def history(self, name: str) -> list[Decision]:
        """List what was decided about a version, oldest first."""
        ...


def check_step(registered: Registered, status: Status) -> None:
    """Raise `RegistryRefusal` where a version may not become `status` from what it is."""
    if status not in _ALLOWED[registered.status]:
        raise RegistryRefusal(
            f"{registered.version.name}: is {registered.status} since {registered.latest.at} "
            f"(by {registered.latest.by}); nothing to do for {status}"
        )


def check_gates(version: ModelVersion, results: list[GateResult]) -> dict[str, str]:
    """Give what goes into the log about the gates; raises `RegistryRefusal` where one fails."""
    failed = [f"{result.name}: {result}" for result in results if not result.holds]
    if failed:
        raise RegistryRefusal(f"{version.name}: not approved, {'; '.join(failed)}; train or measure again")
    return {result.name: str(result) for result in results}
