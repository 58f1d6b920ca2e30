from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.cloud.options import stack_options
from cardlens.cloud.template import template
from cardlens.errors import CardlensError

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def test_settings_are_parameters_of_the_template(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    options = stack_options(
        [
            "people=arn:aws:iam::123456789012:role/me,arn:aws:iam::123456789012:user/you",
            "alarm-email=me@example.org",
            "monthly-budget=20",
            "experiment-days=90",
            f"device-authority={tmp_path / 'ca.pem'}",
        ]
    )
    assert set(options) <= set(template()["Parameters"])
    assert options["MonthlyBudget"] == "20"
    assert options["DeviceCertificateAuthority"] == PEM.strip()


def test_alarms_can_be_taken_back() -> None:
    assert stack_options(["alarm-email="]) == {"AlarmEmail": ""}


@pytest.mark.parametrize(
    "setting",
    [
        "budget=3",
        "monthly-budget",
        "monthly-budget=0",
        "monthly-budget=ten",
        "experiment-days=1",
        "alarm-email=me",
        "people=me",
        "device-authority=/nonexistent",
    ],
)
def test_what_the_stack_would_refuse_is_refused_before(setting: str) -> None:
    with pytest.raises(CardlensError, match=r"give|there are"):
        stack_options([setting])


def test_a_private_key_is_never_sent(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(PEM + "-----BEGIN PRIVATE KEY-----\n")
    with pytest.raises(CardlensError, match="private key"):
        stack_options([f"device-authority={file}"])
