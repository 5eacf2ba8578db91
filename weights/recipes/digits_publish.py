"""Measures the finished digit network as it ships (fp16 weights) and writes its file and manifest entry.

    python -m weights.recipes.digits_publish     measures and writes, without training

The protocol: the 1,000 test digits of `core.digits.split` (100 of each class), no augmentation, one look.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from core import cards, weights
from core.calibration import BINS, expected_error, fitted_temperature, probabilities, reliability
from core.digits import SEED, WEIGHTS, Digits, inputs, split
from core.models.small_cnn import SmallCNN
from weights.recipes.digits import HELD_OUT, Plan, Run, folded
from weights.recipes.training import in_fp16

SAYS = json.loads(Path(__file__).with_name("digits_words.json").read_text(encoding="utf-8"))
"""What the card says in words."""


def as_shipped(run: Run) -> SmallCNN:
    """The averaged network without batch normalisation, its weights rounded to fp16 as in the file."""
    return in_fp16(folded(run.averaged()))


def centroids(learned: Digits, tested: Digits) -> float:
    """Share of test digits whose class has the nearest mean picture."""
    means = np.stack([learned.pictures[learned.labels == label].mean(0).ravel() for label in range(10)])  # (10, 784)
    away = ((tested.pictures.reshape(-1, 1, 784) - means) ** 2).sum(-1)  # (tested, 10)
    return float((away.argmin(1) == tested.labels).mean())


def neighbour(learned: Digits, tested: Digits) -> float:
    """Share of test digits whose nearest training digit has their class."""
    a, b = (torch.from_numpy(part.pictures.reshape(-1, 784).astype(np.float32)) for part in (tested, learned))
    away = (b**2).sum(1) - 2 * a @ b.t()  # (tested, learned): squared distance, but for what is the same in a row
    return float((learned.labels[away.argmin(1).numpy()] == tested.labels).mean())


def row(name: str, value: float, *how: str, unit: str | dict = "%", **facts: float) -> dict:
    """A line of the card. how: keys of SAYS whose texts are joined."""
    texts = {code: "".join(SAYS[key][code] for key in how).format(seed=SEED, **facts) for code in ("en", "zh")}
    return dict(name=SAYS["rows"][name], unit=unit, how=texts, value=value)


def measured(model: SmallCNN, run: Run) -> tuple[list[dict], float]:
    """The rows of the card, and the temperature that was fitted on the held-out training digits."""
    held, tested = run.held_out, run.tested
    temperature = fitted_temperature(model.answers(inputs(held.pictures)), torch.from_numpy(held.labels))
    scores, labels = model.answers(inputs(tested.pictures)), torch.from_numpy(tested.labels)
    right = (scores.argmax(-1) == labels).numpy()

    def error(degree: float) -> float:
        sure = probabilities(scores, degree).amax(-1).numpy()
        return round(100 * expected_error(reliability(sure, right)), 2)

    loss = cross_entropy(scores / temperature, labels).item()
    facts = dict(bins=BINS, temperature=temperature, held=HELD_OUT)
    return [
        row("accuracy", round(100 * float(right.mean()), 2), "tested"),
        row("before", error(1.0), "tested", "raw", **facts),
        row("after", error(temperature), "tested", "fitted", **facts),
        row("loss", round(loss, 4), "tested", unit=SAYS["nats"]),
    ], temperature


def publish(run: Run) -> None:
    """Measures and writes the network: weights, entry, cards."""
    model = as_shipped(run)
    metrics, temperature = measured(model, run)
    learned, tested = split()
    baselines = [
        row("centroid", round(100 * centroids(learned, tested), 2), "compared"),
        row("neighbour", round(100 * neighbour(learned, tested), 2), "compared"),
    ]
    log, counts = run.log, dict(learned=len(run.learned), drawn=run.plan.drawn)
    entry = SAYS["says"] | dict(
        data={code: text.format(**counts) for code, text in SAYS["data"].items()},
        recipe="python -m weights.recipes.digits",
        seed=run.plan.seed,
        config=asdict(model.config),
        temperature=round(temperature, 4),
        parameters=sum(tensor.numel() for tensor in model.state_dict().values()),
        metrics=metrics,
        baselines=baselines,
        training=dict(
            steps=log["step"], epochs=log["epoch"], of=run.plan.epochs, minutes=round(log["seconds"] / 60, 1)
        ),
        origin="trained here",
    )
    weights.write(WEIGHTS, model.state_dict(), entry)
    cards.main()
    for line in metrics + baselines:
        print(f"{line['name']['en']}: {line['value']}")


if __name__ == "__main__":
    publish(Run("digits", Plan()))
