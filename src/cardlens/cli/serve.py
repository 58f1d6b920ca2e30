"""`cardlens serve`: the web page and the HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cardlens.cli import console, extras

EXAMPLES = """\
Examples:

  cardlens serve --open

  cardlens serve --reference my-cards --workers 2

  cardlens serve --reference postgresql://cards@db.example/cards

  CARDLENS_TOKEN='four words nobody guesses' cardlens serve --host 0.0.0.0 --tls-certificate cert.pem --tls-key key.pem
"""
_PORT = 8151


def serve(  # noqa: PLR0913, PLR0917 (options, each with a name)
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; beyond this computer needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Port to listen on.")] = _PORT,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CARDLENS_TOKEN", metavar="TEXT", help="What requests must bring; better set as CARDLENS_TOKEN."
        ),
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="A further host name that it is reached by.")
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="Processes; they share the database in memory.")
    ] = 1,
    reference: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Reference database, or shared catalogue, to name cards from.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="FILE|URL", help="Where your collection is kept; default: CARDLENS_COLLECTION."),
    ] = None,
    tls_certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate (PEM), for HTTPS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key (PEM).")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the web page and the API: camera, photos and your collection, in a browser.

    Only this computer can use it, unless --host says otherwise. Ctrl-C stops it; what is under way ends first.
    """
    extras.require("serve", "cardlens serve")
    from dataclasses import replace

    from cardlens.service.options import ServiceOptions
    from cardlens.service.server import serve as serve_until_stopped
    from cardlens.settings import Settings

    settings = Settings.from_environment().using(reference)
    options = ServiceOptions(
        settings=replace(settings, collection=database or settings.collection),
        host=host,
        port=port,
        token=token,
        names=tuple(name or ()),
        workers=workers,
        certificate=tls_certificate,
        key=tls_key,
    )
    console.stderr().print(f"Open {options.address}   (Ctrl-C stops)", highlight=False, markup=False, soft_wrap=True)
    if open_page:
        _open_soon(options.address)
    serve_until_stopped(options)


def _open_soon(address: str) -> None:
    """Open the page once the service listens: the browser's first try would fail."""
    import threading
    import webbrowser

    timer = threading.Timer(2.0, webbrowser.open, [address])
    timer.daemon = True
    timer.start()
