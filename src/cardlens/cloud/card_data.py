"""Which objects of the store a job trains on: listed once, and pinned by a manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from cardlens.cloud.aws import Aws, CloudRefused, in_one_line
from cardlens.cloud.place import Place

_RECORDS = ".cardlens"  # the store's own records, which no training reads
_FEWEST = 2
_SCANS = ("card_images/", "scans/")


@dataclass(frozen=True, slots=True)
class CardData:
    """The objects under one folder of the store.

    Attributes:
        folder: in the store, with a slash at its end.
        files: (path below the folder, bytes, ETag), sorted.
    """

    place: Place
    folder: str
    files: tuple[tuple[str, int, str], ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size, _ in self.files)

    @property
    def digest(self) -> str:
        """SHA-256 of the listing, hex: another file, or another content, gives another."""
        text = "".join(f"{path}\t{size}\t{tag}\n" for path, size, tag in self.files)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def path(self) -> str:
        """Where the manifest lies in the store."""
        return f"experiments/data/{self.digest[:32]}.manifest"

    def manifest(self) -> bytes:
        """The list in SageMaker's form of a manifest: a prefix, then what follows it."""
        prefix = {"prefix": f"{self.place.uri}/{self.folder}"}
        return json.dumps([prefix, *(path for path, _, _ in self.files)], indent=0).encode()


def list_card_data(aws: Aws, place: Place, folder: str = "data/raw/") -> CardData:
    """List what is there; raises `CloudRefused` where there are no scans."""
    whole = place.key(folder.strip("/") + "/")
    with in_one_line(f"list s3://{place.bucket}/{whole}"):
        pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=place.bucket, Prefix=whole)
        found = sorted(
            (each["Key"].removeprefix(whole), each["Size"], each["ETag"].strip('"'))
            for page in pages
            for each in page.get("Contents", [])
        )
    files = tuple(each for each in found if each[0] and _RECORDS not in each[0].split("/"))
    if sum(path.startswith(_SCANS) for path, _, _ in files) < _FEWEST:
        raise CloudRefused(
            f"s3://{place.bucket}/{whole}: has no scans to train on; run `cardlens store push raw --apply`"
        )
    return CardData(place, folder.strip("/") + "/", files)
