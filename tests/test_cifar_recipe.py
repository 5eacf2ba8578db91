"""The recipe of the CIFAR-10 network: it runs, resumes, moves pictures as it says, and folding changes nothing."""

import pytest
import torch

from weights.recipes import cifar, training
from weights.recipes.cifar import GAIN, Plan, Run, folded, moved, network, scaled, split, whiten


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    """Two hundred made-up pictures instead of the archive, and a folder of runs of its own."""
    chance = torch.Generator().manual_seed(0)
    parts = {
        part: (torch.randint(256, (count, 3, 32, 32), generator=chance).to(torch.uint8), torch.arange(count) % 10)
        for part, count in (("train", 200), ("test", 40))
    }
    monkeypatch.setattr(cifar, "read_pictures", lambda data: parts)
    monkeypatch.setattr(cifar, "RUNS", tmp_path)
    monkeypatch.setattr(cifar, "HELD_OUT", 20)
    return tmp_path


PLAN = Plan(epochs=2, batch=32, warm=5, widths=(8, 8, 8))


def test_a_run_that_is_left_goes_on_as_if_nothing_had_been(data, monkeypatch):
    whole = Run("whole", PLAN, data)
    whole.train()
    broken = Run("broken", PLAN, data)
    monkeypatch.setattr(training, "EVERY", -1)  # saves after every step

    def stop(self, loss, rate, learn=training.Training.learn):
        if self.log["step"] == 7:
            raise KeyboardInterrupt
        learn(self, loss, rate)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.Training, "learn", stop)
        broken.train()
    again = Run("broken", PLAN, data)
    assert again.log["step"] == 7
    again.train()
    for key, value in whole.average.items():
        torch.testing.assert_close(again.average[key], value, msg=key)


def test_held_out_pictures_are_as_many_of_each_class_and_not_learned_from(data):
    parts = split(data)
    assert torch.bincount(parts["held"][1]).tolist() == [2] * 10
    assert len(parts["train"][0]) == 180
    seen = {picture.numpy().tobytes() for picture in parts["train"][0]}
    assert not seen & {picture.numpy().tobytes() for picture in parts["held"][0]}


def test_pictures_are_mirrored_in_turn_and_moved_by_few_pixels():
    x = torch.arange(3 * 32 * 32).view(1, 3, 32, 32).repeat(40, 1, 1, 1).remainder(251).to(torch.uint8)
    y = torch.arange(40)
    mirrored = {}
    for epoch in (4, 5):
        made, order = moved(x, y, epoch, PLAN)
        assert sorted(order.tolist()) == list(range(40))
        for picture, number in zip(made, order.tolist(), strict=True):
            straight = torch.nn.functional.pad(x[:1].float(), [3] * 4, "reflect")[0]
            turned = torch.nn.functional.pad(x[:1].flip(-1).float(), [3] * 4, "reflect")[0]
            found = {
                flip
                for flip, wide in ((False, straight), (True, turned))
                for down in range(7)
                for across in range(7)
                if (wide[:, down : down + 32, across : across + 32] == picture).all()
            }
            assert len(found) == 1
            mirrored[epoch, number] = found.pop()
    assert all(mirrored[4, number] != mirrored[5, number] for number in range(40))


def test_the_first_layer_whitens():
    x = scaled(torch.randint(256, (50, 3, 32, 32), generator=torch.Generator().manual_seed(1)).to(torch.uint8))
    x[:, 1] = 0.7 * x[:, 0] + 0.3 * x[:, 1]  # channels that know of each other
    conv = torch.nn.Conv2d(3, 24, 2)
    whiten(conv, x)
    out = conv(x).transpose(0, 1).flatten(1)  # (24, responses)
    likeness = out[:12] @ out[:12].T / out.shape[1]
    torch.testing.assert_close(likeness, torch.eye(12), atol=0.05, rtol=0)
    torch.testing.assert_close(out[12:], -out[:12])
    assert not conv.weight.requires_grad


def test_folding_changes_no_answer(data):
    model = network(PLAN, scaled(split(data)["train"][0]))
    with torch.no_grad():
        for norm in (module for module in model.modules() if isinstance(module, cifar.Norm)):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.2, 3)
            norm.bias.normal_()
    x = scaled(split(data)["test"][0])
    torch.testing.assert_close(folded(model)(x), GAIN * model.eval()(x), atol=1e-4, rtol=1e-3)
