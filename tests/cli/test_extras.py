from __future__ import annotations

import pytest

from cardlens.cli import extras
from cardlens.errors import MissingExtra


def test_names_what_is_missing_and_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("json", "no_such_module"))
    with pytest.raises(MissingExtra, match=r"cardlens train: needs no_such_module, .* pip install 'cardlens\[train\]'"):
        extras.require("train", "cardlens train")


def test_says_nothing_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("json",))
    extras.require("train", "cardlens train")
    assert extras.missing("train") == []
