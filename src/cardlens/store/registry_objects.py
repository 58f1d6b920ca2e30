"""What of the registries lies in a store, by its path: each file is named for its digest, most records never change.

models/registry/<group>/files/<SHA-256>     a file of one or more versions
models/registry/<group>/versions/<v>.json   a version: written once
models/registry/<group>/log/<number>.json   a decision: written once
models/registry/<group>/releases/           signed metadata
models/registry/<group>/devices/            what devices report
"""

from __future__ import annotations

from cardlens.store.registry_version import check_digest

REGISTRIES = "models/registry"


def part_of(path: str) -> tuple[str, str] | None:
    """Give the group and the folder in it that an object lies in, None where it is of no registry."""
    parts = path.removeprefix(f"{REGISTRIES}/").split("/")
    return (parts[0], parts[1]) if path.startswith(f"{REGISTRIES}/") and len(parts) == 3 else None


def digest_by_name(path: str) -> str | None:
    """Give the SHA-256 that a registered file is named for, None where it is none."""
    part, name = part_of(path), path.rpartition("/")[2]
    if part is None or part[1] != "files":
        return None
    try:
        return check_digest(name)
    except ValueError:
        return None


def is_written_once(path: str) -> bool:
    """Tell whether an object is a record that never changes: a version, or a decision of the log."""
    part = part_of(path)
    return part is not None and part[1] in ("versions", "log")


def is_kept_for_good(path: str) -> bool:
    """Tell whether an object of a registry is never deleted: all are, but for what devices report."""
    part = part_of(path)
    return part is not None and part[1] != "devices"
