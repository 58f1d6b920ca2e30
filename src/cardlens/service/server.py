"""Runs the service: uvicorn, its workers, and clients that take their time."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from contextlib import suppress
from functools import partial

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from cardlens.service.app import create_app
from cardlens.service.options import BadService, ServiceOptions
from cardlens.service.reloading import shared_count
from cardlens.service.telling import SHARED_NUMBERS

# seconds after which a worker that does not answer is replaced: uvicorn's own five are too few for one that starts on
# a small or busy computer, and it would be killed and started for ever
_WORKER_PATIENCE = 60


class PatientProtocol(HttpToolsProtocol):
    """HTTP whose patience ends: uvicorn itself would wait for headers for ever."""

    patience = 10.0  # seconds for the headers
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give a client its time for the first headers."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Give it as long for those of every later request."""
        idle = self.cycle is not None and self.cycle.response_complete
        if idle and self._deadline is None:
            self._wait()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The headers are there: from here on the guard counts."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(self.patience, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Workers(Multiprocess):
    """Workers whose end is seen at once: uvicorn holds their end of the pipe open too, and waits out its patience."""

    def keep_subprocess_alive(self) -> None:
        """Leave each worker its end of the pipe to itself, then ask them all."""
        for worker in self.processes:
            worker.child_conn.close()
        super().keep_subprocess_alive()


def serve(options: ServiceOptions) -> None:
    """Serve until SIGINT or SIGTERM, then let requests under way end; raises `BadService`."""
    config = _configuration(options)
    bound = _bind(options)
    if options.workers == 1:
        server = uvicorn.Server(config)
        with suppress(SystemExit):  # how uvicorn ends where it could not start
            server.run(sockets=[bound])
        _check_started(server.started)
        return
    with tempfile.TemporaryDirectory(prefix="cardlens-numbers-") as numbers:
        os.environ[SHARED_NUMBERS] = numbers  # workers add up their metrics in it
        workers = _Workers(config, sockets=[bound])
        workers.run()
    _check_started(all(worker.exitcode != STARTUP_FAILURE for worker in workers.processes))


def _check_started(well: bool) -> None:
    if not well:
        raise BadService("the service did not start; its log says why")


def _configuration(options: ServiceOptions) -> uvicorn.Config:
    return uvicorn.Config(
        partial(create_app, options, shared_count()),
        factory=True,
        workers=options.workers,
        http=PatientProtocol,
        ws="websockets-sansio",
        ws_max_size=options.limits.live_frame,
        ws_max_queue=2,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(options.limits.stop_seconds),
        timeout_worker_healthcheck=_WORKER_PATIENCE,
        h11_max_incomplete_event_size=64_000,
    )


def _bind(options: ServiceOptions) -> socket.socket:
    """Listen before anything is opened: a port that is taken shows at once, in one line."""
    bound = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((options.host, options.port))
    except OSError as error:
        bound.close()
        place = f"{options.host} port {options.port}"
        raise BadService(f"{place}: cannot listen there ({error.strerror}); name another with --port") from error
    bound.set_inheritable(True)
    return bound
