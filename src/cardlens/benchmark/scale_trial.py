"""A load trial of a shared catalogue: clients ask, cards are added, the version in use is switched in the middle.

Two versions hold the same cards as two models would embed them. Every client names the model that it runs, and every
answer is checked against the embeddings themselves: a row of the other version would have another similarity.
"""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.benchmark.scale_postgres import (
    MODEL,
    NEXT_MODEL,
    Progress,
    fill_version,
    index_of,
    make_catalogue,
    next_version_of,
    put,
)
from cardlens.benchmark.scale_rows import EQUAL, NEAREST, every_row
from cardlens.reference.files import Vectors
from cardlens.runtimes.base import Floats, ModelSpec
from cardlens.shared import versions
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.server import Server

_ASKED, _ADDED_AT_ONCE, _PAUSE = 24, 5, 0.25
# pgvector keeps half precision; so much two ways to multiply differ
_TOLERANCE = 2e-3
_NOISE = 0.02
# of so many questions a client, drawn from all it asked, recall is worked out, which compares every row
_WEIGHED = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What is done to the catalogue.

    Attributes:
        clients: processes that ask, each one vector after the other.
        seconds: how long.
        first: rows at the start; further rows are added meanwhile.
    """

    clients: int
    seconds: float
    first: int


@dataclass(frozen=True, slots=True)
class _Client:
    """One asker: where, with which rows, which model it runs before and after half of the time."""

    number: int
    address: str
    rows: Path
    load: Load
    models: tuple[ModelSpec, ModelSpec]
    starts: float


def run_trial(address: str, rows: Path, load: Load, progress: Progress) -> dict[str, Any]:
    """Fill two versions of an empty catalogue, then put it under load.

    Args:
        address: of an empty database.
        rows: .npy of (rows, 768) float16 unit vectors, more than `load.first`.
        load: what is done.
        progress: called with (rows put in, rows in all).

    Returns:
        `questions`, `p50_ms`, `p99_ms`, `wrong_version` (answers that are all of the other version), `mixed` (that are
        of neither), `recall_at_5`, `added`, `added_found`, `switched`.
    """
    whole: Vectors = np.load(rows, mmap_mode="r", allow_pickle=False)
    server = make_catalogue(address)
    total = 2 * load.first
    fill_version(server, MODEL, whole[: load.first], lambda some: some, lambda done, _: progress(done, total))
    fill_version(
        server, NEXT_MODEL, whole[: load.first], next_version_of, lambda done, _: progress(load.first + done, total)
    )
    starts = time.time() + 3.0 + 0.5 * load.clients
    models = [(MODEL, MODEL), (MODEL, NEXT_MODEL)]
    clients = [_Client(at, address, rows, load, models[at % 2], starts) for at in range(load.clients)]
    with ProcessPoolExecutor(load.clients, mp_context=get_context("spawn")) as pool:
        asked = [pool.submit(_ask, client) for client in clients]
        added, switched = _change(server, whole, load, starts)
        reports = [one.result() for one in asked]
    figures = _sum_up(reports, whole, load) | {"added": added, "switched": switched}
    figures["added_found"] = _found(address, whole, load.first, added)
    server.close()
    return figures


def _ask(client: _Client) -> dict[str, Any]:
    """What one client does; runs in a process of its own."""
    rows: Vectors = np.load(client.rows, mmap_mode="r", allow_pickle=False)
    random = np.random.default_rng(client.number)
    opened = {model.digest: SharedCatalogue.open(client.address, model.digest) for model in client.models}
    for shared in opened.values():
        shared.search(np.asarray(rows[:1], np.float32), _ASKED)
    report: dict[str, Any] = {"spent": [], "asked": [], "found": [], "mixed": 0, "wrong_version": 0}
    time.sleep(max(client.starts - time.time(), 0))
    ends = client.starts + client.load.seconds
    while (now := time.time()) < ends:
        model = client.models[int(now > client.starts + client.load.seconds / 2)]
        chosen = int(random.integers(client.load.first))
        _ask_one(opened[model.digest], model, rows, chosen, random, report)
    return report


def _ask_one(
    shared: SharedCatalogue,
    model: ModelSpec,
    rows: Vectors,
    chosen: int,
    random: np.random.Generator,
    report: dict[str, Any],
) -> None:
    vector = _noisy(np.asarray(rows[chosen], np.float32), random)
    asked = vector if model.digest == MODEL.digest else next_version_of(vector)
    started = time.perf_counter()
    hits = shared.search(asked[None], _ASKED)
    found = [index_of(shared.card_ids[row]) for row in hits.rows[0]]
    report["spent"].append((time.perf_counter() - started) * 1000)
    version = _answering(np.asarray(rows[found], np.float32), asked, hits.similarities[0])
    report["wrong_version"] += int(version not in (None, model.digest))
    report["mixed"] += int(version is None)
    at = len(report["asked"])
    if at == _WEIGHED:  # each question of the whole time is as likely to be kept
        at = int(random.integers(len(report["spent"])))
    report["asked"][at : at + 1], report["found"][at : at + 1] = [vector], [found[:NEAREST]]
    del report["asked"][_WEIGHED:], report["found"][_WEIGHED:]


def _answering(rows: Floats, asked: Floats, similarities: Floats) -> str | None:
    """Tell by (k,) similarities which version's embeddings of these rows were compared, None where neither's were."""
    owed = {MODEL.digest: rows @ asked, NEXT_MODEL.digest: next_version_of(rows) @ asked}
    return next((digest for digest, owes in owed.items() if np.abs(owes - similarities).max() <= _TOLERANCE), None)


def _change(server: Server, whole: Vectors, load: Load, starts: float) -> tuple[int, bool]:
    """Add cards to both versions until the time is over, and switch in the middle."""
    numbers = {one.model.digest: one.number for one in versions.all_versions(server)}
    added, switched = 0, False
    time.sleep(max(starts - time.time(), 0))
    while time.time() < starts + load.seconds and load.first + added + _ADDED_AT_ONCE <= len(whole):
        which = range(load.first + added, load.first + added + _ADDED_AT_ONCE)
        block = whole[which.start : which.stop]
        put(server, numbers[MODEL.digest], which, block)
        put(server, numbers[NEXT_MODEL.digest], which, next_version_of(block))
        added += len(which)
        if not switched and time.time() > starts + load.seconds / 2:
            switched = versions.switch(server, NEXT_MODEL.digest).in_use
        time.sleep(_PAUSE)
    return added, switched


def _sum_up(reports: list[dict[str, Any]], whole: Vectors, load: Load) -> dict[str, Any]:
    spent = np.concatenate([report["spent"] for report in reports])
    asked = np.stack([vector for report in reports for vector in report["asked"]])
    # cards that came meanwhile may have pushed others out: they are owed, or not, by when each was asked
    found = [[one for one in found if one < load.first] for report in reports for found in report["found"]]
    true = every_row(whole[: load.first], asked).tolist()
    right = sum(_as_near(whole, *one) for one in zip(asked, found, true, strict=True))
    return {
        "rows": load.first,
        "clients": load.clients,
        "questions": len(spent),
        "p50_ms": round(float(np.percentile(spent, 50)), 1),
        "p99_ms": round(float(np.percentile(spent, 99)), 1),
        "mixed": sum(report["mixed"] for report in reports),
        "wrong_version": sum(report["wrong_version"] for report in reports),
        "recall_at_5": round(right / sum(map(len, found)), 5),
    }


def _as_near(whole: Vectors, vector: Floats, mine: list[int], best: list[int]) -> int:
    """How many of the rows found are as near as the as many best: several cards may have one picture."""
    if not mine:
        return 0
    got, owed = (np.asarray(whole[rows], np.float32) @ vector for rows in (mine, best[: len(mine)]))
    return int((got >= owed.min() - EQUAL).sum())


def _found(address: str, whole: Vectors, first: int, added: int) -> int:
    """How many of the cards that were added their own embedding finds, in the version in use.

    Not as the first: some real cards have one picture, and so one embedding.
    """
    shared = SharedCatalogue.open(address, None)
    found = 0
    for at in range(first, first + added):
        hits = shared.search(next_version_of(whole[at : at + 1]), _ASKED)
        found += int(at in {index_of(shared.card_ids[row]) for row in hits.rows[0]})
    shared.close()
    return found


def _noisy(vector: Floats, random: np.random.Generator) -> Floats:
    moved = vector + random.normal(size=vector.shape).astype(np.float32) * _NOISE
    return np.asarray(moved / np.linalg.norm(moved), np.float32)
