"""Trains the two networks that paint: one with a row of numbers for each painter, one that is shown any painting.

    python -m weights.recipes.style hands|any [--data DIR] [--steps N] [--smoke]

A run stops and resumes at any time (checkpoint in weights/.runs, every two minutes) and ends by measuring and writing
the weight file and its manifest entry. Measured: see weights/cards/style_hands.en.md and style_any.en.md.

Both minimise the loss of Johnson et al. (2016): content at relu3_3 and Gram matrices at four stages, as normalised in
`core.gram`. A few crops are ten times as far from where they should be as the others and would rule every step, so the
logarithm of 1 + distance is taken. Both first learn to give the photograph back, then style gets its weight little by
little: begun with both at once they lose the content in the first hundred steps and never find it again. "any" begins
with the convolutions of "hands", which ships.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from core.gram import CONTENT, STYLE, content_loss, distance, grams, total_variation
from core.models.anyone import Anyone, summed
from core.models.style import Config, Hands
from core.painting import hands
from weights.recipes.style_bank import Bank
from weights.recipes.style_data import crops, eye, painting, photographs, slugs, styles
from weights.recipes.training import RUNS, Training, command, hurry, learning_rate

RIDGE = 0.01  # beside the mean square of a hidden layer
SHOWN = 50  # steps that a line of the log is the mean of


@dataclass(frozen=True)
class Plan:
    """How it is learned. `lr` is AdamW's peak.

    pictures: photographs in a step. each: painters to each of them. style, variation, beyond: weights
    beside that of content, which is 1, of the style, of neighbouring pixels that differ and of colours that do not
    exist. same: weight of what differs in a photograph that was shown to itself. copying: first steps, in which a
    photograph must only come back as it was. ramp: steps after them until style
    has its weight. gentle: a step from which it has half of it: strokes come first, then the content comes back.
    """

    steps: int = 6_000
    side: int = 160  # pixels of a crop
    pictures: int = 2
    each: int = 3
    style: float = 10.0
    variation: float = 0.1
    beyond: float = 10.0
    same: float = 5.0
    copying: int = 0
    ramp: int = 100
    gentle: int = 1_538
    lr: float = 2e-3
    warm: int = 50  # steps until the peak
    flat: float = 0.4  # share of the steps at the peak before the rate goes down
    weight_decay: float = 0.0
    average: float = 0.998
    seed: int = 1


PLANS = {
    "hands": Plan(steps=5_000, copying=150, ramp=300),
    "any": Plan(steps=4_000, ramp=1, gentle=1_600, lr=1e-3, warm=200),
}


class Run(Training):
    """The training of a network that paints; says what a step's loss is in `loss`."""

    def __init__(self, name: str, plan: Plan, data: Path, make: Callable[[], nn.Module]):
        self.eye, self.names = eye(), slugs()
        self.learned, self.held_out = photographs(data)

        def seeded() -> nn.Module:
            torch.manual_seed(plan.seed)
            return make().to(memory_format=torch.channels_last)

        super().__init__(RUNS / name, seeded, plan, (0.9, 0.99), {"curve": []})

    def loss(self, chance: torch.Generator) -> tuple[Tensor, float, float]:
        """The loss of one step, and its mean content and style part."""
        raise NotImplementedError

    def judged(
        self, raw: Tensor, content: dict[str, Tensor], style: dict[str, Tensor], strength: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Loss of every picture, and its content and style part, (batch,) each.

        raw: (batch, 3, height, width), as painted, also beyond [-1, 1]. content: maps of CONTENT. style: Gram
        matrices. strength: (batch,), 0 to 1; the weight of style goes with its square.
        """
        plan, possible = self.plan, raw.clamp(-1, 1)
        seen = raw + (possible - raw).detach()  # what is beyond is cut off, but the gradient passes
        with torch.autocast("cpu", dtype=torch.bfloat16):
            maps = self.eye.features(seen.contiguous(memory_format=torch.channels_last))
            now = grams(maps)
        kept = content_loss(maps, content).float()
        painted = torch.stack([distance(now[stage].float(), aim).log1p() for stage, aim in style.items()]).mean(0)
        weight = plan.style * min(1.0, max(0.0, (self.log["step"] + 1 - plan.copying) / plan.ramp))
        weight *= 0.5 if self.log["step"] >= plan.gentle else 1.0
        beyond = (raw - possible).abs().mean((1, 2, 3))
        loss = kept.log1p() + weight * strength**2 * painted
        return loss + plan.variation * total_variation(seen) + plan.beyond * beyond, kept, painted

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log = self.plan, self.log
        print(f"{sum(p.numel() for p in self.model.parameters()):,} parameters", flush=True)
        self.begin()
        while log["step"] < plan.steps:
            chance = torch.Generator().manual_seed(plan.seed * 1_000_000 + log["step"])
            loss, content, style = self.loss(chance)
            self.learn(loss, learning_rate(plan, log["step"], plan.steps))
            log["curve"].append((round(content, 4), round(style, 4)))
            if log["step"] % SHOWN == 0:
                content, style = torch.tensor(log["curve"][-SHOWN:]).mean(0).tolist()
                print(f"step {log['step']}: content {content:.3f}, style {style:.3f}", flush=True)
            self.checkpoint()
        self.end()


class HandsRun(Run):
    """Every photograph of a step is painted by several painters; of them one does it with less than full strength."""

    def __init__(self, name: str, plan: Plan, data: Path):
        palettes = [torch.std_mean(painting(slug), (0, 2, 3)) for slug in slugs()]

        def make() -> Hands:
            model = Hands(Config(len(palettes)))
            with torch.no_grad():  # begins with the colours of each painting
                model.spread.copy_(torch.stack([spread for spread, _ in palettes]))
                model.mean.copy_(torch.stack([mean for _, mean in palettes]))
            return model

        super().__init__(name, plan, data, make)
        self.aims = styles(self.eye, self.names, grain=False)

    def loss(self, chance: torch.Generator) -> tuple[Tensor, float, float]:
        plan, count = self.plan, len(self.names)
        photos = crops(self.learned, plan.pictures, plan.side, chance)
        who = torch.cat([torch.randperm(count, generator=chance)[: plan.each] for _ in photos])  # (pictures x each,)
        strength = torch.ones(len(who))
        strength[0] = torch.rand(1, generator=chance)[0]
        mix = torch.zeros(len(who), count)
        mix[torch.arange(len(who)), who] = strength
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                content = self.eye.until(CONTENT, photos.contiguous(memory_format=torch.channels_last))
            given = photos.repeat_interleave(plan.each, 0)
            raw = self.model.unbounded(given, self.model.manner(mix), None, [])
        aims = {stage: rows[who] for stage, rows in self.aims.items()}
        loss, kept, painted = self.judged(raw, {CONTENT: content.repeat_interleave(plan.each, 0)}, aims, strength)
        if self.log["step"] < plan.copying:
            loss = loss + plan.beyond * (raw - given).abs().mean((1, 2, 3))
        return loss.mean(), kept[1:].mean().item(), painted[1:].mean().item()


class AnyRun(Run):
    """Every photograph of a step is painted like several styles of a bank, one of them with less than full strength;
    the first photograph is also shown to itself, and must come back as it was."""

    def __init__(self, name: str, plan: Plan, data: Path):
        torch.manual_seed(plan.seed)
        super().__init__(name, plan, data, Anyone)
        self.bank = Bank(self.eye, self.learned)
        if not self.log["step"]:
            self.inherit()

    @torch.no_grad()
    def inherit(self) -> None:
        """Takes over the convolutions of the learned painters, and rows near theirs for their paintings (ridge
        regression on the hidden layer as it was drawn)."""
        painters, names = hands()
        model, bank = self.model, self.bank
        missing = model.load_state_dict(
            {
                key: value
                for key, value in painters.state_dict().items()
                if not key.startswith(("scale", "shift", "spread", "mean"))
            },
            strict=False,
        )
        assert not missing.unexpected_keys
        model.middle.copy_(bank.described.mean(0))
        model.size.copy_(bank.described.std(0) + 0.05)
        rows = torch.cat([painters.scale, painters.shift], 1)
        known = [names.index(slug) for slug in bank.slugs]
        hidden = model.look((bank.described[bank.plain] - model.middle) / model.size).relu()
        mean = rows[known].mean(0)
        kernel = hidden @ hidden.t() + RIDGE * hidden.square().sum(1).mean() * torch.eye(len(known))
        model.tell.weight.copy_((hidden.t() @ torch.linalg.solve(kernel, rows[known] - mean)).t())
        model.tell.bias.copy_(mean)
        model.photograph.copy_(rows[-1])
        self.average = {key: value.detach().clone() for key, value in model.state_dict().items()}

    def loss(self, chance: torch.Generator) -> tuple[Tensor, float, float]:
        plan = self.plan
        photos = crops(self.learned, plan.pictures, plan.side, chance)
        drawn = self.bank.drawn(plan.pictures * plan.each, chance)  # numbers of styles
        strength = torch.ones(len(drawn) + 1)
        strength[0] = torch.rand(1, generator=chance)[0]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            with torch.no_grad():
                maps = self.eye.features(photos.contiguous(memory_format=torch.channels_last))
            own = summed({"picture": photos[:1]} | {stage: x[:1] for stage, x in maps.items()})
            own_grams = grams({stage: maps[stage][:1] for stage in STYLE})
            shown = torch.cat([self.bank.described[drawn], own])
            given = torch.cat([photos.repeat_interleave(plan.each, 0), photos[:1]])
            raw = self.model.unbounded(given, self.model.manner(shown, torch.diag(strength)), None, [])
        content = torch.cat([maps[CONTENT].repeat_interleave(plan.each, 0), maps[CONTENT][:1]])
        aims = {stage: torch.cat([self.bank.grams[stage][drawn].float(), own_grams[stage].float()]) for stage in STYLE}
        loss, kept, painted = self.judged(raw, {CONTENT: content}, aims, strength)
        same = (raw[-1] - photos[0]).abs().mean()
        return loss.mean() + plan.same * same, kept[1:-1].mean().item(), painted[1:-1].mean().item()


RUN = {"hands": HandsRun, "any": AnyRun}


def main(arguments: list[str] | None = None) -> None:
    parser = command(__doc__, "network", RUN)
    parser.add_argument("--steps", type=int, help="instead of the planned number")
    parser.add_argument("--smoke", action="store_true", help="few steps on small crops, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan = PLANS[options.network]
    if options.steps:
        plan = replace(plan, steps=options.steps)
    if options.smoke:
        plan = replace(plan, steps=3, side=48, pictures=min(plan.pictures, 3), each=min(plan.each, 2), warm=2)
    name = f"style_{options.network}" + ("_smoke" if options.smoke else "")
    run = RUN[options.network](name, plan, options.data)
    run.train()
    if not options.smoke:
        from weights.recipes.style_publish import publish

        publish(options.network, run)


if __name__ == "__main__":
    main()
