"""Taking over a database without a manifest, such as the seed's own."""

from __future__ import annotations

from pathlib import Path

from cardlens.errors import BadReference
from cardlens.reference import doubles, files
from cardlens.reference.groups import merge
from cardlens.reference.manifest import FileFact, Manifest, now
from cardlens.reference.validate import validate
from cardlens.runtimes.base import ModelSpec


def adopt(folder: Path, model: ModelSpec) -> Manifest:
    """Write the manifest of a database that lacks one, after all checks.

    Nothing in the folder tells which model made the embeddings: that it was `model` is taken on the caller's word.
    The scans are not there either, so that only printings with equal embeddings become artwork groups.

    Raises:
        BadReference: it has a manifest, or does not validate.
    """
    if (folder / files.MANIFEST).exists():
        raise BadReference(f"{folder}: has a manifest already; to check it: cardlens reference validate {folder}")
    serious = [finding for finding in validate(folder) if finding.serious]
    if serious:
        raise BadReference(f"{folder}: not adopted: {serious[0]}; mend that first")
    manifest = _manifest(folder, model)
    manifest.save(folder)
    return manifest


def _manifest(folder: Path, model: ModelSpec) -> Manifest:
    ids = files.read_ids(folder / files.IDS)
    embeddings = files.read_array(folder / files.EMBEDDINGS, files.DIMENSIONS)
    pairs = doubles.same_pictures(embeddings)
    return Manifest(
        rows=len(ids),
        cards=len(set(ids)),
        model=model,
        groups=tuple(map(tuple, merge((ids[one], ids[other]) for one, other in pairs))),
        files={name: FileFact.of(folder / name) for name in files.SEED_FILES},
        created=now(),
    )
