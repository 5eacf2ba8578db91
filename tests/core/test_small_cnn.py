"""Networks from a list of layers: what is understood, what is refused, and that they are what the list says."""

import pytest
import torch
from torch.nn import BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential

from core.complaint import Complaint
from core.models.small_cnn import BatchNorm, Config, Layer, SmallCNN, parse, read, stages, written

TEXT = "conv 8 5\nrelu\nmaxpool 2\nconv 16 3 2\nbatchnorm\nrelu\ndropout 0.25\ndense 32\nrelu"


def test_a_list_is_understood_and_written_back():
    config = parse(" Conv 8 5 # first\n\nRELU, maxpool 3 2\ndropout .25\ndense 32")
    assert config.layers == (
        Layer("conv", 8, 5),
        Layer("relu"),
        Layer("maxpool", kernel=3, stride=2),
        Layer("dropout", rate=0.25),
        Layer("dense", 32),
    )
    for text in (TEXT, "", "conv 1 1 4, maxpool 2 1, maxpool 4"):
        assert parse(written(parse(text))) == parse(text)


def test_a_configuration_comes_back_from_json():
    config = parse(TEXT, classes=3, channels=3, side=32)
    assert Config(layers=[vars(layer) for layer in config.layers], classes=3, channels=3, side=32) == config


def test_the_network_is_the_one_that_the_list_says():
    torch.manual_seed(0)
    model = SmallCNN(parse("conv 4 5\nrelu\nmaxpool 2\nconv 6 3 2\nrelu\ndense 12\nrelu")).eval()
    plain = Sequential(
        Conv2d(1, 4, 5, padding=2), ReLU(), MaxPool2d(2), Conv2d(4, 6, 3, 2, padding=1), ReLU(),
        Flatten(), Linear(6 * 7 * 7, 12), ReLU(), Linear(12, 10),
    )  # fmt: skip
    assert sum(p.numel() for p in model.parameters()) == sum(p.numel() for p in plain.parameters())
    with torch.no_grad():
        for mine, other in zip(model.parameters(), plain.parameters(), strict=True):
            other.copy_(mine)
    x = torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(model(x), plain(x))


@pytest.mark.parametrize("text", [TEXT, "", "dense 5", "conv 3 7 3, maxpool 3 1, conv 2 1", "batchnorm, dropout 0.5"])
def test_what_is_said_of_a_stage_is_true(text):
    model = SmallCNN(parse(text, classes=7)).eval()
    features = model.features(torch.rand(2, 1, 28, 28))
    assert list(features) == [stage.name for stage in model.line]
    assert list(features)[-1] == "scores"
    for stage, module in zip(model.line, model.stages.values(), strict=True):
        shape = (2, stage.channels, stage.side, stage.side) if stage.side else (2, stage.channels)
        assert features[stage.name].shape == shape
        assert stage.parameters == sum(p.numel() for p in module.parameters())
    assert features["scores"].shape == (2, 7)


def test_the_work_is_counted():
    first, second, last = stages(parse("conv 4 3\nconv 8 5 2", classes=10))
    assert first.work == 28 * 28 * 4 * 9
    assert second.work == 14 * 14 * 8 * 4 * 25
    assert last.work == 8 * 14 * 14 * 10


def test_a_place_sees_what_its_field_says_and_no_more():
    model = SmallCNN(parse("conv 3 5\nmaxpool 2\nconv 4 3\nmaxpool 3 2\nconv 2 3")).double().eval()
    x = torch.rand(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    for stage in model.line[:-1]:
        middle = stage.side // 2
        out = model.until(stage.name, x)[0, :, middle, middle].sum()
        (moved,) = torch.autograd.grad(out, x)
        rows = moved[0, 0].abs().sum(1).nonzero().flatten()
        start = stage.field.start + middle * stage.field.jump
        assert rows.min() >= start
        assert rows.max() < start + stage.field.size
        if stage.layer.kind == "conv" and stage.name == "conv1":
            assert (rows.min(), rows.max()) == (start, start + stage.field.size - 1)


def test_batch_normalisation_is_that_of_torch():
    torch.manual_seed(0)
    mine, other = BatchNorm(5), BatchNorm2d(5)
    for _ in range(3):
        x = torch.randn(4, 5, 6, 6) * 3 + 1
        torch.testing.assert_close(mine(x), other(x))
    mine.eval(), other.eval()
    torch.testing.assert_close(mine(x), other(x))
    torch.testing.assert_close(mine.variance, other.running_var)
    BatchNorm(7)(torch.randn(4, 7))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pool 2", r"Layer 1: there is no layer 'pool'"),
        ("relu\nconv 65 3", r"Layer 2: 1 to 64 filters"),
        ("conv 0 3", "1 to 64 filters"),
        ("conv -3 3", "1 to 64 filters"),
        ("conv 8 4", "sides 1, 3, 5, 7"),
        ("conv 8 3 9", "strides 1 to 4"),
        ("conv 8", "write it as"),
        ("conv 8 3 1 1", "write it as"),
        ("conv eight 3", "write it as"),
        ("conv 8.5 3", "write it as"),
        ("relu 3", "write it as"),
        ("maxpool", "write it as"),
        ("maxpool 9", "sides 2, 3, 4"),
        ("dropout 1", "from 0 to 0.9"),
        ("dropout nan", "from 0 to 0.9"),
        ("dropout", "from 0 to 0.9"),
        ("dense 257", "1 to 256 numbers"),
        ("dense 9\nconv 8 3", "after a dense layer"),
        ("dense 9\nmaxpool 2", "after a dense layer"),
        ("maxpool 4\nmaxpool 4\nmaxpool 4", "Layer 3: nothing would be left"),
        ("relu\n" * 13, "At most 12 layers"),
        ("conv 64 7\nconv 64 7", "Too slow to learn live"),
        ("dense 256\ndense 256\ndense 256\ndense 256\ndense 256\ndense 256", "Too many parameters"),
        ("x" * 1_001, "at most 1,000 characters"),
        (None, "must be text"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(text, says):
    with pytest.raises(Complaint, match=says) as caught:
        parse(text)
    assert any("\u4e00" <= char <= "\u9fff" for char in caught.value.zh)


def test_thirteen_layers_can_be_read_by_a_recipe():
    assert len(read("relu\n" * 13)) == 13
