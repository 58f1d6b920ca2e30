"""The code of this installation as one archive that a job can run: the same code gives the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from cardlens import __version__
from cardlens.errors import CardlensError

PROGRAM = "train.py"
_PACKAGE = Path(__file__).parents[1]
_LEFT_OUT = ("__pycache__", ".partial", ".pyc")
_LARGEST = 200_000_000
_PROGRAM = '''"""What SageMaker runs."""

import os
import sys
from pathlib import Path

here = str(Path(__file__).parent.resolve())
sys.path.insert(0, here)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))

from cardlens.cloud.container import main  # noqa: E402

main()
'''


@dataclass(frozen=True, slots=True)
class CodeBundle:
    """A `.tar.gz` with the package, what it requires, and the program that SageMaker starts."""

    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the archive, hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def path(self) -> str:
        """Where it lies in the store: by its digest, so that it is sent once."""
        return f"experiments/code/{self.digest[:32]}.tar.gz"


def bundle_code(package: Path = _PACKAGE) -> CodeBundle:
    """Pack the package as it is installed here; raises `CardlensError` where that cannot be."""
    parts = {PROGRAM: _PROGRAM.encode(), "requirements.txt": "\n".join(requirements()).encode() + b"\n"}
    parts |= {f"cardlens/{file.relative_to(package).as_posix()}": file.read_bytes() for file in _files(package)}
    size = sum(map(len, parts.values()))
    if size > _LARGEST:
        raise CardlensError(f"{package}: {size:,} bytes, more than {_LARGEST:,}; take out what is not part of cardlens")
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, compresslevel=6) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in sorted(parts.items()):
            about = tarfile.TarInfo(name)
            about.size, about.mode = len(content), 0o644
            archive.addfile(about, io.BytesIO(content))
    return CodeBundle(packed.getvalue())


def requirements(checkout: Path = _PACKAGE.parents[1]) -> list[str]:
    """What training needs beside the package, as pip reads it: as declared here and now, or when it was installed."""
    project = checkout / "pyproject.toml"
    if project.exists():
        declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        return sorted([*declared["dependencies"], *declared["optional-dependencies"]["train"]])
    try:
        lines = requires("cardlens") or []
    except PackageNotFoundError as error:
        raise CardlensError(f"cardlens {__version__}: is not installed; run `pip install 'cardlens[train]'`") from error
    split = [line.partition(";") for line in lines]
    extras = [(requirement.strip(), marker.replace("'", '"').strip()) for requirement, _, marker in split]
    return sorted(requirement for requirement, marker in extras if marker in ("", 'extra == "train"'))


def _files(package: Path) -> Iterator[Path]:
    for file in sorted(package.rglob("*")):
        if file.is_file() and not file.is_symlink() and not any(part.endswith(_LEFT_OUT) for part in file.parts):
            yield file
