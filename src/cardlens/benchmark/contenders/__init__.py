"""The methods that are measured side by side. A further one is a file here: it is found by itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from cardlens.benchmark.contender import Contender
from cardlens.benchmark.contenders.whole import Whole
from cardlens.benchmark.material import FlatCards


def open_contenders(ours: Whole, flat: FlatCards) -> list[Contender]:
    """Cardlens itself, then the baselines, each told of the same cards by flat pictures."""
    baselines = [baseline.beside(ours) for baseline in _baselines()]
    for baseline in baselines:
        baseline.enrol(flat.pictures, flat.card_ids)
    return [ours, *baselines]


def _baselines() -> Iterator[type[Contender]]:
    """The contenders that the files here define, in the order of the files' names."""
    for file in sorted(iter_modules(__path__), key=lambda file: file.name):
        module = import_module(f"{__name__}.{file.name}")
        for kind in vars(module).values():
            own = inspect.isclass(kind) and kind.__module__ == module.__name__
            if own and issubclass(kind, Contender) and kind is not Whole and not inspect.isabstract(kind):
                yield kind
