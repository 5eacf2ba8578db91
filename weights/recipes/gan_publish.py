"""Measures a finished forger and its judge as they ship, and writes files, manifest entries and the timeline.

    python -m weights.recipes.gan_publish avatars|cifar|collapsed [--data DIR]

The protocol: TOTAL forged pictures of the seeds from 0 on, every kind as often as the others, against as many pictures
that were never learned from; features of our own ImageNet classifier, so the figures compare with nothing published.
The floor is the same measure between learned and held-out pictures. Since a critic of the avatars saw with that
classifier, one line is measured with VGG16, which took no part. The timeline is measured with STAGE pictures.
Avatars need `avatar_reader.safetensors` first, and "collapsed" only writes a timeline and a small generator.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from core import cards, weights
from core.cifar import reader as cifar_reader
from core.gan import drawn, file, reader, sample
from core.likeness import coverage, features, frechet, kernel_distance, nearest, precision_recall, spread
from core.models.gan import TOGETHER, Discriminator, Generator
from core.models.staged import Staged
from core.weights import packed, unpacked
from weights.recipes.gan import NOTED, PLANS, Run, begin
from weights.recipes.gan_axes import COUNTED_ON, FOUND_WITH, Axis, find
from weights.recipes.gan_critic import eye
from weights.recipes.gan_data import sheet
from weights.recipes.gan_wishes import obeyed, wishes
from weights.recipes.style_data import eye as vgg
from weights.recipes.training import command, in_fp16

SAYS = json.loads(Path(__file__).with_name("gan_words.json").read_text(encoding="utf-8"))
"""What the cards say in words."""
TOTAL, STAGE = 1_500, 500
AMONG = 3_000
"""Learned pictures, at equal steps through all of them, among which the nearest are looked for."""
ROWS, BESIDE = 5, {"avatars": 8, "cifar": 10, "collapsed": 8}
"""Rows of a sheet of the timeline, and pictures in each; ten, so that every kind of thing has a column."""
KEPT = {"avatars": (400, 1_500, 3_000), "cifar": (), "collapsed": (3_600,)}
"""Steps at which the generator itself ships, its weights in one byte each."""
GROUPS = ("style", "hair", "background")
"""Attributes whose combinations are the classes of avatars that coverage counts."""
VGG_SIDE = 128
SETTLED = 256
"""Pictures of a kind by which a judge learns how much they usually differ."""
CENTRES = 20_000
"""Seed of what the mean w are drawn with."""


def seen(classifier: Staged, pictures: Tensor) -> Tensor:
    """Features of true pictures (count, 3, side, side), uint8: (count, 1280)."""
    return torch.cat([features(classifier, part.float() / 127.5 - 1) for part in pictures.split(500)])


def some(part: tuple[Tensor, Tensor], total: int) -> tuple[Tensor, Tensor]:
    """`total` pictures and their kinds at equal steps through a part of the data, or all if there are fewer."""
    taken = torch.linspace(0, len(part[1]) - 1, min(total, len(part[1]))).long()
    return part[0][taken], part[1][taken]


def forged(model: Generator, total: int) -> tuple[Tensor, Tensor]:
    """Pictures of the first seeds in [-1, 1], every kind in turn, and the kinds."""
    kinds = torch.arange(total) % model.config.classes
    return sample(model, range(total), kinds.tolist()), kinds


@torch.inference_mode()
def seen_by_vgg(pictures: Tensor) -> Tensor:
    """What VGG16 makes of pictures (count, 3, side, side) in [-1, 1] at relu4_1, enlarged to VGG_SIDE pixels, as means
    over all places: (count, 512)."""
    network = vgg()
    larger = (interpolate(part, size=(VGG_SIDE, VGG_SIDE), mode="bicubic") for part in pictures.split(50))
    return torch.cat([network(part.clamp(-1, 1)).mean((2, 3)) for part in larger])


@torch.inference_mode()
def classed(name: str, pictures: Tensor) -> tuple[Tensor, int]:
    """The class of each picture in [-1, 1] for counting coverage, and how many classes there are."""
    if name == "cifar":
        network, _ = cifar_reader()
        return network.answers(pictures.contiguous(memory_format=torch.channels_last)).argmax(1), 10
    told, number, classes = reader(), torch.zeros(len(pictures), dtype=torch.int64), 1
    read = [told(part) for part in pictures.split(250)]
    for column in GROUPS:
        number = number * len(told.columns[column]) + torch.cat([part[column].argmax(1) for part in read])
        classes *= len(told.columns[column])
    return number, classes


def row(name: str, value: float, how: str, unit: str = "", **facts: float) -> dict:
    """A line of a card. how: key of SAYS."""
    texts = {code: text.format(**facts) for code, text in SAYS[how].items()}
    return dict(name=SAYS["rows"][name], unit=unit, how=texts, value=value)


@torch.inference_mode()
def measured(name: str, run: Run, model: Generator) -> tuple[list[dict], list[dict]]:
    """The lines of the forger's card, and the floor beside them."""
    classifier, (pictures, kinds) = eye(), forged(model, TOTAL)
    held, learned = (some(run.parts[part], TOTAL) for part in ("held", "learned"))
    fake, real, known = features(classifier, pictures), seen(classifier, held[0]), seen(classifier, learned[0])
    facts = dict(total=TOTAL, real=len(real), all=min(AMONG, len(run.parts["learned"][1])))
    lines, floor = [], []
    for out, these, how in ((lines, fake, "forged"), (floor, known[: len(fake)], "floor")):
        precision, recall = precision_recall(real, these)
        out += [
            row("frechet", round(frechet(real, these), 4), how, **facts),
            row("kernel", round(1_000 * kernel_distance(real, these), 3), how, "× 10⁻³", **facts),
            row("precision", round(100 * precision, 1), how, "%", **facts),
            row("recall", round(100 * recall, 1), how, "%", **facts),
            row("spread", round(spread(these), 3), how, **facts),
        ]
    truth = seen_by_vgg(held[0] / 127.5 - 1)
    for out, x, how in ((lines, pictures, "vgg"), (floor, learned[0][: len(pictures)] / 127.5 - 1, "floor")):
        out.insert(1, row("frechet_vgg", round(frechet(truth, seen_by_vgg(x)), 4), how, **facts))
    for out, x, asked, how in ((lines, pictures, kinds, "classed"), (floor, held[0] / 127.5 - 1, held[1], "floor")):
        named, classes = classed(name, x)
        found, about = coverage(named, classes), facts | {"classes": classes}
        out += [
            row("effective", round(found.effective, 1), how, **about),
            row("missing", found.missing, how, **about),
        ]
        kind = named if name == "cifar" else named // (classes // model.config.classes)  # style is the first group
        out.append(row("asked", round(100 * (kind == asked).double().mean().item(), 1), how, "%", **about))
    near, _ = nearest(fake[:STAGE], many := seen(classifier, some(run.parts["learned"], AMONG)[0]))
    usual, _ = nearest(real[:STAGE], many)
    lines.append(row("nearest", round(near.median().item(), 3), "memorised", **facts | dict(stage=STAGE)))
    floor.append(row("nearest", round(usual.median().item(), 3), "memorised_floor", **facts | dict(stage=STAGE)))
    return lines, floor


@torch.inference_mode()
def judged(run: Run, model: Generator, judge: Discriminator) -> list[dict]:
    """The lines of the judge's card: how often it is right about held-out and forged pictures."""
    (fakes, theirs), (x, kinds) = forged(model, TOTAL), some(run.parts["held"], TOTAL)
    real = torch.cat([judge(a / 127.5 - 1, b) for a, b in zip(x.split(250), kinds.split(250), strict=True)])
    fake = torch.cat([judge(a, b) for a, b in zip(fakes.split(250), theirs.split(250), strict=True)])
    above = (real[:, None] > fake).double().mean().item()
    facts = dict(total=TOTAL, real=len(real))
    return [
        row("apart", round(100 * above, 1), "judged", "%", **facts),
        row("true", round(100 * (real > 0).double().mean().item(), 1), "judged", "%", **facts),
        row("false", round(100 * (fake < 0).double().mean().item(), 1), "judged", "%", **facts),
    ]


def obedience(run: Run, model: Generator) -> dict[str, float]:
    """How often a forger does as its noise asks, see `obeyed`; {} for one that was not told to."""
    if not run.plan.obey:
        return {}
    noise, _ = drawn(range(TOTAL), model.config)
    return obeyed(model, reader(), noise, *forged(model, TOTAL))


def named(line: dict, group: str, one: str) -> dict:
    """A line of a card about one of several things, with its name. group, one: keys of SAYS."""
    return line | {"name": {code: f"{line['name'][code]}: {SAYS[group][one][code]}" for code in ("en", "zh")}}


def axes_lines(axes: list[Axis]) -> list[dict]:
    """Lines of the card for named axes: how often each does what it says, there and back."""
    out = []
    for axis in axes:
        facts = dict(found=FOUND_WITH, counted=COUNTED_ON, kept=100 * axis.kept, back=100 * axis.back)
        out.append(named(row("axis", round(100 * axis.changed, 1), "axis", "%", **facts), "axes", axis.name))
    return out


def kept(run: Run, step: int) -> Path:
    """The file of the generator as it was at a step."""
    return run.folder / f"step_{step:06}.pt"


def restored(run: Run, step: int) -> Generator:
    """The generator as it was kept at a step, its mean w worked out."""
    model = Generator(run.plan.forger).eval().requires_grad_(False)
    saved = torch.load(kept(run, step), weights_only=True)
    model.load_state_dict({key: value.float() for key, value in saved.items()})
    model.centre(torch.Generator().manual_seed(CENTRES))
    return model


def settle(judge: Discriminator, run: Run) -> None:
    """Tells a judge how much true pictures of a kind differ, so that it can judge each by itself."""
    rows = torch.cat([numbers[: len(numbers) // TOGETHER * TOGETHER][:SETTLED] for numbers in run.of])
    if len(rows):
        judge.settle(run.parts["learned"][0][rows].float() / 127.5 - 1)


def timeline(name: str, run: Run) -> None:
    """Writes the sheets of one wall at every kept step, what was measured there, and the curve."""
    folder, classifier, columns = weights.FOLDER / "timelines", eye(), BESIDE[name]
    folder.mkdir(exist_ok=True)
    page = folder / f"gan_{name}.json"
    shipped = json.loads(page.read_text(encoding="utf-8"))["stages"] if page.exists() else []
    before = {stage["step"]: stage for stage in shipped}  # of a run that went on from what ships
    held = seen(classifier, some(run.parts["held"], STAGE)[0])
    stages = []
    for step in sorted({mark for mark in run.plan.marks if mark < run.log["step"]} | {run.log["step"]}):
        if step in before and not kept(run, step).exists():
            stages.append(before[step])
            continue
        pictures, _ = forged(restored(run, step), STAGE)
        wall = ((pictures[: ROWS * columns] + 1) * 127.5).round().to(torch.uint8)
        sheet(wall, columns).save(folder / f"gan_{name}_{step:06}.webp", quality=85, method=6)
        x, found = features(classifier, pictures), coverage(*classed(name, pictures))
        stages.append(
            dict(
                step=step,
                frechet=round(frechet(held, x), 4),
                spread=round(spread(x), 4),
                effective=round(found.effective, 2),
                missing=found.missing,
            )
        )
        print(stages[-1], flush=True)
    plan, told = run.plan, dict(noted=NOTED, curve=run.log["curve"], stages=stages, count=STAGE, columns=columns)
    told |= dict(again=plan.again[0] if plan.again else None, wishes=plan.again[-1] if plan.obey else None)
    page.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")


def entry(name: str, part: str, run: Run, player: torch.nn.Module, lines: list[dict], step: int) -> dict:
    """The manifest entry of a player as it was at a step. part: "forger", "judge" or "once" (see SAYS)."""
    share = step / run.log["step"]
    return {
        **SAYS["data"]["cifar" if name == "cifar" else "avatars"],
        **SAYS[part][name],
        "recipe": f"python -m weights.recipes.gan {name}",
        "seed": run.plan.seed,
        "config": asdict(player.config),
        "parameters": sum(p.numel() for p in player.parameters()),
        "metrics": lines,
        "training": dict(steps=step, minutes=round(share * run.log["seconds"] / 60, 1)),
        "origin": "trained here",
    }


def publish_once(name: str, run: Run, step: int) -> None:
    """Writes the generator as it was at a step, its weights in one byte each."""
    model, classifier = restored(run, step), eye()
    tensors = packed(model.state_dict())
    model.load_state_dict(unpacked(tensors))  # what ships is what is measured
    held, _ = some(run.parts["held"], STAGE)
    away = frechet(seen(classifier, held), features(classifier, forged(model, STAGE)[0]))
    line = row("frechet", round(away, 4), "forged", total=STAGE, real=len(held))
    out = entry(name, "once", run, model, [line], step)
    out["title"] = {code: text.format(step=step) for code, text in out["title"].items()}
    weights.write(file(name, f"step_{step}"), tensors, out)


def publish(name: str, run: Run) -> None:
    """Measures and writes all that ships of a run."""
    for step in KEPT[name]:
        if kept(run, step).exists():  # else it ships already, and the run went on from there
            publish_once(name, run, step)
    timeline(name, run)
    if name != "collapsed":
        pair, last = run.averaged(), run.log["step"]
        pair.forger.centre(torch.Generator().manual_seed(CENTRES))
        settle(pair.judge, run)
        forger, judge = in_fp16(pair.forger), in_fp16(pair.judge)
        lines, floor = measured(name, run, forger)
        axes = find(forger, reader(), torch.Generator().manual_seed(CENTRES)) if name == "avatars" else []
        rates = obedience(run, forger)
        lines += [named(row("obeyed", rate, "obeyed", "%", total=TOTAL), "columns", at) for at, rate in rates.items()]
        out = entry(name, "forger", run, forger, lines + axes_lines(axes), last) | {"baselines": floor}
        out["wishes"] = wishes(rates)
        out["axes"] = [
            asdict(axis)
            | dict(
                title=SAYS["axes"][axis.name],
                direction=[[round(x, 3) for x in row] for row in axis.direction.tolist()],  # of each design
            )
            for axis in axes
        ]
        weights.write(file(name), forger.state_dict(), out)
        out = entry(name, "judge", run, judge, judged(run, forger, judge), last)
        weights.write(file(name, "judge"), judge.state_dict(), out)
    cards.main()


if __name__ == "__main__":
    options = command(__doc__, "run", PLANS).parse_args()
    publish(options.run, begin(options.run, options.data))
