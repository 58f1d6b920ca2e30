"""The publisher's side: signing what devices may run, as The Update Framework has it (python-tuf).

Writing order makes every step whole or nothing: numbered files first, `timestamp.json` last, which alone makes devices
look at them. A numbered file is created, never replaced, so two publishers cannot both sign the same number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from securesystemslib.signer import CryptoSigner, Signer
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from cardlens.devices.files import write_aside
from cardlens.devices.keys import ROLES, BadKey, KeyFolder
from cardlens.devices.release import EXPIRY, TIMESTAMP, Release, ReleasePaths, Untrusted
from cardlens.devices.rotation import Rotation
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_status import RegistryRefusal
from cardlens.store.registry_version import LARGEST_MANIFEST, BadVersion, ModelVersion

TUF_ROLES = ("root", "targets", "snapshot", "timestamp")
_SEQUENCE = "x-cardlens-sequence"  # counts on even where signed versions are dropped
_LARGEST = 5_000_000  # bytes of one metadata file
_MOST_ROOTS = 256


@dataclass(slots=True)
class _Signed:
    """What is in force: the latest root, and the three others, all verified against it."""

    root: Metadata[Root]
    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]


class Publisher:
    """Signs releases of a package group with the keys of a folder."""

    def __init__(self, store: Store, keys: KeyFolder, group: str = GROUP) -> None:
        """Nothing is opened until something is signed."""
        self._store, self._keys, self._paths = store, keys, ReleasePaths(group)
        self._folder = self._paths.metadata

    def begin(self) -> bytes:
        """Make the keys and the first metadata; gives the root that devices are to trust.

        Raises:
            RegistryRefusal: there are signed releases already.
            BadKey: a key is there already, or cannot be written.
        """
        if self._store.look(f"{self._folder}/{TIMESTAMP}") is not None:
            raise RegistryRefusal(f"{self._place}: releases are signed here already; use their keys")
        begun = self._keys.belongs_to(self._place)
        signers = {role: self._keys.create(role, anew=begun) for role in ROLES}
        root = Metadata(Root(expires=_expiry("root")))
        for role in TUF_ROLES:
            root.signed.add_key(signers[_key_of(role)].public_key, role)
        root.sign(signers["root"])
        content = root.to_bytes()
        with self._keys.writing():
            write_aside(self._keys.root_file, content)
        if begun:  # what the interrupted beginning left, nobody has seen: there is no timestamp
            self._store.delete(f"{self._folder}/1.root.json")
        self._create("1.root.json", content)
        signed = _Signed(root, Metadata(Targets()), Metadata(Snapshot()), Metadata(Timestamp()))
        self._show(self._stage_targets(signed, signers["targets"], signers["freshness"]))
        return content

    def sign(self, version: str, allowed: Collection[str]) -> Release:
        """Sign a version once more: devices that take releases take this one over all signed before.

        Args:
            version: name of one that the registry has approved; its record is signed as it lies in the store.
            allowed: names of the versions that may stay signed; a rejected one is dropped from the metadata.

        Raises:
            Untrusted: what is in the store now is not signed by these keys.
            RegistryRefusal: another publisher signs at the same moment.
            BadVersion: there is no such version.
        """
        signed = self._load()
        record = self._record(version)
        targets = signed.targets.signed
        sequence = int(targets.unrecognized_fields.get(_SEQUENCE, 0)) + 1
        name = self._paths.target(version)
        target = TargetFile.from_data(name, record, ["sha256"])
        target.unrecognized_fields["custom"] = {"sequence": sequence}
        kept = {path: one for path, one in targets.targets.items() if path.removesuffix(".json") in allowed}
        targets.targets = {**kept, name: target}
        targets.unrecognized_fields[_SEQUENCE] = sequence
        self._show(self._stage_targets(signed, self._open(signed, "targets"), self._open(signed, "freshness")))
        return Release(ModelVersion.from_bytes(record, name), sequence)

    def _record(self, version: str) -> bytes:
        path = f"{self._paths.versions}/{self._paths.target(version)}"
        found = self._store.read(path, LARGEST_MANIFEST)
        if found is None:
            raise BadVersion(f"{self._store.at(path)}: no such version; `cardlens registry list` shows those there are")
        return found.content

    def refresh(self) -> datetime:
        """Sign anew that nothing newer is held back; needs the freshness key alone. Gives until when it counts."""
        signed = self._load()
        self._show(self._stage_freshness(signed, self._open(signed, "freshness")))
        return signed.timestamp.signed.expires

    def rotate(self, role: str) -> bytes:
        """Replace the key of `role`; devices follow by themselves. Gives the new root.

        Interrupted, it is finished by whatever the publisher does next.
        """
        signed = self._load()
        old = self._open(signed, role).public_key.keyid
        old_root = self._open(signed, "root")
        signer = self._keys.create(f"{role}.next", anew=True)
        root = signed.root
        for tuf_role in (name for name in TUF_ROLES if _key_of(name) == role):
            root.signed.revoke_key(old, tuf_role)
            root.signed.add_key(signer.public_key, tuf_role)
        root.signed.version += 1
        root.signed.expires = _expiry("root")
        root.sign(old_root)  # by the key that devices believe,
        if role == "root":
            root.sign(signer, append=True)  # and by the one that counts from now on
        keys = {name: signer if name == role else self._open(signed, name) for name in ("targets", "freshness")}
        # what the old key signed counts no more: everything is signed again, and becomes visible after the root
        timestamp = self._stage_targets(signed, keys["targets"], keys["freshness"])
        with self._keys.writing():
            rotation = Rotation(self._keys.folder, role)
            rotation.prepare(root.signed.version, root.to_bytes(), timestamp)
            rotation.finish(self._store, self._folder)
        return root.to_bytes()

    def _open(self, signed: _Signed, role: str) -> CryptoSigner:
        """Load a key; raises `BadKey` where it is not the one that counts: devices would refuse what it signs."""
        signer = self._keys.open(role)
        counting = {"freshness": "timestamp"}.get(role, role)
        if signer.public_key.keyid not in signed.root.signed.roles[counting].keyids:
            raise BadKey(f"{self._keys.file(role)}: is not the {role} key that counts; was it replaced?")
        return signer

    def _stage_targets(self, signed: _Signed, targets_key: Signer, freshness_key: Signer) -> bytes:
        """Sign and write what is numbered; gives the timestamp that will make devices look at it."""
        number = self._next("targets")
        signed.targets.signed.version = number
        signed.targets.signed.expires = _expiry("targets")
        signed.targets.sign(targets_key)
        self._create(f"{number}.targets.json", signed.targets.to_bytes())
        return self._stage_freshness(signed, freshness_key)

    def _stage_freshness(self, signed: _Signed, key: Signer) -> bytes:
        number = self._next("snapshot")
        signed.snapshot.signed.version = number
        signed.snapshot.signed.meta["targets.json"] = MetaFile(signed.targets.signed.version)
        signed.snapshot.signed.expires = _expiry("snapshot")
        signed.snapshot.sign(key)
        self._create(f"{number}.snapshot.json", signed.snapshot.to_bytes())
        signed.timestamp.signed.version = number
        signed.timestamp.signed.snapshot_meta = MetaFile(number)
        signed.timestamp.signed.expires = _expiry("timestamp")
        signed.timestamp.sign(key)
        return signed.timestamp.to_bytes()

    def _show(self, timestamp: bytes) -> None:
        self._store.put(f"{self._folder}/{TIMESTAMP}", timestamp)

    def _load(self) -> _Signed:
        """Read what is in force, each verified: nobody gets something signed by having put it there before."""
        with self._keys.writing():
            Rotation.finish_pending(self._keys.folder, self._store, self._folder)
        try:
            root = self._load_root()
            timestamp: Metadata[Timestamp] = self._load_role(root, "timestamp", "timestamp.json")
            number = timestamp.signed.snapshot_meta.version
            snapshot: Metadata[Snapshot] = self._load_role(root, "snapshot", f"{number}.snapshot.json")
            number = snapshot.signed.meta["targets.json"].version
            targets: Metadata[Targets] = self._load_role(root, "targets", f"{number}.targets.json")
        except (RepositoryError, DeserializationError, ValueError, KeyError) as error:
            raise Untrusted(
                f"{self._place}: what is there is not signed by the keys in {self._keys.folder} ({error}); "
                "find out who changed it, then restore it from a backup"
            ) from error
        return _Signed(root, targets, snapshot, timestamp)

    def _load_root(self) -> Metadata[Root]:
        """Follow the chain of roots from the one that lies beside the keys."""
        file = self._keys.root_file
        try:
            root: Metadata[Root] = Metadata.from_bytes(file.read_bytes())
        except OSError as error:
            raise Untrusted(f"{file}: no root here ({error.strerror}); name the folder of the keys") from error
        for number in range(root.signed.version + 1, root.signed.version + _MOST_ROOTS):
            found = self._store.read(f"{self._folder}/{number}.root.json", _LARGEST)
            if found is None:
                break
            later: Metadata[Root] = Metadata.from_bytes(found.content)
            root.signed.verify_delegate("root", later.signed_bytes, later.signatures)
            later.signed.verify_delegate("root", later.signed_bytes, later.signatures)
            root = later
        return root

    def _load_role(self, root: Metadata[Root], role: str, name: str) -> Metadata[Any]:
        found = self._store.read(f"{self._folder}/{name}", _LARGEST)
        if found is None:
            raise KeyError(f"{name} is missing")
        metadata: Metadata[Any] = Metadata.from_bytes(found.content)
        root.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
        return metadata

    def _next(self, role: str) -> int:
        """The next free number: an interrupted run may have left one that nothing points to."""
        ending = f".{role}.json"
        names = (listed.path.rpartition("/")[2] for listed in self._store.list(self._folder))
        numbers = (name.removesuffix(ending) for name in names if name.endswith(ending))
        return 1 + max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)

    def _create(self, name: str, content: bytes) -> None:
        try:
            self._store.create(f"{self._folder}/{name}", content)
        except AlreadyThere:
            raise RegistryRefusal(
                f"{self._place}/{name}: another publisher signs at this moment; look, then sign again"
            ) from None

    @property
    def _place(self) -> str:
        return self._store.at(self._folder)


def _key_of(role: str) -> str:
    return role if role in ROLES else "freshness"


def _expiry(role: str) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + EXPIRY[role]
