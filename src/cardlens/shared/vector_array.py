"""Many vectors as one parameter of a statement, in PostgreSQL's binary form: nothing is printed and parsed again."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types import TypeInfo

# one dimension, no nulls, element type, length, first index
_HEADER = struct.Struct(">iiIii")


@dataclass(frozen=True, slots=True)
class VectorArray:
    """`rows` (n, d) as `vector[]`."""

    rows: npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class HalfVectorArray:
    """`rows` (n, d) as `halfvec[]`."""

    rows: npt.NDArray[Any]


class _ArrayDumper(Dumper):
    """Writes arrays as pgvector's `vector_recv` and `halfvec_recv` read their elements: length, zero, numbers."""

    format = Format.BINARY
    element: ClassVar[int]
    number: ClassVar[str]

    def dump(self, obj: VectorArray | HalfVectorArray) -> bytes:
        """The parameter's bytes."""
        count, length = obj.rows.shape
        one = np.dtype([("bytes", ">i4"), ("length", ">i2"), ("zero", ">i2"), ("numbers", self.number, (length,))])
        elements = np.zeros(count, one)
        elements["bytes"], elements["length"], elements["numbers"] = one.itemsize - 4, length, obj.rows
        return _HEADER.pack(1, 0, self.element, count, 1) + elements.tobytes()


def register_arrays(connection: Connection[Any]) -> None:
    """Let a connection, to a database with pgvector, take both kinds of arrays."""
    for kind, name, number in ((VectorArray, "vector", ">f4"), (HalfVectorArray, "halfvec", ">f2")):
        info = TypeInfo.fetch(connection, name)
        if info is not None:
            known = {"element": info.oid, "number": number}
            connection.adapters.register_dumper(kind, type("_KnownDumper", (_ArrayDumper,), known))
