from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra postgres")
pytest.importorskip("psycopg", reason="needs the extra postgres")

from cardlens.benchmark.scale_postgres import MODEL, NEXT_MODEL, next_version_of
from cardlens.benchmark.scale_trial import _answering


def test_similarities_tell_which_versions_rows_were_compared() -> None:
    made = np.random.default_rng(1).normal(size=(9, 768)).astype(np.float32)
    units = made / np.linalg.norm(made, axis=1, keepdims=True)
    rows, asked = units[:8], units[8]
    first, other = rows @ asked, next_version_of(rows) @ asked
    assert _answering(rows, asked, first) == MODEL.digest
    assert _answering(rows, asked, other) == NEXT_MODEL.digest
    assert _answering(rows, asked, np.where(np.arange(8) % 2, first, other)) is None
