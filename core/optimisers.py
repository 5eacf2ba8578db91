"""How a small network shall learn, and what takes its steps."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn
from torch.optim import SGD, Adagrad, Adam, Optimizer

from core.complaint import Complaint, choice, number, whole
from core.models.small_cnn import Config

OPTIMISERS = {"sgd": 0.1, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.03, "adam": 0.003}
"""What can be chosen -> a learning rate that suits it."""
MOMENTUM = 0.9
"""Share of the last step that "momentum" and "nesterov" keep."""
MOST_RATE, MOST_BATCH, MOST_DECAY = 10.0, 256, 0.1


@dataclass(frozen=True)
class Settings:
    """optimiser: key of OPTIMISERS. rate: learning rate. batch: pictures to a step. decay: of the weights (L2), not of
    biases. All may change in the course of a run."""

    optimiser: str = "adam"
    rate: float = 0.003
    batch: int = 64
    decay: float = 0.0


def settings(config: Config, optimiser: object, rate: object, batch: object, decay: object) -> Settings:
    """Checks a visitor's wishes. Raises Complaint for whatever is out of range, or cannot be with this network."""
    optimiser = choice(("The optimiser", "优化器"), optimiser, tuple(OPTIMISERS))
    rate = number(("The learning rate", "学习率"), rate, 0, MOST_RATE)
    batch = whole(("The batch size", "批大小"), batch, 1, MOST_BATCH)
    decay = number(("The weight decay", "权重衰减"), decay, 0, MOST_DECAY)
    if batch == 1 and any(layer.kind == "batchnorm" for layer in config.layers):
        raise Complaint(
            "Batch normalisation compares the pictures of a batch: it needs at least 2 of them.",
            "批归一化要比较一批里的图片：每批至少要有 2 张。",
        )
    return Settings(optimiser, rate, batch, decay)


def fresh(parameters: Iterable[nn.Parameter], wanted: Settings) -> Optimizer:
    """An optimiser that has no memory yet. What multiplies decays, what is added does not."""
    parameters = list(parameters)
    groups = [
        dict(params=[p for p in parameters if p.dim() > 1], weight_decay=wanted.decay),
        dict(params=[p for p in parameters if p.dim() <= 1], weight_decay=0.0),
    ]
    if wanted.optimiser in ("adam", "adagrad"):
        return (Adam if wanted.optimiser == "adam" else Adagrad)(groups, lr=wanted.rate)
    kept = 0.0 if wanted.optimiser == "sgd" else MOMENTUM
    return SGD(groups, lr=wanted.rate, momentum=kept, nesterov=wanted.optimiser == "nesterov")


def changed(optimiser: Optimizer, wanted: Settings) -> None:
    """Gives an optimiser from `fresh` another rate and decay; it keeps its memory."""
    for group, decay in zip(optimiser.param_groups, (wanted.decay, 0.0), strict=True):
        group["lr"], group["weight_decay"] = wanted.rate, decay
