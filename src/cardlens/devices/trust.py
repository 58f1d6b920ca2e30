"""The device's side: which version of the registry is signed, by the client of The Update Framework (python-tuf).

What it refuses, and why: a signature by no key of the root (tampering), a number lower than one seen before (rollback),
an expired timestamp (somebody holds back what is newer), a record whose digest is not the signed one.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from tuf.api.exceptions import DownloadError, DownloadHTTPError, ExpiredMetadataError, RepositoryError
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from cardlens.devices.files import write_aside
from cardlens.devices.release import Release, ReleasePaths, Untrusted
from cardlens.errors import CardlensError
from cardlens.store.objects import Store
from cardlens.store.registry_version import LARGEST_MANIFEST, ModelVersion, check_digest

ROOT = "root.json"
_LARGEST = 5_000_000  # bytes of one metadata file; TUF's own limits are tighter


class _StoreFetcher(FetcherInterface):
    """Reads from the store what TUF asks for by URL; here a URL is a path.

    TUF asks for the next root until there is none. S3 answers that with "forbidden" instead of "not there" where the
    listing is allowed for some folders only, as devices have it: so what is there is listed first.
    """

    def __init__(self, store: Store, folder: str) -> None:
        self._store, self._folder = store, folder

    @cached_property
    def _there(self) -> set[str]:
        return {listed.path for listed in self._store.list(self._folder)}

    def _fetch(self, url: str) -> Iterator[bytes]:
        listed = not url.startswith(f"{self._folder}/") or url in self._there
        found = self._store.read(url, _LARGEST) if listed else None
        if found is None:
            raise DownloadHTTPError(f"{self._store.at(url)}: not there", 404)
        return iter((found.content,))


class ReleaseTrust:
    """What a device believes: a root given to it once, and what that root has vouched for since."""

    def __init__(self, folder: Path, store: Store, group: str) -> None:
        """`folder` keeps the root and the latest metadata seen."""
        self._folder, self._store, self._paths = folder, store, ReleasePaths(group)

    @property
    def root_file(self) -> Path:
        """The root that was given; later ones are kept beside it."""
        return self._folder / "given" / ROOT

    def give_root(self, content: bytes) -> str:
        """Believe this root from now on, and forget what another vouched for; gives its SHA-256.

        Raises:
            Untrusted: it is no root, or not signed by its own keys.
        """
        try:
            with tempfile.TemporaryDirectory() as scratch:
                Updater(scratch, "", fetcher=self._fetcher(), bootstrap=content)
        except RepositoryError as error:
            raise Untrusted(f"this is no root of releases ({error}); take root.json from the publisher") from error
        if not self.root_file.exists() or self.root_file.read_bytes() != content:
            self._forget()
            self.root_file.parent.mkdir(parents=True, exist_ok=True)
            write_aside(self.root_file, content)
        return hashlib.sha256(content).hexdigest()

    def _forget(self) -> None:
        for file in self._seen.rglob("*.json") if self._seen.is_dir() else ():
            file.unlink()

    def fetch_root(self, sha256: str) -> str:
        """Take the first root from the store if it has the digest that the publisher told; raises `Untrusted`."""
        path = f"{self._paths.metadata}/1.root.json"
        stored = self._store.read(path, _LARGEST)
        place = self._store.at(path)
        if stored is None:
            raise Untrusted(f"{place}: no release is signed here; run `cardlens device release begin` first")
        found = hashlib.sha256(stored.content).hexdigest()
        if found != _digest(sha256):
            raise Untrusted(f"{place}: has SHA-256 {found}, not the {sha256} given; ask the publisher")
        return self.give_root(stored.content)

    def release(self, version: str) -> Release:
        """Give the signed release of a version.

        Raises:
            Untrusted: it is not signed, tampered with, expired, or older metadata than seen before.
            CardlensError: the store cannot be read.
        """
        try:
            return self._release(version)
        except ExpiredMetadataError as error:
            raise Untrusted(
                f"{self._place}: {error}; is the clock of this device right? If so, the publisher has to run "
                "`cardlens device release refresh`"
            ) from error
        except RepositoryError as error:
            raise Untrusted(f"{self._place}: refused, {error}; tell the publisher, nothing was changed") from error
        except DownloadError as error:
            raise _reason(error, self._place) from error
        except OSError as error:
            raise CardlensError(
                f"{self._folder}: cannot be written ({error.strerror}); free space or fix it"
            ) from error

    def _release(self, version: str) -> Release:
        updater = self._updater()
        updater.refresh()
        target = updater.get_targetinfo(self._paths.target(version))
        if target is None:
            raise Untrusted(
                f"{version}: approved, but not signed; the publisher has to run "
                f"`cardlens device release sign {version}`"
            )
        if target.length > LARGEST_MANIFEST:
            raise Untrusted(f"{version}: its record would have {target.length:,} bytes; refused")
        with tempfile.TemporaryDirectory() as scratch:
            content = Path(updater.download_target(target, str(Path(scratch) / "version.json"))).read_bytes()
        record = ModelVersion.from_bytes(content, self._store.at(f"{self._paths.versions}/{target.path}"))
        if record.name != version:
            raise Untrusted(f"{version}: what is signed under this name is {record.name}; refused")
        return Release(record, _sequence(target.custom, version))

    def _updater(self) -> Updater:
        try:
            given = self.root_file.read_bytes()
        except FileNotFoundError:
            raise Untrusted(
                f"{self.root_file}: this device trusts nobody yet; give it the publisher's root: "
                "cardlens device trust root.json"
            ) from None
        self._seen.mkdir(parents=True, exist_ok=True)
        for litter in self._seen.glob("tmp*"):  # of an interrupted run
            litter.unlink()
        return Updater(
            str(self._seen),
            self._paths.metadata,
            target_base_url=self._paths.versions,
            fetcher=self._fetcher(),
            config=UpdaterConfig(prefix_targets_with_hash=False),
            bootstrap=given,
        )

    def _fetcher(self) -> _StoreFetcher:
        return _StoreFetcher(self._store, self._paths.metadata)

    @property
    def _seen(self) -> Path:
        return self._folder / "seen"

    @property
    def _place(self) -> str:
        return self._store.at(self._paths.metadata)


def _digest(text: str) -> str:
    try:
        return check_digest(text.strip().lower())
    except ValueError as error:
        raise Untrusted(f"{error}; give the 64 characters that `cardlens device release begin` printed") from None


def _sequence(custom: object, version: str) -> int:
    number = custom.get("sequence") if isinstance(custom, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10**9:
        raise Untrusted(f"{version}: signed without a sequence number; refused")
    return number


def _reason(error: DownloadError, place: str) -> CardlensError:
    cause = error.__cause__
    return cause if isinstance(cause, CardlensError) else Untrusted(f"{place}: {error}; nothing was changed")
