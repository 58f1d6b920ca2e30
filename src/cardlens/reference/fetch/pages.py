"""The service's JSON, kept on disk: asked for only where it may have changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cardlens.reference.fetch.client import Client, Validators
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.writing import write_aside

MOST_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages of JSON by their address, in a folder. `secret`: headers with a key, for the service alone."""

    client: Client
    folder: Path
    secret: Mapping[str, str] | None = None

    def get(self, url: str, stamp: str | None = None) -> Any:
        """Give the parsed page.

        Args:
            url: its address.
            stamp: what the service says of its version; a page kept with the same stamp is not asked for again.

        Raises:
            BadCatalogue: it is no JSON.
            NotThere, NotGiven, NotReached, CatalogueUnavailable: as `Client.get`.
        """
        file = self.folder / f"{_name(url)}.json"
        kept = _read(file, url)
        if kept and stamp and kept["stamp"] == stamp:
            return kept["body"]
        known = Validators(kept["etag"], kept["last_modified"]) if kept else None
        reply = self.client.get(url, MOST_BYTES, known, self.secret)
        body = kept["body"] if kept and reply.content is None else _parse(reply.content, url)
        seen = reply.validators if reply.content is not None or not known else known
        record = {"url": url, "stamp": stamp, "etag": seen.etag, "last_modified": seen.last_modified, "body": body}
        write_aside(file, json.dumps(record, ensure_ascii=False).encode())
        return body


def _parse(content: bytes | None, url: str) -> Any:
    try:
        return json.loads(content or b"")
    except (ValueError, RecursionError):
        raise BadCatalogue(f"{url}: answered something that is no JSON; try again later, or another --source") from None


def _read(file: Path, url: str) -> dict[str, Any] | None:
    """The page as kept; None where there is none, or it cannot be used."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    sound = (
        isinstance(kept, dict) and kept.get("url") == url and {"stamp", "etag", "last_modified", "body"} <= set(kept)
    )
    return kept if sound else None


def _name(url: str) -> str:
    """A file name: the end of the path, for a person, and a digest."""
    path = "".join(letter if letter.isalnum() else "-" for letter in urlsplit(url).path.rsplit("/", 1)[-1])
    return f"{path[:24]}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
