"""What `cardlens doctor` looks at: each check gives findings and never raises for a fault it is there to find."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cardlens import __version__
from cardlens.cli import console, extras
from cardlens.errors import CardlensError
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import BUNDLED, Settings

PACKAGES = ("numpy", "onnxruntime", "pillow", "pi-heif", "usearch")
MODELS = ("detector", "aligner", "embedder")
DEMO = BUNDLED / "demo"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `good`: True, False for a fault, None for a mere note."""

    what: str
    found: str
    good: bool | None = True

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` lists."""
        return asdict(self)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything, in the order in which one thing needs another."""
    checks: tuple[tuple[str, Callable[[], Iterator[Finding]]], ...] = (
        ("packages", _packages),
        ("extras", _extras),
        ("models", lambda: _models(settings)),
        ("reference database", lambda: _reference(settings)),
        ("self-test", lambda: _self_test(settings)),
    )
    return [finding for what, check in checks for finding in _findings(what, check)]


def _findings(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except CardlensError as error:
        yield Finding(what, str(error), good=False)
    except Exception as error:  # whatever is broken here is what the user came to learn
        yield Finding(what, console.bug_report(error), good=False)


def _packages() -> Iterator[Finding]:
    yield Finding("cardlens", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in PACKAGES:
        try:
            yield Finding(package, version(package))
        except PackageNotFoundError:
            yield Finding(package, f"not installed; run: pip install {package}", good=False)


def _extras() -> Iterator[Finding]:
    for extra in extras.EXTRAS:
        absent = extras.missing(extra)
        found = f"not installed ({', '.join(absent)}); for training run: {extras.install_command(extra)}"
        yield Finding(f"extra {extra}", found if absent else "installed", good=None if absent else True)


def _models(settings: Settings) -> Iterator[Finding]:
    for name in MODELS:
        spec = ModelSpec.load(settings.models / f"{name}.json")
        yield Finding(name, f"{spec.name}, {spec.digest[:12]}, in {_place(settings.models)}")


def _reference(settings: Settings) -> Iterator[Finding]:
    from cardlens.reference.database import ReferenceDatabase  # loads usearch

    digest = ModelSpec.load(settings.models / "embedder.json").digest
    if settings.shared is not None:
        from cardlens.assembly import open_gallery

        cards = len(open_gallery(settings, digest).card_ids)
        yield Finding("shared catalogue", f"{cards:,} cards, a version of model {digest[:12]}, the one that runs")
        return
    database = ReferenceDatabase.open(settings.reference, digest)
    size = f"{database.manifest.cards:,} cards, {len(database):,} rows"
    yield Finding("reference database", f"{size}, made {database.manifest.created}, in {_place(settings.reference)}")
    yield Finding("fits the embedder", f"built by model {digest[:12]}, the one that runs")


def _self_test(settings: Settings) -> Iterator[Finding]:
    from cardlens.assembly import open_recognizer  # loads the models

    truth = json.loads((DEMO / "demo-truth.json").read_text(encoding="utf-8"))
    answer = open_recognizer(settings).name_cards(DEMO / "demo.jpg", 1)
    wanted = {card["card_id"] for card in truth["cards"]}
    named = wanted & {card.card_id for card in answer.cards}
    found = f"{len(named)} of {len(wanted)} demo cards named in {answer.milliseconds.total:.0f} ms"
    yield Finding("self-test", found, good=named == wanted)


def _place(folder: Path) -> str:
    return "the package" if folder.is_relative_to(BUNDLED) else str(folder)
