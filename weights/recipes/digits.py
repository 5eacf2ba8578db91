"""Trains the network that reads drawn digits, on the digits that ship and on strokes drawn by a program.

    python -m weights.recipes.digits [--smoke]

About five minutes of an idle core. A run stops and resumes at any time (checkpoint in weights/.runs, every two
minutes) and ends by writing the weight file and its manifest entry. Measured: see weights/cards/digits.en.md.

Of the 9,000 training digits 500 are held out: settings were chosen and the temperature is fitted with them. The
1,000 test digits are looked at once, when all is done.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import (
    affine_grid,
    avg_pool2d,
    cross_entropy,
    grid_sample,
    interpolate,
    max_pool2d,
)

from core.digits import inputs, split
from core.models.small_cnn import Config, SmallCNN, read
from weights.recipes.digits_strokes import drawings
from weights.recipes.training import RUNS, Training, hurry, learning_rate

HELD_OUT = 500
LAYERS = """
conv 16 5
batchnorm
relu
maxpool 2
conv 32 3
batchnorm
relu
conv 64 3
batchnorm
relu
maxpool 2
conv 64 3
batchnorm
relu
dropout 0.3
"""


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is AdamW's peak, `epochs` passes over digits and drawings."""

    epochs: int = 32
    batch: int = 128
    drawn: int = 2_000  # drawings by a program, besides the digits
    lr: float = 2.5e-3
    warm: int = 200  # steps until the peak
    flat: float = 0.25  # share of the steps at the peak before the rate goes down
    weight_decay: float = 2e-2
    smoothing: float = 0.05  # share of the target that goes to all digits alike (Szegedy et al. 2016)
    average: float = 0.998
    seed: int = 1
    digits: int | None = None  # only this many (smoke)


def network() -> Config:
    """The list of layers while it learns: longer than a visitor's may be, for batch normalisation goes later."""
    return Config(read(LAYERS))


def folded(model: SmallCNN) -> SmallCNN:
    """The same network in eval mode without batch normalisation, which is one multiplication and one addition per
    channel and fits into the convolution before it, and without dropout."""
    kept = [layer for layer in model.config.layers if layer.kind not in ("batchnorm", "dropout")]
    out = SmallCNN(replace(model.config, layers=tuple(kept)))
    modules = [module for stage, module in zip(model.line, model.stages.values(), strict=True) if stage.parameters]
    ours = [module for stage, module in zip(out.line, out.stages.values(), strict=True) if stage.parameters]
    with torch.no_grad():
        for mine in ours:
            mine.load_state_dict(modules.pop(0).state_dict())
            if modules and hasattr(modules[0], "variance"):
                norm = modules.pop(0)
                scale = norm.weight / (norm.variance + 1e-5).sqrt()  # (channels,)
                mine.weight.mul_(scale[:, None, None, None])
                mine.bias.copy_((mine.bias - norm.mean) * scale + norm.bias)
    return out.eval().requires_grad_(False)


def augmented(x: Tensor, chance: torch.Generator) -> Tensor:
    """Digits (batch, 1, 28, 28) as other hands would have written them: thicker or thinner, turned, leaning, larger,
    shifted, bent (elastic distortion, Simard et al. 2003), softer or harder."""
    n = len(x)

    def drawn(low: float, high: float, *shape: int) -> Tensor:
        return torch.empty(n, *shape).uniform_(low, high, generator=chance)

    def sometimes(share: float) -> Tensor:
        return (torch.rand(n, 1, 1, 1, generator=chance) < share).float()

    thick, thin = max_pool2d(x, 3, 1, 1), -max_pool2d(-x, 3, 1, 1)
    change = drawn(-0.5, 0.7, 1, 1, 1) * sometimes(0.6)
    x = x + change.clamp(min=0) * (thick - x) - change.clamp(max=0) * (thin - x)

    turn, lean = drawn(-0.24, 0.24), drawn(-0.3, 0.3)  # radians; share of the height
    wide, high = drawn(0.84, 1.2), drawn(0.84, 1.2)
    cos, sin = turn.cos(), turn.sin()
    rows = [
        cos / wide,
        (lean * cos - sin) / wide,
        drawn(-0.13, 0.13),
        sin / high,
        (lean * sin + cos) / high,
        drawn(-0.13, 0.13),
    ]
    grid = affine_grid(torch.stack(rows, -1).view(n, 2, 3), list(x.shape), align_corners=False)  # (batch, 28, 28, 2)
    bend = torch.randn(n, 2, 6, 6, generator=chance) * drawn(0, 0.09, 1, 1, 1)  # of a half side
    grid = grid + interpolate(bend, size=x.shape[-1], mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    x = grid_sample(x, grid, align_corners=False)

    x = x + drawn(0, 0.6, 1, 1, 1) * sometimes(0.2) * (avg_pool2d(x, 3, 1, 1) - x)
    hard = 1 + drawn(0, 1.5, 1, 1, 1) * sometimes(0.5)
    return ((x - 0.5) * hard + 0.5).clamp(0, 1) * (1 - 0.3 * torch.rand(n, 1, 1, 1, generator=chance) * sometimes(0.2))


class Run(Training):
    """The training of the digit network."""

    def __init__(self, name: str, plan: Plan):
        learned, self.tested = split()
        self.held_out, self.learned = learned[: min(HELD_OUT, len(learned))], learned[HELD_OUT:][slice(plan.digits)]
        pictures, labels = drawings(plan.drawn, plan.seed)
        self.x = inputs(np.concatenate([self.learned.pictures, pictures]))
        self.y = torch.from_numpy(np.concatenate([self.learned.labels, labels]))

        def make() -> SmallCNN:
            torch.manual_seed(plan.seed)
            return SmallCNN(network()).to(memory_format=torch.channels_last)

        super().__init__(RUNS / name, make, plan, (0.9, 0.99), {"curve": []})

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        per_epoch = len(self.x) // plan.batch
        print(f"{sum(p.numel() for p in self.model.parameters()):,} parameters, {len(self.x):,} pictures", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            order = torch.randperm(len(self.x), generator=torch.Generator().manual_seed(plan.seed + log["epoch"]))
            total = 0.0
            for batch in order.split(plan.batch)[log["batch"] : per_epoch]:
                torch.manual_seed(plan.seed * 1_000_000 + log["step"])  # dropout
                chance = torch.Generator().manual_seed(plan.seed * 1_000_000 + log["step"])
                x = augmented(self.x[batch], chance).contiguous(memory_format=torch.channels_last)
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    scores = self.model(x)
                loss = cross_entropy(scores.float(), self.y[batch], label_smoothing=plan.smoothing)
                self.learn(loss, learning_rate(plan, log["step"], plan.epochs * per_epoch))
                total += loss.item()
                self.checkpoint()
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            guess = self.averaged().answers(inputs(self.held_out.pictures))
            labels = torch.from_numpy(self.held_out.labels)
            right, nats = (guess.argmax(-1) == labels).sum().item(), cross_entropy(guess, labels).item()
            log["curve"].append((log["step"], total / per_epoch, nats))
            print(
                f"epoch {log['epoch']}: train {total / per_epoch:.4f}, held out {nats:.4f}, {right} right", flush=True
            )
        self.end()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few digits, few steps, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan = Plan()
    if options.smoke:
        plan = replace(plan, epochs=2, batch=32, drawn=60, warm=5, digits=200)
    run = Run("digits_smoke" if options.smoke else "digits", plan)
    run.train()
    if not options.smoke:
        from weights.recipes.digits_publish import publish

        publish(run)


if __name__ == "__main__":
    main()
