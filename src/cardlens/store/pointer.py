"""Which version of a data set is current, who is publishing, what has happened: one small object that is fought over.

It is only ever written on condition that it is as it was read. So its history is complete and in one order, whatever
the clocks say, and of two who publish at once one is told.
"""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from cardlens.store.errors import AlreadyThere, Busy, Damaged, Outdated
from cardlens.store.layout import Dataset
from cardlens.store.manifest import check_version, now, sha256
from cardlens.store.objects import Store, Tag

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody is publishing. `token`: known to that publisher alone, who can so go on after an interruption."""

    token: str
    by: str
    since: str
    version: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: publish, rollback, adopt or mark; `digest`: SHA-256 of the manifest that was published."""

    at: str
    action: str
    version: str
    by: str
    note: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The state of a data set. `version` is None before the first publication."""

    dataset: str
    version: str | None = None
    claim: Claim | None = None
    history: tuple[Event, ...] = ()
    schema: int = SCHEMA

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the manifest of every version that was ever published, oldest first."""
        return {event.version: event.digest for event in self.history if event.digest}

    def encode(self) -> bytes:
        """Give the bytes that are stored, with a seal that shows a flipped bit."""
        body = asdict(self)
        return (json.dumps({**body, "seal": _seal(body)}, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    @classmethod
    def decode(cls, content: bytes, place: str) -> Self:
        """Read what `encode` gave; raises `Damaged`, naming `place`, where it is not that."""
        try:
            record = json.loads(content)
            _check_seal(record)
            claim = record["claim"]
            history = tuple(Event(**event) for event in record["history"])
            for event in history:
                check_version(event.version)
            return cls(**{**record, "claim": None if claim is None else Claim(**claim), "history": history})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Damaged(f"{place}: damaged ({error}); restore it from a backup: cardlens store heal") from error

    def with_event(self, event: Event) -> Self:
        """Give the pointer after something happened."""
        return replace(self, history=(*self.history, event))


@dataclass(frozen=True, slots=True)
class Held:
    """A pointer as it was read or written, and the state of its object; no tag where there is no object yet."""

    pointer: Pointer
    tag: Tag | None


def pointer_path(dataset: Dataset) -> str:
    """Give the place of a data set's pointer."""
    return f"{dataset.records}/current.json"


def read_pointer(store: Store, dataset: Dataset) -> Held:
    """Read the pointer; an empty one where nothing was ever published."""
    path = pointer_path(dataset)
    found = store.read(path)
    if found is None:
        return Held(Pointer(dataset.name), None)
    return Held(Pointer.decode(found.content, store.at(path)), found.tag)


def write_pointer(store: Store, dataset: Dataset, pointer: Pointer, seen: Tag | None) -> Held:
    """Write the pointer if it is still as it was `seen`; raises `Outdated` where it is not."""
    path, content = pointer_path(dataset), pointer.encode()
    try:
        tag = store.create(path, content) if seen is None else store.replace(path, content, seen)
    except (AlreadyThere, Outdated):
        # a request may have been answered, the answer lost, and the request repeated: then it is our own
        found = store.read(path)
        if found is None or found.content != content:
            raise Outdated(
                f"{store.at(dataset.path)}: somebody else has published in the meantime; "
                f"look again (cardlens store status {dataset.name}), then repeat"
            ) from None
        tag = found.tag
    return Held(pointer, tag)


def claim(store: Store, dataset: Dataset, seen: Held, mine: Claim, *, take_over: bool) -> Held:
    """Announce a publication, or go on with one of the same token.

    Raises:
        Busy: somebody else is publishing, and is not to be taken over.
        Outdated: somebody else was quicker.
    """
    theirs = seen.pointer.claim
    if theirs is not None and theirs.token == mine.token:
        return seen
    if theirs is not None and not take_over:
        raise Busy(
            f"{store.at(dataset.path)}: {theirs.by} is publishing {theirs.version} since {theirs.since}; wait for it, "
            "or, if that was given up, repeat with --take-over"
        )
    return write_pointer(store, dataset, replace(seen.pointer, claim=mine), seen.tag)


def whoami() -> str:
    """Name the one who publishes: user@computer."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"{user}@{platform.node()}"


def event(action: str, version: str, note: str = "", digest: str = "") -> Event:
    """Give an event that happens now, by us."""
    return Event(now(), action, version, whoami(), note, digest)


def latest_version(versions: Iterable[str]) -> str | None:
    """Give the highest of versions, None where there is none."""
    return max(versions, key=check_version, default=None)


def _check_seal(record: dict[str, Any]) -> None:
    if record.pop("seal") != _seal(record):
        raise ValueError("its seal does not fit")
    if record["schema"] != SCHEMA:
        raise ValueError(f"schema {record['schema']}, this cardlens reads {SCHEMA}")


def _seal(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
