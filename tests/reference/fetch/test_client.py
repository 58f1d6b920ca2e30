from __future__ import annotations

import threading

import httpx
import pytest

from cardlens.reference.fetch.client import Client, Validators
from cardlens.reference.fetch.errors import CatalogueUnavailable, NotGiven, NotReached, NotThere
from cardlens.reference.fetch.pace import Pace, Patience
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.loopback import Act, Loopback

MOST = 200_000


def get(client: Client, service: Loopback, path: str = "/x", **options: object) -> bytes | None:
    return client.get(f"{service.url}{path}", MOST, **options).content  # type: ignore[arg-type]


def test_gives_what_is_there_and_what_identifies_it(service: Loopback, client: Client) -> None:
    service.on("/x", lo.give(b"here", ETag='"1"', Last_Modified="Mon, 05 Oct 2026 07:00:00 GMT"))
    reply = client.get(f"{service.url}/x", MOST)
    assert reply.content == b"here"
    assert reply.validators == Validators('"1"', "Mon, 05 Oct 2026 07:00:00 GMT")
    assert service.asked[0][1]["user-agent"].startswith("cardlens/")


def test_asks_whether_it_changed(service: Loopback, client: Client) -> None:
    service.on("/x", lo.give(b"here", ETag='"1"'))
    known = Validators('"1"', "Mon, 05 Oct 2026 07:00:00 GMT")
    assert get(client, service, known=known) is None
    assert service.asked[0][1]["if-modified-since"] == "Mon, 05 Oct 2026 07:00:00 GMT"
    assert get(client, service, known=Validators('"0"')) == b"here"


@pytest.mark.parametrize(
    "failure",
    [lo.status(500), lo.status(503), lo.status(429, Retry_After="0"), lo.cut_off(b"x" * 1000), lo.hang_up, lo.silent],
    ids=["500", "503", "429", "truncated", "hangs up", "silent"],
)
def test_what_passes_is_tried_again(service: Loopback, client: Client, failure: Act) -> None:
    service.on("/x", failure, failure, lo.give(b"at last"))
    assert get(client, service) == b"at last"
    assert len(service.asked) == 3


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (lo.status(500), "HTTP 500, 3 times"),
        (lo.cut_off(b"x" * 1000), "3 times"),
        (lo.hang_up, "3 times"),
        (lo.silent, "3 times"),
        (lo.dripping, "not finished"),
    ],
    ids=["500", "truncated", "hangs up", "silent", "dripping"],
)
def test_patience_ends(service: Loopback, client: Client, failure: Act, says: str) -> None:
    service.on("/x", failure)
    with pytest.raises(NotReached, match=says):
        get(client, service)
    assert len(service.asked) == 3


@pytest.mark.parametrize("code", [404, 410])
def test_what_is_not_there_is_not_asked_for_again(service: Loopback, client: Client, code: int) -> None:
    service.on("/x", lo.status(code))
    with pytest.raises(NotThere, match=f"HTTP {code}"):
        get(client, service)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (lo.status(403), "HTTP 403"),
        (lo.status(204), "HTTP 204"),
        (lo.endless, "longer than the limit"),
        (lo.give(b"x" * (MOST + 1)), "longer than the limit"),
        (lo.redirect("/x"), "redirects"),
        (lo.redirect("http://example.org/card.png"), "not an https address"),
        (lo.redirect("file:///etc/passwd"), "unsupported protocol"),
        (lo.bomb, "left out"),
    ],
    ids=["403", "204", "endless", "too long", "redirect loop", "redirect to http", "redirect to file", "no gzip"],
)
def test_what_will_not_get_better_is_left_out_at_once(
    service: Loopback, client: Client, failure: Act, says: str
) -> None:
    service.on("/x", failure)
    with pytest.raises(NotGiven, match=says) as told:
        get(client, service)
    assert not isinstance(told.value, NotReached)


def test_follows_a_redirect_but_not_with_a_key(service: Loopback, client: Client) -> None:
    service.on("/x", lo.redirect("/y"))
    service.on("/y", lo.give(b"there"))
    assert get(client, service) == b"there"
    with pytest.raises(NotGiven, match="HTTP 302"):
        get(client, service, secret={"X-Api-Key": "hidden"})
    assert [headers.get("x-api-key") for path, headers in service.asked if path == "/y"] == [None]


def test_a_key_is_never_in_an_error(service: Loopback, client: Client) -> None:
    service.on("/x", lo.status(403))
    with pytest.raises(NotGiven) as told:
        get(client, service, secret={"X-Api-Key": "hidden"})
    assert "hidden" not in str(told.value)
    assert service.asked[0][1]["x-api-key"] == "hidden"


def test_a_service_that_wants_to_be_left_alone_ends_the_run(service: Loopback, client: Client) -> None:
    service.on("/x", lo.status(429, Retry_After="3600"))
    with pytest.raises(CatalogueUnavailable, match="3600 s"):
        get(client, service)
    assert len(service.asked) == 1


def test_a_pause_that_is_asked_for_is_kept() -> None:
    slept: list[float] = []

    class Noting(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            slept.append(timeout or 0.0)
            return False

    answers = iter((httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200, content=b"now")))
    http = httpx.Client(transport=httpx.MockTransport(lambda request: next(answers)))
    client = Client(Pace(10_000), Patience(first_wait=0.001), http, Noting())
    assert client.get("https://example.org/x", MOST).content == b"now"
    assert any(seconds >= 7 for seconds in slept)


def test_nobody_answers(client: Client) -> None:
    with pytest.raises(NotReached):
        client.get("http://127.0.0.1:9/x", MOST)


def test_other_addresses_are_not_asked(client: Client) -> None:
    for url in ("http://example.org/x", "ftp://example.org/x", "file:///etc/passwd", "not an address"):
        with pytest.raises(NotGiven):
            client.get(url, MOST)


def test_a_stopped_client_asks_nothing(service: Loopback, client: Client) -> None:
    client.stop()
    with pytest.raises(NotReached, match="stopped"):
        get(client, service)
    assert service.asked == []
