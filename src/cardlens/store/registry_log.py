"""The registry's log: one numbered entry a decision, created once and never changed.

An entry is written under the next free number, and only if nobody else has taken it. Two who decide at once cannot both
win: the second is told and sees what the first decided. So the order of the numbers is the order of the decisions,
whatever the clocks say, and the history is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cardlens.store.errors import AlreadyThere, NotThere
from cardlens.store.objects import Store
from cardlens.store.registry_status import LARGEST_DECISION, Decision, RegistryRefusal

_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A decision and its place in the log, from 1."""

    number: int
    decision: Decision


class DecisionLog:
    """The log in `folder` of a store."""

    def __init__(self, store: Store, folder: str) -> None:
        """Nothing is read until asked."""
        self._store, self._folder = store, folder

    def last_number(self) -> int:
        """Number of the latest entry; 0 where there is none."""
        return max((_number(listed.path) for listed in self._store.list(self._folder)), default=0)

    def backwards(self) -> Iterator[Entry]:
        """Give the entries, latest first: who needs only the latest reads no more."""
        for number in range(self.last_number(), 0, -1):
            yield Entry(number, self._read(number))

    def append(self, decision: Decision, after: int) -> Entry:
        """Write the next entry; `after` is the number of the latest that the decider has seen.

        Raises:
            RegistryRefusal: somebody else has decided since.
        """
        number = after + 1
        try:
            self._store.create(self._path(number), decision.to_bytes())
        except AlreadyThere:
            theirs = self._read(number)
            raise RegistryRefusal(
                f"{decision.version}: not {decision.status}, as {theirs.by} set {theirs.version} to {theirs.status} "
                "in the same moment; look again (cardlens registry list), then decide"
            ) from None
        return Entry(number, decision)

    def _read(self, number: int) -> Decision:
        path = self._path(number)
        found = self._store.read(path, LARGEST_DECISION)
        if found is None:
            raise NotThere(f"{self._store.at(path)}: missing from the registry's log; restore it from a backup")
        return Decision.from_bytes(found.content, self._store.at(path))

    def _path(self, number: int) -> str:
        return f"{self._folder}/{number:0{_DIGITS}d}.json"


def _number(path: str) -> int:
    stem = path.rpartition("/")[2].removesuffix(".json")
    return int(stem) if len(stem) == _DIGITS and stem.isascii() and stem.isdigit() else 0
