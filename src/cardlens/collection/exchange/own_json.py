"""Our own JSON: an object a line, the crops among them, so that a file of any size can be written and read in passing.

{"format": "cardlens collection", "version": 1, "name": "main"}
{"crop": {"digest": "9f86…", "media_type": "image/jpeg", "content": "<base64>"}}
{"copy": {"card_id": "sv3pt5-25", "quantity": 1, …}}
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from cardlens.collection.copy import CardLabel, Copy, NewCopy, tidy_tags
from cardlens.collection.crops import MOST_BYTES, Crop, is_digest
from cardlens.collection.exchange.format import Incoming
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.exchange.table import MOST_ROWS
from cardlens.collection.faults import BadCopy, BadExchange

NAME = "json"
FORMAT, VERSION = "cardlens collection", 1
_LONGEST_LINE = MOST_BYTES * 4 // 3 + 1_000
_LABEL = ("name", "set_id", "set_name", "number")
_KNOWN = {"id", "card_id", "quantity", "finish", "language", "condition", "grade", "price_paid", "currency", "place"}
_KNOWN |= {"note", "tags", "acquired_on", "scanned_at", "scanned_from", "confidence", "proof", "added_at", *_LABEL}


def header(name: str) -> str:
    """The first line."""
    return _line({"format": FORMAT, "version": VERSION, "name": name})


def crop_line(crop: Crop) -> str:
    """The line of a crop; it goes before the first copy that it proves."""
    content = base64.b64encode(crop.content).decode("ascii")
    return _line({"crop": {"digest": crop.digest, "media_type": crop.media_type, "content": content}})


def copy_line(copy: Copy) -> str:
    """The line of an entry."""
    return _line({"copy": copy.as_json()})


def looks_like_it(start: bytes) -> bool:
    """Tell whether a file begins as ours do."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read(file: BinaryIO, name: str, report: ImportReport) -> Iterator[Incoming | bytes]:
    """Yield entries, and the content of crops; what cannot be used goes into the report."""
    count = 0
    for number, line in enumerate(_lines(file, name), 1):
        record = _record(line)
        if number == 1:
            _check_header(record, name)
        elif record is None:
            report.leave_out(number, None, "no JSON object; every line is one")
        elif "crop" in record:
            yield from _crop(record["crop"], number, report)
        elif "copy" in record:
            count += 1
            if count > MOST_ROWS:
                raise BadExchange(f"{name}, line {number}: more than {MOST_ROWS} entries; split it")
            yield from _copy(record["copy"], number, report)
        else:
            report.leave_out(number, None, "neither a copy nor a crop")


def _lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise BadExchange(f"{name}, line {number}: longer than {_LONGEST_LINE} bytes; not a file of cardlens")
        yield line


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _check_header(record: dict[str, Any] | None, name: str) -> None:
    if record is None or record.get("format") != FORMAT:
        raise BadExchange(f"{name}, line 1: not a collection of cardlens; it would begin with {header('main').strip()}")
    if record.get("version") != VERSION:
        raise BadExchange(f"{name}, line 1: version {record.get('version')}, known {VERSION}; upgrade cardlens")


def _crop(record: Any, line: int, report: ImportReport) -> Iterator[bytes]:
    try:
        content = base64.b64decode(record["content"], validate=True)
        if hashlib.sha256(content).hexdigest() != record["digest"]:
            report.leave_out(line, "digest", "the crop is damaged: its SHA-256 is another")
            return
    except (TypeError, KeyError, binascii.Error, ValueError):
        report.leave_out(line, "content", "no crop in Base64")
        return
    yield content


def _copy(record: Any, line: int, report: ImportReport) -> Iterator[Incoming]:
    try:
        yield _incoming(record, line)
    except BadCopy as error:
        report.leave_out(line, error.field, str(error))


def _incoming(record: Any, line: int) -> Incoming:
    if not isinstance(record, dict):
        raise BadCopy("no object", "copy")
    unknown = next((name for name in record if name not in _KNOWN), None)
    if unknown is not None:
        raise BadCopy("no such field", str(unknown))
    given = {name: value for name, value in record.items() if value is not None}
    fields = {name: given[name] for name in given if name not in {"id", "proof", "added_at", *_LABEL}}
    for name in ("price_paid", "acquired_on", "scanned_at", "tags"):
        if name in fields:
            fields[name] = _value(name, fields[name])
    if "card_id" not in fields:
        raise BadCopy("missing", "card_id")
    if given.get("name"):
        fields["label"] = CardLabel(**{part: _text(given, part) for part in _LABEL})
    added_at = _value("added_at", given["added_at"]) if "added_at" in given else None
    proof = _text(given, "proof") or None
    if proof is not None and not is_digest(proof):
        raise BadCopy(f"{proof!r} is no SHA-256", "proof")
    return Incoming(line, NewCopy(**fields), added_at, proof)


def _value(name: str, value: Any) -> Any:
    try:
        if name == "price_paid":
            return Decimal(str(value))
        if name == "tags":
            return tidy_tags([str(tag) for tag in value])
        return date.fromisoformat(value) if name == "acquired_on" else datetime.fromisoformat(value)
    except (TypeError, ValueError, InvalidOperation):
        raise BadCopy(f"{value!r} cannot be read", name) from None


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name, "")
    if not isinstance(value, str):
        raise BadCopy(f"{value!r} is no text", name)
    return value


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
