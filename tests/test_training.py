"""What all training runs share: the running average of the weights, and rates by group."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from weights.recipes.training import Training


@dataclass
class Plan:
    lr: float = 0.1
    weight_decay: float = 0.0
    average: float = 0.9


def test_the_average_follows_the_weights_as_the_formula_says(tmp_path):
    run = Training(tmp_path, lambda: nn.Linear(2, 1, bias=False), Plan(), (0.0, 0.9), {})
    run.begin()
    expected = run.model.weight.detach().clone()
    for step in range(1, 301):
        run.learn(run.model(torch.ones(1, 2)).square().sum() + run.model.weight.sum(), 0.01)
        decay = min(0.9, step / (step + 10))  # the first weights, which know nothing, are soon forgotten
        expected = decay * expected + (1 - decay) * run.model.weight.detach()
        torch.testing.assert_close(run.average["weight"], expected)
    shipped = run.averaged()
    assert torch.equal(shipped.weight, run.average["weight"]) and not shipped.training
    assert not any(p.requires_grad for p in shipped.parameters())


def test_groups_have_their_share_of_the_rate(tmp_path):
    class Shares(Training):
        def optimise(self, betas):
            first, second = self.model.weight, self.model.bias
            return torch.optim.SGD([dict(params=[first], lr=0.0), dict(params=[second], lr=0.0, share=0.5)])

    run = Shares(tmp_path, lambda: nn.Linear(1, 1), Plan(), (0.0, 0.9), {})
    run.begin()
    before = [p.detach().clone() for p in run.model.parameters()]
    run.learn(0.1 * (run.model.weight + run.model.bias).sum(), 0.2)
    moved = [(old - new).item() for old, new in zip(before, run.model.parameters(), strict=True)]
    assert moved == pytest.approx([0.02, 0.01], rel=1e-4)
