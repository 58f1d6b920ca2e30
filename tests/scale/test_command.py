"""`cardlens identify --engine ray`, as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cardlens.cli import extras
from cardlens.cli.main import app
from cardlens.errors import MissingExtra
from cardlens.scale.local_cluster import LocalCluster
from tests.scale.works import without_time


def test_a_cluster_prints_the_lines_of_the_local_engine_in_their_order(
    two_nodes: LocalCluster, photos: Path, local: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    typed = ["identify", str(photos), "--engine", "ray", "--address", two_nodes.address, "--out", str(tmp_path / "out")]
    ended = CliRunner().invoke(app, [*typed, "--batch", "3", "--json"])
    assert ended.exit_code == 1  # one of them is no photo
    assert [without_time(line) for line in ended.stdout.splitlines()] == [local[name] for name in sorted(local)]
    assert "12 photos, 1 of them unreadable; 4 of 4 batches were done now" in ended.stderr
    again = CliRunner().invoke(app, [*typed, "--batch", "3"])  # the whole run is there: no cluster is asked
    assert "broken.jpg: " in again.stderr
    assert "0 of 4 batches were done now" in again.stderr


def test_options_that_do_not_fit_are_refused(photos: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert "only with --engine ray" in runner.invoke(app, ["identify", str(photos), "--address", "auto"]).stderr
    assert "needs --out" in runner.invoke(app, ["identify", str(photos), "--engine", "ray"]).stderr
    typed = ["identify", "s3://bucket/one", "s3://bucket/two", "--engine", "ray", "--out", str(tmp_path)]
    assert "name one prefix of a store" in runner.invoke(app, typed).stderr


def test_without_the_extra_the_command_says_how_to_get_it(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "scale", ("no_such_module",))
    ended = CliRunner().invoke(app, ["identify", str(photos), "--engine", "ray", "--out", "out"])
    assert isinstance(ended.exception, MissingExtra)
    assert "pip install 'cardlens[scale]'" in str(ended.exception)
