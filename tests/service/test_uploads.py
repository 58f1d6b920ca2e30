from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.service.uploads import safe_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("page.jpg", "page.jpg"), ("../../etc/passwd", "passwd"), ("C:\\photos\\a.jpg", "a.jpg"), (None, "photo"),
     ("/", "photo"), ("..", ".."), ("a\x1b[31mb", "a\\x1b[31mb")],
)  # fmt: skip
def test_a_name_is_shown_without_folders_and_tricks(sent: str | None, shown: str) -> None:
    assert safe_name(sent) == shown


@given(st.text())
def test_any_name_becomes_one_short_printable_line(name: str) -> None:
    shown = safe_name(name)
    assert shown.isprintable()
    assert "/" not in shown
    assert 0 < len(shown) <= 120
