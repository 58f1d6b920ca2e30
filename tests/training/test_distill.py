"""Each loss against the slow loop of its paper."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cardlens.training.distill import cosine_distance, relational_angle, relational_distance, similarity_divergence


def units(rows: int, dimensions: int, seed: int) -> Tensor:
    return functional.normalize(torch.randn(rows, dimensions, generator=torch.Generator().manual_seed(seed)), dim=1)


STUDENT, TEACHER, BANK = units(5, 8, 1), units(5, 8, 2), units(7, 8, 3)


def huber(one: float, other: float) -> float:
    off = abs(one - other)
    return off**2 / 2 if off <= 1 else off - 0.5


def test_cosine_distance_is_half_the_squared_error() -> None:
    squared = [sum((s - t) ** 2 for s, t in zip(*rows, strict=True)) for rows in zip(STUDENT, TEACHER, strict=True)]
    assert float(cosine_distance(STUDENT, TEACHER)) == pytest.approx(float(sum(squared)) / 2 / 5, rel=1e-5)


def test_similarity_divergence_is_what_its_paper_says() -> None:
    total = 0.0
    for student, teacher in zip(STUDENT, TEACHER, strict=True):
        wanted = [math.exp(float(teacher @ row) / 0.07) for row in BANK]
        said = [math.exp(float(student @ row) / 0.07) for row in BANK]
        for one, other in zip(wanted, said, strict=True):
            total += one / sum(wanted) * math.log(one / sum(wanted) / (other / sum(said)))
    assert float(similarity_divergence(STUDENT, TEACHER, BANK, 0.07)) == pytest.approx(total / 5, rel=1e-4)


def test_relational_distance_is_what_its_paper_says() -> None:
    def distances(vectors: Tensor) -> list[float]:
        each = [float((one - other).norm()) for one in vectors for other in vectors]
        mean = sum(each) / (len(vectors) * (len(vectors) - 1))
        return [distance / mean for distance in each]

    pairs = zip(distances(STUDENT), distances(TEACHER), strict=True)
    expected = sum(huber(one, other) for one, other in pairs) / 25
    assert float(relational_distance(STUDENT, TEACHER)) == pytest.approx(expected, rel=1e-4)


def test_relational_angle_is_what_its_paper_says() -> None:
    def angle(vectors: Tensor, at: int, one: int, other: int) -> float:
        rays = [vectors[place] - vectors[at] for place in (one, other)]
        lengths = [float(ray.norm()) for ray in rays]
        return float(rays[0] @ rays[1]) / (lengths[0] * lengths[1]) if all(lengths) else 0.0

    places = [(at, one, other) for at in range(5) for one in range(5) for other in range(5)]
    expected = sum(huber(angle(STUDENT, *place), angle(TEACHER, *place)) for place in places) / 125
    assert float(relational_angle(STUDENT, TEACHER)) == pytest.approx(expected, rel=1e-4)


def test_a_student_that_equals_its_teacher_has_nothing_left_to_learn() -> None:
    losses = [
        cosine_distance(TEACHER, TEACHER),
        similarity_divergence(TEACHER, TEACHER, BANK, 0.07),
        relational_distance(TEACHER, TEACHER),
        relational_angle(TEACHER, TEACHER),
    ]
    assert [float(loss) for loss in losses] == pytest.approx([0, 0, 0, 0], abs=1e-6)


def test_relations_stay_the_same_when_all_cards_are_turned_alike_and_may_have_other_dimensions() -> None:
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(4)))[0]
    turned = functional.pad(TEACHER @ turn, (0, 3))
    assert float(relational_distance(turned, TEACHER)) == pytest.approx(0, abs=1e-6)
    assert float(relational_angle(turned, TEACHER)) == pytest.approx(0, abs=1e-6)


def test_gradients_are_finite_even_where_two_photos_give_one_vector() -> None:
    twice = torch.cat([STUDENT[:2], STUDENT[:2]]).requires_grad_()
    wanted = torch.cat([TEACHER[:2], TEACHER[:2]])
    (relational_distance(twice, wanted) + relational_angle(twice, wanted)).backward()  # type: ignore[no-untyped-call]
    assert twice.grad is not None
    assert bool(torch.isfinite(twice.grad).all())
