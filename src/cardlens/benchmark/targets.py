"""What must be reached, and whether it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cardlens.benchmark import lost
from cardlens.benchmark.figures import HARD, LARGE
from cardlens.export.speedup import FASTER
from cardlens.export.weight import INT8_MEGABYTES, LOST, PARAMETERS, WHOLE_MEGABYTES

Mean = Mapping[str, Any]
Verdict = Literal["met", "missed", "not measured"]

# the folder of photos of other games' cards
OTHER_GAMES = "not-pokemon"


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
    parts = (_recall, _strangers, _calibration, _real_photos, _baselines, _models, _time)
    return [target for part in parts for target in part(report, ours)]


def _recall(report: dict[str, Any], ours: str) -> Iterator[Target]:
    crops, printing = report["crops"][ours], report["photos"][ours]["printing"]
    yield _at_least("artwork R@1, crops of held-out sets, 120 px and wider", crops[LARGE].get("r1"), 0.997)
    yield _at_least("artwork R@1, 60-90 px with glare, foil and sleeve", crops[HARD].get("r1"), 0.97)
    yield _at_least("printing right or rightly tied, of cards found ≥ 90 px", printing["found"].get("right"), 0.99)
    yield _at_least("the same, of those of them that are named", printing["named"].get("right"), 0.99)


def _strangers(report: dict[str, Any], ours: str) -> Iterator[Target]:
    found, real = report["photos"][ours]["strangers"], report["real"][ours]
    share = _between(found["named_at_95"], found.get("named_at_95_interval"), found["strangers"])
    yield _at_recall("strangers of the same game named at 95 % recall of known cards ≥ 90 px", share, 0.02)
    shown = real["others"][OTHER_GAMES]
    others = _between(real["others_named_at_95"], None, shown["answers"])
    what = "other games' cards named at 95 % recall of known cards ≥ 90 px"
    yield _at_recall(what, others, 0.005) if shown["photos"] else _share(what, "≤ 0.5%", None, bool)


def _calibration(report: dict[str, Any], ours: str) -> Iterator[Target]:
    found = report["photos"][ours]["reliability"]["printing"]
    error = _between(found["ece"], found.get("ece_interval"), found["answers"])
    yield _share("ECE of the confidence, unseen cards", "≤ 2.0%", error, lambda value: value <= 0.02)


def _real_photos(report: dict[str, Any], ours: str) -> Iterator[Target]:
    real = report["real"][ours]
    if real["binder_cards"]:
        right, wrong = real["binder_right"], real["binder_wrong_above_0.9"]
        yield _counted(f"binder photos, right of {real['binder_cards']}", "≥ 70", right, right >= 70)
        yield _counted("binder photos, wrong above 0.9", "0", wrong, wrong == 0)
    else:
        yield Target("binder photos", "≥ 70 of 72", "-", "not measured")
    fans = report["fans"]
    share = _between(fans["right"] / fans["strips"], None, fans["strips"]) if fans["strips"] else None
    yield _at_least("strips of fanned cards resolved to the right card", share, 0.8)
    wrong = fans["wrong_and_sure"] if fans["strips"] else None
    yield _counted("fanned cards, wrong at 0.5 or more", "0", wrong, wrong == 0)


def _baselines(report: dict[str, Any], ours: str) -> Iterator[Target]:
    """Looked for anew in the figures: a slice that is not won and not named is a target missed."""
    found = {"lost": lost.lost(report, ours)}
    not_won, named = ({_key(row) for row in lost.lost_rows(each)} for each in (found, report))
    compared, hidden = lost.compared(found), len(not_won - named)
    measured = f"beaten in {compared - len(not_won)} of {compared}"
    if not_won:
        measured += f"; {hidden} of the others are not named" if hidden else "; the others are under Slices not won"
    verdict: Verdict = "missed" if hidden else "met"
    yield Target("every baseline beaten in every slice, or the slice named", "all", measured, verdict)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["where"], row["baseline"]


def _models(report: dict[str, Any], _ours: str) -> Iterator[Target]:
    sizes, whole = report["cost"]["models"], report.get("int8")
    size = sizes.get("embedder.onnx")
    yield _counted("INT8 embedder, MB", f"≤ {INT8_MEGABYTES:g}", size, size is not None and size <= INT8_MEGABYTES)
    if not whole:
        yield Target(
            "INT8 against fp32",
            "≤ 0.2 points R@1, ≥ 1.6× faster",
            "- (by a whole run, of an INT8 file)",
            "not measured",
        )
        return
    lost, faster = whole["lost"], whole["timing"]["faster"]
    against = f"INT8 against fp32, weights {whole['weights']}"
    yield _counted(f"{against}, R@1 lost in points", "≤ 0.2", round(lost * 100, 3), lost <= LOST)
    yield _counted(f"{against}, times faster on one thread", f"≥ {FASTER:g}", faster, faster >= FASTER)
    parameters, megabytes = whole["parameters"], whole["megabytes"]
    yield _counted("student, parameters", f"≤ {PARAMETERS / 1e6:g} M", parameters, parameters <= PARAMETERS)
    yield _counted("student, fp32 ONNX, MB", f"≤ {WHOLE_MEGABYTES:g}", megabytes, megabytes <= WHOLE_MEGABYTES)


def _time(report: dict[str, Any], _ours: str) -> Iterator[Target]:
    minutes, most = report["cost"]["minutes"], report["about"]["plan"]["minutes"]
    yield _counted("this run, minutes on two free cores", f"≤ {most:g}", minutes, minutes <= most)


def _between(value: float | None, interval: Sequence[float] | None, count: int) -> Mean | None:
    """A figure as means are given: value, interval, count."""
    if value is None:
        return None
    ends = {"low": interval[0], "high": interval[1]} if interval else {}
    return {"value": value, "count": count} | ends


def _at_least(what: str, mean: Mean | None, wanted: float) -> Target:
    return _share(what, f"≥ {wanted:.1%}", mean, lambda share: share >= wanted)


def _at_recall(what: str, mean: Mean | None, wanted: float) -> Target:
    """No line, no target reached: too few known cards are ever named right."""
    if mean is None:
        return Target(what, f"≤ {wanted:.1%}", "95 % recall is out of reach", "missed")
    return _share(what, f"≤ {wanted:.1%}", mean, lambda share: share <= wanted)


def _share(what: str, wanted: str, mean: Mean | None, holds: Callable[[float], bool]) -> Target:
    if mean is None:
        return Target(what, wanted, "-", "not measured")
    between = f" ({mean['low']:.2%}-{mean['high']:.2%})" if "low" in mean else ""
    measured = f"{mean['value']:.2%}{between}, n {mean['count']:,}"
    return Target(what, wanted, measured, "met" if holds(mean["value"]) else "missed")


def _counted(what: str, wanted: str, value: float | None, holds: bool) -> Target:
    if value is None:
        return Target(what, wanted, "-", "not measured")
    return Target(what, wanted, f"{value:,}", "met" if holds else "missed")
