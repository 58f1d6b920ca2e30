"""The tree of a store, as the seed has it: which data sets and models there are, where each lies, what it is for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from cardlens.store.errors import StoreError

OWN = ".cardlens"  # the folder of our own records, in each data set and at the root
KEPT = f"{OWN}/kept"  # copies of every content that a version names, by SHA-256, where the bucket keeps no versions
MISC = "Misc"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set or a model: what is published and pulled as one.

    Attributes:
        name: as commands take it.
        path: its folder in the store, without a slash at the end.
        title: as tables show it.
        category: its row in the inventory.
        purpose: what it is for.
        together: its files belong together: they come into place together, after all have arrived.
        switched: locally each version has a folder of its own, and a link says which is in use.
        parts: files that tables show as if they had versions of their own, with their titles.
    """

    name: str
    path: str
    title: str
    category: str
    purpose: str
    together: bool = False
    switched: bool = False
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def records(self) -> str:
        """Folder of its manifests and its pointer."""
        return f"{self.path}/{OWN}"


DATASETS = (
    Dataset("raw", "data/raw", "Raw images", "Raw Images", "Original card scans"),
    Dataset("processed", "data/processed", "Processed data", "Processed Data", "Training-ready datasets"),
    Dataset("teacher", "models/dinov3-teacher", "Teacher model", "Teacher Model", "Teacher for distillation"),
    Dataset(
        "student", "models/efficientnet-student", "EfficientNet student", "Student Models", "PyTorch, ONNX, HEF", True
    ),
    Dataset("hailo", "models/efficientnet-hailo", "Hailo student", "Student Models", "PyTorch, ONNX, HEF"),
    Dataset(
        name="reference",
        path="data/reference",
        title="Reference DB",
        category="Reference DB",
        purpose="Production embeddings",
        together=True,
        switched=True,
        parts=(("metadata.json", "Metadata"),),
    ),
    Dataset("calibration", "models/efficientnet-hailo/calibration", "Calibration", "Calibration", "Hailo quantization"),
    Dataset("experiments", "experiments", "Experiments", MISC, "Configs, logs"),
    Dataset("pipelines", "pipelines", "Pipelines", MISC, "Configs, logs"),
)
GROUPS = {"models": ("teacher", "student", "hailo")}
CATEGORIES = tuple(dict.fromkeys(one.category for one in DATASETS))
_BY_NAME = {one.name: one for one in DATASETS}
# the longest path first: calibration lies inside the folder of the Hailo model
_BY_PATH = sorted(DATASETS, key=lambda one: len(one.path), reverse=True)


def dataset(name: str) -> Dataset:
    """Give the data set of a name; raises `StoreError`."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise StoreError(f"{name}: no such data set; there are {', '.join(choices())}") from None


def datasets(names: Iterable[str]) -> list[Dataset]:
    """Give the data sets of names or of groups such as `models`, each once; all where there is no name."""
    single = [one for name in names for one in GROUPS.get(name, (name,))]
    return [dataset(name) for name in dict.fromkeys(single)] or list(DATASETS)


def choices() -> list[str]:
    """List what `dataset` and `datasets` take."""
    return [*_BY_NAME, *GROUPS]


def owner(path: str) -> Dataset | None:
    """Tell which data set an object belongs to, None where to none."""
    return next((one for one in _BY_PATH if path.startswith(f"{one.path}/")), None)


def is_record(path: str) -> bool:
    """Tell whether an object is one of our own records: manifests, pointers, kept copies."""
    return OWN in path.split("/")


def kept(sha256: str) -> str:
    """Give the path of the kept copy of a content."""
    return f"{KEPT}/{sha256[:2]}/{sha256}"


def is_safe(path: str) -> bool:
    """Tell whether a relative path from a manifest may be written under a folder: it leads nowhere else."""
    parts = path.split("/")
    plain = all(part not in ("", ".", "..") and part.isprintable() and "\\" not in part for part in parts)
    return plain and len(path) <= 900 and OWN not in parts and not PurePosixPath(path).is_absolute()
