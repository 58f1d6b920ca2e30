"""The tables of the report, the same for Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardlens.benchmark.figures import HARD, LARGE
from cardlens.benchmark.lost import compared, lost_rows
from cardlens.benchmark.table import Table, mean, number, share, within

Report = dict[str, Any]


def all_tables(report: Report) -> Iterator[Table]:
    """Every table, in the order of reading."""
    yield _targets(report)
    yield _overview(report)
    yield _printings(report)
    yield _strangers(report)
    yield _confidence(report)
    yield _ablation(report)
    yield _parts(report)
    yield _lost(report)
    yield _by_slice("Crops by slice", "Artwork R@1 (95 % interval), n.", report["crops"], "slices", "r1")
    names = "Artwork of known cards in photos: the likeliest is right, found or not (95 % interval), n."
    yield _by_slice("Photos by slice", names, report["photos"], "names", "r1")
    found = "Share of the cards in sight that were found at IoU 0.8 (95 % interval), n."
    located = {name: figures for name, figures in report["photos"].items() if figures["detection"]}
    yield _by_slice("Detection by slice", found, located, "detection", "found_0.8")
    yield _growth(report)
    yield _real(report)
    yield _fans(report)
    yield from _cost(report)


def _targets(report: Report) -> Table:
    rows = [(one["what"], one["wanted"], one["measured"], one["verdict"]) for one in report["targets"]]
    return Table("Targets", "What must be reached.", ("what", "must reach", "measured", ""), tuple(rows))


def _overview(report: Report) -> Table:
    rows = []
    for name, photos in report["photos"].items():
        crops = report["crops"].get(name, {})
        everywhere = crops.get("slices", {}).get("all", {})
        found = photos["detection"].get("all", {})
        rows.append(
            (
                name,
                mean(everywhere.get("r1")),
                mean(everywhere.get("r5")),
                mean(crops.get(LARGE, {}).get("r1")),
                mean(crops.get(HARD, {}).get("r1")),
                mean(found.get("found_0.5")),
                mean(found.get("found_0.8")),
                mean(photos["names"]["all"].get("r1")),
                mean(photos["names"]["all"].get("printing_right")),
            )
        )
    head = (
        "",
        "crops R@1",
        "crops R@5",
        "held-out ≥ 120 px",
        "hard",
        "photos: found, IoU 0.5",
        "IoU 0.8",
        "artwork R@1",
        "printing right or tied",
    )
    note = "Artwork unless said else; crops are cut out for everyone, in photos each finds the cards itself."
    return Table("Side by side", note, head, tuple(rows))


def _printings(report: Report) -> Table:
    rows = []
    for name, photos in report["photos"].items():
        crops, names = report["crops"].get(name, {}).get("slices", {}).get("all", {}), photos["names"].get("all", {})
        figures = [
            crops.get("printing_r1"),
            crops.get("printing_r5"),
            names.get("printing_r1"),
            names.get("printing_r5"),
        ]
        figures += [photos["printing"][of].get("right") for of in ("found", "named")]
        rows.append((name, *map(mean, figures)))
    head = ("", "crops R@1", "R@5", "photos R@1", "R@5", "found ≥ 90 px: right or tied", "of those named")
    note = "The very printing; a crop cannot tell tied ones. The last two: right, or rightly said to be tied."
    return Table("Printings", note, head, tuple(rows))


def _strangers(report: Report) -> Table:
    rows = []
    for name, photos in report["photos"].items():
        parts = [("photos, confidence", photos["strangers"])]
        parts += [(f"crops, {what}", figures) for what, figures in report["crop_strangers"].get(name, {}).items()]
        for what, figures in parts:
            by_recall = {one["recall"]: one["strangers_named"] for one in figures["curve"]}
            asked = f"{figures['known']:,} / {figures['strangers']:,}"
            shares = (share(by_recall.get(0.9)), *(within(figures, f"named_at_{at}") for at in (95, 98)))
            rows.append((name, what, asked, within(figures, "micro_ap"), *shares))
    head = ("", "by", "known / strangers", "µAP", "named at 90 % recall", "at 95 %", "at 98 %")
    note = (
        "Cards ≥ 90 px wide of held-out sets, half of which are left out of the database; in photos all that are in "
        "sight. µAP as in ISC21; the normalised score is less that of the nearest background cards."
    )
    return Table("Strangers", note, head, tuple(rows))


def _ablation(report: Report) -> Table:
    found = report["ablation"]
    rows = []
    for name, one in found["variants"].items():
        cost = found["timing"].get(name.removeprefix("without "))
        decided = one["decided"]
        rows.append(
            (
                name,
                share(one["r1"]),
                within(one, "micro_ap"),
                within(one, "named_at_95"),
                within(one, "named_at_98"),
                within(one, "ece"),
                number(one["aurc"], 4),
                share(decided["known_named_right"]),
                share(decided["strangers_named"]),
                number(cost, 2),
            )
        )
    head = (
        "",
        "artwork R@1",
        "µAP",
        "strangers named at 95 %",
        "at 98 %",
        "ECE",
        "AURC",
        "as decided: known right",
        "strangers named",
        "ms a photo",
    )
    about = "; ".join(f"{name}: {what}" for name, what in found["about"].items())
    note = (
        f"The decision made again from {found['photos']:,} photos without one ingredient, its calibration fitted anew "
        f"on the other half of the held-out sets; the last column is what the ingredient costs. {about}."
    )
    return Table("What the decision is made of", note, head, tuple(rows))


def _parts(report: Report) -> Table:
    ours = next(iter(report["crops"]))
    rows = []
    for name, figures in (("parts compared", report["crops"][ours]), ("embedding alone", report["embedding_alone"])):
        found = (figures["slices"].get("all", {}), figures[LARGE], figures[HARD])
        rows.append((name, *(mean(one.get("r1")) for one in found), mean(found[0].get("r5"))))
    head = ("crops looked up by", "artwork R@1", "held-out ≥ 120 px", "hard", "R@5")
    return Table("Parts compared", f"The nearest few of {ours}, with and without comparing parts.", head, tuple(rows))


def _lost(report: Report) -> Table:
    rows = [
        (one["where"], one["baseline"], share(one["theirs"]), share(one["ours"]), f"{one['count']:,}")
        for one in lost_rows(report)
    ]
    note = (
        f"Of {compared(report):,} comparisons, those in which a baseline is no worse than cardlens; 20 answers or "
        "more. Of strangers, the fewer are named the better."
    )
    return Table(
        "Slices not won", note, ("slice", "baseline", "its", "cardlens'", "n"), tuple(rows or [("none", *"----")])
    )


def _confidence(report: Report) -> Table:
    rows = []
    for name, photos in report["photos"].items():
        for what, figures in photos["reliability"].items():
            decided = photos["strangers"]["decided"]
            rows.append(
                (
                    name,
                    what,
                    f"{figures['answers']:,}",
                    within(figures, "ece"),
                    number(figures["aurc"], 4),
                    *(share(decided[key]) for key in ("known_named_right", "known_named_wrong", "strangers_named")),
                )
            )
    head = ("", "of the", "answers", "ECE", "AURC", "known named right", "known named wrong", "strangers named")
    note = "Photos; sets that did not fit the calibration. The last three: as decided, cards found and ≥ 90 px."
    return Table("Confidence", note, head, tuple(rows))


def _by_slice(title: str, note: str, tables: Mapping[str, Report], key: str, figure: str) -> Table:
    names = list(dict.fromkeys(name for figures in tables.values() for name in figures[key]))
    rows = [(name, *(mean(figures[key].get(name, {}).get(figure)) for figures in tables.values())) for name in names]
    return Table(title, note, ("", *tables), tuple(rows))


def _growth(report: Report) -> Table:
    rows = []
    for name, figures in report["growth"].items():
        for size in figures["sizes"]:
            timing = size.get("timing", {})
            row = (
                name,
                f"{size['rows']:,}",
                share(size["r1"]),
                share(size.get("index_agrees")),
                number(timing.get("index_milliseconds"), 2),
                number(timing.get("index_megabytes"), 1),
            )
            rows.append(row)
    head = ("", "rows", "R@1, every row compared", "index agrees", "index, ms a card", "index, MB")
    note = (
        "Held-out crops by embedding alone; rows beyond the first size are synthetic, as near to real cards as these "
        "are to each other."
    )
    return Table("Growth", note, head, tuple(rows))


def _real(report: Report) -> Table:
    rows = []
    for name, real in report["real"].items():
        others = "; ".join(f"{folder} {one['named']}" for folder, one in real["others"].items())
        single = f"{sum(real['single_right'].values())} of {len(real['single_right'])}"
        right = f"{real['binder_right']} of {real['binder_cards']}"
        # of a score that is no probability, 0.9 means nothing
        wrong = str(real["binder_wrong_above_0.9"]) if report["photos"][name]["reliability"] else "-"
        rows.append((name, right, wrong, single, others))
    head = ("", "binder pages, right", "wrong above 0.9", "single photos right", "names where there is no Pokémon card")
    return Table("Real photos", "Photos with known truth, and photos in which nothing may be named.", head, tuple(rows))


def _fans(report: Report) -> Table:
    photos = report["fans"]["photos"]
    rows = [(name, *(str(one[key]) for key in ("strips", "right", "wrong_and_sure"))) for name, one in photos.items()]
    note = "Set code and number read from bottom strips and resolved by the facts; strips that nobody can read count."
    return Table(
        "Fanned cards", note, ("", "strips", "right", "wrong at 0.5 or more"), tuple(rows or [("none", *"---")])
    )


def _cost(report: Report) -> Iterator[Table]:
    cost = report["cost"]
    stages = [(name, f"{one['median']:g}", f"{one['p90']:g}") for name, one in cost["milliseconds"].items()]
    yield Table("Milliseconds", f"On {cost['photo']}.", ("stage", "median", "p90"), tuple(stages))
    named = [(name, f"{spent:g}") for name, spent in cost["contenders"].items()]
    yield Table("Milliseconds side by side", "The same photo, decoded.", ("", "median"), tuple(named))
    if report.get("int8"):
        yield _speed_of_int8(report["int8"])
    peaks = [(name, f"{most:g}") for name, most in cost["peak_megabytes"].items()]
    yield Table("Memory", "Peak of a process of its own, MB.", ("after", "MB"), tuple(peaks))
    database = cost["database"]
    files = [(name, f"{size / 1e6:.3f}") for name, size in database["files"].items()]
    files += [(name, f"{size:g}") for name, size in cost["models"].items()]
    note = f"{database['rows']:,} rows, {database['megabytes']} MB, {database['bytes_a_row']:,} bytes a row."
    yield Table("Size", note, ("file", "MB"), tuple(files))


def _speed_of_int8(found: Report) -> Table:
    ways = found["timing"]["ways"]
    rows = [
        (f"{way['threads'] or 'all'}", str(way["crops"]), *(f"{way[key]:.2f}" for key in ("whole", "small", "faster")))
        for way in ways
    ]
    note = f"Median ms a crop, from pixels to unit vectors, in turns; fp32 with its weights {found['weights']}."
    return Table("Speed of INT8", note, ("threads", "crops at once", "fp32", "INT8", "times faster"), tuple(rows))
