from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.service.options import BadService, ServiceOptions, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.3.2.1"])
def test_this_computer_alone_needs_no_token(host: str) -> None:
    assert ServiceOptions(host=host).token is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "cards.local"])  # noqa: S104 (refused here)
def test_others_need_a_token_and_are_told_how_to_set_one(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(BadService, match="CARDLENS_TOKEN"):
        ServiceOptions(host=host)
    assert ServiceOptions(host=host, token="x" * 16).token


@pytest.mark.parametrize("token", ["short", "é" * 20])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token: str) -> None:
    with pytest.raises(BadService, match="16"):
        ServiceOptions(token=token)


def test_a_token_is_not_shown_where_options_are() -> None:
    assert "secret" not in repr(ServiceOptions(token="a very secret token"))  # noqa: S106 (of a test)


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadService, match="belong together"):
        ServiceOptions(certificate=tmp_path / "cert.pem")


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:8151/"), ("::1", "http://[::1]:8151/")])
def test_the_address_can_be_typed_into_a_browser(host: str, address: str) -> None:
    assert ServiceOptions(host=host).address == address
