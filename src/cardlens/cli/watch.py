"""`cardlens watch`: name cards as they come under a camera, or into a folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.errors import MissingExtra

if TYPE_CHECKING:
    from cardlens.cli.watch_show import Show
    from cardlens.settings import Settings

EXAMPLES = """\
Examples:

  cardlens watch

  cardlens watch --camera pi --json

  cardlens watch --camera rtsp://shelf.local/stream --out seen.jsonl

  cardlens watch --camera opening.mp4

  cardlens watch --camera ~/Pictures/cards

  cardlens watch --rapid

  cardlens watch --camera pi --runtime hailo --button 17
"""


class RuntimeName(StrEnum):
    """What may run the embedder."""

    ONNX = "onnx"
    HAILO = "hailo"


def watch(  # noqa: PLR0913, PLR0917 (options, each with a name)
    camera: Annotated[
        str, typer.Option(metavar="WHAT", help="0 (a webcam), pi, an rtsp:// or http:// address, a video, or a folder.")
    ] = "0",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a card (of a folder: a photo), a line each.")
    ] = False,
    rapid: Annotated[bool, typer.Option("--rapid", help="For a pile: card upon card, a beep and a row each.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also append the JSON lines to FILE.")] = None,
    window: Annotated[
        bool | None, typer.Option("--window/--no-window", help="Show the picture; default: where there is a screen.")
    ] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Give a row also to cards that could not be named.")
    ] = False,
    existing: Annotated[bool, typer.Option("--existing", help="Of a folder, name also what is in it already.")] = False,
    reference: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="Reference database to name cards from.")
    ] = None,
    runtime: Annotated[
        RuntimeName | None,
        typer.Option(help="Insist on what runs the embedder; default: what the models are made for."),
    ] = None,
    button: Annotated[
        int | None,
        typer.Option(metavar="PIN", min=0, max=53, help="Name cards when a button on this GPIO pin is pressed."),
    ] = None,
) -> None:
    """Name cards as they are held under a camera: one row a card, once it is sure.

    A table that grows, or JSON lines where the output is no terminal. A folder is watched for new photos.
    Ctrl-C ends it; what was named stays. Frames that come while one is being looked at are dropped.
    """
    from cardlens.cli.watch_loop import Stop, Wanted, watch_camera, watch_folder

    settings = _settings(reference, runtime)
    with Stop() as stop:
        folder = _expanded(camera)
        if folder.is_dir():
            if button is not None:
                raise typer.BadParameter("--button is for a camera; photos in a folder are named as they come")
            watch_folder(folder, settings, _show(as_json, out, None, bell=rapid), stop, existing=existing)
        else:
            show = _show(as_json, out, _window(window, as_json=as_json), bell=rapid)
            # an address is no path: it stays as it was typed
            what = camera if "://" in camera else str(folder)
            watch_camera(what, settings, show, stop, Wanted(rapid, unknown, button))


def _expanded(path: str) -> Path:
    """The path, with ~ for the home folder where there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # ~somebody who is not there
        return Path(path)


def _settings(reference: str | None, runtime: RuntimeName | None) -> Settings:
    from cardlens.runtimes.choice import check_runtime
    from cardlens.settings import Settings

    settings = Settings.from_environment()
    if runtime is not None:
        check_runtime(settings.models, runtime.value)
    return settings.using(reference)


def _window(wanted: bool | None, *, as_json: bool) -> Show | None:
    """The picture: where it was asked for, or by default where there is a screen and a person at it."""
    from cardlens.cli import console
    from cardlens.cli.watch_window import Window, is_possible

    if wanted:
        return Window()
    if wanted is False or as_json or not console.stdout().is_terminal or not is_possible():
        return None
    try:
        return Window()
    except MissingExtra as error:
        said = " ".join(f"No window ({error.__cause__}): the list alone; --no-window leaves this line out".split())
        console.stderr().print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)
        return None


def _show(as_json: bool, out: Path | None, window: Show | None, *, bell: bool) -> Show:
    """Put together what shows the rows: lines or a table, a file, a window, a beep."""
    from cardlens.cli import console
    from cardlens.cli.watch_show import Bell, Lines, Shows, Table

    shows: list[Show] = [Table() if not as_json and console.stdout().is_terminal else Lines.on_stdout()]
    if out is not None:
        shows.append(Lines.in_file(out))
    if window is not None:
        shows.append(window)
    if bell:
        shows.append(Bell())
    return Shows(shows)
