"""Trains the network that reads the attributes of an avatar: style, skin, hair, glasses and so on.

    python -m weights.recipes.gan_reader [--smoke]

Some minutes of two cores. A run stops and resumes at any time (checkpoint in weights/.runs, every two minutes) and
ends by writing the weight file and its manifest entry. Measured: see weights/cards/avatar_reader.en.md.

It is what the axes of the forger are named with, and how often they do what they say is counted. So that it reads
forged avatars, which are less clean than true ones, it learns with noise and on blurred copies too.
"""

import argparse
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, cross_entropy

from core import cards, weights
from core.gan import READER
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN, read
from weights.recipes.gan_data import COLUMNS, HELD_OUT, SIDE, avatars
from weights.recipes.training import RUNS, Training, hurry, in_fp16, learning_rate

LAYERS = """
conv 24 5 2, relu, conv 32 3, batchnorm, relu, maxpool 2
conv 64 3, batchnorm, relu, maxpool 2, conv 64 3, batchnorm, relu, maxpool 2
dense 128, relu
"""
SAYS = json.loads(Path(__file__).with_name("gan_words.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is AdamW's peak."""

    steps: int = 2_500
    batch: int = 128
    lr: float = 2e-3
    warm: int = 50  # steps until the peak
    flat: float = 0.3  # share of the steps at the peak before the rate goes down
    weight_decay: float = 1e-2
    average: float = 0.995
    noise: float = 0.15  # largest deviation of the noise, of pixels in [-1, 1]
    blurred: float = 0.3  # share of pictures that are blurred
    seed: int = 1


def blur(x: Tensor) -> Tensor:
    """(batch, 3, side, side) -> the same shape: the mean of 3 x 3 pixels."""
    return avg_pool2d(x, 3, 1, 1, count_include_pad=False)


class Run(Training):
    """The training of the reader."""

    def __init__(self, name: str, plan: Plan, pictures: Tensor, known: dict[str, Tensor]):
        self.pictures, self.known = pictures, torch.stack([known[column] for column in COLUMNS], 1)  # (count, columns)

        def make() -> SmallCNN:
            torch.manual_seed(plan.seed)
            config = NetworkConfig(read(LAYERS), sum(map(len, COLUMNS.values())), 3, SIDE)
            return SmallCNN(config).to(memory_format=torch.channels_last)

        super().__init__(RUNS / name, make, plan, (0.9, 0.99), {"curve": []})

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        self.begin()
        while log["step"] < plan.steps:
            chance = torch.Generator().manual_seed(plan.seed * 1_000_000 + log["step"])
            drawn = torch.randint(len(self.known) - HELD_OUT, (plan.batch,), generator=chance)
            x = self.pictures[drawn].float() / 127.5 - 1
            soft = torch.rand(plan.batch, 1, 1, 1, generator=chance) < plan.blurred
            strength = plan.noise * torch.rand(plan.batch, 1, 1, 1, generator=chance)
            x = torch.where(soft, blur(x), x) + strength * torch.randn(x.shape, generator=chance)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = self.model(x.contiguous(memory_format=torch.channels_last))
            parts = zip(split(scores.float()), self.known[drawn].unbind(1), strict=True)
            loss = sum(cross_entropy(*part) for part in parts) / len(COLUMNS)
            self.learn(loss, learning_rate(plan, log["step"], plan.steps))
            if log["step"] % 50 == 0:
                log["curve"].append((log["step"], round(loss.item(), 4)))
                print(f"step {log['step']}: {loss.item():.4f}", flush=True)
            self.checkpoint()
        self.end()


def split(scores: Tensor) -> tuple[Tensor, ...]:
    """Scores (batch, all values) by column: (batch, values) each."""
    return scores.split([len(values) for values in COLUMNS.values()], 1)


def publish(run: Run) -> None:
    """Measures on avatars that were never learned from, and writes weights, entry and cards."""
    model = in_fp16(run.averaged())
    pictures, known = run.pictures[-HELD_OUT:].float() / 127.5 - 1, run.known[-HELD_OUT:]

    def right(x: Tensor) -> Tensor:
        """Share of right answers by column."""
        guesses = torch.stack([part.argmax(1) for part in split(model.answers(x).clone())], 1)
        return (guesses == known).double().mean(0)

    plain, soft = right(pictures), right(blur(pictures))
    how = {code: text.format(count=HELD_OUT) for code, text in SAYS["reader_how"].items()}
    lines = [
        dict(name=SAYS["rows"]["read"], unit="%", how=how, value=round(100 * plain.mean().item(), 2)),
        dict(name=SAYS["rows"]["read_blurred"], unit="%", how=how, value=round(100 * soft.mean().item(), 2)),
    ]
    for column, share in zip(COLUMNS, plain.tolist(), strict=True):
        lines.append(dict(name=SAYS["columns"][column], unit="%", how=how, value=round(100 * share, 2)))
    log = run.log
    entry = SAYS["reader"] | dict(
        recipe="python -m weights.recipes.gan_reader",
        seed=run.plan.seed,
        config=asdict(model.config),
        columns={name: list(values) for name, values in COLUMNS.items()},
        parameters=sum(p.numel() for p in model.parameters()),
        metrics=lines,
        training=dict(steps=log["step"], minutes=round(log["seconds"] / 60, 1)),
        origin="trained here",
    )
    weights.write(READER, model.state_dict(), entry)
    cards.main()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="few steps, to see that all runs")
    smoke = parser.parse_args(arguments).smoke
    hurry()
    plan = replace(Plan(), steps=3, batch=8) if smoke else Plan()
    run = Run("avatar_reader" + "_smoke" * smoke, plan, *avatars())
    run.train()
    if not smoke:
        publish(run)


if __name__ == "__main__":
    main()
