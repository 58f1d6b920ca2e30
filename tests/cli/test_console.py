from __future__ import annotations

import errno
import os

import pytest

from cardlens.cli.console import one_line_errors
from cardlens.errors import CardlensError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CardlensError("no such card;\nlook again"), 1, "no such card; look again"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 1, "a file: No space left on device; free some space"),
        (FileExistsError(errno.EEXIST, "File exists", "out"), 1, "out: File exists; a file stands where a folder"),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), 1, "/root/x: Permission denied; give another"),
        (OSError(errno.EBADF, "Bad file descriptor"), 2, "this is a bug in cardlens"),
        (ValueError("odd"), 2, "unexpected ValueError: odd; this is a bug in cardlens"),
    ],
)
def test_whatever_ends_a_command_is_one_line(
    error: Exception, code: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARDLENS_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended, one_line_errors():
        raise error
    assert ended.value.code == code
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1
