"""A run that is watched: its steps are the textbook's, the seed decides everything, and it can be left at any time."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from core import learning
from core.complaint import Complaint
from core.learning import Examples, begin, halt, learn, report, step
from core.models.small_cnn import parse
from core.optimisers import OPTIMISERS, Settings, settings
from core.watching import learned, measure, taken_apart

SMALL = "conv 3 3 2, batchnorm, relu, maxpool 2, dropout 0.25, dense 6, relu"


def examples(count=96, tested=40, seed=0):
    """Pictures with a bright bar at the row of their class, in noise."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(10, (count + tested,), generator=generator)
    x = 0.3 * torch.rand(count + tested, 1, 28, 28, generator=generator)
    for row, label in enumerate(y.tolist()):
        x[row, 0, 2 + 2 * label : 4 + 2 * label] += 0.7
    return Examples(x[:count], y[:count], x[count:], y[count:])


DATA = examples()


def made(layers="conv 4 5, relu, maxpool 4", seed=1, **wishes):
    return begin(parse(layers), Settings(**wishes), seed)


def weights(learner):
    return {key: value.clone() for key, value in learner.network.state_dict().items()}


def same(a, b):
    return all(torch.equal(value, b[key]) for key, value in a.items())


def by_hand(kind, rate, decay, slopes, start):
    """Weights after steps with these gradients of a weight matrix, as the papers have it."""
    w, v, m, s = start.clone(), torch.zeros_like(start), torch.zeros_like(start), torch.zeros_like(start)
    for t, slope in enumerate(slopes, 1):
        g = slope(w) + decay * w
        if kind == "sgd":
            w = w - rate * g
        elif kind == "momentum":
            v = 0.9 * v + g
            w = w - rate * v
        elif kind == "nesterov":
            v = 0.9 * v + g
            w = w - rate * (g + 0.9 * v)
        elif kind == "adagrad":
            s = s + g**2
            w = w - rate * g / (s.sqrt() + 1e-10)
        else:
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            w = w - rate * (m / (1 - 0.9**t)) / ((s / (1 - 0.999**t)).sqrt() + 1e-8)
    return w


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_steps_are_those_of_the_textbook(kind):
    """Softmax regression has a gradient that can be written down: (p - one hot) x."""
    learner = made("", optimiser=kind, rate=0.05, batch=8, decay=0.02)
    learner.network = learner.network.double()
    data = Examples(DATA.x.double(), DATA.y, DATA.test_x.double(), DATA.test_y)
    layer = learner.network.stages["scores"][1]
    start, biases = layer.weight.detach().clone(), []
    order = torch.randperm(96, generator=torch.Generator().manual_seed(1)).split(8)

    def slope(number):
        x, y = data.x[order[number]].flatten(1), data.y[order[number]]

        def at(w):
            p = (x @ w.T + biases[number]).softmax(1)
            return (p - torch.eye(10)[y]).T @ x / 8

        return at

    for _ in range(3):
        biases.append(layer.bias.detach().clone())
        step(learner, data)
    expected = by_hand(kind, 0.05, 0.02, [slope(number) for number in range(3)], start)
    assert torch.allclose(layer.weight, expected, rtol=1e-9, atol=1e-12)


def test_biases_do_not_decay():
    learner = made("conv 2 3, batchnorm, relu", optimiser="sgd", rate=0.0, decay=0.1)
    step(learner, DATA)
    matrices, rest = learner.optimiser.param_groups
    assert [matrices["weight_decay"], rest["weight_decay"]] == [0.1, 0.0]
    assert {p.dim() for p in rest["params"]} == {1}


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_optimiser_learns_at_its_own_rate(kind):
    learner = made(optimiser=kind, rate=OPTIMISERS[kind], batch=16)
    before = measure(learner.network, DATA.test_x, DATA.test_y)
    *_, last = learn(learner, DATA, 60, 60)
    loss, right = measure(learner.network, DATA.test_x, DATA.test_y)
    assert last.over and right > 0.8 and loss < 0.6 * before[0]
    assert learner.train[-1][0] == learner.examples == 60 * 16


def test_gradients_that_are_shown_are_those_of_finite_differences():
    learner = made("conv 2 3, relu, dense 5")
    network = learner.network.double()
    x, y = DATA.test_x[:1].double(), DATA.test_y[:1]
    p, maps, slopes = taken_apart(network, x, y)
    assert torch.allclose(p, network(x)[0].softmax(-1))
    conv, bump = maps["conv1"], 1e-5
    for place in [(0, 3, 4), (1, 20, 11), (1, 5, 5)]:
        losses = []
        for sign in (1, -1):
            moved = conv.clone()
            moved[place] += sign * bump
            losses.append(cross_entropy(network.beyond("conv1", moved[None]), y))
        assert slopes["conv1"][place] == pytest.approx(
            ((losses[0] - losses[1]) / (2 * bump)).item(), rel=1e-4, abs=1e-9
        )
    assert [*maps] == [*slopes] == ["conv1", "relu1", "dense1", "scores"]


@pytest.mark.parametrize("first", ["relu", "maxpool 2", "dropout 0.5", "batchnorm"])
def test_a_first_layer_without_weights_can_be_looked_into(first):
    learner = made(f"{first}, dense 4")
    *_, slopes = taken_apart(learner.network, DATA.test_x[:1], DATA.test_y[:1])
    assert next(iter(slopes.values())).abs().sum() > 0
    assert not DATA.test_x.requires_grad


def test_looking_changes_nothing():
    learner = made(SMALL)
    list(learn(learner, DATA, 60, 2))
    before, (_, gradients) = weights(learner), learned(learner.network)
    torch.manual_seed(3)
    wanted = torch.rand(3)
    torch.manual_seed(3)
    report(learner, DATA)
    assert torch.equal(torch.rand(3), wanted)
    assert same(before, weights(learner))
    assert same(gradients, learned(learner.network)[1])
    assert gradients["conv1"].abs().sum() > 0


def test_the_same_seed_takes_the_same_course_and_the_global_one_is_untouched():
    torch.manual_seed(3)
    wanted = torch.rand(3)
    torch.manual_seed(3)
    a = made(SMALL)
    list(learn(a, DATA, 60, 8))
    assert torch.equal(torch.rand(3), wanted)  # and b starts from another global state
    b, other = made(SMALL), made(SMALL, seed=2)
    for learner in (b, other):
        list(learn(learner, DATA, 60, 8))
    assert same(weights(a), weights(b))
    assert not same(weights(a), weights(other))


def test_left_and_taken_up_it_takes_the_course_of_one_run():
    whole, parts = made(SMALL), made(SMALL)
    list(learn(whole, DATA, 60, 9))
    run = learn(parts, DATA, 60)
    next(run)  # nothing is learned yet
    run.close()
    assert parts.steps == 0 and not parts.running
    for steps in (2, 3, 4):
        list(learn(parts, DATA, 60, steps))
    assert parts.steps == whole.steps == 9
    assert same(weights(whole), weights(parts))


def test_a_pass_shows_every_picture_once():
    learner, seen = made(batch=32), []
    for _ in range(3):
        before = learner.order
        step(learner, DATA)
        seen += (before if len(before) else torch.randperm(96, generator=torch.Generator().manual_seed(1)))[
            :32
        ].tolist()
    assert sorted(seen) == list(range(96))
    assert learner.examples == 96


def test_settings_may_change_while_it_runs():
    learner, other = made(optimiser="sgd", rate=0.01), made(optimiser="sgd", rate=0.01)
    for one in (learner, other):
        step(one, DATA)
    learner.wanted = Settings("sgd", 0.0, 8, 0.0)
    kept = weights(learner)
    step(learner, DATA)
    assert same(kept, weights(learner)) and learner.examples == 72  # a rate of 0 learns nothing
    learner.wanted = Settings("adam", 0.01, 8, 0.05)
    step(learner, DATA)
    assert type(learner.optimiser).__name__ == "Adam"
    assert [group["weight_decay"] for group in learner.optimiser.param_groups] == [0.05, 0.0]
    assert not same(kept, weights(learner))


def test_time_is_bounded(monkeypatch):
    clock = iter(range(0, 100_000, 3))
    monkeypatch.setattr(learning.time, "perf_counter", lambda: next(clock))
    learner = made()
    *_, last = learn(learner, DATA, 10_000)
    assert last.over
    assert 2 <= learner.steps <= learning.MOST_SECONDS // 3


def test_it_stops_after_the_step_at_hand():
    learner = made()
    run = learn(learner, DATA, 60)
    next(run)
    assert learner.running
    halt(learner)
    assert list(run) == [] and learner.steps == 0
    first = learn(learner, DATA, 60)
    next(first)
    second = learn(learner, DATA, 60, 2)
    next(second)
    assert list(first) == []  # whoever comes later trains
    assert learner.running  # and the first one's end does not hide it
    assert list(second)[-1].over and learner.steps == 2


def test_an_infinite_loss_ends_the_run_with_a_sentence():
    learner = made(optimiser="sgd", rate=10.0)
    with torch.no_grad():
        learner.network.stages["conv1"].weight *= 1e20
    kept = weights(learner)
    with pytest.raises(Complaint, match="smaller learning rate"):
        list(learn(learner, DATA, 60, 50))
    assert not learner.running
    assert same(kept, weights(learner))
    assert report(learner, DATA).wall  # one can still look


def test_the_wall_rolls_and_counts():
    learner = made()
    reports = list(learn(learner, DATA, 60, 1))
    first, second = (made.wall for made in reports)
    count = len(DATA.test_y)
    assert len(first) == learning.HUNG
    assert [row[0] for row in second[learning.FRESH :]] == [row[0] for row in first[: -learning.FRESH]]
    right = [DATA.test_y[at] == guess for at, guess, _ in second[: learning.FRESH]]
    assert list(learner.answers) == right
    assert all(0 <= at < count and 0 < sure <= 1 for at, _, sure in second)


def test_curves_stay_short():
    curve = []
    for number in range(5_000):
        learning.note(curve, (number, 0.0, 0.0))
    assert len(curve) <= learning.MOST_POINTS
    assert curve == sorted(curve) and curve[-1][0] == 4_999


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        (("adamw", 0.1, 8, 0), "optimiser.*sgd, momentum, nesterov, adagrad, adam"),
        (("sgd", -0.1, 8, 0), "learning rate.*0 to 10"),
        (("sgd", float("nan"), 8, 0), "learning rate"),
        (("sgd", "0.1", 8, 0), "learning rate"),
        (("sgd", 0.1, 0, 0), "batch size"),
        (("sgd", 0.1, 2.5, 0), "batch size.*whole"),
        (("sgd", 0.1, 257, 0), "batch size"),
        (("sgd", 0.1, 8, 1), "weight decay"),
        (("sgd", 0.1, 1, 0), "at least 2"),
    ],
)
def test_impossible_settings_get_a_sentence(wishes, sentence):
    with pytest.raises(Complaint, match=sentence):
        settings(parse(SMALL), *wishes)


def test_an_impossible_seed_gets_a_sentence():
    with pytest.raises(Complaint, match="seed"):
        made(seed=-1)
