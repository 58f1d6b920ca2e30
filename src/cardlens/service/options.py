"""What a service is started with: where it listens, who may ask, and how much it takes on at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cardlens.errors import CardlensError
from cardlens.settings import Settings

PORT = 8151
SHORTEST_TOKEN = 16
_MEGA = 1_000_000


class BadService(CardlensError):
    """A service that cannot be started as asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused, so that nobody can fill the memory or hold the service up.

    Attributes:
        body: largest request with photos, in bytes; `small_body` that of every other request.
        held: bytes of photos that all requests together may hold.
        photos: photos, or pages of a PDF, in one request.
        pixels: largest picture that is decoded.
        requests: requests with photos at once, being read, waiting or worked on; the next one gets 429.
        wait_seconds: a request that would wait longer than this, at the present pace, gets 429 too.
        live: cameras at once, `live_frame` the largest frame in bytes.
        body_seconds: how long a client may take to send a body.
        work_seconds: how long a request may wait and be worked on.
        stop_seconds: how long a stop waits for requests that are under way.
    """

    body: int = 64 * _MEGA
    small_body: int = 1 * _MEGA
    held: int = 256 * _MEGA
    photos: int = 24
    pixels: int = 60 * _MEGA
    requests: int = 24
    wait_seconds: float = 20.0
    live: int = 8
    live_frame: int = 4 * _MEGA
    body_seconds: float = 30.0
    work_seconds: float = 60.0
    stop_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How the service is run.

    Attributes:
        host, port: where it listens.
        token: what a request must bring; None where only this computer can ask.
        names: further host names that it is reached by.
        workers: processes; they share the memory-mapped database.
        certificate, key: PEM files for HTTPS; None for plain HTTP.
    """

    settings: Settings = field(default_factory=Settings)
    host: str = "127.0.0.1"
    port: int = PORT
    token: str | None = field(default=None, repr=False)
    names: tuple[str, ...] = ()
    workers: int = 1
    certificate: Path | None = None
    key: Path | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        """Refuse to let others in without a token, and half a certificate."""
        if self.token is None and not is_loopback(self.host):
            raise BadService(
                f"--host {self.host}: others on the network could use it, so it needs a token: set CARDLENS_TOKEN "
                f"to {SHORTEST_TOKEN} or more characters that nobody guesses, or leave --host out"
            )
        if self.token is not None and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise BadService(f"CARDLENS_TOKEN: shorter than {SHORTEST_TOKEN} plain characters; choose a longer one")
        if (self.certificate is None) != (self.key is None):
            raise BadService("--tls-certificate and --tls-key belong together; give both or neither")

    @property
    def threads(self) -> int:
        """Photos that one worker names at once: together the workers use every core."""
        return max(1, (os.cpu_count() or 1) // self.workers)

    @property
    def address(self) -> str:
        """What to type into a browser on this computer."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}/"


def is_loopback(host: str) -> bool:
    """Tell whether only this computer can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
