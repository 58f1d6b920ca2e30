"""Small local trees, and what the tests do with them."""

from __future__ import annotations

from cardlens.store.layout import dataset
from cardlens.store.local import LocalTree
from cardlens.store.manifest import Manifest
from cardlens.store.objects import Store
from cardlens.store.publish import Release, plan_publishing, publish
from cardlens.store.pull import plan_pulling, pull

REFERENCE, RAW, TEACHER = dataset("reference"), dataset("raw"), dataset("teacher")
DATABASE = {"embeddings.npy": b"e" * 5000, "usearch.index": b"u" * 3000, "index.json": b"{}", "metadata.json": b"[]"}
SCANS = {f"card_images/sv{number}-1.png": f"scan {number}".encode() for number in (1, 2, 3)}


def fill(tree: LocalTree) -> LocalTree:
    """Write a small reference database and three scans."""
    write(tree, REFERENCE.name, DATABASE)
    write(tree, RAW.name, SCANS)
    return tree


def write(tree: LocalTree, name: str, files: dict[str, bytes]) -> None:
    """Write files of a data set."""
    for path, content in files.items():
        file = tree.folder(dataset(name)) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def read(tree: LocalTree, name: str) -> dict[str, bytes]:
    """Read the files of a data set."""
    return {path: one.file.read_bytes() for path, one in tree.files(dataset(name)).items()}


def push(store: Store, tree: LocalTree, name: str, version: str | None = None, **told: object) -> Manifest:
    """Publish a data set."""
    release = Release(version, **told)  # type: ignore[arg-type]
    return publish(store, plan_publishing(store, dataset(name), tree), tree, release)


def fetch(store: Store, tree: LocalTree, name: str, version: str | None = None) -> dict[str, bytes]:
    """Pull a data set; returns its files."""
    pull(store, plan_pulling(store, dataset(name), tree, version), tree)
    return read(tree, name)


def flip(content: bytes, bit: int = 0) -> bytes:
    """Flip one bit."""
    place, of_byte = divmod(bit, 8)
    return content[:place] + bytes([content[place] ^ (1 << of_byte)]) + content[place + 1 :]
