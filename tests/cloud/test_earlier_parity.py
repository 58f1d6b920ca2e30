from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardlens.benchmark.registry_figures import figures_of
from cardlens.cloud.earlier_parity import EarlierParity
from cardlens.errors import CardlensError
from cardlens.store.registry_store import StoreRegistry
from tests.benchmark.test_registry_figures import REPORT
from tests.store.registered import EMBEDDER, a_version, contents, memory_store, put_files


@pytest.fixture
def registry() -> StoreRegistry:
    """Two versions with the same embedder, the second measured anew."""
    store = memory_store()
    found = StoreRegistry(store)
    for name, int8 in (("v1.0", 0.990), ("v2.0", 0.993)):
        put_files(store, contents(name))
        found.register(a_version(name, r_at_1_int8=int8), "ash@lab")
    return found


def test_the_latest_figures_of_the_same_embedder_are_taken(registry: StoreRegistry, tmp_path: Path) -> None:
    report = {**REPORT, "int8": None, "about": {**REPORT["about"], "embedder": EMBEDDER}}
    (tmp_path / "bench.json").write_text(json.dumps(report))
    figures = figures_of(tmp_path / "bench.json", EarlierParity(registry))
    assert (figures["embedder"], figures["r_at_1_fp32"], figures["r_at_1_int8"]) == (EMBEDDER, 0.995, 0.993)
    assert figures["int8_loss"] == 0.002
    assert figures["artwork_r_at_1"] == figures_without_registry(tmp_path)["artwork_r_at_1"]


def figures_without_registry(folder: Path) -> dict[str, object]:
    (folder / "whole.json").write_text(json.dumps(REPORT))
    return figures_of(folder / "whole.json")


def test_an_embedder_that_nobody_measured_is_told(registry: StoreRegistry) -> None:
    with pytest.raises(CardlensError, match="no version in the registry has it"):
        EarlierParity(registry)("f" * 64)
