"""What a store held at one moment, as a backup records it.

A backup is a store of its own: `objects/ab/<SHA-256>` holds each content once, however many snapshots name it, and
`snapshots/<time>.json` says what there was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Self

from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.manifest import Entry, sha256
from cardlens.store.objects import Store

SCHEMA = 1
FOLDER = "snapshots"
OBJECTS = "objects"
_TIME = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True, slots=True)
class Saved:
    """An object that no version names: SHA-256 (hex), size, and its e_tag in the store that it was read from."""

    sha256: str
    bytes: int
    e_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A store at one moment.

    Attributes:
        at: UTC time, ISO with microseconds.
        source: address of the store.
        objects: records and other objects by their path, but for the files of versions.
        contents: SHA-256 → size of every file of every version.
    """

    at: str
    source: str
    objects: Mapping[str, Saved]
    contents: Mapping[str, int]
    schema: int = SCHEMA

    @property
    def digests(self) -> dict[str, int]:
        """SHA-256 → size of all that it needs."""
        return {**self.contents, **{one.sha256: one.bytes for one in self.objects.values()}}

    @property
    def path(self) -> str:
        """Its place in the backup."""
        return f"{FOLDER}/{datetime.fromisoformat(self.at).strftime(_TIME)}.json"

    def encode(self) -> bytes:
        """Give the bytes that are stored, with a seal that shows a flipped bit."""
        body = asdict(self)
        return json.dumps({**body, "seal": _seal(body)}, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, content: bytes, place: str) -> Self:
        """Read what `encode` gave; raises `Damaged`, naming `place`, where it is not that."""
        try:
            record = json.loads(content)
            if record.pop("seal") != _seal(record):
                raise ValueError("its seal does not fit")  # noqa: TRY301 - told like every other fault of the record
            objects = {path: Saved(**saved) for path, saved in record["objects"].items()}
            return cls(**{**record, "objects": objects})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Damaged(f"{place}: damaged ({error}); use another snapshot: --at TIME") from error


def object_path(digest: str) -> str:
    """Give the place of a content in a backup."""
    return f"{OBJECTS}/{digest[:2]}/{digest}"


def entry_of(digest: str, size: int) -> Entry:
    """Give a content as an entry, to check it by."""
    return Entry(size, digest, "")


def snapshot_times(backup: Store) -> dict[str, str]:
    """Give time (ISO) → path of every snapshot, oldest first."""
    paths = sorted(listed.path for listed in backup.list(FOLDER))
    times = {}
    for path in paths:
        try:
            moment = datetime.strptime(path, f"{FOLDER}/{_TIME}.json").replace(tzinfo=UTC)
        except ValueError:
            continue  # not one of ours
        times[moment.isoformat(timespec="microseconds")] = path
    return times


def load_snapshot(backup: Store, at: str | None = None, of: str | None = None) -> Snapshot:
    """Read the latest snapshot, or the latest that is not after `at` (ISO; UTC where it names no zone).

    Args:
        backup: where.
        at: by default now.
        of: address of a store, of those that share the backup; by default any.

    Raises:
        NotThere: there is none.
        Damaged: it is not what was written.
    """
    times = snapshot_times(backup)
    limit = None if at is None else _moment(at)
    fitting = [path for time, path in times.items() if limit is None or datetime.fromisoformat(time) <= limit]
    read = (read_snapshot(backup, path) for path in reversed(fitting))
    found = next((one for one in read if of in (None, one.source)), None)
    if found is None:
        known = f"; the first is of {next(iter(times))}" if times else "; make one: cardlens store backup"
        whose = f" of {of}" if of and fitting else ""
        raise NotThere(f"{backup.address}: no backup{whose}{f' of {at} or before' if at else ''}{known}")
    return found


def latest_of(backup: Store, source: str) -> Snapshot | None:
    """Read the latest snapshot of a store, of those that may share a backup; None where there is none to be read."""
    return next((one for one in _readable(backup) if one.source == source), None)


def snapshot_for(backup: Store, source: str) -> Snapshot:
    """Read the snapshot that a store is healed by: its own latest, or of the one store that the backup is of.

    Raises:
        NotThere: there is none, or it cannot be told which.
        Damaged: none can be read.
    """
    own = latest_of(backup, source)
    if own is not None:
        return own
    sources = sources_of(backup)
    if len(sources) > 1:
        raise NotThere(
            f"{backup.address}: no backup of {source}, but of {', '.join(sources)}; restore one of them elsewhere"
        )
    return next(_readable(backup), None) or load_snapshot(backup)


def sources_of(backup: Store) -> list[str]:
    """List the addresses of the stores that a backup is of, as far as its snapshots can be read."""
    return sorted({one.source for one in _readable(backup)})


def _readable(backup: Store) -> Iterator[Snapshot]:
    """Read the snapshots, latest first; a damaged one is left out, and found by `verify_backup`."""
    for path in reversed(snapshot_times(backup).values()):
        with suppress(Damaged):
            yield read_snapshot(backup, path)


def read_snapshot(backup: Store, path: str) -> Snapshot:
    """Read one snapshot; raises `NotThere` or `Damaged`."""
    found = backup.read(path)
    if found is None:
        raise NotThere(f"{backup.at(path)}: not there")
    return Snapshot.decode(found.content, backup.at(path))


def moment_now() -> str:
    """The time that a snapshot is named for."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _moment(at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise StoreError(f"--at {at}: not a time; write it as 2026-01-11 or 2026-01-11T18:30:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seal(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode())
