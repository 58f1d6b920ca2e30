"""A whole report of two contenders on drawn cards, measured by the benchmark's own parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from cardlens.benchmark.ablation import ablation
from cardlens.benchmark.contender import Contender
from cardlens.benchmark.crop_figures import crop_figures, crop_strangers
from cardlens.benchmark.crops import Query, rank_queries, render_queries
from cardlens.benchmark.growth import Asked, Gallery, measure_growth
from cardlens.benchmark.lost import lost
from cardlens.benchmark.material import Material
from cardlens.benchmark.photo_figures import photo_figures
from cardlens.benchmark.photos import ask_all
from cardlens.benchmark.targets import judge
from cardlens.training.simulator.layouts import card_at
from tests.benchmark.drawn_looks import decide, drawn_looks
from tests.benchmark.drawn_material import Silent, Thumbnail, drawn_material

COST = {
    "photo": "a drawn photo",
    "milliseconds": {"find": {"median": 40.0, "p90": 50.0}, "total": {"median": 60.0, "p90": 66.0}},
    "contenders": {"thumbnail": 60.0, "silent": 1.0},
    "peak_megabytes": {"import": 50.0, "open": 90.0},
    "models": {"embedder.onnx": 4.8},
    "minutes": 1.0,
    "database": {"rows": 9, "cards": 9, "megabytes": 0.1, "bytes_a_row": 1100, "files": {"embeddings.npy": 9000}},
}
ABOUT = {
    "version": "0.1.0",
    "seed": 1,
    "plan": {"crops": 16, "hard": 4, "photos": 4, "minutes": 3},
    "embedder": "e" * 64,
    "database": {"rows": 9, "created": "today"},
    "contenders": {"thumbnail": "<thumbnails>", "silent": "nothing"},
    "held_out_cards": 6,
    "figures_digest": "f" * 64,
}


def drawn_report() -> dict[str, Any]:
    """What `Benchmark.run` gives, but for the real photos and the costs, which are made up."""
    material = drawn_material()
    thumbnail, silent = Thumbnail([card_at(600, 600, 400, 0.0)]), Silent()
    thumbnail.says_probability = True  # type: ignore[misc]
    contenders = [thumbnail, silent]
    queries = render_queries(material, 16, 4, 1)
    report: dict[str, Any] = {"about": ABOUT, "crops": {}, "crop_strangers": {}, "growth": {}, "int8": None}
    for contender in contenders:
        contender.enrol(material.flat.pictures, material.flat.card_ids)
        _measure(report, contender, queries, material)
    figures = ask_all(contenders, material, 4, 1)
    report["photos"] = {one.name: photo_figures(figures[one.name], one) for one in contenders}
    report["real"] = {one.name: _real() for one in contenders}
    report["embedding_alone"] = report["crops"]["thumbnail"]
    report["ablation"] = ablation(*drawn_looks(material, 24), material, decide)
    report["fans"] = {"photos": {}, "strips": 0, "right": 0, "wrong_and_sure": 0}
    report["cost"] = COST
    report["lost"] = lost(report, "thumbnail")
    report["targets"] = [target.as_json() for target in judge(report, "thumbnail")]
    return report


def _measure(report: dict[str, Any], contender: Contender, queries: list[Query], material: Material) -> None:
    assert isinstance(contender, Thumbnail)
    described = contender.describe([query.pixels for query in queries])
    ranked = rank_queries(contender, described, queries, material)
    report["crops"][contender.name] = crop_figures(queries, ranked, material)
    report["crop_strangers"][contender.name] = crop_strangers(contender, described, queries, ranked, material)
    numbers = {card_id: number for number, card_id in enumerate(contender.card_ids)}
    truths = np.array([numbers[query.subject.card_id] for query in queries])
    gallery = Gallery(contender.matrix, np.arange(len(numbers)))
    sizes = measure_growth(gallery, Asked(np.stack(described), truths), (50,), (), 1)
    report["growth"][contender.name] = {"queries": len(queries), "sizes": sizes}


def _real() -> dict[str, Any]:
    return {
        "binder_right": 70,
        "binder_cards": 72,
        "binder_wrong_above_0.9": 1,
        "single_right": {"a.jpg": True},
        "others": {
            "not-pokemon": {"photos": 8, "named": 0, "surest": 0.1, "answers": 9},
            "backgrounds": {"named": 0, "surest": 0.0},
        },
        "others_named_at_95": 0.0,
    }
