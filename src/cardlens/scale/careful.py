"""An item that ends the whole process or never ends, as a codec's bug may, is found out and costs one row."""

from __future__ import annotations

import faulthandler
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import pyarrow as pa

from cardlens.errors import CardlensError
from cardlens.scale.errors import ScaleError
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from cardlens.scale.work import Work

_ENDED = "its look at this ended the whole process; convert it to another format, and report it"
_HANGS = "its look at this came to no end in {seconds:,.0f} s; convert it to another format, and report it"


class Attempts:
    """How often each batch was begun: a mark in the store each time, before anything is opened."""

    ENDED = 2  # processes that lost nodes explain; from then on items are suspected
    _MOST = 1000

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self._store = store

    def begin(self, number: int) -> int:
        """Mark one more attempt; gives how many it makes."""
        for count in range(1, self._MOST):
            try:
                self._store.create(f"attempts/{number:06d}-{count}", b"begun")
            except AlreadyThere:
                continue
            return count
        raise ScaleError(f"{self._store.address}: batch {number} was begun {self._MOST} times; report this")


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """End this process where the block takes longer: what hangs in a codec cannot be stopped otherwise.

    The next attempt at the batch is another process's; where the block was at is told on stderr.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def one_by_one(work: Work, names: Sequence[str]) -> pa.Table:
    """Do the items of a batch in a process of their own; one that ends it gets an error row."""
    child: _Child | None = None
    rows = []
    try:
        for name in names:
            child = child or _Child(work)
            answer = child.ask(name, work.patience.item)
            if isinstance(answer, str):
                child.end()
                child = None
                answer = work.failed(name, answer)
            rows.append(answer)
    finally:
        if child is not None:
            child.end()
    return pa.concat_tables(rows)


class _Child:
    """A process with the work opened in it, that is asked item by item."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=_answer, args=(work, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, name: str, seconds: float) -> pa.Table | str:
        """Give the row of an item, or why there is none: the process ended over it, or came to no end."""
        try:
            self._line.send_bytes(name.encode("utf-8", "surrogateescape"))
            if not self._line.poll(seconds):
                return _HANGS.format(seconds=seconds)
            answer = self._line.recv_bytes()
        except (EOFError, OSError):
            return _ENDED
        if answer.startswith(b"!"):
            raise ScaleError(answer[1:].decode())
        with pa.ipc.open_stream(answer) as stream:
            return stream.read_all()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._line.close()
        self._process.kill()
        self._process.join()


def _answer(work: Work, line: Connection) -> None:
    """Be the child: give a table for each name, as Arrow's bytes; what is no item's fault begins with `!`."""
    try:
        worker = work.open()
        while True:
            name = line.recv_bytes().decode("utf-8", "surrogateescape")
            line.send_bytes(_as_bytes(worker([name])))
    except EOFError:
        return
    except CardlensError as error:
        line.send_bytes(b"!" + str(error).encode("utf-8", "backslashreplace"))


def _as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content
