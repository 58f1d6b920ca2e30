"""The work behind `cardlens store pull`, by itself: on a device it is what starts most often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cardlens.cli.store_show import megabytes, moving, say, say_not_done, say_plan
from cardlens.store.layout import datasets
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.pull import PullPlan, plan_pulling, pull
from cardlens.store.switch import recover_all


def pull_versions(
    store: Store,
    tree: LocalTree,
    names: Sequence[str],
    version: str | None,
    sets: Sequence[str],
    *,
    apply: bool,
    as_json: bool,
) -> None:
    """Show what would be fetched; fetch it."""
    recover_all(tree)
    plans = [plan_pulling(store, one, tree, version, sets) for one in datasets(names)]
    for plan in plans:
        say_plan(_words(plan), _record(plan, apply=apply), as_json=as_json)
    if not apply:
        say_not_done([not plan.is_empty for plan in plans], as_json=as_json)
        return
    for plan in plans:
        if not plan.is_empty:
            with moving(f"Pulling {plan.dataset.name}", plan.bytes) as passed:
                pull(store, plan, tree, passed)
            say(f"{plan.dataset.name}: {plan.manifest.version} is here", as_json=as_json)


def _words(plan: PullPlan) -> str:
    name, version = plan.dataset.name, plan.manifest.version
    if plan.is_empty:
        return f"{name}: {version} is here"
    words = f"{name}: {version}: {len(plan.wanted):,} of {len(plan.manifest.files):,} files to fetch"
    words += f", {megabytes(plan.bytes)}"
    return words + (f"; {len(plan.replaces):,} files here are replaced" if plan.replaces else "")


def _record(plan: PullPlan, *, apply: bool) -> dict[str, Any]:
    return {
        "dataset": plan.dataset.name,
        "version": plan.manifest.version,
        "fetch": len(plan.fetches),
        "replace": len(plan.replaces),
        "same": len(plan.same),
        "extra": len(plan.extra),
        "bytes": plan.bytes,
        "applied": apply,
    }
