"""The folder of a device: which releases lie there, and which one runs.

current -> releases/000004-v2.0     the one that runs; changed by renaming one link over it
releases/000004-v2.0/               models/ reference/ golden/ figures.json installed.json
staging/000005-v2.1/                being fetched; becomes a release by one renaming when whole and tested
trust/                              the publisher's root, and the signed metadata seen so far
"""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cardlens.devices.files import is_right, write_aside
from cardlens.devices.release import Release
from cardlens.errors import CardlensError
from cardlens.store.durable import flush
from cardlens.store.registry_version import ModelVersion

RECORD = "installed.json"
_VERSION = "version.json"
_HELD = "rolled-back.json"


class DeviceError(CardlensError):
    """Something about the device's own folder that hinders an update."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A release on this device.

    Attributes:
        version: its name in the registry.
        sequence: number of its signature.
        record: SHA-256 of the version's record.
        embedder: SHA-256 of the embedder's weights.
        cards: number of cards that it can name.
        installed_at: UTC time, ISO.
        replaced: folder name of the release that ran before; None for the first.
    """

    version: str
    sequence: int
    record: str
    embedder: str
    cards: int
    installed_at: str
    replaced: str | None

    @classmethod
    def of(cls, release: Release, installed_at: str, replaced: str | None) -> Installed:
        """Describe a release at the moment of its installation."""
        version = release.version
        return cls(
            version.name,
            release.sequence,
            version.digest,
            version.embedder,
            version.cards,
            installed_at,
            replaced,
        )


class DeviceHome:
    """The folder of a device. Everything that changes what runs is one renaming."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made until something is fetched."""
        self.folder = folder

    @property
    def trust(self) -> Path:
        """Folder of the root and the signed metadata."""
        return self.folder / "trust"

    @property
    def current(self) -> Path:
        """Link to the release that runs: give its `models` and `reference` to whatever names cards."""
        return self.folder / "current"

    def release_folder(self, name: str) -> Path:
        """Folder of an installed release."""
        return self.folder / "releases" / name

    def staging_folder(self, release: Release) -> Path:
        """Folder in which a release is put together; it survives an interruption."""
        return self.folder / "staging" / release.folder_name

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other updates out; the lock goes with the process. Raises `DeviceError` where one runs."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise DeviceError(f"{self.folder}: cannot be written ({error.strerror}); fix it or use --home") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise DeviceError(f"{self.folder}: another update is running; wait until it is done") from None
        except OSError as error:
            raise DeviceError(
                f"{error.filename or self.folder}: cannot be written ({error.strerror}); make room or check "
                "permissions, then give the same command again"
            ) from error
        finally:
            os.close(handle)

    def running(self) -> Installed | None:
        """Give the release that runs; None where none is installed yet."""
        name = self.running_name()
        return None if name is None else self.installed(name)

    def running_sequence(self) -> int:
        """Number of the running release, by its folder's name alone; 0 where none runs."""
        return _sequence(self.running_name() or "")

    def running_name(self) -> str | None:
        """Folder name of the release that runs."""
        try:
            return self.current.readlink().name
        except FileNotFoundError:
            return None
        except OSError:
            raise DeviceError(f"{self.current}: is no link to a release; move it away, then update again") from None

    def installed(self, name: str) -> Installed:
        """Read what an installed release says of itself; raises `DeviceError` where it is damaged."""
        file = self.release_folder(name) / RECORD
        try:
            return Installed(**json.loads(file.read_bytes()))
        except (OSError, ValueError, TypeError) as error:
            raise DeviceError(f"{file}: cannot be read ({error}); run `cardlens device update --again`") from error

    def names(self) -> list[str]:
        """Folder names of the installed releases, oldest signature first."""
        folder = self.folder / "releases"
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def highest_sequence(self) -> int:
        """The highest number that was ever installed and is still here; 0 where there is none."""
        return max((_sequence(name) for name in self.names()), default=0)

    def held(self, sequence: int) -> dict[str, Any] | None:
        """Give when and why the release of that number was rolled back here; None where it was not."""
        names = [name for name in self.names() if _sequence(name) == sequence]
        try:
            record: dict[str, Any] = json.loads((self.release_folder(names[-1]) / _HELD).read_bytes())
        except (OSError, ValueError, IndexError):
            return None
        return record

    def hold(self, name: str, at: str, note: str) -> None:
        """Remember that a release was rolled back: the timer does not bring it back."""
        write_aside(self.release_folder(name) / _HELD, json.dumps({"at": at, "note": note}).encode())

    def install(self, staged: Path, release: Release, installed: Installed) -> str:
        """Make a staged release an installed one, which does not run yet; gives its folder name."""
        write_aside(staged / _VERSION, release.version.to_bytes())
        write_aside(staged / RECORD, json.dumps(asdict(installed), indent=1).encode())
        name = self._free_name(release.folder_name)
        self.release_folder(name).parent.mkdir(exist_ok=True)
        staged.rename(self.release_folder(name))
        flush(self.release_folder(name).parent)
        return name

    def _free_name(self, name: str) -> str:
        """A folder name that is not taken: a damaged release is mended in another folder, then switched to."""
        taken = set(self.names())
        return next(
            free for free in itertools.chain([name], (f"{name}+{n}" for n in range(1, 1000))) if free not in taken
        )

    def damaged(self, name: str) -> list[str]:
        """List the files of an installed release whose bytes are not what was installed; reads all of them."""
        folder = self.release_folder(name)
        try:
            version = ModelVersion.from_bytes((folder / _VERSION).read_bytes(), str(folder / _VERSION))
        except (OSError, CardlensError):
            return [_VERSION]
        return [path for path, wanted in version.files.items() if not is_right(folder / path, wanted)]

    def switch(self, name: str) -> None:
        """Let an installed release run, in one step; who reads the old one's files goes on with them."""
        following = self.folder / "current.next"
        following.unlink(missing_ok=True)
        following.symlink_to(Path("releases") / name)
        following.replace(self.current)
        flush(self.folder)

    def tidy(self) -> None:
        """Delete what is needed no more: all but the running release, the one before it, and the highest number."""
        running = self.running_name()
        if running is None:
            return
        names = self.names()
        kept = {running, self.installed(running).replaced, *names[-1:]}
        for name in names:
            if name not in kept:
                shutil.rmtree(self.release_folder(name))
        shutil.rmtree(self.folder / "staging", ignore_errors=True)


def _sequence(name: str) -> int:
    number = name.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() else 0
