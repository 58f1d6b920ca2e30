"""A version to be registered: files on this disk, checked to belong together, and their way into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cardlens.recognition.sight import SightCalibration
from cardlens.reference.files import sha256
from cardlens.reference.manifest import Manifest
from cardlens.runtimes.base import ModelSpec
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_clock import now
from cardlens.store.registry_figures import read_figures
from cardlens.store.registry_status import check_note
from cardlens.store.registry_store import group_folder
from cardlens.store.registry_version import BadVersion, ModelVersion, VersionFile, check_name

FIGURES = "figures.json"
_MODEL_FILES = {".onnx", ".json", ".hef"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version and, for each of its files, where it lies on this disk."""

    version: ModelVersion
    sources: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who registers a version, what it was made from, and what there is to say about it."""

    by: str
    parents: Mapping[str, str]
    note: str = ""


def gather(name: str, models: Path, reference: Path, figures: Path, golden: Path, origin: Origin) -> Candidate:
    """Put a version together.

    Args:
        name: such as `v2.0`.
        models: folder of detector, embedder and calibration, and of HEFs if there are any.
        reference: folder of the database.
        figures: `figures.json`.
        golden: folder of the golden crops; empty or absent where there are none.
        origin: who, from what, why.

    Raises:
        BadModel, BadReference, BadFigures, BadVersion: parts are missing or do not belong together.
    """
    embedder = _check_models(models)
    manifest = Manifest.load(reference)
    manifest.check_model(reference, embedder)
    measured = read_figures(figures)
    sources = {
        **{f"models/{file.name}": file for file in _model_files(models)},
        **{f"reference/{name}": reference / name for name in ("manifest.json", *manifest.files)},
        **{f"golden/{file.name}": file for file in sorted(golden.glob("*"))},
        FIGURES: figures,
    }
    version = ModelVersion(
        name=check_name(name),
        created=now(),
        created_by=origin.by,
        embedder=embedder,
        cards=manifest.cards,
        files={path: _fact(file) for path, file in sources.items()},
        figures=measured,
        parents=dict(origin.parents),
        note=check_note(origin.note),
    )
    _check_reference(reference, manifest, version)
    return Candidate(version, sources)


def _check_models(models: Path) -> str:
    """Give the embedder's digest if weights, spec and calibration belong together."""
    digest = ModelSpec.load(models / "embedder.json").digest
    for name in ("embedder", "detector"):
        spec, weights = ModelSpec.load(models / f"{name}.json"), models / f"{name}.onnx"
        if not weights.is_file() or sha256(weights) != spec.digest:
            raise BadVersion(f"{weights}: is not the file that {name}.json describes; export the model again")
    SightCalibration.open(models / "calibration.json", digest)
    return digest


def _check_reference(reference: Path, manifest: Manifest, version: ModelVersion) -> None:
    for name, fact in manifest.files.items():
        if version.files[f"reference/{name}"].sha256 != fact.sha256:
            raise BadVersion(f"{reference / name}: is not what its manifest says; run `cardlens reference validate`")


def _model_files(models: Path) -> Iterator[Path]:
    yield from sorted(file for file in models.iterdir() if file.is_file() and file.suffix in _MODEL_FILES)


def _fact(file: Path) -> VersionFile:
    if not file.is_file():
        raise BadVersion(f"{file}: missing; a version is not registered without it")
    return VersionFile(file.stat().st_size, sha256(file))


def file_path(digest: str, group: str = GROUP) -> str:
    """Where a file's content lies in the store: by its digest, so that versions share what they have in common."""
    return f"{group_folder(group)}/files/{digest}"


def missing_files(store: Store, candidate: Candidate, group: str = GROUP) -> dict[str, VersionFile]:
    """List the files of a candidate that the store does not hold yet, or holds with other bytes: those are read."""
    held = {listed.path: listed.bytes for listed in store.list(f"{group_folder(group)}/files")}

    def is_held(file: VersionFile) -> bool:
        place = file_path(file.sha256, group)
        return held.get(place) == file.bytes and store.digest(place)[0] == file.sha256

    return {path: file for path, file in candidate.version.files.items() if not is_held(file)}


def upload(store: Store, candidate: Candidate, progress: Callable[[int], None], group: str = GROUP) -> int:
    """Send the files that the store lacks, each checked against its digest; gives the bytes sent."""
    missing = missing_files(store, candidate, group)
    for path, file in missing.items():
        store.send(file_path(file.sha256, group), candidate.sources[path], file.sha256, progress)
    return sum(file.bytes for file in missing.values())
