from __future__ import annotations

from pathlib import Path

from cardlens.cli.naming import annotated_name


def test_annotated_copies_do_not_overwrite_each_other() -> None:
    first = annotated_name(Path("one/page.jpg"), [])
    second = annotated_name(Path("two/page.jpg"), [first])
    assert (first, second) == ("page.cardlens.jpg", "page-2.cardlens.jpg")
