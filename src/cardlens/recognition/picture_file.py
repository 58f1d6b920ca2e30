"""The bytes of a picture file, read so that no folder, pipe or giant can hang or flood the caller."""

from __future__ import annotations

import stat
from pathlib import Path

from cardlens.errors import UnreadablePicture

MEGA = 1_000_000


def printable(name: str) -> str:
    """Give `name` on one line that any terminal can show: control characters and stray bytes are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in name)


def read_file(path: Path, shown: str, max_bytes: int) -> bytes:
    """Read a regular file of at most `max_bytes`; raises `UnreadablePicture`, in which it is called `shown`."""
    try:
        _check_regular(path, shown)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise UnreadablePicture(f"{shown}: no such file; check the name") from None
    except OSError as error:
        raise UnreadablePicture(
            f"{shown}: cannot be read ({error.strerror}); check its permissions and place"
        ) from error
    except ValueError:  # a NUL in the name
        raise UnreadablePicture(f"{shown}: not a possible file name; check the name") from None
    check_length(data, shown, max_bytes)
    return data


def check_length(data: bytes, shown: str, max_bytes: int) -> None:
    """Refuse nothing at all, and more than `max_bytes`."""
    if not data:
        raise UnreadablePicture(f"{shown}: the file is empty; copy it again from the camera or phone")
    if len(data) > max_bytes:
        limit = f"{max_bytes / MEGA:.0f} MB" if max_bytes >= MEGA else f"{max_bytes} bytes"
        raise UnreadablePicture(
            f"{shown}: larger than the limit of {limit}; save it smaller or raise CARDLENS_MAX_BYTES"
        )


def _check_regular(path: Path, shown: str) -> None:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise UnreadablePicture(f"{shown}: a folder, not a picture; name the pictures in it")
    if not stat.S_ISREG(mode):  # opening a pipe would wait for ever, reading a device may never end
        raise UnreadablePicture(f"{shown}: a pipe or device, not a file; save the picture to a file first")
