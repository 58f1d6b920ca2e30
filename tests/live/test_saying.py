from __future__ import annotations

import pytest

from cardlens.live.saying import Speaker, held
from cardlens.recognition.answer import Answer
from cardlens.recognition.facts import bundled_facts
from tests.live.tracks import answer, track
from tests.recognition.doubles import SmallGallery

TIED = answer("demo-1", 0.6, "artwork", "demo-1", "demo-2")


def test_nothing_is_said_before_the_first_look() -> None:
    said = Speaker(SmallGallery(["demo-1"]), bundled_facts()).say(track(1, looks=0))
    assert (said.decision, said.card_id) == ("unknown", None)


def test_a_card_is_named_with_what_all_looks_together_say() -> None:
    said = Speaker(SmallGallery(["demo-1"]), bundled_facts()).say(track(1, chance=0.8, looks=4))
    assert (said.decision, said.card_id) == ("printing", "demo-1")
    assert said.confidence > 0.85


def test_the_quad_is_where_the_card_is_now() -> None:
    speaker, card = Speaker(SmallGallery(["demo-1"]), bundled_facts()), track(1)
    before = speaker.say(card)
    card.quad = card.quad + 5
    assert speaker.say(card).quad[0][0] == pytest.approx(before.quad[0][0] + 5)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        pytest.param(answer("demo-1"), answer("demo-1", 0.5), "now", id="the same card, less sure"),
        pytest.param(answer("demo-1"), answer("demo-2"), "before", id="another, no surer"),
        pytest.param(answer("demo-1", 0.6), answer("demo-2", 0.9), "now", id="another, much surer"),
        pytest.param(answer("demo-1", 0.6), answer(None, 0.35, "unknown"), "before", id="a doubt"),
        pytest.param(answer("demo-1", 0.6), answer(None, 0.1, "unknown"), "now", id="no reason left"),
        pytest.param(answer(None, 0.3, "unknown"), answer("demo-1", 0.5), "now", id="a name at last"),
        pytest.param(TIED, answer("demo-2", 0.61), "now", id="the printing of the artwork"),
        pytest.param(answer("demo-1", 0.9), TIED, "before", id="a printing, no longer sure of"),
    ],
)
def test_what_was_said_is_held_on_to(before: Answer, now: Answer, said: str) -> None:
    assert held(before, now, settled=("demo-1",)) is {"before": before, "now": now}[said]


def test_before_it_has_settled_the_newest_is_said() -> None:
    now = answer("demo-2", 0.3)
    assert held(answer("demo-1", 0.31), now, settled=None) is now
