from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file

from cardlens.errors import BadModel
from cardlens.training.teacher_backbone import (
    empty_backbone,
    feature_width,
    features,
    open_backbone,
    pixel_statistics,
    train_upper,
)

NAME = "test_vit"


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    made: dict[str, torch.Tensor] = timm.create_model(NAME).state_dict()
    return made


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_weights_come_from_a_file(state: dict[str, torch.Tensor], tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"weights.{suffix}"
    save_file(state, file) if suffix == "safetensors" else torch.save(state, file)
    backbone = open_backbone(NAME, file, 160)
    for name, value in backbone.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_position_embeddings_are_interpolated_to_another_size(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    save_file(state, tmp_path / "weights.safetensors")
    small = open_backbone(NAME, tmp_path / "weights.safetensors", 64).state_dict()
    assert state["pos_embed"].shape[1] == 1 + 100
    assert small["pos_embed"].shape[1] == 1 + 16
    assert small["pos_embed"][:, 1:].mean().item() == pytest.approx(state["pos_embed"][:, 1:].mean().item(), abs=2e-3)


def test_no_code_in_a_weights_file_is_run(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "harm"),)

    file = tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps({"pos_embed": Harm()}))
    with pytest.raises(BadModel, match="not the weights of test_vit"):
        open_backbone(NAME, file, 32)
    torch.save({"pos_embed": Harm()}, file)
    with pytest.raises(BadModel, match="not the weights of test_vit"):
        open_backbone(NAME, file, 32)
    assert not (tmp_path / "harm").exists()


def test_weights_that_are_not_all_there_are_refused(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    save_file({name: value for name, value in state.items() if "blocks.3" not in name}, tmp_path / "some.safetensors")
    with pytest.raises(BadModel, match=r"it lacks blocks\.3\."):
        open_backbone(NAME, tmp_path / "some.safetensors", 160)


def test_weights_of_other_shapes_are_refused_in_one_line(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    wider = {name: torch.cat([value, value]) for name, value in state.items()}
    save_file(wider, tmp_path / "wider.safetensors")
    with pytest.raises(BadModel) as said:
        open_backbone(NAME, tmp_path / "wider.safetensors", 160)
    assert "\n" not in str(said.value)


def test_weights_as_dinov2_publishes_them_are_understood(tmp_path: Path) -> None:
    """With `mask_token`, and position embeddings of another grid."""
    name = "vit_small_patch14_dinov2"
    made = timm.create_model(name, num_classes=0, img_size=56, depth=1)
    state = made.state_dict()
    torch.save({**state, "mask_token": torch.zeros(1, 384)}, tmp_path / "vits14.pth")
    with pytest.raises(BadModel, match=r"it lacks blocks\.1\."):
        open_backbone(name, tmp_path / "vits14.pth", 28)


def test_a_hub_that_cannot_be_reached_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", fail)
    with pytest.raises(BadModel, match=r"cannot be had from the hub \(no route to host\).*--weights"):
        open_backbone(NAME, None, 32)


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("vit_base_patch14_dinov9", 224, "no model of timm"),
        ("resnet18", 224, "not a vision transformer"),
        (NAME, 40, "multiple, such as --image-size 32"),
        (NAME, 7, "--image-size 16"),
    ],
)
def test_what_cannot_be_a_backbone_is_told(name: str, size: int, message: str) -> None:
    with pytest.raises(BadModel, match=message):
        empty_backbone(name, size)


def test_a_file_that_is_missing_or_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "weights.npz").touch()
    for file in ("none.pth", "weights.npz"):
        with pytest.raises(BadModel, match=r"no weights of test_vit; give a \.safetensors"):
            open_backbone(NAME, tmp_path / file, 32)


@torch.no_grad()
def test_features_are_the_class_token_beside_the_mean_of_the_patches() -> None:
    backbone = empty_backbone(NAME, 32).eval()
    pictures = torch.randn(2, 3, 32, 32)
    tokens = backbone.forward_features(pictures)  # type: ignore[operator]
    seen = features(backbone, pictures)
    assert seen.shape == (2, feature_width(backbone)) == (2, 128)
    torch.testing.assert_close(seen[:, :64], tokens[:, 0])
    torch.testing.assert_close(seen[:, 64:], tokens[:, 1:].mean(dim=1))


def test_statistics_are_in_units_of_pixels() -> None:
    mean, deviation = pixel_statistics(empty_backbone("vit_small_patch14_dinov2", 14))
    assert mean.tolist() == pytest.approx([123.675, 116.28, 103.53])
    assert deviation.tolist() == pytest.approx([58.395, 57.12, 57.375])


@pytest.mark.parametrize(("blocks", "learning"), [(0, 0), (2, 2), (99, 6)])
def test_the_last_blocks_learn_and_the_norm_after_them(blocks: int, learning: int) -> None:
    backbone = empty_backbone(NAME, 32)
    train_upper(backbone, blocks)
    open_ones = {name for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    count = len(backbone.blocks)  # type: ignore[arg-type]
    wanted = {str(number) for number in range(count)[max(count - blocks, 0) :]}
    assert count == learning or len(wanted) == learning
    assert {name.split(".")[1] for name in open_ones if name.startswith("blocks")} == wanted
    assert "norm.weight" in open_ones
    assert not open_ones & {"cls_token", "pos_embed", "patch_embed.proj.weight"}
