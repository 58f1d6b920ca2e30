from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardlens.errors import CardlensError
from cardlens.scale.errors import ScaleError
from cardlens.scale.leading import led


def counts(most: int) -> Iterator[int]:
    yield from range(most)


def fails(error: str) -> Iterator[int]:
    yield 1
    raise CardlensError(error)


def has_a_bug() -> Iterator[int]:
    yield 1 // 0


def is_ended(by: int) -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), by)
    signal.pause()


def tells_its_process(file: str) -> Iterator[int]:
    Path(file).write_text(str(os.getpid()), encoding="ascii")
    yield 1
    signal.pause()


def test_gives_what_is_counted_in_the_other_process() -> None:
    assert list(led(counts, 4)) == [0, 1, 2, 3]


def test_an_error_there_is_an_error_here() -> None:
    with pytest.raises(ScaleError, match=r"^the store: is away; try again$"):
        list(led(fails, "the store: is away; try again"))
    with pytest.raises(ScaleError, match="unexpected ZeroDivisionError"):
        list(led(has_a_bug))


@pytest.mark.parametrize("by", [signal.SIGABRT, signal.SIGKILL])
def test_a_process_that_ray_ends_is_one_line_with_the_next_step(by: signal.Signals) -> None:
    heard: list[int] = []
    with pytest.raises(ScaleError, match=f"ended by itself .signal {by.name}.*give the same command again") as told:
        heard.extend(led(is_ended, by.value))
    assert "\n" not in str(told.value)


def test_it_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    text = (
        "from cardlens.scale.leading import led; from tests.scale.test_leading import tells_its_process\n"
        f"import os, signal\nfor _ in led(tells_its_process, {str(file)!r}): os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    subprocess.run([sys.executable, "-c", text], env={**os.environ, "PYTHONPATH": path}, check=False, timeout=300)
    process = int(file.read_text(encoding="ascii"))
    for _ in range(3000):
        if not Path(f"/proc/{process}").exists() or "Z" in Path(f"/proc/{process}/stat").read_text().split()[2]:
            return
        signal.sigtimedwait([], 0.01)
    pytest.fail("it goes on alone")
