"""Asking a service on the web for one thing: with limits, patience and conditional requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_exponential,
    wait_random,
)

from cardlens import __version__
from cardlens.reference.fetch.errors import CatalogueUnavailable, NotGiven, NotReached, NotThere
from cardlens.reference.fetch.pace import Pace, Patience, retry_after

_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))
_REDIRECTS = 5
_ERROR_BYTES = 500_000  # of an error's body are read, so that the connection can be used again
_GONE = frozenset((404, 410))
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Validators:
    """What a service said of the version that we have, to be asked "has it changed?"."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Headers of a conditional request."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `content` is None where what we have is still right (304)."""

    url: str
    content: bytes | None
    validators: Validators


class _Passing(Exception):
    """Something that may be over in a moment. `wait`: seconds that the service asks for."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


@dataclass(frozen=True, slots=True)
class Client:
    """Asks at a pace, with patience. Safe to share between threads."""

    pace: Pace
    patience: Patience = field(default_factory=Patience)
    http: httpx.Client = field(default_factory=httpx.Client)
    stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def open(cls, pace: Pace, patience: Patience | None = None) -> Self:
        """Make a client; it only talks https, or to this computer."""
        patience = patience or Patience()
        http = httpx.Client(
            timeout=patience.silence,
            max_redirects=_REDIRECTS,
            headers={"User-Agent": f"cardlens/{__version__}"},
            event_hooks={"request": [_check_address]},
        )
        return cls(pace, patience, http)

    def stop(self) -> None:
        """Make every thread give up what it waits for: nothing is asked any more."""
        self.stopped.set()

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def get(
        self,
        url: str,
        most_bytes: int,
        known: Validators | None = None,
        secret: Mapping[str, str] | None = None,
    ) -> Reply:
        """Get one thing.

        Args:
            url: what to get.
            most_bytes: a longer answer is refused.
            known: validators of the version that we have.
            secret: headers with a key. They are sent to this address only: no redirect is followed then.

        Raises:
            NotThere: there is none.
            NotGiven: refused, too long, or not an answer.
            NotReached: all attempts failed.
            CatalogueUnavailable: the service asks to be left alone for longer than patience lasts.
        """
        headers = {**(known.headers if known else {}), **(secret or {})}
        attempts = Retrying(
            sleep=sleep_using_event(self.stopped),
            stop=stop_after_attempt(self.patience.attempts) | stop_when_event_set(self.stopped),
            wait=self._pause,
            retry=retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            return attempts(self._ask, url, most_bytes, headers, follow=not secret)
        except _Passing as error:
            raise NotReached(f"{url}: {error.reason}, {self.patience.attempts} times; try again later") from None

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, _Passing) else 0.0
        patience = self.patience
        doubling = wait_exponential(multiplier=patience.first_wait, max=patience.longest_wait)
        return max(asked, doubling(state) + wait_random(0, patience.first_wait)(state))

    def _ask(self, url: str, most_bytes: int, headers: Mapping[str, str], *, follow: bool) -> Reply:
        self.pace.wait(self.stopped)
        if self.stopped.is_set():
            raise NotReached(f"{url}: not asked, as the run was stopped; give the same command again")
        try:
            with self.http.stream("GET", url, headers=dict(headers), follow_redirects=follow) as response:
                self._check_status(url, response)
                content = None if response.status_code == httpx.codes.NOT_MODIFIED else self._body(response, most_bytes)
        except (httpx.TooManyRedirects, httpx.DecodingError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotGiven(f"{url}: {_words(error)}; it was left out") from None
        except httpx.TransportError as error:
            raise _Passing(_words(error)) from None
        kept = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
        return Reply(url, content, kept)

    def _check_status(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in (httpx.codes.OK, httpx.codes.NOT_MODIFIED):
            return
        with suppress(NotGiven, _Passing, httpx.HTTPError):
            self._body(response, _ERROR_BYTES)
        if status in _GONE:
            raise NotThere(f"{url}: the service has none (HTTP {status})")
        if status not in _PASSING:
            raise NotGiven(f"{url}: the service answered HTTP {status}; it was left out")
        wait = retry_after(response.headers.get("Retry-After"))
        if wait > self.patience.longest_wait:
            raise CatalogueUnavailable(
                f"{url}: the service asks for a pause of {wait:.0f} s (HTTP {status}); "
                "give the same command later and it goes on where it stopped"
            )
        raise _Passing(f"HTTP {status}", wait)

    def _body(self, response: httpx.Response, most_bytes: int) -> bytes:
        """Read the body, but not for ever and not without end."""
        url, until = response.url, time.monotonic() + self.patience.whole
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > most_bytes:
                raise NotGiven(f"{url}: longer than the limit of {most_bytes:,} bytes; it was left out")
            if time.monotonic() > until:
                raise _Passing(f"not finished after {self.patience.whole:.0f} s")
        return b"".join(parts)


def _check_address(request: httpx.Request) -> None:
    """Before every request, redirected ones too: only https, so that nobody between can change what is brought in."""
    if request.url.scheme != "https" and request.url.host not in _LOOPBACK:
        raise httpx.UnsupportedProtocol(f"not an https address: {request.url}")


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
