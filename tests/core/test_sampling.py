"""Temperature, top-k and top-p against their definitions, and the draw against its probabilities."""

import math

import pytest
import torch

from core.complaint import Complaint
from core.sampling import Sampling, draw

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])


def test_temperature_is_the_softmax_of_the_scaled_scores():
    for temperature in (0.3, 1.0, 2.0):
        wanted = torch.exp(LOGITS / temperature) / torch.exp(LOGITS / temperature).sum()
        torch.testing.assert_close(Sampling(temperature).probabilities(LOGITS), wanted)


def test_temperature_zero_always_takes_the_best():
    assert Sampling(0.0).probabilities(LOGITS).tolist() == [1, 0, 0, 0, 0, 0]


def test_a_tiny_temperature_stays_finite():
    assert Sampling(1e-6).probabilities(LOGITS * 100).tolist() == [1, 0, 0, 0, 0, 0]


def test_top_k_keeps_the_k_best_in_proportion():
    p = LOGITS.softmax(0)
    result = Sampling(1.0, top_k=2).probabilities(LOGITS)
    torch.testing.assert_close(result[:2], p[:2] / p[:2].sum())
    assert result[2:].sum() == 0


@pytest.mark.parametrize("top_p", [0.01, 0.3, 0.6, 0.62, 0.9, 0.999])
def test_top_p_keeps_the_smallest_sufficient_set(top_p):
    p = LOGITS.softmax(0)
    result = Sampling(1.0, top_p=top_p).probabilities(LOGITS)
    kept = int((result > 0).sum())
    assert p[:kept].sum() >= top_p - 1e-6
    assert kept == 1 or p[: kept - 1].sum() < top_p
    assert math.isclose(result.sum().item(), 1, rel_tol=1e-6)


def test_a_banned_character_never_gets_anything():
    banned = LOGITS.clone()
    banned[0] = -torch.inf
    for sampling in (Sampling(0.0), Sampling(1.0), Sampling(2.0, 3, 0.9)):
        assert sampling.probabilities(banned)[0] == 0


def test_draws_follow_the_probabilities_and_only_the_generator():
    p = torch.tensor([0.5, 0.3, 0.2])
    generator = torch.Generator().manual_seed(0)
    counts = torch.bincount(torch.tensor([draw(p, generator) for _ in range(4000)]), minlength=3) / 4000
    torch.testing.assert_close(counts, p, atol=0.03, rtol=0)
    torch.manual_seed(1)
    a = [draw(p, torch.Generator().manual_seed(5)) for _ in range(3)]
    torch.manual_seed(2)
    assert a == [draw(p, torch.Generator().manual_seed(5)) for _ in range(3)]


@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"),
    [
        (float("nan"), 0, 1),
        (-0.1, 0, 1),
        (2.1, 0, 1),
        ("0.8", 0, 1),
        (None, 0, 1),
        (True, 0, 1),
        (float("inf"), 0, 1),
        (1, -1, 1),
        (1, 2.5, 1),
        (1, 10**9, 1),
        (1, 0, 0),
        (1, 0, 1.1),
        (1, 0, [0.5]),
    ],
)
def test_what_is_out_of_range_gets_one_sentence(temperature, top_k, top_p):
    with pytest.raises(Complaint) as caught:
        Sampling.checked(temperature, top_k, top_p)
    assert "\n" not in str(caught.value)
    assert caught.value.zh
