from __future__ import annotations

import numpy as np

from cardlens.live.joining import Seen, Watched, fit, join, loss, report
from cardlens.recognition.tracker_evidence import Worth


def watched(card: str, chance: float, named: list[str], tied: list[str]) -> Watched:
    """A card that looks take, one after the other, for those named, each as likely."""
    return Watched(card, tied, [(chance, [([one], 0.8), (["other-1"], 0.5)]) for one in named])


def drawn(count: int, worth: Worth) -> list[Seen]:
    """Cards of which it is right what `worth` says."""
    random, seen = np.random.default_rng(3), []
    for number in range(count):
        logit, agreeing = float(random.normal(0, 1.5)), int(random.integers(1, 9))
        chance = 1 / (1 + np.exp(-worth.logit(logit, agreeing)))
        seen.append(Seen(f"card-{number}", 8, logit, agreeing, bool(random.random() < chance)))
    return seen


def test_a_card_is_judged_after_some_looks() -> None:
    seen = list(join(watched("a-1", 0.8, ["a-1"] * 12, ["a-1"])))
    assert [one.looks for one in seen] == [2, 3, 5, 8, 12]
    assert all(one.right and one.agreeing == one.looks for one in seen)


def test_looks_that_disagree_are_told_from_those_that_agree() -> None:
    *_, last = join(watched("a-1", 0.6, ["a-1", "b-1", "a-1", "c-1"] * 3, ["a-1"]))
    assert last.agreeing == 6


def test_a_card_that_is_missing_is_never_right() -> None:
    assert not any(one.right for one in join(watched("a-1", 0.9, ["b-1"] * 5, [])))


def test_the_fit_finds_what_the_cards_follow_and_is_better_than_single_looks() -> None:
    truth = Worth(0.6, 0.5)
    seen = drawn(1500, truth)
    fitted = fit(seen)
    assert loss(seen, fitted) <= loss(seen, truth) + 0.002
    assert loss(seen, fitted) < loss(seen, Worth(0, 0))
    assert fitted.sureness > 0
    assert fitted.count > 0


def test_the_report_says_what_is_won_on_cards_that_were_not_fitted_on() -> None:
    said = report(drawn(400, Worth(0.6, 0.5)))
    assert said["cards"] == 400
    assert said["loss_fitted"] < said["loss_single_look"]  # type: ignore[operator]
