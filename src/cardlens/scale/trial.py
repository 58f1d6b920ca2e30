"""Tries the Ray engine in full size: `python -m cardlens.scale.trial --photos 4000`.

Two nodes of one core on this machine name small photos of drawn cards. The driver is killed after a third, a node
after two thirds; the answers are compared with those of the local engine, and the rate of two workers with that of
one. One JSON object is printed. Rates are by the clock: nothing else should run while they are measured, which
`--photos 0` does alone, and `--timed 0` leaves out.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from cardlens.scale.answers import answer_lines
from cardlens.scale.engine import Cluster, Done, connected, run
from cardlens.scale.errors import ScaleError
from cardlens.scale.ledger import Ledger
from cardlens.scale.local_cluster import LocalCluster
from cardlens.scale.naming import NamingWork
from cardlens.scale.pictures import photo_files
from cardlens.scale.plan import Plan
from cardlens.scale.trial_photos import save_photos
from cardlens.settings import Settings
from cardlens.store.address import open_store

_BATCH = 20
_LOOK_EVERY = 0.1  # seconds
_SHOWN = 3  # answers that differ, in full
_LEAST_TIMED = 10 * _BATCH  # fewer are over before both workers are warm

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Rate:
    """Photos a second, from the first batch that was delivered to the last: models are open by then."""

    workers: int
    photos: int
    a_second: float
    seconds_to_first: float


def main() -> None:
    """Run the trial."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--photos", type=int, default=4000, help="photos to name while things die; 0: none")
    options.add_argument("--timed", type=int, default=800, help="photos for each measurement of a rate; 0: none")
    wanted = options.parse_args()
    if 0 < wanted.timed < _LEAST_TIMED:
        options.error(f"--timed {wanted.timed}: a rate takes at least {_LEAST_TIMED} photos; 0 leaves rates out")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cardlens-trial-") as folder:
        report = _trial(Path(folder), wanted.photos, wanted.timed)
    report |= {"cores": os.cpu_count(), "minutes": round((time.monotonic() - began) / 60, 1)}
    sys.stdout.write(json.dumps(report) + "\n")


def _trial(folder: Path, count: int, timed: int) -> dict[str, Any]:
    photos = folder / "photos"
    photos.mkdir()
    save_photos(photos, max(count, timed))
    names = [str(photo) for photo in sorted(photos.iterdir())]
    report: dict[str, Any] = {}
    with LocalCluster() as nodes:
        if count:
            report |= _losses(photos, names, folder / "out", nodes)
            nodes.add()
        if timed:
            report |= _rates(names[:timed], folder, nodes)
    return report


def _losses(photos: Path, names: list[str], out: Path, nodes: LocalCluster) -> dict[str, Any]:
    """Name all photos, while a driver and a node are lost; compare with the local engine."""
    broken = photos / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no photo")
    names = [*names, str(broken)]
    expected = _say("local engine", lambda: _named_locally(names, out.parent))
    killed = _say("killed driver", lambda: _killed_driver(photos, out, nodes.address, len(names)))
    done = _say("killed node", lambda: _killed_node(names, out, nodes))
    return _compare(out, done, expected) | {
        "driver_killed_after_batches": killed,
        "then_batches_were_left": done.fresh,
        "begun_again_batches": _begun(out) - done.plan.count,
    }


def _rates(names: Sequence[str], folder: Path, nodes: LocalCluster) -> dict[str, Any]:
    """Time one worker and two, in turns, twice each; what is compared is the better of each."""
    taken = [
        _say(f"rate of {workers} at a time", partial(_rate, names, folder / f"rate-{turn}", nodes, workers))
        for turn, workers in enumerate((1, 2, 1, 2))
    ]
    one, two = (max(rate.a_second for rate in taken if rate.workers == workers) for workers in (1, 2))
    return {"rates": [asdict(rate) for rate in taken], "two_to_one": round(two / one, 2)}


def _say(what: str, work: Callable[[], Result]) -> Result:
    sys.stderr.write(f"{what} …\n")
    return work()


def _work(names: Sequence[str]) -> tuple[NamingWork, dict[str, str]]:
    settings = Settings.from_environment()
    place, photos = photo_files([Path(name) for name in names], settings.max_bytes)
    return NamingWork.of(place, settings), photos


def _named_locally(names: Sequence[str], folder: Path) -> list[dict[str, Any]]:
    """Let two processes of the plain command name half of the photos each."""
    environment = {**os.environ, "CARDLENS_THREADS": "1"}
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    with ExitStack() as stack:
        running = []
        for number, half in enumerate(halves):
            out = stack.enter_context((folder / f"local-{number}").open("wb"))
            command = [sys.executable, "-m", "cardlens", "identify", "--json", *half]
            running.append(subprocess.Popen(command, stdout=out, env=environment))  # noqa: S603 - our own program
        codes = [process.wait() for process in running]
    if max(codes) > 1:
        raise ScaleError("the local engine failed; its message is above")
    return [_untimed(line) for number in range(2) for line in (folder / f"local-{number}").read_text().splitlines()]


def _untimed(line: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(line)
    record.pop("milliseconds", None)
    return record


def _killed_driver(photos: Path, out: Path, address: str, count: int) -> int:
    """Start the command, kill it after a third of the batches; gives how many it left done."""
    command = [sys.executable, "-m", "cardlens", "identify", str(photos), "--engine", "ray", "--address", address]
    command += ["--workers", "2", "--batch", str(_BATCH), "--out", str(out)]
    driver = subprocess.Popen(command)  # noqa: S603 - our own program
    ledger = Ledger(open_store(str(out)))
    while len(ledger.done()) < count / _BATCH / 3:
        if driver.poll() is not None:
            raise ScaleError("the driver ended by itself; its message is above")
        time.sleep(_LOOK_EVERY)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    return len(ledger.done())


def _killed_node(names: Sequence[str], out: Path, nodes: LocalCluster) -> Done:
    """Go on, and kill a node after two thirds."""

    def progress(done: int, total: int) -> None:
        if done >= total * 2 / 3 and len(nodes.nodes) == 2:
            nodes.kill()

    return run(*_work(names), _BATCH, str(out), Cluster(nodes.address, 2), progress)


def _rate(names: Sequence[str], out: Path, nodes: LocalCluster, workers: int) -> _Rate:
    marks: list[tuple[float, int]] = []
    cluster = Cluster(nodes.address, workers)
    with connected(cluster):
        run(
            *_work(names),
            _BATCH,
            str(out),
            cluster,
            lambda done, _: marks.append((time.monotonic(), done)),
        )
    (begun, _), (first, at_first), (last, at_last) = marks[0], marks[workers], marks[-1]
    return _Rate(workers, len(names), round((at_last - at_first) / (last - first), 2), round(first - begun, 1))


def _compare(out: Path, done: Done, expected: Sequence[dict[str, Any]]) -> dict[str, Any]:
    answers = list(_answers(out, done.plan))
    by_photo = {record["photo"]: record for record in expected}
    different = [answer for answer in answers if by_photo.get(answer["photo"]) != answer]
    for answer in different[:_SHOWN]:
        sys.stderr.write(f"different: {json.dumps(answer)}\n  locally: {json.dumps(by_photo.get(answer['photo']))}\n")
    return {
        "photos": len(expected),
        "answers": len(answers),
        "named_twice": len(answers) - len({answer["photo"] for answer in answers}),
        "lost": len(set(by_photo) - {answer["photo"] for answer in answers}),
        "different": len(different),
        "error_rows": done.manifest["errors"],
        "cards": sum(len(answer.get("cards", ())) for answer in answers),
    }


def _answers(out: Path, plan: Plan) -> Iterator[dict[str, Any]]:
    return (_untimed(line) for line in answer_lines(Ledger(open_store(str(out))), plan))


def _begun(out: Path) -> int:
    return sum(1 for _ in open_store(str(out)).list("attempts"))


if __name__ == "__main__":
    main()
