"""kill -9 of the service while cards are added: nothing acknowledged is lost, and it opens again.

CARDLENS_KILLS says how many times; few by default, as each takes seconds.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

import httpx

from cardlens.service.started import Started, started

KILLS = int(os.environ.get("CARDLENS_KILLS", "2"))
CLIENTS = 3


def add_until_killed(service: Started, turn: int, enough: int) -> dict[str, int]:
    """Add from several clients, kill the service once `enough` were acknowledged, and give those: id by note."""
    done: dict[str, int] = {}

    def add(client: int) -> None:
        with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as http:
            for number in range(10_000):
                note = f"{turn}-{client}-{number}"
                record = {"card_id": "base1-4", "quantity": number % 7 + 1, "note": note, "request": f"request-{note}"}
                try:
                    answer = http.post("/v1/collection", json=record)
                except httpx.HTTPError:
                    return
                assert answer.status_code == 201, answer.text
                done[note] = answer.json()["id"]
                if len(done) == enough:
                    os.kill(service.process.pid, signal.SIGKILL)

    clients = [threading.Thread(target=add, args=(client,)) for client in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join(timeout=120)
    return done


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(tmp_path: Path) -> None:
    place, chance = tmp_path / "cards.db", random.Random(20261123)
    acknowledged: dict[str, int] = {}
    variables = {"CARDLENS_COLLECTION": str(place), "CARDLENS_TOKEN": "", "CARDLENS_THREADS": "1"}
    for turn in range(KILLS):
        enough = chance.randint(1, 60)
        with started(tmp_path / "log", 1, variables) as service:
            done = add_until_killed(service, turn, enough)
            assert service.process.wait(timeout=60) == -signal.SIGKILL
        assert len(done) >= enough
        acknowledged |= done
        with closing(sqlite3.connect(place)) as raw:
            assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            kept = dict(raw.execute("SELECT note, id FROM copies").fetchall())
        assert {note: kept.get(note) for note in acknowledged} == acknowledged
    sys.stdout.write(f"{KILLS} kills, {len(acknowledged)} acknowledged, 0 lost\n")
