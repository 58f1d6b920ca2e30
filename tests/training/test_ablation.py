from __future__ import annotations

from cardlens.training.ablation import as_markdown

RECORD = {
    "plan": {"steps": 200, "cards": 24, "size": 128, "seeds": [1, 2], "relation": "seed"},
    "teacher": {"name": "vit_small", "image_size": 112, "weights": "ab" * 32},
    "photos": 988,
    "gallery": 3489,
    "results": [
        {"arm": "metric", "seed": 1, "minutes": 2.0, "figures": {"recall@1": 0.5, "recall@5": 0.8}},
        {"arm": "metric", "seed": 2, "minutes": 3.0, "figures": {"recall@1": 0.6, "recall@5": 0.9}},
        {"arm": "imagenet", "seed": 1, "minutes": 0.0, "figures": {"recall@1": 0.2, "recall@5": 0.3}},
    ],
}


def test_the_table_has_means_and_each_seed_in_the_order_of_the_ways() -> None:
    rows = [line for line in as_markdown(RECORD).splitlines() if line.startswith("|")][2:]
    assert rows == [
        "| ImageNet weights, random head, no training | 20.0% | 20.0% | 30.0% | 0.0 |",
        "| metric learning alone | 55.0% | 50.0%, 60.0% | 85.0% | 2.5 |",
    ]


def test_the_table_says_what_it_rests_on() -> None:
    last = as_markdown(RECORD).splitlines()[-1]
    for part in ("200 steps", "24 cards", "128²", "seeds 1, 2", "988", "3489", "vit_small at 112²", "abababababab"):
        assert part in last
