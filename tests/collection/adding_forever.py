"""A process that adds cards until it is killed, and says after each that it was acknowledged.

    python adding_forever.py FILE ROUND

prints `request id quantity` on a line of its own for each entry that `Collection.add` has returned.
"""

from __future__ import annotations

import io
import itertools
import os
import sys
import threading

from PIL import Image

from cardlens.collection import NewCopy, open_collection


def crop(number: int) -> bytes:
    """Draw a picture, another one for each number."""
    out = io.BytesIO()
    Image.new("RGB", (64, 88), (number % 256, number // 256 % 256, 90)).save(out, "PNG")
    return out.getvalue()


def main(file: str, turn: str) -> None:
    """Add from two threads at once."""
    collection = open_collection(file)

    def add(thread: int) -> None:
        for number in itertools.count():
            request, quantity = f"{turn}-{thread}-{number}", number % 7 + 1
            new = NewCopy("base1-4", quantity, note=request, tags=("killed",))
            copy = collection.add(new, crop(number), request=request)
            os.write(1, f"{request} {copy.id} {quantity}\n".encode())

    threads = [threading.Thread(target=add, args=(thread,)) for thread in range(2)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
