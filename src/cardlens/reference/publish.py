"""Writing a reference database: aside, checked, then put in its place by renaming."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cardlens.errors import BadReference
from cardlens.reference import compact, files
from cardlens.reference.columns import write_records
from cardlens.reference.contents import Contents, write_rows
from cardlens.reference.graph import write_whole_index
from cardlens.reference.manifest import FileFact, Manifest, now
from cardlens.reference.nearest import build_index, extend_index, open_index
from cardlens.reference.validate import validate
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import BUNDLED


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a database goes. All that is unfinished lies in one folder beside it, `<folder>.partial`."""

    folder: Path

    @property
    def partial(self) -> Path:
        """Folder of unfinished work; it may stay after an interruption, and the next run goes on with it."""
        return self.folder.with_name(self.folder.name + ".partial")

    def check(self) -> None:
        """Raise `BadReference` where a database must not be written; undo what an interrupted run left half done."""
        with writing(self):
            self._put_back()
        if self.folder.resolve().is_relative_to(BUNDLED.resolve()):
            raise BadReference(f"{self.folder}: the bundled database is never changed; give a copy's folder with --out")
        if self.folder.exists() and not is_database(self.folder):
            raise BadReference(f"{self.folder}: exists and is no reference database; give another folder with --out")

    def _put_back(self) -> None:
        """Rename the old database back, where a run was ended between taking it away and putting the other there."""
        if not self.folder.exists() and self._replaced.is_dir():
            self._replaced.rename(self.folder)

    def swap_in(self, staging: Path) -> None:
        """Put `staging` in the place of the folder; whoever has the old one open keeps it."""
        shutil.rmtree(self._replaced, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(self._replaced)
        try:
            staging.rename(self.folder)
        except OSError:
            self._put_back()
            raise

    @property
    def _replaced(self) -> Path:
        return self.partial / "replaced"


def is_database(folder: Path) -> bool:
    """Tell whether a folder may be replaced: it holds a reference database, or nothing."""
    if not folder.is_dir():
        return False
    return (folder / files.MANIFEST).exists() or not any(folder.iterdir())


def publish(contents: Contents, model: ModelSpec, destination: Destination, grown_from: Path | None = None) -> None:
    """Write `contents`, check them, and put them in place of what was there.

    Args:
        contents: at least one row.
        model: spec of the embedder that made the embeddings.
        destination: checked before.
        grown_from: a database whose rows are the first of `contents`: its index is extended instead of built anew.

    Raises:
        BadReference: the result does not validate, or cannot be written; what was there stays.
    """
    if not contents.rows:
        raise BadReference(f"{destination.folder}: no card would be left in it; nothing was written")
    with writing(destination):
        staging = destination.partial / "staging"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        _write(contents, model, staging, grown_from)
        _refuse_invalid(staging, destination.folder)
        destination.swap_in(staging)
        shutil.rmtree(destination.partial, ignore_errors=True)


@contextmanager
def writing(destination: Destination) -> Iterator[None]:
    """Turn the operating system's refusals into errors that name the folder."""
    try:
        yield
    except OSError as error:
        raise BadReference(
            f"{destination.folder}: cannot be written ({error.strerror or error}); give another folder with --out"
        ) from error


def _write(contents: Contents, model: ModelSpec, folder: Path, grown_from: Path | None) -> None:
    np.save(folder / files.EMBEDDINGS, contents.embeddings)
    np.save(folder / files.SIGNATURES, contents.signatures)
    names = [*files.SEED_FILES, *files.OWN_FILES]
    if contents.local is not None:
        np.save(folder / files.LOCAL, contents.local)
        names.append(files.LOCAL)
    write_rows(folder, contents.rows)
    if len(contents.rows) < files.MANY_ROWS:
        _write_index(contents, folder, grown_from)
        files.write_json(folder / files.METADATA, contents.metadata)
    else:
        _write_many(contents, folder, grown_from)
        names += files.MANY_FILES
    Manifest(
        rows=len(contents.rows),
        cards=len(set(contents.card_ids)),
        model=model,
        groups=tuple(map(tuple, contents.groups)),
        files={name: FileFact.of(folder / name) for name in names},
        created=now(),
    ).save(folder)


def _write_index(contents: Contents, folder: Path, grown_from: Path | None) -> None:
    if grown_from is None:
        index = build_index(contents.embeddings)
    else:
        index = open_index(grown_from / files.INDEX, view=False)
        extend_index(index, contents.embeddings[len(index) :])
    index.save(str(folder / files.INDEX))


def _write_many(contents: Contents, folder: Path, grown_from: Path | None) -> None:
    """Write the small index, its graph once more under whole embeddings for other readers, and records to map."""
    if grown_from is not None and (grown_from / files.COMPACT).exists():
        compact.extend(grown_from, contents.embeddings, folder)
    else:
        compact.build(contents.embeddings, folder)
    write_whole_index(folder / files.COMPACT, contents.embeddings, folder / files.INDEX)
    write_records(folder, contents.metadata)


def _refuse_invalid(staging: Path, folder: Path) -> None:
    findings = [finding for finding in validate(staging) if finding.serious]
    if findings:
        raise BadReference(f"{folder}: not written, as the result would not be sound: {findings[0]}")
