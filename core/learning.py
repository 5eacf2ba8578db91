"""A small network learns pictures while one watches: what it computes, how wrong it is, what pulls at its weights.

All of a run is one `Learner`, which belongs to one visitor. Time is bounded; what happens in it is not a matter of the
clock: seed, settings and number of steps decide all weights, also when a run was left and taken up again.
"""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from core.complaint import Complaint, checked_seed
from core.models.small_cnn import Config, SmallCNN
from core.optimisers import Settings, changed, fresh
from core.watching import learned, measure, taken_apart

MOST_SECONDS = 60
CHECKED = 500
"""Held-out pictures that are measured again and again, and that hang on the wall."""
GAP = 0.22
"""Seconds between two reports."""
HUNG, FRESH, REMEMBERED = 48, 8, 200
"""The rolling wall: its pictures, how many come new with a report, and how many answers its running accuracy counts."""
MOST_POINTS = 600
"""Of a curve; when there are more, every other one goes."""


@dataclass(frozen=True)
class Examples:
    """x: (count, channels, side, side), 0 to 1; y: (count,). The same for those that are never learned from."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor


class Dropout(nn.Module):
    """torch's own draws from the one generator that everybody shares, so that no course could be repeated."""

    def __init__(self, rate: float, generator: torch.Generator):
        super().__init__()
        self.rate, self.generator = rate, generator

    def forward(self, x: Tensor) -> Tensor:
        """Any shape -> the same, in training with a share of it 0 and the rest scaled up."""
        if not self.training or not self.rate:
            return x
        return x * (torch.rand(x.shape, generator=self.generator) >= self.rate) / (1 - self.rate)


@dataclass(eq=False)
class Learner:
    """A visitor's network, and what it takes to go on training it.

    wanted: the settings of the next step; may be set at any time, from any thread. applied: those of the last one.
    optimiser: None before the first step, for torch takes its time to get one ready. order: the training pictures that
    are still to come in this pass. train: (examples, mean loss, accuracy) for each report; test: the same on held-out
    pictures. watched: number of the held-out picture that is looked into. hung: where the rolling wall has come to;
    answers: whether its last ones were right. pace: `forward`, `backward` and `rate` of the last report. turn: whoever
    trains raises it, and trains only as long as nobody else does. running: whether anybody does. lock: held while the
    network is at work.
    """

    network: SmallCNN
    wanted: Settings
    applied: Settings
    generator: torch.Generator
    seed: int
    optimiser: Optimizer | None = None
    order: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.long))
    steps: int = 0
    examples: int = 0
    seconds: float = 0.0
    train: list[tuple[int, float, float]] = field(default_factory=list)
    test: list[tuple[int, float, float]] = field(default_factory=list)
    watched: int = 0
    hung: int = 0
    answers: deque = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    pace: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: int = 0
    running: bool = False
    lock: Lock = field(default_factory=Lock, repr=False)


@dataclass(frozen=True)
class Report:
    """One moment of a run.

    forward, backward: milliseconds for one picture; rate: pictures a second, all three as last
    measured. p: (classes,) for the picture looked into;
    maps: stage -> what it makes of that picture, (channels, ...); slopes: how the loss would change with each number of
    maps. weights, gradients: stage -> copies of its weights, and their gradients in the last step (zeros before the
    first). wall: (number of a held-out picture, class guessed, its probability), the newest first.
    over: whether the run has come to its end.
    """

    forward: float
    backward: float
    rate: float
    p: Tensor
    maps: dict[str, Tensor]
    slopes: dict[str, Tensor]
    weights: dict[str, Tensor]
    gradients: dict[str, Tensor]
    wall: list[tuple[int, int, float]]
    over: bool = False


def begin(config: Config, wanted: Settings, seed: object = 1) -> Learner:
    """An untrained network; the global random state stays as it was. Raises Complaint for an impossible seed."""
    seed = checked_seed(seed)
    with torch.random.fork_rng(devices=[]):  # module initialisation knows only the global generator
        torch.manual_seed(seed)
        network = SmallCNN(config)
    generator = torch.Generator().manual_seed(seed)
    for name, stage in network.stages.items():
        if isinstance(stage, nn.Dropout):
            network.stages[name] = Dropout(stage.p, generator)
    return Learner(network, wanted, wanted, generator, seed)


class Step(NamedTuple):
    """loss: sum over the pictures, in nats. right: answers, before the step. forward, backward: seconds."""

    pictures: int
    loss: float
    right: int
    forward: float
    backward: float


def step(learner: Learner, data: Examples) -> Step:
    """One step on the next pictures.

    Raises:
        Complaint: the loss or a gradient is no number any more; the weights stay as they were.
    """
    _apply(learner)
    network = learner.network.train()
    while len(learner.order) < learner.applied.batch:
        learner.order = torch.cat([learner.order, torch.randperm(len(data.y), generator=learner.generator)])
    chosen, learner.order = learner.order.tensor_split([learner.applied.batch])
    x, y = data.x[chosen], data.y[chosen]
    began = time.perf_counter()
    logits = network(x)
    loss = cross_entropy(logits, y)
    between = time.perf_counter()
    learner.optimiser.zero_grad()
    loss.backward()
    norm = nn.utils.get_total_norm([p.grad for p in network.parameters()])
    done = time.perf_counter()
    if not (loss.isfinite() and norm.isfinite()):
        raise Complaint(
            "The loss has become infinite: the steps were too large. Start again with a smaller learning rate.",
            "损失变成了无穷大：步子太大了。请用更小的学习率重新开始。",
        )
    learner.optimiser.step()
    learner.steps += 1
    learner.examples += len(y)
    right = int((logits.argmax(1) == y).sum())
    return Step(len(y), loss.item() * len(y), right, between - began, done - between)


def _apply(learner: Learner) -> None:
    """Takes over settings that have changed; another optimiser starts without memory."""
    wanted = learner.wanted
    if learner.optimiser is None or wanted.optimiser != learner.applied.optimiser:
        learner.optimiser = fresh(learner.network.parameters(), wanted)
    elif wanted != learner.applied:
        changed(learner.optimiser, wanted)
    learner.applied = wanted


def learn(learner: Learner, data: Examples, seconds: float, steps: int | None = None) -> Iterator[Report]:
    """Trains on, in place. May be closed at any report, and the next call goes on from there.

    Args:
        seconds: at most this long, and at most MOST_SECONDS.
        steps: this many steps instead, for tests that must not depend on the clock.

    Yields:
        A report before the first step, and then some four a second.

    Raises:
        Complaint: see `step`.
    """
    halt(learner)
    learner.running, mine = True, learner.turn
    try:
        yield from _run(learner, data, min(seconds, MOST_SECONDS), steps, mine)
    finally:
        if learner.turn == mine:
            learner.running = False


def halt(learner: Learner) -> None:
    """Whoever trains this network stops after the step at hand."""
    learner.turn += 1
    learner.running = False


def _run(learner: Learner, data: Examples, seconds: float, steps: int | None, mine: int) -> Iterator[Report]:
    last, began = learner.steps + (steps or 0), time.perf_counter()
    checked, cost, shown, tally = began, 0.0, 0.0, []
    with learner.lock:
        first = report(learner, data)
    yield first
    told = time.perf_counter()
    while True:
        with learner.lock:
            if learner.turn != mine:
                return
            tally.append(step(learner, data))
            now = time.perf_counter()
            over = learner.steps >= last if steps else now - began >= seconds
            due = over or now - told >= max(GAP, min(2, 3 * shown))  # most of the time is for learning
            if due:
                sums = Step(*map(sum, zip(*tally, strict=True)))
                note(learner.train, (learner.examples, sums.loss / sums.pictures, sums.right / sums.pictures))
                if over or now - checked > max(0.8, 8 * cost):
                    check(learner, data)
                    cost, checked = time.perf_counter() - now, now
                made = replace(report(learner, data, sums, now - told), over=over)
                learner.seconds += time.perf_counter() - told
        if due:
            tally = []
            yield made
            told = time.perf_counter()
            shown = told - now
        if over:
            return


def note(curve: list, point: tuple) -> None:
    """Adds a point to a curve, which never grows long."""
    if len(curve) >= MOST_POINTS:
        del curve[1::2]
    curve.append(point)


def check(learner: Learner, data: Examples) -> None:
    """Measures on the first CHECKED held-out pictures, for the curve."""
    value = measure(learner.network, data.test_x[:CHECKED], data.test_y[:CHECKED])
    note(learner.test, (learner.examples, *value))


def report(learner: Learner, data: Examples, sums: Step | None = None, lap: float = 1.0) -> Report:
    """What there is to see now. sums, lap: of the steps since the last report, and how many seconds they took."""
    if not learner.test:
        check(learner, data)
    at, count = learner.watched, min(CHECKED, len(data.test_y))
    p, maps, slopes = taken_apart(learner.network, data.test_x[at : at + 1], data.test_y[at : at + 1])
    fresh = FRESH if sums else 0
    learner.hung = (learner.hung + fresh) % count
    hang = (torch.arange(learner.hung + HUNG - 1, learner.hung - 1, -1)) % count  # the newest first
    sure, guesses = learner.network.answers(data.test_x[hang]).softmax(-1).max(-1)
    learner.answers.extend((guesses == data.test_y[hang])[:fresh].tolist())
    if sums:
        learner.pace = 1000 * sums.forward / sums.pictures, 1000 * sums.backward / sums.pictures, sums.pictures / lap
    return Report(
        *learner.pace,
        *(p, maps, slopes, *learned(learner.network)),
        list(zip(hang.tolist(), guesses.tolist(), sure.tolist(), strict=True)),
    )
