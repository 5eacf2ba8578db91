"""The networks that look at pictures: folding, padding, stages, receptive fields, neurons, and the recipes."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, pad

from core.models.cnn import LITE0, EfficientNetLite, InvertedResidual, SameConv
from core.models.staged import Staged
from core.models.vgg import MEAN, VGG
from core.receptive import fields, last_convolutions, neuron
from weights.recipes import efficientnet, vgg


@pytest.fixture(scope="module")
def net() -> EfficientNetLite:
    torch.manual_seed(1)
    return EfficientNetLite().eval().requires_grad_(False)


def test_size_is_that_of_the_paper(net):
    """4,652,008 with a gain and an offset for every channel of every convolution; ours have one bias instead."""
    channels = sum(module.out_channels for module in net.modules() if isinstance(module, SameConv))
    assert sum(p.numel() for p in net.parameters()) == 4_652_008 - channels
    assert sum(row.count for row in LITE0) == 16


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
def test_padding_is_that_of_tensorflow(kernel, stride):
    """Its rule: the output has ceil(side / stride) places, and the odd pixel of padding goes to the end."""
    torch.manual_seed(2)
    conv, x = SameConv(2, 3, kernel, stride), torch.randn(1, 2, 12, 12)
    total = max((math.ceil(12 / stride) - 1) * stride + kernel - 12, 0)
    before, after = total // 2, total - total // 2
    expected = conv2d(pad(x, (before, after, before, after)), conv.weight, conv.bias, stride)
    torch.testing.assert_close(conv(x), expected)
    assert conv(x).shape[-1] == math.ceil(12 / stride)


def test_a_skip_connection_adds_the_input():
    torch.manual_seed(3)
    block, x = InvertedResidual(4, 4, 3, 1, 6), torch.randn(1, 4, 6, 6)
    inner = block.project(block.depthwise(block.expand(x)))
    torch.testing.assert_close(block(x), inner + x)
    assert not InvertedResidual(4, 4, 3, 2, 6).skip
    assert not InvertedResidual(4, 5, 3, 1, 6).skip


def test_batch_normalisation_is_folded_exactly():
    """A convolution followed by torch's own batch normalisation, against the recipe's folding of both."""
    torch.manual_seed(4)
    original = efficientnet.imitation()
    names = [key for key in original if key.startswith("0.")]
    conv = nn.Conv2d(3, 32, 3, 2, bias=False)
    norm = nn.BatchNorm2d(32, eps=efficientnet.EPS)
    norm.weight.data.uniform_(0.5, 2)
    norm.bias.data.normal_()
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.1, 3)
    rows = [conv.weight, norm.weight, norm.bias, norm.running_mean, norm.running_var]
    original |= dict(zip(names, (row.detach() for row in rows), strict=True))
    stem = efficientnet.converted(original).stages["stem"]
    x = torch.randn(2, 3, 8, 8)
    expected = norm.eval()(conv(pad(x, (0, 1, 0, 1)))).clamp(0, 6)
    torch.testing.assert_close(stem(x), expected, rtol=1e-4, atol=1e-5)


def test_stages_in_a_row_are_the_network(net):
    x = torch.randn(2, 3, 64, 64)
    whole, made = net(x), net.features(x)
    torch.testing.assert_close(made["scores"], whole)
    for name in net.stages:
        torch.testing.assert_close(net.until(name, x), made[name])
        torch.testing.assert_close(net.beyond(name, made[name]), whole, rtol=1e-4, atol=1e-5)
    with pytest.raises(KeyError):
        net.until("stage9", x)


@pytest.mark.parametrize("make", [EfficientNetLite, lambda: VGG("mean")], ids=["efficientnet", "vgg"])
def test_receptive_fields_are_where_gradients_are(make):
    """What a place depends on, found by gradients; weights of one sign, so that nothing cancels or is cut off."""
    torch.manual_seed(5)
    model, side = make().double().eval(), 96
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(1e-3 + 1e-4 * p.abs())
    names = ("stem", "stage1", "stage2", "stage3") if make is EfficientNetLite else ("relu1_2", "relu2_2", "relu3_1")
    for name in names:
        seen = fields(model)[name]
        x = (1 + torch.rand(1, 3, side, side, dtype=torch.float64) * 0.01).requires_grad_()
        maps = model.until(name, x)
        row = maps.shape[-1] // 2
        (slope,) = torch.autograd.grad(maps[0, 0, row, row], x)
        touched = slope[0].abs().sum(0).sum(0).nonzero().flatten()
        first, last = seen.start + seen.jump * row, seen.start + seen.jump * row + seen.size - 1
        assert touched.min() == max(0, first)
        assert touched.max() == min(side - 1, last)


@pytest.mark.parametrize(
    ("make", "stage"), [(EfficientNetLite, "stem"), (EfficientNetLite, "stage2"), (VGG, "relu2_1")]
)
def test_a_neuron_is_the_sum_of_its_products(make, stage):
    torch.manual_seed(6)
    model = make().eval().requires_grad_(False)
    x = torch.rand(1, 3, 32, 32) * 2 - 1
    made = model.features(x)[stage]
    for channel, row, column in ((0, 0, 0), (3, 2, 5), (7, made.shape[2] - 1, made.shape[3] - 1)):
        found = neuron(model, stage, x, channel, row, column)
        assert found.value == pytest.approx(made[0, channel, row, column].item(), abs=1e-5)
        assert found.products.sum().item() + found.bias == pytest.approx(found.total, abs=1e-4)
        if stage != "stage2":  # nothing is added behind the sum there
            assert max(0, found.total) == pytest.approx(found.value, abs=1e-4)


def test_a_stage_without_convolution_has_no_neurons():
    with pytest.raises(ValueError, match="no convolution"):
        last_convolutions(nn.Sequential(nn.MaxPool2d(2)), torch.zeros(1, 1, 4, 4))


def test_vgg_turns_pixels_into_what_the_original_wants():
    x = torch.rand(1, 3, 4, 4) * 2 - 1
    made = VGG().stages["input"](x)
    red = (x[0, 0] + 1) / 2 * 255
    torch.testing.assert_close(made[0, 2], red - MEAN[2])
    torch.testing.assert_close(made[0, 0], (x[0, 2] + 1) / 2 * 255 - MEAN[0])


def test_pooling_may_be_the_mean():
    x = torch.randn(1, 3, 8, 8)
    a, b = VGG("max"), VGG("mean")
    b.load_state_dict(a.state_dict())
    expected = nn.functional.avg_pool2d(a.until("relu1_2", x), 2)
    torch.testing.assert_close(b.until("pool1", x), expected)


def test_recipes_run():
    efficientnet.main(["--smoke"])
    vgg.main(["--smoke"])


def test_staged_is_not_fooled_by_order():
    model = Staged({"b": nn.Linear(1, 1), "a": nn.Identity()})
    assert list(model.features(torch.zeros(1, 1))) == ["b", "a"]
