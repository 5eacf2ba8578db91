"""Dropout zeroes the share it says, scales the rest, and leaves a network in use alone."""

import pytest
import torch

from core.models.dropout import dropout


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.75])
def test_share_and_scale(rate):
    torch.manual_seed(0)
    out = dropout(torch.ones(301, 1003), rate, training=True)
    kept = out != 0
    share = 1 - round(256 * rate) / 256
    assert abs(kept.float().mean().item() - share) < 0.005
    torch.testing.assert_close(out[kept], torch.full_like(out[kept], 1 / share))
    # every place in a drawn word is as random as the others, and none follows its neighbour
    byte = kept.flatten()[: 301 * 1003 // 8 * 8].view(-1, 8).float()
    torch.testing.assert_close(byte.mean(0), torch.full((8,), share), atol=0.01, rtol=0)
    off_diagonal = torch.corrcoef(byte.T) - torch.eye(8)
    assert off_diagonal.abs().max() < 0.03


def test_nothing_happens_in_use_or_at_rate_zero():
    x = torch.randn(3, 5)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0, training=True) is x


def test_the_gradient_passes_where_the_value_did():
    x = torch.randn(40, 40, requires_grad=True)
    out = dropout(x, 0.5, training=True)
    out.sum().backward()
    torch.testing.assert_close(x.grad, (out / x).detach())


def test_bf16_stays_bf16():
    assert dropout(torch.ones(9, dtype=torch.bfloat16), 0.5, training=True).dtype == torch.bfloat16
