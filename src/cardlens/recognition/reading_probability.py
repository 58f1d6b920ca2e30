"""From what agrees between a reading and a card to a probability that it is the card."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from importlib import resources

from cardlens.errors import BadModel
from cardlens.recognition.reading_evidence import SAME_NAME, ReadEvidence


def features(evidence: ReadEvidence) -> dict[str, float]:
    """What the calibration was fitted on, by name."""
    return {
        "bias": 1.0,
        "name": evidence.name or 0.0,
        "name_exact": float(evidence.name is not None and evidence.name > 0.999),
        "name_differs": float(evidence.name is not None and evidence.name < SAME_NAME),
        "number": float(evidence.number_agrees),
        "number_differs": float(evidence.number < 0),
        "total": float(evidence.number_agrees and evidence.total > 0),
        "total_differs": float(evidence.total < 0),
        "total_unread": float(evidence.number_agrees and evidence.total == 0 and not evidence.certain),
        "set_code": float(evidence.set_code > 0),
        "set_code_differs": float(evidence.set_code < 0),
        "hp": float(evidence.hp > 0),
        "hp_differs": float(evidence.hp < 0),
        "banner": float(evidence.banner > 0),
        "banner_differs": float(evidence.banner < 0),
        "certain": float(evidence.number_agrees and evidence.certain),
        "name_confidence": evidence.name_confidence,
        "number_confidence": evidence.number_confidence if evidence.number_agrees else 0.0,
        "small": max(math.log(600 / max(evidence.height, 60.0)), 0.0),
    }


def reading_probability(evidence: ReadEvidence, rivals: int) -> float:
    """Calibrated probability, 0..1, that the card is the one read; shared evenly among `rivals` that agree as well."""
    return probability(evidence, rivals, _coefficients())


def probability(evidence: ReadEvidence, rivals: int, coefficients: Mapping[str, float]) -> float:
    """The same with coefficients of one's own, by feature name."""
    values = features(evidence)
    if values.keys() != coefficients.keys():
        raise BadModel("the calibration of readings is of another version; reinstall cardlens or calibrate again")
    logit = sum(coefficients[name] * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0))) / max(rivals, 1)


@functools.cache
def _coefficients() -> Mapping[str, float]:
    """Fitted by `cardlens.training.reading_calibration`."""
    file = resources.files("cardlens.bundled") / "reading.json"
    try:
        record: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))["coefficients"]
    except (OSError, ValueError, KeyError) as error:
        raise BadModel(f"{file}: no calibration of readings ({error!r}); reinstall cardlens") from error
    return record
