"""What `deploy/pi` installs, as far as it can be tried without a Raspberry Pi."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

PI = Path(__file__).parents[2] / "deploy" / "pi"
TRUST = "0a" * 32
KEY = "AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nAWS_SECRET_ACCESS_KEY=abc/+=\nOTHER=left out\n"


def install(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(PI / "install.sh"), "--files-only", str(root), *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    (tmp_path / "key").write_text(KEY)
    ended = install(
        tmp_path / "root",
        *("--store", "s3://bucket/project/cards", "--trust", TRUST, "--name", "scanner-1"),
        *("--credentials", str(tmp_path / "key")),
    )
    assert ended.returncode == 0, ended.stderr
    return tmp_path / "root"


def test_the_key_is_for_root_alone_and_nothing_else_holds_it(installed: Path) -> None:
    credentials = installed / "etc" / "cardlens" / "credentials.env"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert credentials.read_text() == "".join(KEY.splitlines(keepends=True)[:2])
    others = [file for file in installed.rglob("*") if file.is_file() and file != credentials]
    assert len(others) == 4
    assert not [file for file in others if "abc/+=" in file.read_text()]


def test_settings_are_plain_and_a_second_run_keeps_the_key(installed: Path) -> None:
    ended = install(installed, "--store", "s3://other/cards", "--trust", TRUST, "--endpoint", "http://nas:8333")
    assert ended.returncode == 0, ended.stderr
    settings = (installed / "etc" / "cardlens" / "device.env").read_text().splitlines()
    assert "CARDLENS_STORE=s3://other/cards" in settings
    assert f"CARDLENS_TRUST={TRUST}" in settings
    assert "AWS_ENDPOINT_URL=http://nas:8333" in settings
    assert "abc/+=" in (installed / "etc" / "cardlens" / "credentials.env").read_text()


def test_a_folder_as_store_needs_no_key(tmp_path: Path) -> None:
    assert install(tmp_path / "root", "--store", "/mnt/nas/cards", "--trust", TRUST).returncode == 0
    assert not (tmp_path / "root" / "etc" / "cardlens" / "credentials.env").exists()


def files(root: Path) -> set[str]:
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


UNITS = "etc/systemd/system/cardlens"
PLAIN = {"etc/cardlens/device.env", "usr/local/bin/cardlens"}
UPDATE = {f"{UNITS}-update.service", f"{UNITS}-update.timer"}
KIOSK = {f"{UNITS}-serve.service", "usr/local/bin/cardlens-kiosk", "etc/xdg/autostart/cardlens-kiosk.desktop"}
WATCH = {f"{UNITS}-watch.service"}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [((), PLAIN), (("--kiosk",), PLAIN | KIOSK), (("--kiosk", "--watch"), PLAIN | KIOSK | WATCH)],
)
def test_without_a_store_the_bundled_models_are_used_and_nothing_is_fetched(
    tmp_path: Path, arguments: tuple[str, ...], wanted: set[str]
) -> None:
    ended = install(tmp_path, *arguments)
    assert ended.returncode == 0, ended.stderr
    assert files(tmp_path) == wanted
    settings = (tmp_path / "etc" / "cardlens" / "device.env").read_text().splitlines()
    assert settings[1:] == ["CARDLENS_DEVICE_HOME=/var/lib/cardlens"]


def test_a_later_run_keeps_store_kiosk_and_watch_and_changes_nothing_else(tmp_path: Path) -> None:
    told = ("--store", "s3://b/p", "--trust", TRUST, "--name", "a", "--region", "eu-west-1", "--endpoint", "http://nas")
    (tmp_path / "key").write_text(KEY)
    root = tmp_path / "root"
    assert install(root, *told, "--credentials", str(tmp_path / "key")).returncode == 0
    before = {name: (root / name).read_bytes() for name in files(root)}
    assert install(root, "--kiosk").returncode == 0
    assert install(root, "--watch").returncode == 0
    assert install(root).returncode == 0
    assert files(root) == PLAIN | UPDATE | KIOSK | WATCH | {"etc/cardlens/credentials.env"}
    assert {name: (root / name).read_bytes() for name in before} == before


def test_the_kiosk_opens_the_page_once_the_service_answers(tmp_path: Path) -> None:
    """With programs in place of curl and Chromium: the service answers at the third try."""
    tries = tmp_path / "tries"
    programs = {
        "curl": f'#!/bin/sh\necho "$*" >>{tries}\n[ "$(wc -l <{tries})" -ge 3 ]\n',
        "sleep": "#!/bin/sh\n",
        "chromium": '#!/bin/sh\nprintf "%s\\n" "$@"\n',
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": "/home/pi"}
    command = ["/bin/sh", str(PI / "cardlens-kiosk")]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=20).stdout
    arguments = said.splitlines()
    assert "--kiosk" in arguments
    assert "--user-data-dir=/home/pi/.local/state/cardlens-kiosk" in arguments
    assert arguments[-1] == "http://127.0.0.1:8151/?kiosk"
    assert len(tries.read_text().splitlines()) == 3
    assert "http://127.0.0.1:8151/readyz" in tries.read_text()


def test_the_desktop_starts_what_is_installed() -> None:
    entry = dict(line.split("=", 1) for line in (PI / "cardlens-kiosk.desktop").read_text().splitlines()[1:])
    assert (entry["Type"], entry["Exec"]) == ("Application", "/usr/local/bin/cardlens-kiosk")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--trust", TRUST), "--store"),
        (("--store", "s3://b/p"), "64 characters"),
        (("--kiosk", "--store", "s3://b/p", "--trust", "0a"), "64 characters"),
        (("--store", "s3://b/p", "--trust", TRUST), "--credentials"),
        (("--store", "s3://b/p$(id)", "--trust", TRUST), "do not belong"),
        (("--store", "s3://b/p", "--trust", TRUST, "--name", "a\nCARDLENS_TRUST=x"), "do not belong"),
        (("--store",), "needs a value"),
        (("--shop", "x"), "unknown"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing_secret(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = install(tmp_path / "root", *arguments)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert ended.stderr.count("install.sh:") == 1
    assert not (tmp_path / "root" / "etc" / "cardlens" / "credentials.env").exists()


def test_the_wrapper_uses_the_release_that_runs(tmp_path: Path) -> None:
    """Its paths are moved below a folder of the test, with a program that prints what it is given."""
    program, settings = tmp_path / "program", tmp_path / "device.env"
    program.write_text('#!/bin/sh\necho "$CARDLENS_MODELS $CARDLENS_REFERENCE $CARDLENS_STORE $*"\n')
    program.chmod(0o755)
    settings.write_text(f"CARDLENS_STORE=s3://b/p\nCARDLENS_DEVICE_HOME={tmp_path}\n")
    script = (PI / "cardlens").read_text()
    script = script.replace("/etc/cardlens/device.env", str(settings))
    wrapper = tmp_path / "cardlens"
    wrapper.write_text(script.replace("/opt/cardlens/venv/bin/cardlens", str(program)))
    said = subprocess.run(
        ["/bin/sh", str(wrapper), "identify", "a b"], capture_output=True, text=True, check=True
    ).stdout
    assert said == "  s3://b/p identify a b\n"
    (tmp_path / "current" / "models").mkdir(parents=True)
    said = subprocess.run(["/bin/sh", str(wrapper), "doctor"], capture_output=True, text=True, check=True).stdout
    assert said == f"{tmp_path}/current/models {tmp_path}/current/reference s3://b/p doctor\n"


def test_scripts_are_sound() -> None:
    shellcheck = shutil.which("shellcheck")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    scripts = [str(PI / name) for name in ("install.sh", "cardlens", "cardlens-kiosk")]
    ended = subprocess.run([shellcheck, *scripts], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_units_are_sound_and_locked_down(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    for unit in (PI / "systemd").iterdir():
        (tmp_path / unit.name).write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
    units = sorted(map(str, tmp_path.iterdir()))
    ended = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
