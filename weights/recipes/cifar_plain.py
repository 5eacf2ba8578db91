"""Trains a network from nothing that tells ten kinds of things apart in pictures of 32 x 32: the second teacher of the
one that ships, and what that one is compared with.

    python -m weights.recipes.cifar_plain [--data DIR]

About an hour of one idle core with bf16 instructions. A run stops and resumes at any time; what it learned is kept in
weights/.runs and does not ship.

    picture 32 -> patches 31 -> three blocks: conv, pool, conv (15, 7, 3) -> greatest of all places -> 10 scores

Shape and settings follow Jordan 2024 ("94% on CIFAR-10 in 3.29 seconds on a single GPU", section 2): a first layer
whose filters are not learned but whiten the patches of the training pictures, then a plain pyramid; SGD with a far
higher rate for offsets, mirroring in turn.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, max_pool2d, unfold
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.models.staged import Staged
from weights.recipes.cifar_data import moved, scaled, split
from weights.recipes.training import DEFAULT_DATA, RUNS, Training, hurry, in_fp16, learning_rate

PATCH = 2
"""Side of the patches that the first layer whitens."""
PATCHES = 2 * 3 * PATCH**2
"""Its channels: every principal direction of a patch, and its opposite."""
WIDTHS = (64, 256, 256)
"""Channels of the blocks."""
CLASSES = 10
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
    cover: int = 0  # nothing is covered
    smoothing: float = 0.2  # share of the target that goes to all classes alike (Szegedy et al. 2016)
    average: float = 0.995
    seed: int = 1
    widths: tuple[int, ...] = WIDTHS


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


def between(blocks: dict[str, nn.Module], width: int) -> dict[str, nn.Module]:
    """All stages: the patches, the blocks, the greatest of all places and the scores of its `width` channels."""
    return {
        "patches": nn.Sequential(nn.Conv2d(3, PATCHES, PATCH), nn.GELU()),
        **blocks,
        "max": nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()),
        "scores": nn.Linear(width, CLASSES, bias=False),
    }


class Learning(Staged):
    """Pictures (batch, 3, 32, 32) with pixels in [-1, 1] -> scores (batch, CLASSES), as it learns."""

    def __init__(self, widths: tuple[int, ...]):
        blocks, before = {}, PATCHES
        for block, width in enumerate(widths, 1):
            blocks[f"block{block}_1"] = Layer(before, width, True)
            blocks[f"block{block}_2"] = Layer(width, width, False)
            before = width
        super().__init__(between(blocks, before))


class Plain(Staged):
    """What `Learning` has learned, without batch normalisation and with logits for scores."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS):
        blocks, before = {}, PATCHES
        for block, width in enumerate(widths, 1):
            blocks[f"conv{block}_1"] = nn.Conv2d(before, width, 3, padding=1)
            blocks[f"pool{block}"] = nn.Sequential(nn.MaxPool2d(2), nn.GELU())
            blocks[f"conv{block}_2"] = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.GELU())
            before = width
        super().__init__(between(blocks, before))


def network(plan: Plan, x: Tensor) -> Learning:
    """Untrained. x: some training pictures (count, 3, 32, 32) in [-1, 1] for the first layer."""
    torch.manual_seed(plan.seed)
    model = Learning(plan.widths)
    whiten(model.stages["patches"][0], x)
    return model.to(memory_format=torch.channels_last)


def folded(model: Learning) -> Plain:
    """The same network in eval mode without batch normalisation, the gain of the scores in their weights. What is
    normalised after a max pool may be so before it: the gain is positive."""
    convolutions = [module for module in model.modules() if isinstance(module, Layer)]
    out = Plain(tuple(layer.conv.out_channels for layer in convolutions[::2]))
    ours = [module for module in out.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    model.eval()
    theirs = [
        model.stages["patches"][0],
        *(fuse_conv_bn_eval(layer.conv, layer.norm) for layer in convolutions),
        model.stages["scores"],
    ]
    for mine, other in zip(ours, theirs, strict=True):
        mine.load_state_dict(other.state_dict())
    out.stages["scores"].weight.data.mul_(GAIN)
    return ready(out)


def ready(model: nn.Module) -> nn.Module:
    """A network that only answers, in the layout that its kernels like."""
    return model.to(memory_format=torch.channels_last).eval().requires_grad_(False)


class Run(Training):
    """The training of the network."""

    clip = float("inf")

    def __init__(self, name: str, plan: Plan, parts: dict[str, tuple[Tensor, Tensor]]):
        self.parts = parts
        x = parts["train"][0]
        some = scaled(x[:: max(1, len(x) // 5_000)])
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
        plan, log, (x, y) = self.plan, self.log, self.parts["train"]
        per_epoch = len(x) // plan.batch
        self.begin()
        while log["epoch"] < plan.epochs:
            pictures, labels = moved(x, y, log["epoch"], plan)
            for at in range(log["batch"] * plan.batch, per_epoch * plan.batch, plan.batch):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    scores = self.model(scaled(pictures[at : at + plan.batch]))
                loss = cross_entropy(
                    GAIN * scores.float(), labels[at : at + plan.batch], label_smoothing=plan.smoothing
                )
                self.learn(loss, learning_rate(plan, log["step"], plan.epochs * per_epoch))
                self.checkpoint()
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            held, answer = self.parts["held"]
            right = (folded(self.averaged()).answers(scaled(held)).argmax(-1) == answer).float().mean().item()
            log["curve"].append((log["step"], right))
            print(f"from nothing, epoch {log['epoch']}: held out {100 * right:.1f} % right", flush=True)
            self.end()


def taught(parts: dict[str, tuple[Tensor, Tensor]], plan: Plan = Plan()) -> Plain:
    """The network at its planned end. What is in weights/.runs already is taken from there."""
    file = RUNS / "cifar10_plain" / "folded.pt"
    if not file.exists():
        run = Run("cifar10_plain", plan, parts)
        run.train()
        torch.save(in_fp16(folded(run.averaged())).state_dict(), file)
    model = Plain(plan.widths)
    model.load_state_dict(torch.load(file, weights_only=True))
    return ready(model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    options = parser.parse_args()
    hurry()
    taught(split(options.data))


if __name__ == "__main__":
    main()
