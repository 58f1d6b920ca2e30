"""Ray's driver in a process of its own: where a cluster is lost, Ray ends the process that leads it, without a word."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from cardlens.errors import CardlensError, bug_report
from cardlens.scale.errors import ScaleError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_PATIENCE = 20.0  # seconds that Ray has to end what it started
_DONE = ""

Lead = Callable[..., Iterator[int]]


def led(lead: Lead, *given: Any) -> Iterator[int]:
    """Give what `lead(*given)` yields in a process of its own, which ends with this one, however that ends.

    Args:
        lead: a function of a module.
        *given: to it; can be pickled.

    Raises:
        ScaleError: what `lead` raised, or that its process ended without an error of ours.
    """
    context = get_context("spawn")
    line, theirs = context.Pipe()
    process = context.Process(target=_lead, args=(theirs, lead, given))
    process.start()
    theirs.close()
    try:
        yield from _heard(line, process)
    finally:
        line.close()
        _end(process)


def _heard(line: Connection, process: BaseProcess) -> Iterator[int]:
    while True:
        try:
            said = line.recv()
        except (EOFError, OSError):
            process.join(_PATIENCE)
            raise ScaleError(
                f"the process that led Ray ended by itself ({_how(process.exitcode)}): the cluster may be lost; "
                "what is done stands: give the same command again"
            ) from None
        if isinstance(said, int):
            yield said
        elif said == _DONE:
            return
        else:
            raise ScaleError(said)


def _lead(line: Connection, lead: Lead, given: tuple[Any, ...]) -> None:
    """Be that process: say each number, then nothing, or what went wrong."""
    threading.Thread(target=_end_with_parent, args=(line,), daemon=True).start()
    try:
        for number in lead(*given):
            line.send(number)
        line.send(_DONE)
    except CardlensError as error:
        line.send(str(error))
    except Exception as error:  # the other process tells it
        line.send(bug_report(error))
    except KeyboardInterrupt:  # the other one has it too, and says so
        return


def _end_with_parent(line: Connection) -> None:
    """End where the other process closed the line: it says nothing on it, so all that comes is its end."""
    try:
        line.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)


def _end(process: BaseProcess) -> None:
    """Let it end what it started; then end it."""
    process.join(_PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
