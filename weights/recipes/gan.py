"""Trains the forgers and their judges: avatars of 64 x 64, things of 32 x 32 (CIFAR-10), and a forger that collapses.

    python -m weights.recipes.gan avatars|cifar|collapsed [--data DIR] [--steps N] [--onward] [--smoke]

A run stops and resumes at any time (checkpoint in weights/.runs, every two minutes). It keeps the generator as it was
at some twelve steps, for the pictures of how it learned, and ends by measuring and writing what ships. Avatars need
`weights.recipes.gan_reader` first. Measured: see weights/cards/gan_*.en.md.

How each is learned, and why so, stands in `weights.recipes.gan_plans`.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from core import weights
from core.gan import READER, asking, forger, judge
from core.gan_losses import discriminator_loss, generator_loss, r1
from core.models.gan import TOGETHER, Discriminator, Generator
from weights.recipes import cifar_data
from weights.recipes.gan_critic import Critic, eye, maps, mean_loss
from weights.recipes.gan_data import HELD_OUT, avatars
from weights.recipes.gan_plans import PLANS, Plan
from weights.recipes.gan_wishes import asked_of, listening, said, unlike
from weights.recipes.training import RUNS, Training, command, hurry, learning_rate

LOSS = "non-saturating"
LAZY = 16
"""R1 is taken in every so many moves of the judge, and as many times stronger (Karras et al. 2020, section 3.1)."""
LAG = 16
"""After `Plan.sabotage` the judge moves in every so many steps."""
DUPLICATE = 0.05
"""Mean difference of colour values in [-1, 1] at which two pictures count as one."""
SHOWN = 100  # steps that a line of the log is the mean of
USUAL = 256
"""True pictures by which the critic learns what is usual."""
NOTED = ("judge", "forger", "D(x)", "D(G(z))", "real called real")
"""What the log holds of each step: both losses, how real the judge finds true and forged pictures (0 to 1, means), and
the share of true pictures that it calls real."""


def material(name: str, data: Path) -> dict[str, tuple[Tensor, ...]]:
    """Pictures (count, 3, side, side), uint8, their kinds (count,), and what was asked for, see `asked_of`, or nothing:
    "learned", and "held" out of learning."""
    if name == "cifar":
        parts = cifar_data.read_pictures(data)
        return {"learned": parts["train"], "held": parts["test"]}
    pictures, known = avatars()
    kinds, asked = known["style"], asked_of(known)
    both = ("learned", slice(None, -HELD_OUT)), ("held", slice(-HELD_OUT, None))
    return {part: (pictures[where], kinds[where], asked[where]) for part, where in both}


def alike(pictures: Tensor) -> Tensor:
    """How alike pictures of one kind are that have different noise: the mean of -log of the mean difference of every
    two neighbours (batch, 3, side, side). Without such a wish several noises may end in one picture (mode seeking, Mao
    et al. 2019)."""
    first, second = pictures.float().unflatten(0, (-1, 2)).unbind(1)
    return -((first - second).abs().mean((1, 2, 3)) + DUPLICATE).log().mean()


class Pair(nn.Module):
    """Both players, and the critic of a second course, so that they are kept and averaged together."""

    def __init__(self, plan: Plan):
        super().__init__()
        torch.manual_seed(plan.seed)
        self.forger, self.judge = Generator(plan.forger), Discriminator(plan.judge)
        self.critic = Critic(plan.forger.classes, plan.judge.values)


class Run(Training):
    """The training of a forger and its judge."""

    clip = float("inf")

    def __init__(self, name: str, plan: Plan, parts: dict[str, tuple[Tensor, ...]]):
        self.parts = parts
        self.of = [
            (parts["learned"][1] == kind).nonzero()[:, 0] for kind in range(plan.forger.classes)
        ]  # numbers of the pictures
        super().__init__(RUNS / name, lambda: Pair(plan), plan, (0.0, 0.99), {"curve": []})
        self.classifier = eye() if plan.again else None  # what the critic sees with

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        groups = [
            dict(
                params=[p],
                lr=0.0,  # the judge moves at the rate of the forger's last move: not at all in the first step
                share=p.std().item() if p.dim() > 1 else 1.0,
            )
            for p in self.model.parameters()
        ]
        return torch.optim.Adam(groups, betas=betas)

    def kinds(self, chance: torch.Generator) -> Tensor:
        """Kinds of a batch, each TOGETHER neighbours alike: (batch,)."""
        drawn = torch.randint(self.plan.forger.classes, (self.plan.batch // TOGETHER,), generator=chance)
        return drawn.repeat_interleave(TOGETHER)

    def truth(self, chance: torch.Generator) -> tuple[Tensor, Tensor, Tensor | None]:
        """True pictures (batch, 3, side, side), bfloat16 in [-1, 1], their kinds (batch,), and what was asked for."""
        kinds = self.kinds(chance)
        drawn = torch.stack(
            [self.of[kind][torch.randint(len(self.of[kind]), (), generator=chance)] for kind in kinds.tolist()]
        )
        x = self.parts["learned"][0][drawn].float() / 127.5 - 1
        asked = self.parts["learned"][2][drawn] if self.listens() else None
        if self.plan.mirror:
            turned = torch.rand(len(x), 1, 1, 1, generator=chance) < 0.5
            x = torch.where(turned, x.flip(-1), x)
        return x.bfloat16(), kinds, asked

    def listens(self) -> bool:
        """Whether the last course has begun, in which noise decides attributes."""
        return bool(self.plan.obey) and self.log["step"] >= self.plan.again[-1]

    def forged(
        self, chance: torch.Generator, kinds: Tensor | None = None, asked: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Forged pictures and their kinds, as many and of the same type. kinds and what is asked for: of true pictures,
        or drawn."""
        plan, forger = self.plan, self.model.forger
        kinds = self.kinds(chance) if kinds is None else kinds
        coarse, fine = (torch.randn(plan.batch, plan.forger.z, generator=chance) for _ in "ab")
        if asked is not None:
            place = torch.rand(asked.shape, generator=chance)
            coarse, fine = (asking(z, plan.forger, asked, place) for z in (coarse, fine))
        sizes = len(plan.forger.widths)
        cut = torch.randint(1, sizes, (plan.batch, 1), generator=chance)
        mixed = torch.rand(plan.batch, 1, generator=chance) < plan.mix
        first = torch.arange(sizes) < torch.where(mixed, cut, sizes)  # (batch, sizes)
        w = forger.styled(coarse, kinds)[:, None].expand(-1, sizes, -1)
        if plan.mix:
            w = torch.where(first[..., None], w, forger.styled(fine, kinds)[:, None])
        return forger(w, torch.bfloat16).bfloat16(), kinds

    def step(self, chance: torch.Generator, rate: float) -> list[float]:
        """A move of the judge, if it is its turn, and one of the forger. Returns NOTED."""
        plan, judge, now = self.plan, self.model.judge, self.log["step"]
        spoilt = plan.sabotage is not None and now >= plan.sabotage
        gamma, seek = plan.firm[1:] if plan.firm and now >= plan.firm[0] else (plan.r1, 0.0)
        turn = not spoilt or now % LAG == 0
        critic = self.model.critic if plan.again and now >= plan.again[0] else None
        true, kinds, asked = self.truth(chance)
        same = () if asked is None else (kinds, asked)  # forgeries of the same attributes; else they draw their own
        values = None if asked is None else said(asked)
        with torch.set_grad_enabled(turn):
            real = judge(true, kinds, values)
            with torch.no_grad():
                forged, theirs = self.forged(chance, *same)
            fake = judge(forged, theirs, values)
            loss = discriminator_loss(LOSS, real, fake)
        if turn:
            penalty = 0.0
            if not spoilt and now % LAZY == 0:
                penalty = LAZY * gamma / 2 * r1(lambda x: judge(x.bfloat16(), kinds, values), true.float())
            if critic:
                with torch.no_grad():
                    seen = maps(self.classifier, true.float()), maps(self.classifier, forged.float())
                scores = critic(seen[0], kinds, values), critic(seen[1], theirs, values)
                penalty = penalty + mean_loss(discriminator_loss, *scores)
            self.optimiser.zero_grad()
            (loss + penalty).backward()
            self.optimiser.step()  # the forger has no gradient, so it stays
        self.judges(False)
        forged, theirs = self.forged(chance, *same)
        mine = generator_loss(LOSS, judge(forged, theirs, values))
        total = mine + seek * alike(forged) if seek else mine
        if critic:
            total = total + mean_loss(generator_loss, critic(maps(self.classifier, forged.float()), theirs, values))
        if asked is not None:
            left = min(1.0, 2 * (plan.steps - now) / (plan.steps - plan.again[-1]))  # what is fine has the last word
            total = total + left * plan.obey * unlike(forged, true)
        self.learn(total, rate)  # and here the judges stay
        self.judges(True)
        told = (loss, mine, real.sigmoid().mean(), fake.sigmoid().mean(), (real > 0).float().mean())
        return [value.item() for value in told]

    def judges(self, learn: bool) -> None:
        """Lets the judge and the critic have gradients, or not."""
        for name, player in self.model.named_children():
            if name != "forger":
                player.requires_grad_(learn)

    def rate(self) -> float:
        """The rate of the step that comes."""
        step, borders = self.log["step"], [0, *self.plan.again, self.plan.steps]
        course = max(number for number, border in enumerate(borders[:-1]) if step >= border)
        rate = learning_rate(self.plan, step - borders[course], borders[course + 1] - borders[course])
        return rate / 2 if course else rate

    def settle(self) -> None:
        """Shows the critic true pictures, so that it knows what is usual."""
        x = self.parts["learned"][0][:USUAL].float() / 127.5 - 1
        with torch.no_grad():
            self.model.critic.settle(maps(self.classifier, x))

    def onward(self, name: str) -> None:
        """Puts the players that ship under `name` into a run that has not begun, at the step where they are."""
        pages = weights.FOLDER / "timelines" / f"gan_{name}.json"
        (maker, entry), (detective, _) = forger(name), judge(name)
        for mine, shipped in ((self.model.forger, maker), (self.model.judge, detective)):
            mine.load_state_dict(listening(shipped.state_dict(), mine.state_dict()))
        self.average = {key: value.detach().clone() for key, value in self.model.state_dict().items()}
        done = entry["training"]
        curve = json.loads(pages.read_text(encoding="utf-8"))["curve"]
        self.log |= dict(step=done["steps"], seconds=60 * done["minutes"], curve=curve)

    def keep(self) -> None:
        """Writes the averaged generator as it is now, rounded to fp16."""
        rounded = {key: value.half() for key, value in self.averaged().forger.state_dict().items()}
        torch.save(rounded, self.folder / f"step_{self.log['step']:06}.pt")

    def leave(self, name: str) -> None:
        """Leaves a copy of the run as it is now for the run called `name`, unless that one has begun already."""
        self.end()
        if not (RUNS / name).exists():
            shutil.copytree(self.folder, RUNS / name)

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        sizes = [sum(p.numel() for p in player.parameters()) for player in (self.model.forger, self.model.judge)]
        print("forger {:,}, judge {:,} parameters, ".format(*sizes) + f"{len(self.parts['learned'][1]):,} pictures")
        self.begin()
        noted = []  # since the last line
        while log["step"] < plan.steps:
            if log["step"] in plan.marks:
                self.keep()
            if log["step"] in plan.again[:1]:
                self.settle()
            if plan.fork and log["step"] == plan.fork[0]:
                self.leave(plan.fork[1])
            chance = torch.Generator().manual_seed(plan.seed * 1_000_000 + log["step"])
            noted.append(self.step(chance, self.rate()))
            if log["step"] % SHOWN == 0:
                line = torch.tensor(noted).mean(0).tolist()
                log["curve"].append([log["step"], *(round(value, 4) for value in line)])
                told = ", ".join(f"{name} {value:.3f}" for name, value in zip(NOTED, line, strict=True))
                print(f"step {log['step']}: {told}", flush=True)
                noted = []
            self.checkpoint()
        self.keep()
        self.end()


def begin(name: str, data: Path, smoke: bool = False, steps: int | None = None) -> Run:
    """The run called `name`, as far as it has come.

    smoke: tiny networks and few steps. steps: instead of the planned number.
    """
    plan = PLANS[name]
    if smoke:
        sizes = len(plan.forger.widths)
        plan = replace(
            plan,
            forger=replace(plan.forger, z=32, w=8, widths=(8,) * sizes),
            judge=replace(plan.judge, widths=(8,) * len(plan.judge.widths), answers=8),
            steps=4,
            batch=4,
            warm=2,
            fork=None,
            again=(2,) if plan.again else (),
        )
    plan = replace(plan, steps=steps) if steps else plan
    return Run(f"gan_{name}" + "_smoke" * smoke, plan, material(name, data))


def main(arguments: list[str] | None = None) -> None:
    parser = command(__doc__, "run", PLANS)
    parser.add_argument("--steps", type=int, help="instead of the planned number")
    parser.add_argument("--onward", action="store_true", help="begin with what ships, if the run has not begun")
    parser.add_argument("--smoke", action="store_true", help="tiny networks and few steps, to see that all runs")
    options = parser.parse_args(arguments)
    if not options.smoke and options.run != "cifar":
        weights.check(READER)  # measuring needs it; better said now than after hours
    hurry()
    run = begin(options.run, options.data, options.smoke, options.steps)
    if options.onward and not options.smoke and run.log["step"] == 0:
        run.onward(options.run)
    run.train()
    if not options.smoke:
        from weights.recipes.gan_publish import publish

        publish(options.run, run)


if __name__ == "__main__":
    main()
