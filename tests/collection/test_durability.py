"""kill -9 while a collection is written: nothing acknowledged is lost, and it opens.

CARDLENS_KILLS says how many times; few by default, as each takes a second.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from cardlens.collection import open_collection

KILLS = int(os.environ.get("CARDLENS_KILLS", "4"))
SCRIPT = Path(__file__).with_name("adding_forever.py")
_MAKES_IT_ANEW = 5  # every so often the kill may also hit the making of the tables


def acknowledged_until_killed(file: Path, turn: int, entries: int, seconds: float) -> list[tuple[str, int, int]]:
    """Let a process add cards, kill it, and give what it said was done: (request, id, quantity).

    It is killed so many seconds after it has acknowledged so many entries; after none: while it starts.
    """
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(file), str(turn)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        first = b"".join(process.stdout.readline() for _ in range(entries))
        time.sleep(seconds)
        process.kill()
        said, complained = process.communicate()
    assert complained == b""
    # the last line may be cut: then it was not acknowledged
    lines = (first + said).decode().rpartition("\n")[0].splitlines()
    return [(request, int(copy_id), int(quantity)) for request, copy_id, quantity in map(str.split, lines)]


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    lost: list[str] = []
    total = 0
    for turn in range(KILLS):
        anew = turn % _MAKES_IT_ANEW == 0
        file = tmp_path / f"{turn // _MAKES_IT_ANEW}.db"
        entries, seconds = (0, chance.uniform(0, 2)) if anew else (chance.randint(1, 40), chance.uniform(0, 0.02))
        done = acknowledged_until_killed(file, turn, entries, seconds)
        with closing(sqlite3.connect(file)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        with open_collection(file) as collection:
            copies = {copy.id: copy for copy in collection.copies()}
            events = len(collection.history(1_000_000))
            for request, copy_id, quantity in done:
                copy = copies.get(copy_id)
                if copy is None or (copy.note, copy.quantity, copy.tags) != (request, quantity, ("killed",)):
                    lost.append(request)
            if done:
                assert len(collection.proof(done[-1][1]).content) > 0
        assert events == len(copies)  # no half event: an entry and its history come together
        total += len(done)
    assert lost == []
    assert total > 0
    sys.stdout.write(f"{KILLS} kills, {total} acknowledged, 0 lost\n")
