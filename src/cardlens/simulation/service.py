"""One cell of the service: nodes that name photos, clients that come back when they are told to, nodes that fail.

A cell is what grows by being repeated: some nodes behind one address, with their own copy of the catalogue or with
connections to a shared one. Times are in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from cardlens.scale.measured import CORE_SECONDS

Process = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell is made of.

    Attributes:
        nodes: machines.
        cores: photos that a node names side by side, a core each.
        core_seconds: mean time of a core for a photo; `spread`: standard deviation of its logarithm.
        wait: a node refuses a photo (429) that would wait longer.
        look_ups: catalogue searches at once, of all nodes together; None where every node has its own copy.
        look_up_seconds: of the shared catalogue, for the cards of a photo.
        boot: from a node's loss to its replacement.
    """

    nodes: int
    cores: int = 16
    core_seconds: float = CORE_SECONDS
    spread: float = 0.5
    wait: float = 8.0
    look_ups: int | None = None
    look_up_seconds: float = 0.02
    boot: float = 180.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is asked of a cell, and what happens to it.

    Attributes:
        rate: photos a second.
        seconds: how long.
        burst: from a third of the time on, for `burst_seconds`, the rate is so many times higher.
        album: mean photos of a client, sent at once (geometric).
        lost_at_once: share of the nodes that fail together, in the middle of the burst or where it would be.
        losses_an_hour: of a node, at any time; spot machines have some.
        tries: a client gives up after so many refusals.
    """

    rate: float
    seconds: float = 900.0
    burst: float = 1.0
    burst_seconds: float = 60.0
    album: float = 3.0
    lost_at_once: float = 0.0
    losses_an_hour: float = 0.0
    tries: int = 8

    @property
    def burst_at(self) -> float:
        """When the burst begins."""
        return self.seconds / 3

    def rate_at(self, now: float) -> float:
        """Photos a second at a moment."""
        in_burst = self.burst_at <= now < self.burst_at + self.burst_seconds
        return self.rate * (self.burst if in_burst else 1.0)


@dataclass(slots=True)
class Tally:
    """What became of the photos, and how many nodes were lost and booted again while there was traffic."""

    sent: int = 0
    named: int = 0
    given_up: int = 0
    refused_once: int = 0
    repeated: int = 0
    busy: float = 0.0
    lost_nodes: int = 0
    booted_nodes: int = 0
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Seconds from sending to the answer, refusals included."""
        return float(np.percentile(self.seconds, share)) if self.seconds else math.nan


class _Node:
    def __init__(self, environment: simpy.Environment, cell: Cell) -> None:
        self.turns = simpy.Resource(environment, cell.cores)
        self.up = True
        self.lost = environment.event()
        self._cell = cell

    @property
    def expected_wait(self) -> float:
        return len(self.turns.queue) * self._cell.core_seconds / self._cell.cores

    @property
    def load(self) -> int:
        return self.turns.count + len(self.turns.queue)


class _Service:
    def __init__(self, cell: Cell, traffic: Traffic, seed: int) -> None:
        self.cell, self.traffic = cell, traffic
        self.random = np.random.default_rng(seed)
        self.environment = simpy.Environment()
        self.nodes = [_Node(self.environment, cell) for _ in range(cell.nodes)]
        self.catalogue = None if cell.look_ups is None else simpy.Resource(self.environment, cell.look_ups)
        self.tally = Tally()

    def arrivals(self) -> Process:
        traffic = self.traffic
        while self.environment.now < traffic.seconds:
            albums = traffic.rate_at(self.environment.now) / traffic.album
            yield self.environment.timeout(self.random.exponential(1 / albums))
            for _ in range(self.random.geometric(1 / traffic.album)):
                self.environment.process(self.photo())

    def photo(self) -> Process:
        """One photo, until it is named or given up; what a lost node had begun is sent again at once."""
        self.tally.sent += 1
        began, refused = self.environment.now, 0
        while True:
            node = self._least_loaded()
            if node is None or node.expected_wait > self.cell.wait:
                self.tally.refused_once += int(refused == 0)
                refused += 1
                if refused >= self.traffic.tries:
                    self.tally.given_up += 1
                    return
                wait = max(node.expected_wait if node else self.cell.wait, 1.0)
                yield self.environment.timeout(wait * self.random.uniform(0.5, 1.5) * refused)
                continue
            if (yield from self._name(node)):
                self.tally.named += 1
                self.tally.seconds.append(self.environment.now - began)
                return
            self.tally.repeated += 1

    def _name(self, node: _Node) -> Generator[simpy.Event, Any, bool]:
        with node.turns.request() as turn:
            yield turn | node.lost
            if not node.up:
                return False
            mean = math.log(self.cell.core_seconds) - self.cell.spread**2 / 2
            work = float(self.random.lognormal(mean, self.cell.spread))
            began = self.environment.now
            yield self.environment.timeout(work) | node.lost
            self.tally.busy += self.environment.now - began
            if node.up and self.catalogue is not None:
                with self.catalogue.request() as search:
                    yield search
                    yield self.environment.timeout(self.random.exponential(self.cell.look_up_seconds))
        return node.up

    def _least_loaded(self) -> _Node | None:
        """The less loaded of two that are up, chosen at random: nearly as good as asking all."""
        up = [node for node in self.nodes if node.up]
        if not up:
            return None
        one, other = (up[int(self.random.integers(len(up)))] for _ in range(2))
        return min(one, other, key=lambda node: node.load)

    def losses(self) -> Process:
        """Nodes that fail one by one."""
        mean = 3600 / (self.traffic.losses_an_hour * self.cell.nodes)
        while self.environment.now < self.traffic.seconds:
            yield self.environment.timeout(self.random.exponential(mean))
            if self.environment.now < self.traffic.seconds:
                self._lose(int(self.random.integers(len(self.nodes))))

    def loss_at_once(self) -> Process:
        """A part of the nodes fails together."""
        yield self.environment.timeout(self.traffic.burst_at + self.traffic.burst_seconds / 2)
        for at in range(round(self.traffic.lost_at_once * self.cell.nodes)):
            self._lose(at)

    def _lose(self, at: int) -> None:
        node = self.nodes[at]
        if node.up:
            node.up = False
            node.lost.succeed()
            self.tally.lost_nodes += 1
            self.environment.process(self._replace(at))

    def _replace(self, at: int) -> Process:
        yield self.environment.timeout(self.cell.boot)
        self.nodes[at] = _Node(self.environment, self.cell)
        self.tally.booted_nodes += int(self.environment.now < self.traffic.seconds)


def simulate(cell: Cell, traffic: Traffic, seed: int) -> Tally:
    """Run a cell under traffic until every photo is named or given up; the same seed gives the same tally."""
    service = _Service(cell, traffic, seed)
    service.environment.process(service.arrivals())
    if traffic.lost_at_once:
        service.environment.process(service.loss_at_once())
    if traffic.losses_an_hour:
        service.environment.process(service.losses())
    service.environment.run()
    return service.tally
