"""The publisher's keys: Ed25519, one file each, encrypted, kept off the store and off every device."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner

from cardlens.devices.files import write_aside
from cardlens.errors import CardlensError

# `root` says which keys count, `targets` signs releases: both belong on a medium in a drawer. `freshness` signs that
# nothing newer was held back (TUF's snapshot and timestamp); it is used weekly and can do no more than that.
ROLES = ("root", "targets", "freshness")
SHORTEST_PASSPHRASE = 8  # characters


class BadKey(CardlensError):
    """A signing key that is missing, damaged, or not opened by the passphrase."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Private keys in a folder, `<role>.pem` each.

    Attributes:
        folder: readable by its owner only.
        passphrase: gives the passphrase; called once a key, so it may ask a person.
    """

    folder: Path
    passphrase: Callable[[], str]

    def file(self, role: str) -> Path:
        """Where the key of `role` lies."""
        return self.folder / f"{role}.pem"

    @property
    def root_file(self) -> Path:
        """Where the root that the publisher believes lies; devices get a copy."""
        return self.folder / "root.json"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn the operating system's refusals into a `BadKey` that names the folder."""
        try:
            yield
        except OSError as error:
            raise BadKey(
                f"{self.folder}: cannot be written ({error.strerror}); make it writable, "
                "then give the same command again"
            ) from error

    def belongs_to(self, place: str) -> bool:
        """Take the folder for the releases of one place; tells whether it was taken for that place before.

        Raises:
            BadKey: it holds the keys of another place.
        """
        file = self.folder / "place.txt"
        if file.exists() and file.read_text(encoding="utf-8") == place:
            return True
        if self.folder.is_dir() and any(self.folder.iterdir()):
            raise BadKey(f"{self.folder}: holds something already, and keys are never overwritten; give another folder")
        with self.writing():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_aside(file, place.encode())
        return False

    def create(self, role: str, *, anew: bool = False) -> CryptoSigner:
        """Make a key; raises `BadKey` where there is one, unless it is to be made anew."""
        key = Ed25519PrivateKey.generate()
        content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(self._secret()))
        if anew:
            self.file(role).unlink(missing_ok=True)
        self._write(self.file(role), content)
        return CryptoSigner(key)

    def _write(self, file: Path, content: bytes) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(content)
                os.fsync(stream.fileno())
        except FileExistsError:
            raise BadKey(f"{file}: a key is there already and is never overwritten; give another folder") from None
        except OSError as error:
            raise BadKey(f"{file}: cannot be written ({error.strerror}); give another folder with --keys") from error

    def open(self, role: str) -> CryptoSigner:
        """Load a key; raises `BadKey`."""
        file = self.file(role)
        try:
            key = load_pem_private_key(file.read_bytes(), self._secret())
        except OSError as error:
            raise BadKey(f"{file}: no key here ({error.strerror}); name the folder of the keys with --keys") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise BadKey(f"{file}: does not open; check the passphrase (CARDLENS_KEYS_PASSPHRASE)") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(f"{file}: no Ed25519 key; name the folder of the keys with --keys")
        return CryptoSigner(key)

    def _secret(self) -> bytes:
        passphrase = self.passphrase()
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise BadKey(
                f"{self.folder}: the passphrase of the keys needs {SHORTEST_PASSPHRASE} characters or more; "
                "set CARDLENS_KEYS_PASSPHRASE or type it"
            )
        return passphrase.encode()
