"""The recipe of the CIFAR-10 network: it runs, resumes, begins with what is known, and moves pictures as it says."""

import json
from dataclasses import replace

import pytest
import torch

from core import cards, weights
from core.cifar import familiarity
from core.models.cifar import CIFARNet, Config
from core.models.cnn import EfficientNetLite, SameConv
from weights.recipes import cifar, cifar_data, cifar_plain, cifar_publish, cifar_teacher, training
from weights.recipes.cifar import BEGUN, FIRST, Plan, Run
from weights.recipes.cifar_data import GREY, mixed, moved, scaled, split


@pytest.fixture(autouse=True)
def data(monkeypatch, tmp_path):
    """Two hundred made-up pictures instead of the archive, and a folder of runs of its own."""
    chance = torch.Generator().manual_seed(0)
    parts = {
        part: (torch.randint(256, (count, 3, 32, 32), generator=chance).to(torch.uint8), torch.arange(count) % 10)
        for part, count in (("train", 200), ("test", 40))
    }
    monkeypatch.setattr(cifar_data, "read_pictures", lambda data: parts)
    for module in (cifar, cifar_plain):
        monkeypatch.setattr(module, "RUNS", tmp_path)
    monkeypatch.setattr(cifar_data, "HELD_OUT", 20)
    return tmp_path


PLAN = Plan(**FIRST | dict(epochs=2, batch=32, warm=5))


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
        made, order = moved(x, y, epoch, replace(PLAN, cover=0))
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


def test_a_square_of_every_picture_is_covered():
    x = torch.full((300, 3, 32, 32), 200, dtype=torch.uint8)
    made, _ = moved(x, torch.arange(300), 0, PLAN)
    assert set(made.unique().tolist()) == {GREY, 200}
    for picture in made:
        rows, columns = (picture[0] == GREY).nonzero().T
        heights, widths = rows.max() - rows.min() + 1, columns.max() - columns.min() + 1
        assert heights * widths == len(rows) and heights <= PLAN.cover and widths <= PLAN.cover
        assert (picture == picture[0]).all()
    assert ((made == GREY).sum((1, 2, 3)) == 3 * PLAN.cover**2).float().mean() > 0.5  # the others lie over the edge


def test_it_begins_with_what_is_known_and_the_first_stages_stay(data):
    begun, x = network_of_a_thousand(), torch.rand(2, 3, 32, 32) * 2 - 1
    run = Run("stays", PLAN, data)
    enlarged = torch.nn.functional.interpolate(x, scale_factor=4, mode="bilinear")
    with torch.no_grad():
        theirs, ours = begun.until("stage6", enlarged), run.model.until("stage6", x)
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-3)
    run.train()
    with torch.no_grad():
        still, moved_on = (run.model.until(name, x) for name in ("stage2", "stage6"))
    torch.testing.assert_close(still, begun.until("stage2", enlarged), atol=1e-3, rtol=1e-3)
    assert (moved_on - theirs).abs().max() > 0.1


def test_publishing_measures_and_writes(data, tmp_path, monkeypatch):
    written, chance = {}, torch.Generator().manual_seed(2)
    strange = torch.rand(6, 3, 32, 32, generator=chance) * 2 - 1
    for where, what, value in (
        (weights, "write", lambda name, tensors, entry: written.update(name=name, tensors=tensors, entry=entry)),
        (cards, "main", lambda: None),
        (cifar_publish, "others", lambda photos: strange),
        (cifar_publish, "faces", lambda: strange.flip(1)),
        (cifar_publish, "LEARNED", 2),
        (cifar_publish, "TYPICAL", 3),
    ):
        monkeypatch.setattr(where, what, value)
    run = Run("fresh", PLAN, data)
    cifar_publish.publish(run, tmp_path)
    entry, shipped = written["entry"], weights.manifest()[written["name"]]
    assert set(entry) | {"size", "sha256", "numbers"} == set(shipped)
    assert [row["name"] for row in entry["metrics"]] == [row["name"] for row in shipped["metrics"]]
    assert [row["name"] for row in entry["baselines"]] == [row["name"] for row in shipped["baselines"]]
    model = CIFARNet(Config(**json.loads(json.dumps(entry["config"]))))
    model.load_state_dict(written["tensors"])
    assert model.typical.shape == (30, 192)
    torch.testing.assert_close(model.typical.norm(dim=1), torch.ones(30), atol=1e-2, rtol=0)
    own = familiarity(model.described(scaled(run.x)), model.typical)
    assert own.mean() > familiarity(model.described(strange), model.typical).mean()
    assert entry["wall"]["total"] == 40
    for language in ("en", "zh"):
        card = cards.render(written["name"], entry | {"size": 1, "sha256": "0" * 64}, language)
        assert "{" not in card


def network_of_a_thousand() -> EfficientNetLite:
    """The network that ships, read-only."""
    return weights.fill(EfficientNetLite(), weights.read(BEGUN)[0], BEGUN)


SECOND = Plan(epochs=1, batch=32, warm=5, sister=False, first=FIRST | dict(epochs=1, batch=32, warm=5))


@pytest.fixture
def second(data, monkeypatch) -> Run:
    """A second course that is about to begin; the other teacher is small and has learned for a moment."""
    short = cifar_plain.Plan(epochs=1, batch=32, warm=5, widths=(8, 8, 8))
    monkeypatch.setattr(cifar_plain.taught, "__defaults__", (short,))
    run = Run("second", SECOND, data)
    run.course_before()
    return run


def test_a_second_course_begins_with_the_first_and_two_teachers(second, data):
    first = Run("second_first", replace(SECOND, **SECOND.first), data)
    assert first.log["epoch"] == 1 and second.log["before"] == first.log["step"] > 0
    for key, value in first.average.items():
        torch.testing.assert_close(second.model.state_dict()[key], value)
    assert [type(teacher).__name__ for teacher, _ in second.teachers] == ["CIFARNet", "Plain"]
    before = {key: value.clone() for key, value in second.model.state_dict().items()}
    second.train()
    after = second.model.state_dict()
    for key, value in before.items():
        stays = any(f".{name}." in key for name in SECOND.stay)
        assert torch.equal(after[key], value) == stays, key


def test_teachers_guess_together_with_the_temperature_of_each(second):
    x = scaled(second.x[:5])
    (first, warm), (plain, other) = second.teachers
    logits = first(x) / warm + (plain(x) + plain(x.flip(-1))) / 2 / other
    wanted = (logits / 2).softmax(-1)
    guess = second.guess(x, second.model.until(SECOND.stay[-1], x))
    torch.testing.assert_close(guess, wanted, atol=0.02, rtol=0.05)  # half precision
    torch.testing.assert_close(guess.sum(1), torch.ones(5))


@pytest.fixture
def third(data, monkeypatch) -> Run:
    """A third course that is about to begin, from what ships; the greater sister has learned nothing yet."""
    torch.manual_seed(3)
    sister = cifar_plain.ready(cifar_teacher.Lite2())
    monkeypatch.setattr(cifar_teacher, "taught", lambda parts, package: sister)
    run = Run("third", Plan(epochs=1, batch=16, warm=5), data)
    run.course_before(onward=True)
    return run


def test_a_third_course_goes_on_with_what_ships(third):
    shipped, entry = weights.read(cifar.WEIGHTS)
    for key, value in third.model.state_dict().items():
        torch.testing.assert_close(value, shipped[key].float())
    assert third.log["before"] == entry["training"]["steps"]
    third.train(onward=True)
    assert third.log["step"] == entry["training"]["steps"] + len(third.x) // 16
    learned, before = third.model.state_dict()["stages.scores.weight"], shipped["stages.scores.weight"].float()
    assert not torch.equal(learned, before)
    left = third.average["stages.scores.weight"]
    assert (left - before).norm() < 0.6 * (learned - before).norm()  # half-way, of the running average


def test_a_picture_and_its_mirror_image_are_given_one_answer(third):
    x = scaled(third.x[:3])
    both = torch.cat([x, x.flip(-1)])
    (first, warm), (sister, other) = third.teachers
    said = (first(both) / warm).log_softmax(-1) + (sister(both) / other).log_softmax(-1)  # (6, 10)
    wanted = ((said[:3] + said[3:]) / 4).softmax(-1)
    guess = third.guess(both, third.model.until(third.plan.stay[-1], both))
    torch.testing.assert_close(guess, wanted.repeat(2, 1))
    assert (guess[:3] - sister(x).softmax(-1)).abs().max() > 0.01


def test_depthwise_convolutions_that_learn_stay_in_fp32():
    torch.manual_seed(4)
    block = torch.nn.Sequential(SameConv(8, 8, 5, 2, groups=8))
    x = torch.randn(2, 8, 16, 16, dtype=torch.bfloat16).requires_grad_()
    wanted = block(x.float()).to(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not torch.equal(block(x), wanted)  # the weights rounded too
        made = cifar_teacher.swift(block)(x)
    assert torch.equal(made, wanted)


def test_pictures_are_laid_over_one_another_in_any_proportion():
    x = torch.arange(400.0).view(400, 1, 1, 1).expand(400, 3, 32, 32)
    made = mixed(x, torch.Generator().manual_seed(1))
    assert (made == made[:, :1, :1, :1]).all()
    assert made.min() >= 0 and made.max() <= 399
    again = mixed(x, torch.Generator().manual_seed(1))
    assert torch.equal(made, again)
    moved_on = (made - x)[:, 0, 0, 0].abs()
    assert (moved_on > 1).float().mean() > 0.9


def test_a_network_from_nothing_is_folded_without_change(data):
    parts = split(data)
    run = cifar_plain.Run("plain", cifar_plain.Plan(epochs=2, batch=32, warm=5, widths=(8, 16, 8)), parts)
    run.train()
    x = scaled(parts["held"][0])
    model = run.averaged()
    with torch.no_grad():
        theirs = cifar_plain.GAIN * model(x)
    torch.testing.assert_close(cifar_plain.folded(model).answers(x), theirs, atol=1e-4, rtol=1e-3)
    patches = torch.nn.functional.unfold(scaled(parts["train"][0]), 2).transpose(1, 2).reshape(-1, 12)
    said = patches @ model.stages["patches"][0].weight.detach()[:12].reshape(12, 12).t()
    torch.testing.assert_close(said.square().mean(0), torch.ones(12), atol=0.05, rtol=0)  # white
