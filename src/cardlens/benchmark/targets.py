"""What must be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cardlens.export.weight import FASTER, INT8_MEGABYTES, LOST, PARAMETERS, WHOLE_MEGABYTES

Verdict = Literal["met", "missed", "not measured"]

LARGE = "held-out, 120 px and wider"
HARD = "hard: 60-90 px, glare, foil and sleeve"
# answers, below which a slice says nothing
_FEW = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One demand: what, what must be reached, what was measured."""

    what: str
    wanted: str
    measured: str
    verdict: Verdict

    def as_json(self) -> dict[str, str]:
        """The object that goes into the report."""
        return asdict(self)


def judge(report: dict[str, Any], ours: str) -> list[Target]:
    """Every target, against what was measured."""
    parts = (_recall, _strangers, _calibration, _real_photos, _baselines, _models)
    return [target for part in parts for target in part(report, ours)]


def _recall(report: dict[str, Any], ours: str) -> Iterator[Target]:
    crops, photos = report["crops"][ours], report["photos"][ours]
    yield _at_least("artwork R@1, crops of held-out sets, 120 px and wider", _value(crops[LARGE].get("r1")), 0.997)
    yield _at_least("artwork R@1, 60-90 px with glare, foil and sleeve", _value(crops[HARD].get("r1")), 0.97)
    printing = photos["printing"]
    yield _at_least(
        "printing right or rightly tied, of cards found ≥ 90 px", _value(printing["found"].get("right")), 0.99
    )
    yield _at_least("the same, of those of them that are named", _value(printing["named"].get("right")), 0.99)


def _strangers(report: dict[str, Any], ours: str) -> Iterator[Target]:
    share = report["photos"][ours]["strangers"]["named_at_95"]
    yield _at_recall("strangers of the same game named at 95 % recall of known cards ≥ 90 px", share, 0.02)
    others = report["real"][ours]["others_named_at_95"]
    yield _at_recall("other games' cards named at 95 % recall of known cards ≥ 90 px", others, 0.005)


def _calibration(report: dict[str, Any], ours: str) -> Iterator[Target]:
    yield _at_most(
        "ECE of the confidence, unseen cards", report["photos"][ours]["reliability"]["printing"]["ece"], 0.02
    )


def _real_photos(report: dict[str, Any], ours: str) -> Iterator[Target]:
    real = report["real"][ours]
    if real["binder_cards"]:
        right, wrong = real["binder_right"], real["binder_wrong_above_0.9"]
        yield _counted(f"binder photos, right of {real['binder_cards']}", "≥ 70", right, right >= 70)
        yield _counted("binder photos, wrong above 0.9", "0", wrong, wrong == 0)
    else:
        yield Target("binder photos", "≥ 70 of 72", "-", "not measured")


def _baselines(report: dict[str, Any], _ours: str) -> Iterator[Target]:
    lost, compared = report["lost"]["slices"], report["lost"]["compared"]
    measured = f"beaten in {compared - len(lost)} of {compared}" + ("; the others are named below" if lost else "")
    yield Target("every baseline beaten in every slice, or the slice named", "all", measured, "met")


def _models(report: dict[str, Any], _ours: str) -> Iterator[Target]:
    sizes, whole = report["cost"]["models"], report.get("int8")
    size = sizes.get("embedder.onnx")
    yield _counted("INT8 embedder, MB", f"≤ {INT8_MEGABYTES:g}", size, size is not None and size <= INT8_MEGABYTES)
    if not whole:
        yield Target("INT8 against fp32", "≤ 0.2 points R@1, ≥ 1.6× faster", "- (give --fp32)", "not measured")
        return
    lost, faster = whole["lost"], whole["timing"]["faster"]
    yield _counted("INT8 against fp32, R@1 lost in points", "≤ 0.2", round(lost * 100, 3), lost <= LOST)
    yield _counted("INT8 against fp32, times faster", f"≥ {FASTER:g}", faster, faster >= FASTER)
    parameters, megabytes = whole["parameters"], whole["megabytes"]
    yield _counted("student, parameters", f"≤ {PARAMETERS / 1e6:g} M", parameters, parameters <= PARAMETERS)
    yield _counted("student, fp32 ONNX, MB", f"≤ {WHOLE_MEGABYTES:g}", megabytes, megabytes <= WHOLE_MEGABYTES)


def _at_least(what: str, value: float | None, wanted: float) -> Target:
    return _share(what, f"≥ {wanted:.1%}", value, lambda share: share >= wanted)


def _at_most(what: str, value: float | None, wanted: float) -> Target:
    return _share(what, f"≤ {wanted:.1%}", value, lambda share: share <= wanted)


def _at_recall(what: str, value: float | None, wanted: float) -> Target:
    """No line, no target reached: too few known cards are ever named right."""
    if value is None:
        return Target(what, f"≤ {wanted:.1%}", "95 % recall is out of reach", "missed")
    return _at_most(what, value, wanted)


def _share(what: str, wanted: str, value: float | None, holds: Callable[[float], bool]) -> Target:
    if value is None:
        return Target(what, wanted, "-", "not measured")
    return Target(what, wanted, f"{value:.2%}", "met" if holds(value) else "missed")


def _counted(what: str, wanted: str, value: float | None, holds: bool) -> Target:
    if value is None:
        return Target(what, wanted, "-", "not measured")
    return Target(what, wanted, f"{value:,}", "met" if holds else "missed")


def _value(figure: dict[str, Any] | None) -> float | None:
    return float(figure["value"]) if figure else None
