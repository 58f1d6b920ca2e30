"""Asking devices what they run, over ssh: for those whose credentials may only read the store."""

from __future__ import annotations

import json
import re
import subprocess

from cardlens.errors import CardlensError
from cardlens.store.registry_deployed import LARGEST_REPORT, DeviceReport

SECONDS = 20
_HOST = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:-]*")


def ask(host: str) -> DeviceReport:
    """Run `cardlens device status --json` on `host`; no answer is a report whose `error` says so.

    Raises:
        CardlensError: it is no name of a host.
    """
    if not _HOST.fullmatch(host):  # what begins with a dash would be an option of ssh
        raise CardlensError(f"{host!r}: not a host; give a name such as pi@scanner-1")
    command = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=8", "--", host, "cardlens device status --json"]
    name = host.rpartition("@")[2]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
        return _report(ended.stdout, name)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _unanswered(name, str(error))
    except (ValueError, TypeError, KeyError):
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        return _unanswered(name, said[-1] if said else f"ended with {ended.returncode}")


def _report(answer: bytes, name: str) -> DeviceReport:
    if len(answer) > LARGEST_REPORT:
        raise ValueError("too long an answer")
    report = json.loads(answer)["report"]
    return DeviceReport.from_bytes(json.dumps(report).encode(), report.get("device", name))


def _unanswered(name: str, why: str) -> DeviceReport:
    return DeviceReport(name, None, 0, None, "", error=f"no answer: {why}"[:300])
