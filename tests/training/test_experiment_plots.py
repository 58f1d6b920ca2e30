from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from cardlens.training.experiment_plots import plot_curves, read_curves


def test_each_figure_is_a_curve_and_what_was_done_twice_counts_as_done_last(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(
        '{"step": 20, "loss": 3.0}\n{"step": 40, "loss": 2.5, "local": 1}\n{"step": 40, "loss": 2.0}\n',
        encoding="utf-8",
    )
    assert read_curves(log) == {"loss": [(20, 3.0), (40, 2.0)], "local": [(40, 1.0)]}
    plot_curves(log, tmp_path / "curves.png", "tiny")
    with Image.open(io.BytesIO((tmp_path / "curves.png").read_bytes())) as picture:
        assert picture.width == 1100


def test_a_run_too_short_for_a_log_has_no_curves(tmp_path: Path) -> None:
    assert read_curves(tmp_path / "log.jsonl") == {}
    plot_curves(tmp_path / "log.jsonl", tmp_path / "curves.png", "tiny")
    assert (tmp_path / "curves.png").stat().st_size > 0
