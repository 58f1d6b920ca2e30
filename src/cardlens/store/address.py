"""Where a store is: `s3://bucket/prefix`, a folder, or `memory://`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from obstore.store import MemoryStore

from cardlens.store.errors import StoreError
from cardlens.store.folder import FolderStore
from cardlens.store.objects import Store
from cardlens.store.s3 import open_bucket


def open_store(address: str, environment: Mapping[str, str] | None = None) -> Store:
    """Open the store at `address`; nothing is read, written or made yet.

    Args:
        address: `s3://bucket/any/prefix`, `file:///folder`, a folder, or `memory://` (gone when the program ends).
        environment: the usual `AWS_*` variables; by default those of the process.

    Raises:
        StoreError: it is no such address, or S3 settings are wrong.
    """
    parts = urlsplit(address)
    if parts.scheme == "s3":
        return _bucket(address, os.environ if environment is None else environment)
    if parts.scheme == "memory":
        return Store(MemoryStore(), f"memory://{uuid4().hex[:8]}")
    if parts.scheme == "file":
        return FolderStore(Path(unquote(parts.path)))
    if "://" in address:
        raise StoreError(f"{address}: not a store; give s3://bucket/prefix or a folder")
    return FolderStore(Path(address).expanduser())


def _bucket(address: str, environment: Mapping[str, str]) -> Store:
    parts = urlsplit(address)
    prefix = unquote(parts.path).strip("/")
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise StoreError(f"{address}: not the address of a bucket; give s3://bucket/prefix")
    shown = f"s3://{parts.netloc}/{prefix}".rstrip("/")
    return Store(open_bucket(parts.netloc, prefix, shown, environment), shown)
