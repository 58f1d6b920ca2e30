"""The record of contents that were put again after their publication: which object holds each of them now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cardlens.store.errors import Damaged
from cardlens.store.layout import Dataset
from cardlens.store.manifest import sha256
from cardlens.store.objects import Store, Tag

Places = Mapping[str, Mapping[str, Tag]]  # path within the data set → SHA-256 → object that holds it
KEPT_ONLY = Tag()  # the content is only among the kept copies


def places_path(dataset: Dataset) -> str:
    """Give the place of the record."""
    return f"{dataset.records}/places.json"


def read_places(store: Store, dataset: Dataset) -> tuple[dict[str, dict[str, Tag]], Tag | None]:
    """Read the record, and the state of its object; raises `Damaged`."""
    found = store.read(places_path(dataset))
    if found is None:
        return {}, None
    return decode_places(found.content, store.at(places_path(dataset))), found.tag


def encode_places(places: Places) -> bytes:
    """Give the bytes that are stored, with a seal that shows a flipped bit."""
    plain = {
        path: {digest: [tag.e_tag, tag.version] for digest, tag in held.items()}
        for path, held in sorted(places.items())
    }
    return json.dumps({"places": plain, "seal": _seal(plain)}, separators=(",", ":")).encode()


def decode_places(content: bytes, place: str) -> dict[str, dict[str, Tag]]:
    """Read what `encode_places` gave, or a record from before there were seals; raises `Damaged`, naming `place`."""
    try:
        record = json.loads(content)
        if isinstance(record.get("seal"), str):
            if record["seal"] != _seal(record["places"]):
                raise ValueError("its seal does not fit")  # noqa: TRY301 - told like every other fault of the record
            record = record["places"]
        return {path: {digest: _tag(tag) for digest, tag in held.items()} for path, held in record.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Damaged(f"{place}: damaged ({error}); make it again: cardlens store heal") from error


def _tag(written: Any) -> Tag:
    if not isinstance(written, list) or len(written) != 2:
        raise TypeError(f"{written!r} is no state of an object")
    return Tag(*written)


def _seal(plain: Any) -> str:
    return sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())
