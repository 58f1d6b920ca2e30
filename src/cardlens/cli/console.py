"""What the commands print on, and what an error looks like."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cardlens import errors
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_OF_A_PIPE = 120  # rich takes 80 where there is no terminal, too narrow for a table of cards


def stdout() -> Console:
    """Give the console for results."""
    return _console(stderr=False)


def stderr() -> Console:
    """Give the console for progress and errors."""
    return _console(stderr=True)


def say_error(message: str) -> None:
    """Print a message as one red line on stderr, whatever line breaks it has."""
    stderr().print(" ".join(message.split()), style="red", markup=False, highlight=False, soft_wrap=True)


def speak_utf8() -> None:
    """Make both streams UTF-8, so that Pokémon prints under any locale and a file name of any bytes prints at all."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the program with one red line: 1 for a `CardlensError` or a refusal of the operating system, 2 for a bug.

    CARDLENS_DEBUG=1: a traceback, but for a `CardlensError`.
    """
    try:
        yield
    except CardlensError as error:
        say_error(str(error))
        raise SystemExit(1) from None
    except Exception as error:
        if debugging():
            raise
        refused = errors.system_refusal(error) if isinstance(error, OSError) else None
        say_error(refused or bug_report(error))
        raise SystemExit(1 if refused else 2) from None


def debugging() -> bool:
    """Tell whether tracebacks are wanted."""
    return os.environ.get("CARDLENS_DEBUG") == "1"


def bug_report(error: Exception) -> str:
    """Say that an error is ours, and how to report it."""
    return errors.bug_report(error)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console  # 35 ms, for nothing where only lines are printed

    console = Console(stderr=stderr)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH_OF_A_PIPE
    return console
