"""`cardlens identify --engine ray`, as it is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cardlens.cli import extras
from cardlens.cli.main import app
from cardlens.errors import MissingExtra
from cardlens.scale.engine import Cluster
from cardlens.scale.errors import ScaleError
from cardlens.scale.local_cluster import LocalCluster
from cardlens.scale.naming import NamingWork
from cardlens.scale.pictures import photo_files
from cardlens.settings import Settings
from tests.scale.works import run_here, without_time


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


def test_photos_that_came_are_told_and_one_that_changed_is_refused(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff no photo")
    typed = [
        "identify",
        str(folder),
        "--engine",
        "ray",
        "--address",
        "nobody.invalid:1",
        "--out",
        str(tmp_path / "out"),
    ]
    place, items = photo_files([folder / "a.jpg"], Settings().max_bytes)
    run_here(NamingWork.of(place, Settings()), items, 64, str(tmp_path / "out"), Cluster())
    (folder / "b.jpg").write_bytes((photos / "broken.jpg").read_bytes())
    assert "1 photos came after this was planned" in CliRunner().invoke(app, typed).stderr
    (folder / "a.jpg").write_bytes((photos / "000000.jpg").read_bytes())
    refused = CliRunner().invoke(app, typed).exception
    assert isinstance(refused, ScaleError)
    assert "changed since this was begun" in str(refused)
    assert "a.jpg; give another place for a new run" in str(refused)


def test_growth_is_not_measured_on_a_cluster(tmp_path: Path) -> None:
    typed = ["bench", "--scale", "--out", str(tmp_path), "--engine", "ray"]
    ended = CliRunner().invoke(app, typed)
    assert ended.exit_code == 2
    assert "leave --engine ray out" in ended.stderr
    assert "only with --engine ray" in CliRunner().invoke(app, [*typed[:-2], "--address", "auto"]).stderr


def test_parts_of_a_benchmark_go_when_its_report_is_there_but_for_those_of_a_place_of_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="needs the extra train")

    def measured(*given: Any) -> dict[str, Any]:
        Path(given[-1][1]).mkdir(parents=True)
        return {"about": {"figures_digest": "0"}, "targets": []}

    monkeypatch.setattr("cardlens.cli.bench._measure", measured)
    monkeypatch.setattr("cardlens.benchmark.report.write_report", lambda *_: [])
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    typed = ["bench", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), "--engine", "ray"]
    for parts, given in ((tmp_path / "out" / "parts", []), (tmp_path / "own", ["--parts", str(tmp_path / "own")])):
        assert CliRunner().invoke(app, [*typed, *given]).exit_code == 0
        assert parts.exists() == bool(given)


def test_without_the_extra_the_command_says_how_to_get_it(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "scale", ("no_such_module",))
    ended = CliRunner().invoke(app, ["identify", str(photos), "--engine", "ray", "--out", "out"])
    assert isinstance(ended.exception, MissingExtra)
    assert "pip install 'cardlens[scale]'" in str(ended.exception)
