from __future__ import annotations

import torch

from cardlens.training.local_loss import local_contrast

LABELS = torch.tensor([1, 2, 3, 1, 2, 3])


def places(seed: int, noise: float) -> torch.Tensor:
    """Three cards, each twice; `noise` is what the two pictures of a card do not share."""
    generator = torch.Generator().manual_seed(seed)
    cards = torch.randn(3, 8, 5, 5, generator=generator)
    return torch.cat([cards, cards + noise * torch.randn(3, 8, 5, 5, generator=generator)])


def test_pictures_that_agree_part_by_part_cost_less_than_such_as_do_not() -> None:
    losses = [float(local_contrast(places(0, noise), LABELS)) for noise in (0.0, 0.5, 1.0, 3.0)]
    assert losses == sorted(losses)
    assert losses[0] < 0.2 * losses[-1]


def test_a_card_one_cell_off_its_place_costs_hardly_more() -> None:
    there = places(1, 0.0)
    moved = torch.cat([there[:3], there[3:].roll((1, 1), dims=(2, 3))])
    swapped = torch.cat([there[:3], there[3:].roll(1, dims=0)])
    assert float(local_contrast(moved, LABELS)) < 0.5 * float(local_contrast(swapped, LABELS))


def test_two_cards_of_one_artwork_are_no_rivals() -> None:
    same = torch.tensor([1, 1, 2, 1, 1, 2])
    alike = places(2, 0.0)
    alike[1], alike[4] = alike[0], alike[0]
    assert float(local_contrast(alike, same)) < float(local_contrast(alike, LABELS))


def test_it_teaches_the_descriptors() -> None:
    seen = places(3, 1.0).requires_grad_()
    local_contrast(seen, LABELS).backward()  # type: ignore[no-untyped-call]
    assert seen.grad is not None
    assert float(seen.grad.abs().sum()) > 0
