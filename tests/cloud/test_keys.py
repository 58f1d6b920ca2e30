from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.keys import plan_rotation, rotate, write_credentials
from cardlens.errors import CardlensError

USER = "raspberry-pi-user"


@pytest.fixture
def device(aws: Aws) -> str:
    """Make a device with a key; give the key's id."""
    aws.iam.create_user(UserName=USER, Path="/cardlens/devices/")
    return aws.iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]


def keys_of(aws: Aws) -> dict[str, str]:
    return {
        each["AccessKeyId"]: each["Status"] for each in aws.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
    }


def test_a_plan_shows_no_secret_and_changes_nothing(aws: Aws, device: str) -> None:
    plan = plan_rotation(aws, USER)
    assert (plan.old, plan.deleted) == ((device,), ())
    assert any(f"switch off key ...{device[-4:]}" in line for line in plan.lines(Path("out")))
    assert keys_of(aws) == {device: "Active"}


def test_the_new_key_works_before_the_old_one_ends(aws: Aws, device: str, tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "credentials"
    new = rotate(aws, plan_rotation(aws, USER), file, "default", said.append, pause=0)
    assert keys_of(aws) == {device: "Inactive", new: "Active"}
    text = file.read_text()
    assert new in text
    assert "region = us-east-2" in text
    secret = next(line.split(" = ")[1] for line in text.splitlines() if "secret" in line)
    assert not any(secret in line for line in said)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "works" in said[0]
    assert "switched off" in said[1]


def test_the_next_rotation_deletes_what_was_switched_off(aws: Aws, device: str, tmp_path: Path) -> None:
    first = rotate(aws, plan_rotation(aws, USER), tmp_path / "one", "default", lambda _: None, pause=0)
    second = rotate(aws, plan_rotation(aws, USER), tmp_path / "two", "default", lambda _: None, pause=0)
    assert keys_of(aws) == {first: "Inactive", second: "Active"}


def test_two_active_keys_are_not_guessed_between(aws: Aws, device: str) -> None:
    aws.iam.create_access_key(UserName=USER)
    with pytest.raises(CloudRefused, match="two active keys; switch off the one that no device uses"):
        plan_rotation(aws, USER)


def test_an_unknown_user_is_said(aws: Aws) -> None:
    with pytest.raises(CloudRefused, match="nobody-such: no such user"):
        plan_rotation(aws, "nobody-such")


def test_where_the_file_cannot_be_written_no_key_is_made(aws: Aws, device: str, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="give a file elsewhere"):
        rotate(aws, plan_rotation(aws, USER), tmp_path / "none" / "file", "default", lambda _: None, pause=0)
    assert keys_of(aws) == {device: "Active"}


def test_a_new_key_that_does_not_work_is_deleted_again(
    aws: Aws, device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CloudRefused("try the new key: not known")

    monkeypatch.setattr("cardlens.cloud.keys._try_out", refuse)
    with pytest.raises(CloudRefused, match="not known"):
        rotate(aws, plan_rotation(aws, USER), tmp_path / "file", "default", lambda _: None, pause=0)
    assert keys_of(aws) == {device: "Active"}
    assert list(tmp_path.iterdir()) == []


def test_other_profiles_in_the_file_stay(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[other]\naws_access_key_id = A%1\n")
    write_credentials(file, "pi", "K", "S%", "us-east-2")
    assert file.read_text().startswith("[other]\naws_access_key_id = A%1\n")
    assert "[pi]\naws_access_key_id = K\naws_secret_access_key = S%\n" in file.read_text()


def test_a_file_that_is_no_credentials_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_bytes(b"\xff\xfe not this")
    with pytest.raises(CardlensError, match="not a credentials file"):
        write_credentials(file, "pi", "K", "S", "us-east-2")
    assert file.read_bytes() == b"\xff\xfe not this"
