from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from cardlens.cloud.unpacking import unpack
from cardlens.errors import CardlensError


def pack(file: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(file, "w:gz") as packed:
        for member in members:
            packed.addfile(member, io.BytesIO(b"x" * member.size))
    return file


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    about = tarfile.TarInfo(name)
    about.type, about.linkname = kind, link
    about.size = 3 if kind == tarfile.REGTYPE else 0
    return about


def test_unpacks_plain_files(tmp_path: Path) -> None:
    unpack(pack(tmp_path / "a.tar.gz", member("models/a.onnx"), member("log")), tmp_path / "out")
    assert (tmp_path / "out" / "models" / "a.onnx").read_bytes() == b"xxx"


@pytest.mark.parametrize(
    "doubtful",
    [
        member("../outside"),
        member("/etc/outside"),
        member("a/../../outside"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("hard", tarfile.LNKTYPE, "good"),
        member("pipe", tarfile.FIFOTYPE),
    ],
    ids=lambda about: about.name,
)
def test_nothing_of_a_doubtful_archive_is_written(tmp_path: Path, doubtful: tarfile.TarInfo) -> None:
    with pytest.raises(CardlensError, match="no plain file inside it"):
        unpack(pack(tmp_path / "a.tar.gz", member("good"), doubtful), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.cloud.unpacking.LARGEST", 5)
    with pytest.raises(CardlensError, match="more than"):
        unpack(pack(tmp_path / "a.tar.gz", member("one"), member("two")), tmp_path / "out")


@pytest.mark.parametrize("keep", [0, 20, 60])
def test_a_damaged_archive_is_said(tmp_path: Path, keep: int) -> None:
    file = pack(tmp_path / "a.tar.gz", member("one"))
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(CardlensError, match="cannot be unpacked"):
        unpack(file, tmp_path / "out")
