from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.errors import BadDevice, BadModel, MissingExtra
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import Floats
from cardlens.runtimes.hailo import HailoRuntime
from tests.runtimes.fake_hailo import FRAME, QUEUE, FakeHailo, World, write_hef


def open_runtime(folder: Path, world: World, content: bytes = b"\x01HEF", **changes: Any) -> HailoRuntime:
    file, spec = write_hef(folder, content, **changes)
    return HailoRuntime(file, spec, FakeHailo(world))


def batch(count: int) -> Floats:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 3, *FRAME[:2]))
    return pixels.astype(np.float32)


def test_each_frame_gets_its_own_answer_in_the_order_given(tmp_path: Path) -> None:
    frames = batch(11)
    [said] = open_runtime(tmp_path, World()).run(frames)
    np.testing.assert_array_equal(said, frames.sum(axis=(2, 3)))


def test_local_maps_come_second_and_in_our_order_whatever_the_device_s(tmp_path: Path) -> None:
    def network(frame: Any) -> tuple[Any, Any]:
        return frame[:2, :2, :].astype(np.float32), frame.astype(np.float32).sum(axis=(0, 1))

    runtime = open_runtime(tmp_path, World(local=(2, 2, 3), network=network))
    frames = batch(3)
    vectors, maps = runtime.run(frames)
    np.testing.assert_array_equal(vectors, frames.sum(axis=(2, 3)))
    np.testing.assert_array_equal(maps, frames[:, :, :2, :2])
    assert [output.shape for output in runtime.run(batch(0))] == [(0, 3), (0, 3, 2, 2)]


def test_the_device_is_configured_once_whatever_is_asked_of_it(tmp_path: Path) -> None:
    world = World()
    runtime = open_runtime(tmp_path, world)
    for _ in range(3):
        runtime.run(batch(2))
    assert (world.configured, world.runs) == (1, 6)


def test_frames_are_in_flight_together_but_no_more_than_the_queue_takes(tmp_path: Path) -> None:
    world = World()
    open_runtime(tmp_path, world).run(batch(10))
    assert world.most_in_flight == QUEUE
    assert world.in_flight == 0


def test_no_frames_are_no_answers(tmp_path: Path) -> None:
    [said] = open_runtime(tmp_path, World()).run(batch(0))
    assert said.shape == (0, 3)


def test_an_embedder_hands_over_raw_pixels(tmp_path: Path) -> None:
    file, spec = write_hef(tmp_path)
    crop = np.random.default_rng(1).integers(0, 256, FRAME, dtype=np.uint8)
    [vector] = Embedder(HailoRuntime(file, spec, FakeHailo(World())), spec).embed([crop])
    sums = crop.sum(axis=(0, 1)).astype(np.float32)
    np.testing.assert_allclose(vector, sums / np.linalg.norm(sums), rtol=1e-5)


def test_closing_gives_everything_back(tmp_path: Path) -> None:
    world = World()
    open_runtime(tmp_path, world).close()
    assert world.entered == world.left == 2


@pytest.mark.parametrize(
    ("there", "step"),
    [("HAILO8L", "cardlens export hailo --arch hailo8l"), ("HAILO15H", "cardlens has no models for it")],
)
def test_a_hef_for_another_architecture_is_refused(tmp_path: Path, there: str, step: str) -> None:
    world = World(architecture=there)
    with pytest.raises(BadModel, match=f"compiled for hailo8, this device is a {there.lower()}; .*{step}"):
        open_runtime(tmp_path, world)
    assert world.entered == world.left == 1
    assert world.configured == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"none", "damaged, or no HEF"), (b"\x01HEF other version", "for another device or version")],
)
def test_what_the_device_does_not_take_is_said_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(BadModel, match=reason):
        open_runtime(tmp_path, World(), content)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"digest": "0" * 64}, "damaged or not the file its spec describes"),
        ({"mean": [127.5] * 3, "std": [127.5] * 3}, "twice is wrong"),
        ({"task": "detect"}, "only embedders"),
        ({"width": 7}, "its spec says"),
    ],
)
def test_file_and_spec_must_belong_together(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadModel, match=reason):
        open_runtime(tmp_path, World(), **changes)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    file, spec = write_hef(tmp_path)
    file.unlink()
    with pytest.raises(BadModel, match=r"embedder-hailo8\.hef: cannot be read"):
        HailoRuntime(file, spec, FakeHailo(World()))


def test_a_batch_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="takes"):
        open_runtime(tmp_path, World()).run(np.zeros((1, 3, 5, 5), np.float32))


@pytest.mark.parametrize("world", [World(stuck=True), World(deaf=True)])
def test_a_device_that_does_not_answer_is_said(tmp_path: Path, world: World) -> None:
    with pytest.raises(BadDevice, match="did not answer within 1 s"):
        open_runtime(tmp_path, world).run(batch(1))


def test_a_frame_that_fails_in_the_pipeline_fails_the_call(tmp_path: Path) -> None:
    with pytest.raises(BadDevice, match="stream aborted"):
        open_runtime(tmp_path, World(fails_at=2)).run(batch(6))


def test_after_a_frame_that_failed_the_device_is_configured_again_and_answers(tmp_path: Path) -> None:
    world, frames = World(fails_at=1), batch(6)
    runtime = open_runtime(tmp_path, world)
    with pytest.raises(BadDevice, match="stream aborted"):
        runtime.run(frames)
    assert world.in_flight == 0
    assert world.entered == world.left == 2
    np.testing.assert_array_equal(runtime.run(frames)[0], frames.sum(axis=(2, 3)))
    assert world.configured == 2
    runtime.close()
    assert world.entered == world.left == 4


def test_a_device_that_went_is_looked_for_at_every_call(tmp_path: Path) -> None:
    world, frames = World(fails_at=0), batch(1)
    runtime = open_runtime(tmp_path, world)
    with pytest.raises(BadDevice, match="stream aborted"):
        runtime.run(frames)
    world.missing = True
    with pytest.raises(BadDevice, match="hailortcli scan"):
        runtime.run(frames)
    world.missing = False
    np.testing.assert_array_equal(runtime.run(frames)[0], frames.sum(axis=(2, 3)))


def test_frames_that_did_not_end_keep_their_buffers_until_they_do(tmp_path: Path) -> None:
    world, frames = World(stuck=True), batch(6)
    runtime = open_runtime(tmp_path, world)
    with pytest.raises(BadDevice, match="did not answer"):
        runtime.run(frames)
    gc.collect()
    assert [ended() is None for ended in world.buffers] == [False] * QUEUE
    world.stuck = False
    np.testing.assert_array_equal(runtime.run(frames)[0], frames.sum(axis=(2, 3)))
    gc.collect()
    assert all(ended() is None for ended in world.buffers)


def test_without_a_device_the_next_step_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadDevice, match="hailortcli scan"):
        open_runtime(tmp_path, World(missing=True))


def test_without_hailort_it_is_told_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hailo_platform", None)
    file, spec = write_hef(tmp_path)
    with pytest.raises(MissingExtra, match="apt install hailo-all"):
        HailoRuntime(file, spec)
