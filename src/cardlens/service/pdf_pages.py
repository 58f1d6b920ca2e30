"""The pages of a PDF as pictures, made in a process of its own: a PDF may be made to crash or to never end.

Run as `python -m cardlens.service.pdf_pages PAGES PIXELS`: a PDF on standard input, JPEGs on standard output, each
behind its length (4 bytes, big-endian).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

from cardlens.errors import UnreadablePicture

MAGIC = b"%PDF-"
_SECONDS = 30  # a page of scans takes a tenth of a second
_MEMORY = 1_500_000_000  # bytes
_LONG_SIDE = 2400  # pixels: a binder page of nine cards then has cards of 500 pixels


def is_pdf(data: bytes) -> bool:
    """Tell a PDF by its first bytes."""
    return data[:1024].lstrip().startswith(MAGIC)


def render(data: bytes, name: str, most: int) -> list[bytes]:
    """Render each page of a PDF as a JPEG.

    Raises:
        UnreadablePicture: damaged, encrypted, more than `most` pages, or not done in time.
    """
    command = [sys.executable, "-I", "-m", "cardlens.service.pdf_pages", str(most)]
    try:
        ended = subprocess.run(command, input=data, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 (our own words)
    except subprocess.TimeoutExpired:
        raise UnreadablePicture(f"{name}: its pages take longer than {_SECONDS} s; send them as pictures") from None
    if ended.returncode == _TOO_MANY:
        raise UnreadablePicture(f"{name}: more than {most} pages; send it in parts")
    if ended.returncode != 0:
        raise UnreadablePicture(f"{name}: not a PDF that can be read; send its pages as pictures")
    return list(_unpacked(ended.stdout))


_TOO_MANY = 3


def _unpacked(data: bytes) -> Iterator[bytes]:
    start = 0
    while start + 4 <= len(data):
        length = int.from_bytes(data[start : start + 4], "big")
        yield data[start + 4 : start + 4 + length]
        start += 4 + length


def _render_all(data: bytes, most: int) -> int:
    import pypdfium2  # noqa: PLC0415 (only this process needs it)

    document = pypdfium2.PdfDocument(data)
    if len(document) > most:
        return _TOO_MANY
    for page in document:
        wide, high = page.get_size()
        scale = _LONG_SIDE / max(wide, high, 1.0)
        file = BytesIO()
        page.render(scale=scale).to_pil().convert("RGB").save(file, "JPEG", quality=90)
        sys.stdout.buffer.write(len(file.getvalue()).to_bytes(4, "big") + file.getvalue())
    return 0


def _confine() -> None:
    """Take away time and memory beyond the limits, where the system can."""
    try:
        import resource  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


if __name__ == "__main__":
    _confine()
    try:
        sys.exit(_render_all(sys.stdin.buffer.read(), int(sys.argv[1])))
    except Exception:  # whatever it is, the PDF is at fault, and the parent says so
        sys.exit(1)
