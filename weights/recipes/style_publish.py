"""Measures a finished style network as it ships (fp16 weights) and writes its file and manifest entry.

    python -m weights.recipes.style_publish hands|any [--data DIR]     measures and writes, without training

The protocol: the middle squares of MEASURED held-out photographs at 256 pixels, every painting scaled to 384 pixels on
its longer side; content at relu3_3, style at four Gram matrices, as normalised in `core.gram`, in float32.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from statistics import mean

import torch
from torch import Tensor, nn

from core import cards, weights
from core.gram import content_loss, grams, style_loss
from core.models.anyone import Anyone, described
from core.models.style import Hands
from core.painting import ANY, HANDS
from weights.recipes.style import PLANS, RUN, AnyRun, HandsRun, Run
from weights.recipes.style_bank import UNSEEN
from weights.recipes.style_data import PAINTINGS, middle, painting, styles
from weights.recipes.training import command

SAYS = json.loads(Path(__file__).with_name("style_words.json").read_text(encoding="utf-8"))
"""What the cards say in words."""
MEASURED, SIDE = 20, 256
Losses = tuple[float, float]
"""Content and style."""


def as_shipped(run: Run) -> nn.Module:
    """The averaged network, its weights rounded to fp16 as in the file."""
    model = run.averaged()
    model.load_state_dict({key: value.half().float() for key, value in model.state_dict().items()})
    return model


def photos(run: Run) -> Tensor:
    """The photographs that are measured: (MEASURED, 3, SIDE, SIDE), from all over the held-out ones."""
    held = run.held_out
    return torch.cat([middle(held[i * len(held) // MEASURED], SIDE) for i in range(MEASURED)])


@torch.inference_mode()
def losses(run: Run, painter: Callable[[Tensor, int], Tensor]) -> list[Losses]:
    """For each painting, means over the photographs.

    painter: of a photograph (1, 3, SIDE, SIDE) and the number of a painting makes a picture of the same size.
    """
    aims, out = styles(run.eye, run.names), []
    whole = [(photo, run.eye.features(photo)) for photo in photos(run).split(1)]
    for i in range(len(run.names)):
        aim = {stage: rows[i : i + 1] for stage, rows in aims.items()}
        seen = [(run.eye.features(painter(photo, i)), maps) for photo, maps in whole]
        content = mean(content_loss(now, maps).item() for now, maps in seen)
        out.append((content, mean(style_loss(grams(now), aim).item() for now, _ in seen)))
    return out


def painter(model: nn.Module, run: Run) -> Callable[[Tensor, int], Tensor]:
    """How a network paints a photograph like painting number i, at full strength."""
    if isinstance(model, Hands):
        return lambda photo, i: model(photo, model.manner(torch.eye(len(run.names))[i : i + 1]))
    shown = [described(run.eye, painting(name)) for name in run.names]
    return lambda photo, i: model(photo, model.manner(shown[i], torch.ones(1, 1)))


def average(found: list[Losses]) -> Losses:
    """Means of content and of style losses."""
    return mean(content for content, _ in found), mean(style for _, style in found)


def rows(run: Run, model: nn.Module) -> tuple[list[dict], list[dict]]:
    """What was measured, and what stands beside it: lines of the card."""
    titles = json.loads((PAINTINGS / "paintings.json").read_text(encoding="utf-8"))["paintings"]
    ours, before = losses(run, painter(model, run)), losses(run, lambda photo, _: photo)
    half = losses(run, lambda photo, i: (photo + middle(PAINTINGS / f"{run.names[i]}.jpg", SIDE)) / 2)

    def said(key: str, **facts: float) -> dict[str, str]:
        return {code: text.format(measured=MEASURED, side=SIDE, **facts) for code, text in SAYS[key].items()}

    def line(name: dict, value: float, how: dict) -> dict:
        return dict(name=name, unit="", value=round(value, 3), how=how)

    content, style = average(ours)
    measured = [
        line(SAYS["style"], style, said("all")),
        line(SAYS["content"], content, said("all")),
        *(
            line(titles[slug]["title"], both[1], said("one", content=both[0], photo=untouched[1]))
            for slug, both, untouched in zip(run.names, ours, before, strict=True)
        ),
    ]
    if isinstance(model, Anyone):
        measured.insert(2, line(SAYS["same"], same(run, model), said("reconstructed")))
        kept_out = [number for number, slug in enumerate(run.names) if slug in UNSEEN]
        (content, style), (_, photo) = (average([rows[number] for number in kept_out]) for rows in (ours, before))
        measured.insert(3, line(SAYS["unseen"], style, said("one", content=content, photo=photo)))
    beside = [
        line(SAYS[name], average(found)[1], said("beside", content=average(found)[0]))
        for name, found in (("untouched", before), ("faded", half))
    ]
    return measured, beside


@torch.inference_mode()
def same(run: Run, model: Anyone) -> float:
    """Mean difference, of 255, between photographs and themselves painted in their own style."""
    away = []
    for photo in photos(run).split(1):
        own = model.manner(described(run.eye, photo), torch.ones(1, 1))
        away.append((model(photo, own) - photo).abs().mean().item() * 127.5)
    return mean(away)


def publish(which: str, run: Run) -> None:
    """Measures and writes one of the two networks: weights, entry, cards."""
    model, log = as_shipped(run), run.log
    measured, beside = rows(run, model)
    counts = dict(learned=len(run.learned), paintings=len(run.names), shown=len(run.names) - len(UNSEEN))
    config = asdict(model.config) if isinstance(model, Hands) else model.config
    entry = {
        "title": SAYS[which]["title"],
        "network": SAYS[which]["network"],
        "preprocessing": SAYS["preprocessing"],
        "limits": SAYS[which]["limits"],
        "licence": SAYS["licence"],
        "data": {code: text.format(**counts) for code, text in SAYS[which]["data"].items()},
        "recipe": f"python -m weights.recipes.style {which} --steps {log['step']}",
        "seed": run.plan.seed,
        "config": config,
        "paintings": run.names,
        "parameters": sum(tensor.numel() for tensor in model.state_dict().values()),
        "metrics": measured,
        "baselines": beside,
        "training": dict(steps=log["step"], minutes=round(log["seconds"] / 60, 1)),
        "origin": "trained here",
    }
    weights.write(HANDS if which == "hands" else ANY, model.state_dict(), entry)
    cards.main()
    for row in measured + beside:
        print(f"{row['name']['en']}: {row['value']}")


if __name__ == "__main__":
    options = command(__doc__, "network", RUN).parse_args()
    wanted: type[HandsRun] | type[AnyRun] = RUN[options.network]
    publish(options.network, wanted(f"style_{options.network}", PLANS[options.network], options.data))
