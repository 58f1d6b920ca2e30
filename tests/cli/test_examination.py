from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardlens.cli import examination, extras
from cardlens.cli.examination import Finding, examine
from cardlens.errors import BadModel
from cardlens.recognition.answer import Answer
from cardlens.settings import Settings
from tests.cli.doubles import PIKACHU, QUAD, TIED, FakeRecognizer, Run


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a demo folder whose truth is the two cards that the fake recognizer names."""
    truth = {"cards": [{"card_id": card.card_id} for card in (PIKACHU, TIED)]}
    (tmp_path / "demo-truth.json").write_text(json.dumps(truth), encoding="utf-8")
    monkeypatch.setattr(examination, "DEMO", tmp_path)
    return tmp_path


def found(findings: list[Finding], what: str) -> Finding:
    return next(finding for finding in findings if finding.what == what)


@pytest.mark.usefixtures("demo", "recognizer")
def test_the_self_test_is_good_where_every_demo_card_is_named() -> None:
    finding = found(examine(Settings()), "self-test")
    assert finding.good is True
    assert finding.found.startswith("2 of 2 demo cards named")


@pytest.mark.usefixtures("demo")
def test_the_self_test_is_at_fault_where_one_is_not(recognizer: FakeRecognizer) -> None:
    recognizer.cards = (PIKACHU, Answer(QUAD, "unknown"))
    finding = found(examine(Settings()), "self-test")
    assert finding.good is False
    assert finding.found.startswith("1 of 2 demo cards named")


@pytest.mark.usefixtures("demo", "recognizer")
def test_a_missing_model_is_a_finding_and_the_rest_is_still_looked_at(tmp_path: Path) -> None:
    findings = examine(Settings(models=tmp_path))
    models = found(findings, "models")
    assert models.good is False
    assert "no model spec" in models.found
    assert findings[-1].what == "self-test"


@pytest.mark.usefixtures("demo", "recognizer")
def test_a_missing_database_is_a_finding(tmp_path: Path) -> None:
    assert found(examine(Settings(reference=tmp_path / "none")), "reference database").good is False


@pytest.mark.usefixtures("demo", "recognizer")
def test_a_missing_extra_is_a_note_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    finding = found(examine(Settings()), "extra train")
    assert finding.good is None
    assert "pip install 'cardlens[train]'" in finding.found


def test_doctor_says_all_this_as_json_and_in_its_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [Finding("models", "2 models"), Finding("self-test", "0 of 9 demo cards named", good=False)]
    monkeypatch.setattr(examination, "examine", lambda _settings: findings)
    ended = run("doctor", "--json")
    assert ended.code == 1
    report = json.loads(ended.out)
    assert report["healthy"] is False
    assert report["findings"][1] == {"what": "self-test", "found": "0 of 9 demo cards named", "good": False}


def test_doctor_is_content_with_notes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "examine", lambda _settings: [Finding("extra", "[not] installed", good=None)])
    ended = run("doctor")
    assert ended.code == 0
    assert "[not] installed" in ended.out


def test_an_unexpected_error_is_a_finding_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: Settings) -> None:
        raise OSError("library not found")

    monkeypatch.setattr(examination, "_models", broken)
    finding = found(examine(Settings()), "models")
    assert finding.good is False
    assert "library not found" in finding.found


def test_our_own_errors_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_settings: Settings) -> None:
        raise BadModel("models/detector.json: no model spec here")

    monkeypatch.setattr(examination, "_models", missing)
    assert found(examine(Settings()), "models").found == "models/detector.json: no model spec here"
