"""Runs the batches of a plan on a Ray cluster, by a pool of actors of Ray Data."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

from cardlens.scale.careful import Attempts, ended_after, one_by_one
from cardlens.scale.errors import ScaleError
from cardlens.scale.leading import led
from cardlens.scale.ledger import Ledger
from cardlens.scale.plan import Batch, Plan, as_plan, keep_plan
from cardlens.scale.work import Work, Worker
from cardlens.store.address import open_store

Progress = Callable[[int, int], None]
# Batches that one actor has at hand, the one it works on included: more would only wait, and be done again if it dies.
IN_FLIGHT = 2
# Ray moves blocks of batches: one each while they are few, some together where each block would cost the driver more
# than it is worth.
_MOST_BLOCKS = 2000
_THREADS = "OPENBLAS_NUM_THREADS"
# What workers need to find a store; keys never travel: machines have a role, or a profile of their own.
_PASSED_ON = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where to work.

    Attributes:
        address: of a Ray cluster (`auto`, `host:6379`); None starts one on this machine that ends with the run.
        workers: actors, a core each; None for as many as the cluster has cores when the run begins.
    """

    address: str | None = None
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a run.

    Attributes:
        manifest: of all parts, as it was written.
        fresh: batches that this run did; the others were there.
        newcomers: items that came after the work was planned; they are not in it.
    """

    manifest: dict[str, Any]
    plan: Plan
    fresh: int
    newcomers: int


def run(
    work: Work, items: Mapping[str, str], size: int, place: str, cluster: Cluster, progress: Progress = lambda *_: None
) -> Done:
    """Do `work` on every item once, and write its parts and their manifest.

    What an earlier run has left at `place` stands; a driver or node that is lost costs the batches it had at hand.

    Args:
        work: what to do.
        items: the state of each item's input, which changes when that does, empty where it has none; in the order of
            the results.
        size: items in a batch.
        place: address of a store that all machines reach: a bucket's prefix, or a folder on a shared disk.
        cluster: where.
        progress: called with (items done, items in all).

    Raises:
        ScaleError: `place` holds other work or results of other inputs, or a worker could not go on.
    """
    store = open_store(place)
    plan = keep_plan(store, as_plan(work.describe(), items, size))
    ledger = Ledger(store)
    there = ledger.done()
    left = [batch for batch in plan.batches() if batch.number not in there]
    done = len(plan.names) - sum(len(batch.names) for batch in left)
    progress(done, len(plan.names))
    if left:
        given = work, left, store.address, cluster
        for count in _lead(*given) if _is_connected() else led(_lead, *given):
            done += count
            progress(done, len(plan.names))
    return Done(ledger.close(plan), plan, len(left), len(set(items) - set(plan.names)))


def _is_connected() -> bool:
    """Tell whether this process leads Ray already: then it goes on to."""
    ray = sys.modules.get("ray")
    return ray is not None and bool(ray.is_initialized())


def _lead(work: Work, left: Sequence[Batch], place: str, cluster: Cluster) -> Iterator[int]:
    with connected(cluster):
        yield from _deliveries(work, left, place, cluster)


@contextmanager
def connected(cluster: Cluster) -> Iterator[None]:
    """Join the cluster, or start one here; a connection that is there already is used and stays."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # cardlens tells nobody what it does
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what it has to say on its insides is for its developers
    import ray  # noqa: PLC0415 - two seconds

    with redirect_stdout(sys.stderr):  # what Ray has to say is no result
        if ray.is_initialized():
            yield
            return
        try:
            _join(cluster)
        except Exception as error:  # Ray raises a bare one where a machine is too busy to start it in time
            reason = str(error).partition("\n")[0]
            raise ScaleError(f"Ray at {cluster.address or 'this machine'}: cannot be reached ({reason})") from error
        try:
            yield
        finally:
            ray.shutdown()


def _join(cluster: Cluster) -> None:
    import ray  # noqa: PLC0415

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if cluster.address:
        ray.init(address=cluster.address, **quiet)
    else:
        ray.init(address="local", num_cpus=cluster.workers, include_dashboard=False, **quiet)


def _deliveries(work: Work, left: Sequence[Batch], place: str, cluster: Cluster) -> Iterator[int]:
    """Run batches, and give the number of items of each when it is done."""
    import ray  # noqa: PLC0415
    from ray import data  # noqa: PLC0415

    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    for name in ("ray.data", "ray"):
        logging.getLogger(name).setLevel(logging.ERROR)
    cores = int(ray.cluster_resources().get("CPU", 1))  # type: ignore[no-untyped-call]
    workers = min(cluster.workers or cores, len(left))
    if not workers:
        raise ScaleError("the cluster has no cores yet, and grows only for what asks for them; say how many: --workers")
    rows = [{"number": batch.number, "names": json.dumps(batch.names)} for batch in left]
    results = data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS)).map(
        _actor(work, place),
        compute=data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=IN_FLIGHT),
        num_cpus=1,
        runtime_env={"env_vars": worker_environment()},
    )
    for row in results.iter_rows():
        if row["failure"]:
            raise ScaleError(str(row["failure"]))
        yield int(row["items"])


def worker_environment() -> dict[str, str]:
    """Give the environment variables that workers have from here.

    numpy's products differ in their last digit with the threads that share them: Ray would let workers have one, and
    the answers of another engine would then be other ones, at the fourth decimal of a probability, now and then.
    """
    threads = os.environ.get(_THREADS) or os.environ.get("OMP_NUM_THREADS") or str(os.cpu_count() or 1)
    return {_THREADS: threads} | {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}


def _actor(work: Work, place: str) -> Any:
    """Give the class of the pool's actors, their work a part of it."""

    class Actor:
        def __init__(self) -> None:
            self.batches = Batches(work, place)

        def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
            return self.batches.take(row)

    return Actor


class Batches:
    """One worker of the pool. It opens what it needs with the first batch, and says what fails instead of dying."""

    def __init__(self, work: Work, place: str) -> None:
        self._work = work
        self._ledger = Ledger(open_store(place))
        self._attempts = Attempts(self._ledger.store)
        self._worker: Worker | None = None

    def take(self, row: dict[str, Any]) -> dict[str, Any]:
        """Do the batch of a row, and say how that went."""
        names = json.loads(row["names"])
        result = {"number": row["number"], "items": len(names), "failure": ""}
        try:
            self._do(Batch(int(row["number"]), tuple(names)))
        except Exception as error:  # an actor that dies is started again, and again: the driver must hear the reason
            result["failure"] = f"{type(error).__name__}: {error}" if not str(error) else str(error)
        return result

    def _do(self, batch: Batch) -> None:
        if self._ledger.has(batch.number):  # done before the node was lost that was to say so
            return
        if self._attempts.begin(batch.number) > Attempts.ENDED:
            table = one_by_one(self._work, batch.names)
        else:
            with ended_after(self._work.patience.batch(len(batch.names))):
                self._worker = self._worker or self._work.open()
                table = self._worker(batch.names)
        self._ledger.deliver(batch.number, table)
