from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.errors import StoreError
from cardlens.store.folder import FolderStore
from cardlens.store.layout import dataset
from cardlens.store.local import LocalTree
from cardlens.store.pull import plan_pulling, pull
from tests.cli.doubles import Ended, Run
from tests.store.refusing_server import refusing
from tests.store.trees import DATABASE, SCANS, fill, flip, write


@pytest.fixture
def here(tmp_path: Path) -> LocalTree:
    return fill(LocalTree(tmp_path / "here"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARDLENS_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def published(run: Run, here: LocalTree, store: Path) -> Path:
    for name in ("raw", "reference"):
        assert run("store", "push", name, "--title", "First", "--folder", here.root, "--apply").code == 0
    return store


def printed(ended: Ended) -> object:
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_push_is_planned_first(run: Run, here: LocalTree, store: Path) -> None:
    ended = run("store", "push", "raw", "--folder", here.root)
    assert (ended.code, ended.out.splitlines()) == (
        0,
        ["raw: 3 files to send, 18 B; 0 are there", "nothing was done yet; repeat with --apply to do it"],
    )
    assert not store.exists()


def test_push_then_pull_then_nothing_to_do(run: Run, published: Path, tmp_path: Path) -> None:
    there = tmp_path / "there"
    plan = run("store", "pull", "raw", "reference", "--folder", there)
    assert "raw: v1.0: 3 of 3 files to fetch" in plan.out
    assert not (there / "data").exists()
    assert run("store", "pull", "raw", "reference", "--folder", there, "--apply").code == 0
    assert {name: (there / "data/reference" / name).read_bytes() for name in DATABASE} == DATABASE
    again = run("store", "pull", "raw", "reference", "--folder", there)
    assert again.out.splitlines() == ["raw: v1.0 is here", "reference: v1.0 is here", "nothing to do"]


def test_a_pull_as_json(run: Run, published: Path, tmp_path: Path) -> None:
    ended = run("store", "pull", "raw", "--set", "sv1", "--folder", tmp_path / "there", "--json")
    assert printed(ended) == {
        "dataset": "raw",
        "version": "v1.0",
        "fetch": 1,
        "replace": 0,
        "same": 0,
        "extra": 0,
        "bytes": 6,
        "applied": False,
    }


def test_status_says_what_differs(run: Run, published: Path, here: LocalTree) -> None:
    write(here, "raw", {"card_images/sv1-1.png": b"other", "card_images/sv9-1.png": b"new"})
    (here.root / "data/raw/card_images/sv2-1.png").unlink()
    rows = printed(run("store", "status", "raw", "--folder", here.root, "--json"))
    assert isinstance(rows, list)
    wanted = {"version": "v1.0", "same": 1, "only_here": 1, "only_there": 1, "different": 1, "altered": 0}
    assert rows[0].items() >= wanted.items()
    assert (rows[0]["bytes_there"], rows[0]["bytes_here"]) == (18, 14)
    shown = run("store", "status", "--folder", here.root).out
    assert [text in shown for text in ("v1.0", "18 B", "14 B")] == [True] * 3


def test_the_pages_tables(run: Run, published: Path, here: LocalTree) -> None:
    inventory = printed(run("store", "inventory", "--json"))
    assert isinstance(inventory, dict)
    counts = {row["category"]: row["files"] for row in inventory["categories"]}
    assert (counts["Raw Images"], counts["Reference DB"]) == (len(SCANS), len(DATABASE))
    assert "TOTAL" in run("store", "inventory", "--here", "--folder", here.root).out
    write(here, "reference", {"metadata.json": b'{"fixed": 1}'})
    run("store", "push", "reference", "--title", "Metadata fix", "--from", "raw", "--folder", here.root, "--apply")
    rows = printed(run("store", "versions", "--json"))
    assert isinstance(rows, list)
    assert [(row["title"], row["version"]) for row in rows] == [
        ("Raw images", "v1.0"),
        ("Reference DB", "v1.1"),
        ("Metadata", "v1.1"),
    ]
    write(here, "reference", {"embeddings.npy": b"more"})
    run("store", "push", "reference", "--folder", here.root, "--apply")
    assert [row["version"] for row in printed(run("store", "versions", "--json"))] == ["v1.0", "v1.2", "v1.1"]  # type: ignore[attr-defined]
    log = run("store", "log").out
    assert log.index("**Reference DB v1.1") < log.index("**Reference DB v1.0")
    assert "- Metadata fix" in log


def test_lineage_both_ways(run: Run, published: Path, here: LocalTree) -> None:
    write(here, "student", {"stage2/v2.0/efficientnet_lite0_student.onnx": b"onnx"})
    run("store", "push", "student", "--from", "raw@v1.0", "--folder", here.root, "--apply")
    write(here, "reference", {"metadata.json": b'{"2": 2}'})
    run("store", "push", "reference", "--from", "student", "--folder", here.root, "--apply")
    told = printed(run("store", "versions", "reference", "--version", "v1.1", "--json"))
    assert isinstance(told, dict)
    assert told["made_from"] == [["student", "v1.0"], ["raw", "v1.0"]]
    words = run("store", "versions", "raw", "--version", "v1.0").out
    assert "used by: student v1.0, reference v1.1" in words


def test_the_model_of_a_database_is_found_by_its_digest(run: Run, store: Path, here: LocalTree) -> None:
    write(here, "student", {"stage2/v2.0/model.onnx": b"onnx"})
    digest = hashlib.sha256(b"onnx").hexdigest()
    write(here, "reference", {"manifest.json": json.dumps({"model": {"digest": digest}}).encode()})
    run("store", "push", "student", "--folder", here.root, "--apply")
    run("store", "push", "reference", "--folder", here.root, "--apply")
    assert "made from: student v1.0" in run("store", "versions", "reference", "--version", "v1.0").out


def test_rollback_here_and_there(run: Run, published: Path, here: LocalTree, tmp_path: Path) -> None:
    there = tmp_path / "there"
    run("store", "pull", "reference", "--folder", there, "--apply")
    write(here, "reference", {"metadata.json": b'{"bad": 1}'})
    run("store", "push", "reference", "--folder", here.root, "--apply")
    run("store", "pull", "reference", "--folder", there, "--apply")
    assert (there / "data/reference/metadata.json").read_bytes() == b'{"bad": 1}'
    assert "v1.0 is in use" in run("store", "rollback", "reference", "--folder", there).out
    assert (there / "data/reference/metadata.json").read_bytes() == DATABASE["metadata.json"]
    planned = run("store", "rollback", "reference", "--published")
    assert "v1.1 -> v1.0: 1 files" in planned.out
    assert (published / "data/reference/metadata.json").read_bytes() == b'{"bad": 1}'
    run("store", "rollback", "reference", "--published", "--note", "names Pikachu wrongly", "--apply")
    assert (published / "data/reference/metadata.json").read_bytes() == DATABASE["metadata.json"]
    assert "names Pikachu wrongly" in run("store", "log").out


def test_a_version_here_that_has_rotted_is_not_gone_back_to(
    run: Run, published: Path, here: LocalTree, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    run("store", "pull", "reference", "--folder", there, "--apply")
    write(here, "reference", {"metadata.json": b'{"2": 2}'})
    run("store", "push", "reference", "--folder", here.root, "--apply")
    run("store", "pull", "reference", "--folder", there, "--apply")
    file = there / "versions/reference/v1.0/metadata.json"
    right = file.read_bytes()
    file.write_bytes(flip(right))
    assert f"{file}: not as in v1.0" in run("store", "verify", "reference", "--here", "--folder", there).out
    refused = run("store", "rollback", "reference", "--folder", there)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert f"{file}: not as in v1.0; get it again: cardlens store pull reference --version v1.0" in refused.err
    assert (there / "data/reference/metadata.json").read_bytes() == b'{"2": 2}'
    shutil.move(published, tmp_path / "away")  # as without a network
    file.unlink()
    assert f"{file}: missing; get it again" in run("store", "rollback", "reference", "--folder", there).err
    file.write_bytes(right)
    assert run("store", "rollback", "reference", "--folder", there).out.endswith("reference: v1.0 is in use\n")
    for record in (there / ".cardlens/records").iterdir():
        record.unlink()
    assert "v1.1 is in use (not checked" in run("store", "rollback", "reference", "--folder", there).out


def test_who_may_not_delete_rolls_back_and_is_told_what_stays(
    run: Run, published: Path, here: LocalTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, "raw", {"card_images/sv9-1.png": b"bad"})
    run("store", "push", "raw", "--folder", here.root, "--apply")

    def refuse(_: FolderStore, path: str) -> None:
        raise StoreError(f"{path}: these credentials may not do that here")

    monkeypatch.setattr(FolderStore, "delete", refuse)
    ended = run("store", "rollback", "raw", "--published", "--apply")
    assert ended.code == 0
    assert "raw: v1.0 is current" in ended.out
    assert "card_images/sv9-1.png of v1.1 stay in the tree, in no version" in ended.out
    assert run("store", "verify", "raw", "--folder", here.root / "none").code == 0


def test_who_may_not_delete_pushes_and_is_told_what_stays(
    run: Run, published: Path, here: LocalTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: FolderStore, path: str) -> None:
        raise StoreError(f"{path}: these credentials may not do that here")

    monkeypatch.setattr(FolderStore, "delete", refuse)
    gone = next((here.root / "data/raw/card_images").iterdir())
    gone.unlink()
    ended = run("store", "push", "raw", "--folder", here.root, "--delete", f"*{gone.name}", "--apply")
    assert ended.code == 0
    assert "raw: v1.1 is current" in ended.out
    assert f"card_images/{gone.name} of the version before stay in the tree, in no version" in ended.out
    assert run("store", "verify", "raw", "--folder", here.root / "none").code == 0


def test_a_folder_of_other_making_comes_back_after_an_interruption(
    run: Run, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = fill(LocalTree(tmp_path / "there"))
    write(there, "reference", {"metadata.json": b"mine"})
    with monkeypatch.context() as killed:
        killed.setattr(Path, "replace", replace_until(there.root / "data/reference", Path.replace))
        with pytest.raises(KeyboardInterrupt):
            pull_here(published, there)
    assert not (there.root / "data/reference").exists()
    assert run("store", "status", "reference", "--folder", there.root).code == 0
    assert (there.root / "data/reference/metadata.json").read_bytes() == b"mine"
    run("store", "pull", "reference", "--folder", there.root, "--apply")
    assert (there.root / "data/reference/metadata.json").read_bytes() == DATABASE["metadata.json"]


def replace_until(place: Path, replace: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
    """Give `Path.replace` that is interrupted when `place` is to be written."""

    def interrupted(self: Path, target: Path) -> Path:
        if Path(target) == place:
            raise KeyboardInterrupt
        return replace(self, target)

    return interrupted


def pull_here(published: Path, tree: LocalTree) -> None:
    store = open_store(str(published))
    pull(store, plan_pulling(store, dataset("reference"), tree), tree)


def test_a_mark_shows(run: Run, published: Path) -> None:
    run("store", "mark", "raw", "v1.0", "deployed")
    assert "current, deployed" in run("store", "versions").out


def test_backup_restore_heal_drill(run: Run, published: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert "nothing was done yet" in run("store", "backup", backup).out
    assert not backup.exists()
    assert "sound" in run("store", "backup", backup, "--verify", "--keep", "3", "--apply").out
    assert run("store", "drill", backup).out.count("passed") == 3
    assert run("store", "restore", backup, "--store", tmp_path / "rebuilt", "--apply").code == 0
    assert run("store", "verify", "--store", tmp_path / "rebuilt").code == 0
    file = published / "data/reference/embeddings.npy"
    file.chmod(0o644)
    file.write_bytes(flip(file.read_bytes()))
    broken = run("store", "verify", "reference")
    assert (broken.code, "embeddings.npy" in broken.out) == (1, True)
    assert run("store", "heal", "--from", backup).code == 1
    assert run("store", "heal", "--from", backup, "--apply").code == 0
    assert run("store", "verify").code == 0
    assert file.read_bytes() == DATABASE["embeddings.npy"]


def test_a_broken_record_is_named_and_hides_no_other(
    run: Run, published: Path, here: LocalTree, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    assert run("store", "backup", backup, "--apply").code == 0
    manifest = published / "data/raw/.cardlens/versions/v1.0.json"
    manifest.unlink()
    assert run("store", "push", "reference", "--folder", here.root, "--apply").code == 0
    for command in (("versions",), ("log",), ("backup", backup), ("backup", backup, "--keep", "1", "--apply")):
        ended = run("store", *command)
        assert ended.code == 1, command
        assert f"{manifest}: missing" in ended.out + ended.err
    assert "Reference DB" in run("store", "versions").out
    assert "**Reference DB v1.0" in run("store", "log").out
    assert len(list((backup / "snapshots").iterdir())) == 2
    asked = run("store", "versions", "raw", "--version", "v1.0")
    assert (asked.code, f"{manifest}: missing" in asked.err) == (1, True)
    assert f"{manifest}: missing" in run("store", "verify").out
    assert run("store", "heal", "--from", backup, "--apply").code == 0
    assert [run("store", what).code for what in ("verify", "versions", "log")] == [0, 0, 0]


def test_records_that_are_gone_come_back_from_a_backup(run: Run, published: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    assert run("store", "backup", backup, "--apply").code == 0
    before = files(published)
    shutil.rmtree(published / "data/raw/.cardlens")
    told = run("store", "backup", backup, "--apply")
    assert (told.code, "raw/.cardlens/current.json: missing, though the backup of" in told.out) == (1, True)
    assert run("store", "heal", "raw", "--from", backup, "--apply").code == 0
    assert files(published) == before
    assert run("store", "backup", backup, "--apply").code == 0


def test_of_a_shared_backup_one_says_which_store_to_restore(
    run: Run, published: Path, here: LocalTree, tmp_path: Path
) -> None:
    backup, other, rebuilt = (tmp_path / name for name in ("backup", "other", "rebuilt"))
    assert run("store", "push", "raw", "--folder", here.root, "--store", other, "--apply").code == 0
    for store in (published, other):
        assert run("store", "backup", backup, "--store", store, "--apply").code == 0
    refused = run("store", "restore", backup, "--store", rebuilt)
    assert (refused.code, f"say which to restore: --of {other}" in refused.err) == (1, True)
    assert "no backup of nowhere" in run("store", "restore", backup, "--of", "nowhere", "--store", rebuilt).err
    assert run("store", "restore", backup, "--of", published, "--store", rebuilt, "--apply").code == 0
    assert (rebuilt / "data/reference").is_dir()


def test_a_tree_of_other_making_is_adopted(run: Run, store: Path) -> None:
    (store / "data/raw/card_images").mkdir(parents=True)
    (store / "data/raw/card_images/sv1-1.png").write_bytes(b"scan")
    assert "cardlens store adopt raw" in run("store", "status", "raw").out
    assert "1 files, 4 B, are there" in run("store", "adopt", "raw").out
    run("store", "adopt", "raw", "--version", "v1.0", "--apply")
    assert "v1.0" in run("store", "versions").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("push", "nothing"), "nothing: no such data set; there are raw,"),
        (("push", "teacher"), "no files here to publish"),
        (("pull", "raw", "--version", "v9.9"), "no version v9.9; there are: v1.0"),
        (("pull", "teacher"), "nothing there; publish it first"),
        (("rollback", "reference"), "no earlier version here"),
        (("rollback", "raw"), "has no versions side by side here"),
        (("versions", "raw", "--version", "v9.9"), "no version v9.9"),
        (("restore", "no-such-backup"), "no backup; make one"),
        (("bench",), "not a bucket"),
        (("status", "--store", "https://bucket"), "give s3://bucket/prefix"),
        (("mark", "raw", "v1.0", ""), "one to 40 printable characters"),
    ],
)
def test_mistakes_are_one_line(
    run: Run, published: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = files(published)
    folder = () if arguments[0] in ("versions", "restore", "bench", "mark") else ("--folder", tmp_path / "there")
    ended = run("store", *arguments, *folder)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert words in ended.err
    assert files(published) == before


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("push", "raw", "--apply"),
        ("pull", "raw", "--apply"),
        ("verify",),
        ("inventory",),
        ("log",),
        ("backup", "elsewhere", "--apply"),
    ],
    ids=lambda command: command[0],
)
def test_a_refusing_server_is_one_line_and_changes_nothing(
    run: Run, here: LocalTree, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(here.root)
    before = {path: content for path, content in files(here.root).items() if ".cardlens" not in path}
    with refusing(400, "ExpiredToken") as endpoint:
        for name, value in {"ENDPOINT_URL": endpoint, "ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        ended = run("store", *command, "--store", "s3://shop/cards")
    assert (ended.code, ended.err.count("\n"), ended.out) == (1, 1, "")
    assert ended.err.startswith("s3://shop/cards")
    assert {path: content for path, content in files(here.root).items() if ".cardlens" not in path} == before
