"""How fast and with how much memory files go to and from a bucket: cardlens, s5cmd and boto3, in turns.

Each run is a program of its own, started as a user would, with a place of its own in the bucket and on the disk.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from cardlens.store.errors import StoreError

# load → data set that it goes to, and its folder
_LOADS = {"small": ("raw", "data/raw"), "large": ("teacher", "models/dinov3-teacher")}
_KIB = 1024
_BOTO3 = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import boto3
way, bucket, prefix, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
client = boto3.client("s3")
def up(file):
    client.upload_file(str(file), bucket, prefix + "/" + file.relative_to(folder).as_posix())
def down(key):
    file = folder / key[len(prefix) + 1:]
    file.parent.mkdir(parents=True, exist_ok=True)
    client.download_file(bucket, key, str(file))
pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/") if way == "pull" else []
keys = [one["Key"] for page in pages for one in page["Contents"]]
with ThreadPoolExecutor(10) as pool:  # as many as `aws s3 sync` has
    if way == "push":
        list(pool.map(up, [file for file in folder.rglob("*") if file.is_file()]))
    else:
        list(pool.map(down, keys))
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One program, one way, one load: seconds, files, bytes, and the most memory that it took, in bytes."""

    tool: str
    way: str
    load: str
    seconds: float
    files: int
    bytes: int
    memory: int

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / self.seconds


@dataclass(frozen=True, slots=True)
class Bench:
    """What to measure: where, with how many files of how many bytes, and how many turns."""

    address: str
    folder: Path
    files: int = 2000
    size: int = 100_000
    large: int = 500_000_000
    turns: int = 4

    def run(self) -> Iterator[Run]:
        """Measure, every tool in every turn.

        What comes after boto3's long run is slower for a while: cardlens and s5cmd take that place by turns.
        """
        self._make_files()
        tools = [tool for tool in ("cardlens", "s5cmd", "boto3") if _has(tool)]
        for turn in range(self.turns):
            for tool in tools if turn % 2 == 0 else tools[1::-1] + tools[2:]:
                for load in ("small", "large"):
                    yield from self._both_ways(tool, load, turn)

    def _both_ways(self, tool: str, load: str, turn: int) -> Iterator[Run]:
        prefix = f"bench-{os.getpid()}/{tool}-{load}-{turn}"
        source, target = self.folder / load, self.folder / "pulled" / prefix
        target.mkdir(parents=True)
        for way, folder in (("push", source), ("pull", target)):
            shutil.rmtree(folder / ".cardlens", ignore_errors=True)  # nothing is known of an earlier turn
            os.sync()  # nobody waits for what another has left to be written
            seconds, memory = _measure(self._command(tool, way, load, prefix, folder))
            count, size = _sum(folder)
            yield Run(tool, way, load, seconds, count, size, memory)
        self._compare(source, target)
        _empty(target)

    def _command(self, tool: str, way: str, load: str, prefix: str, folder: Path) -> list[str]:
        parts = urlsplit(self.address)
        path = f"{parts.path.strip('/')}/{prefix}".strip("/")
        name, its_folder = _LOADS[load]
        if tool == "cardlens":
            common = ["--store", f"s3://{parts.netloc}/{path}", "--folder", str(folder), "--apply"]
            return [sys.executable, "-m", "cardlens", "store", way, name, *common]
        here, there = folder / its_folder, f"{path}/{its_folder}"
        if tool == "boto3":
            here.mkdir(parents=True, exist_ok=True)
            return [sys.executable, "-c", _BOTO3, way, parts.netloc, there, str(here)]
        ends = [f"{here}/", f"s3://{parts.netloc}/{there}/"]
        ends = ends if way == "push" else [f"{ends[1]}*", ends[0]]
        return [_program("s5cmd"), "--log", "error", "cp", *ends]

    def _make_files(self) -> None:
        small = self.folder / "small" / _LOADS["small"][1] / "card_images"
        large = self.folder / "large" / _LOADS["large"][1] / "v1.0"
        for folder in (small, large):
            folder.mkdir(parents=True, exist_ok=True)
        for number in range(self.files):
            (small / f"bench-{number}.png").write_bytes(os.urandom(self.size))
        with (large / "teacher.pth").open("wb") as stream:
            for start in range(0, self.large, 10**7):
                stream.write(os.urandom(min(10**7, self.large - start)))

    @staticmethod
    def _compare(source: Path, target: Path) -> None:
        if _sum(source) != _sum(target):
            raise StoreError(f"{target}: not what was sent: {_sum(target)} files and bytes, not {_sum(source)}")


def medians(runs: list[Run]) -> list[Run]:
    """Give the median of each tool, way and load; of memory the most."""
    groups: dict[tuple[str, str, str], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.load, run.way, run.tool), []).append(run)
    return [
        Run(
            tool,
            way,
            load,
            median(one.seconds for one in group),
            group[0].files,
            group[0].bytes,
            max(one.memory for one in group),
        )
        for (load, way, tool), group in sorted(groups.items())
    ]


def _measure(command: list[str]) -> tuple[float, int]:
    """Run a program to its end; returns seconds and the most memory it had, in bytes; `StoreError` where it fails."""
    started = perf_counter()
    process = subprocess.Popen(command, env=_environment(), stdout=subprocess.DEVNULL)  # noqa: S603 - we wrote it
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise StoreError(f"{command[0]}: ended with {process.returncode}; see its own message above")
    return perf_counter() - started, usage.ru_maxrss * _KIB


def _environment() -> Mapping[str, str]:
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    return {**os.environ, **({"S3_ENDPOINT_URL": endpoint} if endpoint else {})}  # s5cmd's own name for it


def _empty(folder: Path) -> None:
    """Free the room that files take. They stay: for minutes ext4 looks past each deleted one when it makes another."""
    for file in folder.rglob("*"):
        if file.is_file():
            os.truncate(file, 0)


def _sum(folder: Path) -> tuple[int, int]:
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file() and ".cardlens" not in file.parts]
    return len(sizes), sum(sizes)


def _has(tool: str) -> bool:
    if tool == "boto3":
        return find_spec("boto3") is not None
    return tool == "cardlens" or bool(_program(tool))


def _program(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name) or ""
