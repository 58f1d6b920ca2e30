"""The environment, read once, at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cardlens.errors import CardlensError

BUNDLED = Path(__file__).parent / "bundled"


def _kept(name: str, data: str | None = None) -> Path:
    # expanduser, not Path.home(): a user without a home folder may still name photos
    return Path(data or os.path.expanduser("~/.local/share")) / "cardlens" / name  # noqa: PTH111


def _collection(data: str | None = None) -> str:
    return str(_kept("collection.db", data))


def _store(data: str | None = None) -> str:
    return str(_kept("store", data))


def _device(data: str | None = None) -> Path:
    return _kept("device", data)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a user can set from outside, with defaults that suit a laptop.

    Attributes:
        reference: folder of the reference database (`CARDLENS_REFERENCE`).
        models: folder of the detector and embedder (`CARDLENS_MODELS`).
        max_bytes: largest file that is opened, in bytes (`CARDLENS_MAX_BYTES`).
        max_pixels: largest picture that is decoded, in pixels (`CARDLENS_MAX_PIXELS`).
        threads: CPU threads for the models, 0 = all cores (`CARDLENS_THREADS`).
        collection: a SQLite file or a database URL, which may hold a password (`CARDLENS_COLLECTION`); by default
            `cardlens/collection.db` in `$XDG_DATA_HOME`.
        shared: address of a shared catalogue that stands in for the folder, which may hold a password; None: the folder
            (`CARDLENS_REFERENCE` too, as `postgresql://…`).
        store: address of the store, `s3://bucket/prefix` or a folder (`CARDLENS_STORE`); by default `cardlens/store` in
            `$XDG_DATA_HOME`.
        group: package group of the registry (`CARDLENS_GROUP`).
        registry: what keeps it: `store` or `sagemaker` (`CARDLENS_REGISTRY`).
        device_home: where releases are installed on a device (`CARDLENS_DEVICE_HOME`); by default `cardlens/device` in
            `$XDG_DATA_HOME`.
        device_name: by which a device reports itself (`CARDLENS_DEVICE_NAME`); None: the host's name.
        trust: SHA-256 of the publisher's first root, hex (`CARDLENS_TRUST`); None where it was given by hand.
    """

    reference: Path = BUNDLED / "reference"
    models: Path = BUNDLED
    max_bytes: int = 100_000_000
    max_pixels: int = 120_000_000
    threads: int = 0
    collection: str = field(default_factory=_collection, repr=False)
    shared: str | None = field(default=None, repr=False)
    store: str = field(default_factory=_store)
    group: str = "pokemon-card-embedding"
    registry: str = "store"
    device_home: Path = field(default_factory=_device)
    device_name: str | None = None
    trust: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `CARDLENS_*`; a value that is not a number where one is needed raises `CardlensError`."""
        env = os.environ if environment is None else environment
        plain, data = cls(), env.get("XDG_DATA_HOME")
        return cls(
            models=Path(env.get("CARDLENS_MODELS", plain.models)),
            max_bytes=_number(env, "CARDLENS_MAX_BYTES", plain.max_bytes),
            max_pixels=_number(env, "CARDLENS_MAX_PIXELS", plain.max_pixels),
            threads=_number(env, "CARDLENS_THREADS", plain.threads),
            collection=env.get("CARDLENS_COLLECTION") or _collection(data),
            store=env.get("CARDLENS_STORE") or _store(data),
            group=env.get("CARDLENS_GROUP") or plain.group,
            registry=env.get("CARDLENS_REGISTRY") or plain.registry,
            device_home=Path(env.get("CARDLENS_DEVICE_HOME") or _device(data)),
            device_name=env.get("CARDLENS_DEVICE_NAME") or None,
            trust=env.get("CARDLENS_TRUST") or None,
        ).using(env.get("CARDLENS_REFERENCE"))

    def using(self, reference: str | Path | None) -> Settings:
        """The same with another reference database: a folder, or `postgresql://…`; None leaves it as it is."""
        if reference is None:
            return self
        if is_address(reference):
            return replace(self, shared=str(reference))
        return replace(self, reference=Path(reference), shared=None)


def is_address(reference: str | Path) -> bool:
    """Tell the address of a shared catalogue from a folder."""
    return isinstance(reference, str) and "://" in reference


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit():
        raise CardlensError(f"{name}={text!r}: not a whole number; unset it or give one, such as {name}={default}")
    return int(text)
