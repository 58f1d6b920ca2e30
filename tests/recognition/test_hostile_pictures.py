"""Every broken or hostile file is one line of error, or a picture where it is harmless; and never anything else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import decode
from cardlens.recognition.picture_file import printable
from tests.recognition.hostile_files import Hostile, write_hostile_files

DECODE_ALL = """
import json, re, sys
from pathlib import Path
from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import decode

refused = 0
for name in json.load(sys.stdin):
    try:
        decode(Path(name))
    except UnreadablePicture:
        refused += 1
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024
print(json.dumps({"refused": refused, "peak": peak}))
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Hostile]:
    return write_hostile_files(tmp_path_factory.mktemp("hostile"))


def outcome(file: Path) -> str:
    try:
        decode(file)
    except UnreadablePicture as error:
        return str(error)
    return "a picture"


def test_the_corpus_is_large(corpus: list[Hostile]) -> None:
    assert sum(not file.harmless for file in corpus) >= 100


def test_each_broken_file_is_one_line_that_names_it(corpus: list[Hostile]) -> None:
    for file in corpus:
        if file.harmless:
            continue
        with pytest.raises(UnreadablePicture) as caught:
            decode(file.path)
        message = str(caught.value)
        assert message.startswith(f"{printable(str(file.path))}: ")
        assert message.isprintable(), message
        assert "; " in message, f"no next step: {message}"
        assert len(message) < len(str(file.path)) + 260


def test_each_harmless_file_is_a_picture_or_one_line(corpus: list[Hostile]) -> None:
    lines = [outcome(file.path) for file in corpus if file.harmless]
    assert all(line.isprintable() for line in lines)
    assert lines.count("a picture") >= 10


def test_nothing_is_printed(corpus: list[Hostile], capfd: pytest.CaptureFixture[str]) -> None:
    for file in corpus:
        if file.path.suffix in (".tif", ".webp", ".heic", ".avif"):
            outcome(file.path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells its peak memory on Linux only")
def test_all_of_them_in_one_process_take_less_than_a_gigabyte(corpus: list[Hostile]) -> None:
    names = [str(file.path) for file in corpus]
    command = [sys.executable, "-c", DECODE_ALL]
    run = subprocess.run(command, input=json.dumps(names), capture_output=True, text=True, timeout=120, check=True)
    told = json.loads(run.stdout)
    assert run.stderr == ""
    assert told["refused"] >= sum(not file.harmless for file in corpus)
    assert told["peak"] < 1_000_000_000
