"""What the service tells about itself: numbers for Prometheus and one line of JSON a request. Never a photo in them."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from cardlens.service.generation import Generation

LOG = logging.getLogger("cardlens.service")
SHARED_NUMBERS = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name: where several workers add up
_SECONDS = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 30, 60)


class Telling:
    """The numbers of one worker, or through files of all of them."""

    def __init__(self) -> None:
        """Use a registry of our own: several services may live in one process, as in tests."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would be a second line for every number
        self._registry = CollectorRegistry()
        own: dict[str, Any] = {"registry": self._registry, "namespace": "cardlens"}
        self._requests = Counter("requests", "Requests by route and status.", ["method", "route", "status"], **own)
        self._seconds = Histogram("request_seconds", "Time a request took.", ["route"], buckets=_SECONDS, **own)
        self._photos = Counter("photos", "Photos by outcome.", ["outcome"], **own)
        self._cards = Counter("cards", "Cards by decision.", ["decision"], **own)
        self._stages = Histogram("stage_seconds", "Time a photo took, by stage.", ["stage"], buckets=_SECONDS, **own)
        self._batch = Histogram("embedded_crops", "Crops in one batch.", buckets=(1, 2, 4, 8, 16, 32, 64), **own)
        self._busy = Counter("refused_busy", "Requests refused with 429.", **own)
        gauges: dict[str, Any] = {**own, "multiprocess_mode": "livesum"}
        self._waiting = Gauge("photos_waiting", "Photos waiting or being worked on.", **gauges)
        self._live = Gauge("live_cameras", "Cameras connected.", **gauges)
        self._generation = Gauge(
            "generation", "Which opening of models and database answers.", **own | {"multiprocess_mode": "max"}
        )
        self._rows = Gauge("reference_rows", "Rows of the reference database.", **own | {"multiprocess_mode": "max"})

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern, never what was in its place."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def named(self, answer: Mapping[str, Any]) -> None:
        """Count a photo and its cards."""
        self._photos.labels("named").inc()
        for card in answer["cards"]:
            self._cards.labels(card["decision"]).inc()
        for stage, milliseconds in answer["milliseconds"].items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def unreadable(self) -> None:
        """Count a photo that could not be read."""
        self._photos.labels("unreadable").inc()

    def refused_busy(self) -> None:
        """Count a 429."""
        self._busy.inc()

    def waiting(self, photos: int) -> None:
        """Set how many photos wait or are worked on."""
        self._waiting.set(photos)

    def live(self, step: int) -> None:
        """Count a camera in (+1) or out (-1)."""
        self._live.inc(step)

    def embedded(self, crops: int) -> None:
        """Count a batch."""
        self._batch.observe(crops)

    def opened(self, generation: Generation) -> None:
        """Say which generation answers from now on."""
        self._generation.set(generation.number)
        self._rows.set(len(generation.known))
        LOG.info("opened", extra={"said": {"generation": generation.number, "version": generation.version}})

    def metrics(self) -> bytes:
        """Everything in the text format of Prometheus."""
        if SHARED_NUMBERS not in os.environ:
            return generate_latest(self._registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, message, and what was given as `said`."""

    def format(self, record: logging.LogRecord) -> str:
        """Put one record on one line."""
        said = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "said", {}),
        }
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_to_stderr(loggers: Iterable[str] = ("cardlens.service", "uvicorn.error")) -> None:
    """Write the service's log as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in loggers:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
