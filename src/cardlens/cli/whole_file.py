"""Files that are written aside and appear whole, or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.collection.completion import SetCompletion


@contextmanager
def writing_whole(file: Path, *, force: bool) -> Iterator[TextIO]:
    """Give a text file that takes its place when the block ends well; `-` is standard output."""
    if str(file) == "-":
        yield sys.stdout
        return
    check_free(file, force=force)
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("w", encoding="utf-8", newline="") as out:
            yield out
        aside.replace(file)
    except OSError as error:
        raise CardlensError(f"{file}: cannot be written ({error.strerror}); give another place") from None
    finally:
        aside.unlink(missing_ok=True)


def write_whole(file: Path, content: bytes, *, force: bool) -> None:
    """Write a file that appears whole; raises `CardlensError`."""
    check_free(file, force=force)
    aside = file.with_name(f".{file.name}.part")
    try:
        aside.write_bytes(content)
        aside.replace(file)
    except OSError as error:
        raise CardlensError(f"{file}: cannot be written ({error.strerror}); give another place") from None


def check_free(file: Path, *, force: bool) -> None:
    """Raise `CardlensError` where a file would be overwritten unasked."""
    if file.exists() and not force:
        raise CardlensError(f"{file}: is there already; give another name, or --force")


def write_chart(file: Path, sets: Sequence[SetCompletion], title: str, *, force: bool) -> None:
    """Draw a chart of sets as FILE.png or FILE.svg; raises `CardlensError`."""
    from cardlens.collection.chart import lay_out
    from cardlens.collection.chart_png import as_png
    from cardlens.collection.chart_svg import as_svg

    drawn = lay_out(sets, title)
    if file.suffix.lower() == ".svg":
        write_whole(file, as_svg(drawn).encode(), force=force)
    elif file.suffix.lower() == ".png":
        write_whole(file, as_png(drawn), force=force)
    else:
        raise CardlensError(f"{file}: a chart is a .png or a .svg; name it so")
