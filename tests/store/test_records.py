"""Manifests, pointers and snapshots: what is written is read; anything else is told, never believed."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cardlens.store.errors import Damaged
from cardlens.store.journal import Journal
from cardlens.store.layout import DATASETS, dataset, datasets, is_safe, owner
from cardlens.store.manifest import Entry, Manifest, check_version
from cardlens.store.pointer import Claim, Event, Pointer
from cardlens.store.snapshot import Saved, Snapshot
from tests.store.trees import flip

words = some.text(max_size=20)
digests = some.text("0123456789abcdef", min_size=64, max_size=64)
versions = some.builds("v{}.{}".format, some.integers(0, 99), some.integers(0, 99))
paths = some.lists(some.text("abcé-_.0", min_size=1, max_size=8), min_size=1, max_size=3).map("/".join).filter(is_safe)
entries = some.builds(Entry, some.integers(0, 10**12), digests, versions, some.none() | words, some.none() | words)
manifests = some.builds(
    Manifest,
    dataset=some.sampled_from([one.name for one in DATASETS]),
    version=versions,
    created=words,
    by=words,
    title=words,
    notes=some.lists(words, max_size=3).map(tuple),
    status=words,
    parents=some.dictionaries(words, versions, max_size=2),
    previous=some.none() | some.tuples(versions, digests),
    files=some.dictionaries(paths, entries, max_size=4),
    schema=some.just(1),
)
events = some.builds(Event, words, words, versions, words, words, digests)
pointers = some.builds(
    Pointer,
    dataset=words,
    version=some.none() | versions,
    claim=some.none() | some.builds(Claim, words, words, words, words),
    history=some.lists(events, max_size=3).map(tuple),
    schema=some.just(1),
)
snapshots = some.builds(
    Snapshot,
    at=some.datetimes().map(lambda moment: moment.isoformat()),
    source=words,
    objects=some.dictionaries(paths, some.builds(Saved, digests, some.integers(0, 9), some.none() | words), max_size=3),
    contents=some.dictionaries(digests, some.integers(0, 9), max_size=3),
    schema=some.just(1),
)
json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | words,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(words, inner, max_size=3),
)


@given(manifests)
def test_a_manifest_is_read_as_it_was_written(manifest: Manifest) -> None:
    read = Manifest.decode(manifest.encode(), "place")
    assert read.encode() == manifest.encode()
    assert dict(read.files) == dict(manifest.files)


@given(pointers)
def test_a_pointer_is_read_as_it_was_written(pointer: Pointer) -> None:
    assert Pointer.decode(pointer.encode(), "place") == pointer


@given(snapshots)
def test_a_snapshot_is_read_as_it_was_written(snapshot: Snapshot) -> None:
    read = Snapshot.decode(snapshot.encode(), "place")
    assert (read.at, read.source, dict(read.contents)) == (snapshot.at, snapshot.source, dict(snapshot.contents))
    assert dict(read.objects) == dict(snapshot.objects)


@given(pointers, some.integers(0, 10**6))
def test_any_flipped_bit_of_a_pointer_is_told(pointer: Pointer, bit: int) -> None:
    content = pointer.encode().rstrip()  # the line break at the end means nothing
    with pytest.raises(Damaged, match="place: damaged"):
        Pointer.decode(flip(content, bit % (8 * len(content))), "place")


@given(some.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_what_is_no_record_is_told(content: bytes) -> None:
    for kind in (Manifest, Pointer, Snapshot):
        with pytest.raises(Damaged):
            kind.decode(content, "place")


@given(manifests.filter(lambda one: one.files), some.sampled_from(["bytes", "sha256"]), json_values)
def test_a_manifest_with_nonsense_in_it_is_told_or_harmless(manifest: Manifest, key: str, value: object) -> None:
    record = json.loads(manifest.encode())
    next(iter(record["files"].values()))[key] = value
    with suppress(Damaged):
        read = Manifest.decode(json.dumps(record).encode(), "place")
        assert all(isinstance(one.bytes, int) and len(one.sha256) == 64 for one in read.files.values())


@given(some.text(max_size=30))
def test_a_safe_path_stays_below_its_folder(path: str) -> None:
    if is_safe(path):
        folder = Path("/somewhere/below")
        assert Path(f"{folder}/{path}").resolve().is_relative_to(folder)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("data/reference/embeddings.npy", "reference"),
        ("models/efficientnet-hailo/student.hef", "hailo"),
        ("models/efficientnet-hailo/calibration/1.png", "calibration"),
        ("models/registry/1.json", None),
        ("README.md", None),
    ],
)
def test_each_object_has_one_owner(path: str, name: str | None) -> None:
    found = owner(path)
    assert (found.name if found else None) == name


def test_names_and_groups() -> None:
    assert [one.name for one in datasets(["models", "teacher", "raw"])] == ["teacher", "student", "hailo", "raw"]
    assert datasets([]) == list(DATASETS)
    assert dataset("reference").path == "data/reference"


def test_versions_are_in_order() -> None:
    assert sorted(["v1.10", "v1.9", "v2.0"], key=check_version) == ["v1.9", "v1.10", "v2.0"]


@given(some.integers(0, 200))
def test_a_journal_that_was_cut_off_gives_its_whole_lines(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    journal = Journal(file)
    journal.begin({"work": 1})
    with journal:
        for number in range(5):
            journal.add({"step": number})
    head = len(json.dumps({"work": 1})) + 1
    file.write_bytes(file.read_bytes()[: head + cut])
    steps = journal.steps()
    assert journal.head() == {"work": 1}
    assert steps == [{"step": number} for number in range(len(steps))]
    with journal:
        journal.add({"step": "more"})
    assert journal.steps() == [*steps, {"step": "more"}]
