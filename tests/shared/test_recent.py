from __future__ import annotations

from cardlens.shared.recent import Recent


def test_keeps_the_latest_and_forgets_the_old() -> None:
    now = 0.0
    asked: list[str] = []

    def fetch(key: str) -> str:
        asked.append(key)
        return key.upper()

    recent: Recent[str, str] = Recent(2, 10.0, lambda: now)
    assert [recent.get(key, fetch) for key in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert asked == ["a", "b", "c", "b"]
    now = 11.0
    assert recent.get("b", fetch) == "B"
    assert asked[-1] == "b"
    assert len(asked) == 5
