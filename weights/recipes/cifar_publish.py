"""Measures the finished CIFAR-10 network as it ships (fp16 weights) and writes its file and manifest entry.

    python -m weights.recipes.cifar_publish [--data DIR]     measures and writes, without training

The protocol: all 10,000 test pictures in their JPEG version, one look. "Mirrored" is the mean of the logits of a
picture and its mirror image; "shifted" adds the same for the picture moved by one pixel to upper left and lower right.
What is none of the ten kinds: photographs of other things (see `others`) and drawn faces, half of each measured, half
looked at before, when the way of telling was chosen.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize, pad

from core import cards, weights
from core.calibration import BINS, confusion, expected_error, fitted_temperature, probabilities, reliability
from core.cifar import CLASSES, STRANGE, WEIGHTS, familiarity, inputs, rank, small
from core.models.cifar import CIFARNet
from core.seeing import centre
from weights.recipes.cifar import Plan, Run, network
from weights.recipes.cifar_data import HELD_OUT, scaled
from weights.recipes.gan_data import avatars
from weights.recipes.training import DEFAULT_DATA, in_fp16

SAYS = json.loads(Path(__file__).with_name("cifar_words.json").read_text(encoding="utf-8"))
"""What the card says in words."""
THINGS = 398
"""The first of the 1,000 ImageNet classes that is no animal."""
VEHICLES = {
    403, 404, 405, 407, 408, 436, 444, 449, 466, 468, 472, 475, 476, 479, 484, 510, 511, 536, 537, 540, 547, 554,
    555, 561, 565, 569, 573, 575, 576, 581, 586, 595, 603, 609, 612, 621, 625, 627, 628, 654, 656, 657, 660, 661,
    665, 670, 671, 675, 676, 690, 694, 701, 705, 717, 718, 724, 730, 734, 744, 751, 757, 779, 780, 791, 802, 803,
    812, 814, 817, 820, 829, 833, 847, 856, 864, 866, 867, 870, 871, 874, 880, 895, 908, 913, 914,
}  # fmt: skip
"""Classes among them that are, or often show, what drives, flies or floats, or one of the animals."""
EVERY = 31
"""Of the drawn faces, one in so many is looked at."""
TYPICAL, ROUNDS = 20, 15
"""Typical pictures that are remembered of each class; steps until they are found."""
LEARNED = 5
"""Of the learned pictures, one in so many is looked at for them, and for the linear head."""
STEPS = 100
"""Steps of the quantiles that are kept of the familiarity of held-out pictures."""


def views(x: Tensor) -> list[Tensor]:
    """The mirror image of a picture, and both moved by one pixel to two corners. x: (count, 3, 32, 32)."""
    wide = pad(x, [1] * 4, "reflect")
    moved = [view for one in (wide[..., :-2, :-2], wide[..., 2:, 2:]) for view in (one, one.flip(-1))]
    return [x.flip(-1), *moved]


def averaged(model: CIFARNet, x: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    """The mean logits of a picture, whose own are `scores`, and its mirror image; and those of all `views`, where what
    was moved counts as much as what was not. (count, classes) both."""
    mirrored, *moved = (model.answers(view.contiguous(memory_format=torch.channels_last)) for view in views(x))
    straight = (scores + mirrored) / 2
    return straight, (straight + sum(moved) / len(moved)) / 2


def others(photos: Path) -> Tensor:
    """Photographs of things that are none of the ten kinds, as the network sees them: (count, 3, 32, 32).

    photos: the folder of one photograph of every ImageNet class, whose names sort in the order of classes.
    """
    files = sorted(photos.glob("*.jpg"))
    kept = [file for number, file in enumerate(files) if number >= THINGS and number not in VEHICLES]
    return inputs(np.concatenate([small(centre(Image.open(file).convert("RGB"))) for file in kept]))


def faces() -> Tensor:
    """Drawn faces (`weights.recipes.gan_data` makes them), as the network sees them: (count, 3, 32, 32)."""
    drawn = avatars()[0][::EVERY].permute(0, 2, 3, 1).numpy()
    return inputs(np.concatenate([small(Image.fromarray(one)) for one in drawn]))


def frozen(run: Run) -> Tensor:
    """Logits of the test pictures, (count, classes), from a linear head on the stages before they learned on."""
    body = network(run.plan).eval().requires_grad_(False)
    learned, tested = (body.described(scaled(part)) for part in (run.x[::LEARNED], run.tested[0]))  # (count, 192)
    mean, spread = learned.mean(0), learned.std(0)
    learned, tested = ((part - mean) / spread for part in (learned, tested))
    with torch.inference_mode(False):
        x, labels, head = learned.clone(), run.y[::LEARNED], torch.nn.Linear(learned.shape[1], len(CLASSES))
        solver = torch.optim.LBFGS(head.parameters(), max_iter=200, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            solver.zero_grad()
            out = cross_entropy(head(x), labels) + 1e-4 * head.weight.square().sum()
            out.backward()
            return out

        solver.step(loss)
    return head(tested).detach()


def remembering(run: Run) -> CIFARNet:
    """The averaged network with its typical pictures: of every class TYPICAL centres among what it says of the pictures
    it learned from, by k-means on the sphere (Dhillon & Modha 2001)."""
    plain = run.averaged()
    model = CIFARNet(replace(plain.config, typical=TYPICAL)).to(memory_format=torch.channels_last)
    said = normalize(plain.described(scaled(run.x[::LEARNED])))
    chance, centres = torch.Generator().manual_seed(run.plan.seed), []
    for label in range(plain.config.classes):
        own = said[run.y[::LEARNED] == label]
        some = own[torch.randperm(len(own), generator=chance)[:TYPICAL]]
        for _ in range(ROUNDS):
            nearest = (own @ some.t()).argmax(1)
            sums = torch.zeros_like(some).index_add_(0, nearest, own)
            some = normalize(torch.where(sums.any(1, keepdim=True), sums, some))
        centres.append(some)
    model.load_state_dict(plain.state_dict() | {"typical": torch.cat(centres)})
    return model.eval().requires_grad_(False)


def told_apart(known: Tensor, strange: Tensor) -> float:
    """The chance that a known picture's score is above a strange one's (area under the ROC curve). Both (count,)."""
    return (known[:, None] > strange).double().mean().item()


def row(name: str, value: float, *how: str, unit: str | dict = "%", **facts: float) -> dict:
    """A line of the card. how: keys of SAYS whose texts are joined."""
    texts = {code: "".join(SAYS[key][code] for key in how).format(**facts) for code in ("en", "zh")}
    return dict(name=SAYS["rows"][name], unit=unit, how=texts, value=value)


def publish(run: Run, data: Path) -> None:
    """Measures and writes the network: weights, entry, cards."""
    model = in_fp16(remembering(run))
    x, labels = (part.numpy() for part in run.tested)
    x = inputs(x.transpose(0, 2, 3, 1))
    seen = model.described(inputs(run.held[0].numpy().transpose(0, 2, 3, 1)))
    temperature = fitted_temperature(model.beyond("mean", seen), run.held[1])
    looked, y = model.described(x), run.tested[1]
    scores = model.beyond("mean", looked)
    mirrored, shifted = averaged(model, x, scores)

    def share(logits: Tensor) -> float:
        return round(100 * (logits.argmax(-1) == y).double().mean().item(), 2)

    answers = scores.argmax(-1).numpy()
    right = answers == labels

    def bins(degree: float) -> list:
        return reliability(probabilities(scores, degree).amax(-1).numpy(), right)

    quantiles = familiarity(seen, model.typical).quantile(torch.linspace(0, 1, STEPS + 1)).tolist()
    strange = others(data / "images" / "photos")[::2], faces()[1::2]
    near, away, drawn = (
        familiarity(described, model.typical) for described in (looked, *map(model.described, strange))
    )
    refused = [
        float(np.mean([rank(value, quantiles) < STRANGE for value in values.tolist()]))
        for values in (away, drawn, near)
    ]
    facts = dict(
        bins=BINS, temperature=temperature, held=HELD_OUT, strange=100 * STRANGE, away=len(away), drawn=len(drawn)
    )
    errors = [round(100 * expected_error(bins(degree)), 2) for degree in (1.0, temperature)]
    metrics = [
        row("accuracy", share(scores), "tested", "plain"),
        row("mirrored", share(mirrored), "tested", "mirror"),
        row("shifted", share(shifted), "tested", "shift"),
        row("before", errors[0], "tested", "raw", **facts),
        row("after", errors[1], "tested", "fitted", **facts),
        row("loss", round(cross_entropy(scores / temperature, y).item(), 4), "tested", unit=SAYS["nats"]),
        row("apart", round(100 * told_apart(near, away), 1), "away", **facts),
        row("refused", round(100 * refused[0], 1), "away", "limit", **facts),
        row("apart_drawn", round(100 * told_apart(near, drawn), 1), "drawn", **facts),
        row("refused_drawn", round(100 * refused[1], 1), "drawn", "limit", **facts),
        row("wronged", round(100 * refused[2], 1), "tested", "limit", **facts),
    ]
    log = run.log
    entry = SAYS["says"] | dict(
        recipe="python -m weights.recipes.cifar",
        seed=run.plan.seed,
        config=asdict(model.config),
        temperature=round(temperature, 4),
        familiarity=[round(value, 4) for value in quantiles],
        wall=dict(
            total=len(labels),
            right=int(right.sum()),
            confusion=confusion(answers, labels, model.config.classes).tolist(),
            bins=[asdict(bin) for bin in bins(temperature)],
            bins_raw=[asdict(bin) for bin in bins(1.0)],
        ),
        parameters=sum(p.numel() for p in model.parameters()),
        metrics=metrics,
        baselines=[row("frozen", share(frozen(run)), "tested", "fixed"), *SAYS["published"]],
        training=dict(
            steps=log["step"], epochs=log["epoch"], of=run.plan.epochs, minutes=round(log["seconds"] / 60, 1)
        ),
        origin="efficientnet_lite0, taught on here",
    )
    weights.write(WEIGHTS, model.state_dict(), entry)
    cards.main()
    for line in metrics:
        print(f"{line['name']['en']}: {line['value']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    options = parser.parse_args()
    publish(Run("cifar10", Plan(), options.data), options.data)
