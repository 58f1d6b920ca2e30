"""A service in processes of its own, on a port that is free: to measure it, and to try how it starts and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cardlens.service.options import BadService

_PATIENCE = 300.0  # seconds: machines that measure are often busy
_OPENED = '"message": "opened"'


@dataclass(frozen=True, slots=True)
class Started:
    """A service that runs. `log` is what it wrote to stderr."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def opened(self) -> int:
        """How often models and database were opened, by all workers together."""
        return self.log.read_text(encoding="utf-8").count(_OPENED)

    def wait_for(self, there: Callable[[], bool]) -> None:
        """Wait until something is so; raises `BadService` where the service ends before, or it takes too long."""
        until = time.monotonic() + _PATIENCE
        while not there():
            if self.process.poll() is not None:
                raise BadService(f"the service ended with {self.process.returncode}: {self._last_line()}")
            if time.monotonic() > until:
                raise BadService(f"the service took longer than {_PATIENCE:.0f} s: {self._last_line()}")
            time.sleep(0.05)

    def _last_line(self) -> str:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return lines[-1] if lines else "it said nothing"


@contextmanager
def started(log: Path, workers: int = 1, environment: Mapping[str, str] | None = None) -> Iterator[Started]:
    """Start `cardlens serve`, wait until all workers have opened their models, and kill what is left in the end.

    Args:
        log: file for what it says.
        workers: processes.
        environment: further variables, such as `CARDLENS_COLLECTION`.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cardlens", "serve", "--port", str(port), "--workers", str(workers)]
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, env=os.environ | (environment or {}), stdout=file, stderr=file
        )
    service = Started(f"http://127.0.0.1:{port}", process, log)
    try:
        service.wait_for(lambda: service.opened() >= workers)
        yield service
    finally:
        for pid in family(process.pid) if process.poll() is None else []:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def family(pid: int) -> list[int]:
    """A process and its children, as far as the system tells (Linux)."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(int(child) for child in children)]


def memory_of(pid: int) -> int:
    """Bytes of memory that a process and its children hold, what they share counted once (Linux)."""
    return sum(_share_of(one) for one in family(pid))


def _share_of(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # it has just ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
