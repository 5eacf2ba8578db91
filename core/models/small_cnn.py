"""A small convolutional network described by a list of layers that a person can edit.

    conv 16 5     16 filters of 5 x 5, the size kept (conv 16 5 2: every second place)
    relu          max(0, x)
    maxpool 2     the greatest of 2 x 2 (maxpool 3 2: of 3 x 3, every second place)
    batchnorm     each channel to mean 0 and deviation 1, then scaled and shifted
    dropout 0.3   in training, 30 % of the numbers are 0
    dense 64      every number of the layer before, 64 weighted sums

The last layer, one score for each class, goes without saying. Every layer is a named stage of a `Staged`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from core.complaint import Complaint
from core.models.staged import Field, Staged

MOST_LAYERS, MOST_FILTERS, MOST_DENSE = 12, 64, 256
MOST_WORK = 12_000_000
"""Multiplications for one picture that a visitor's network may take: a few hundred pictures a second on one core."""
MOST_PARAMETERS = 500_000
KERNELS, POOLS = (1, 3, 5, 7), (2, 3, 4)
USAGE = {
    "conv": ("conv FILTERS KERNEL [STRIDE], such as conv 16 5", "conv 滤波器数 核边长 [步幅]，如 conv 16 5"),
    "relu": ("relu", "relu"),
    "maxpool": ("maxpool SIZE [STRIDE], such as maxpool 2", "maxpool 边长 [步幅]，如 maxpool 2"),
    "batchnorm": ("batchnorm", "batchnorm"),
    "dropout": ("dropout SHARE, such as dropout 0.3", "dropout 比例，如 dropout 0.3"),
    "dense": ("dense NUMBER, such as dense 64", "dense 个数，如 dense 64"),
}
"""Kind of layer -> how it is written."""
SHORT = {"maxpool": "pool", "batchnorm": "norm", "dropout": "drop"}


@dataclass(frozen=True)
class Layer:
    """One line of the list. width: filters or sums. kernel: side of a filter or of what is pooled. rate: of dropout."""

    kind: str
    width: int = 0
    kernel: int = 0
    stride: int = 1
    rate: float = 0.0


@dataclass(frozen=True)
class Config:
    """layers: without the scores. channels, side: of the pictures, which are square. classes: how many scores."""

    layers: tuple[Layer, ...]
    classes: int = 10
    channels: int = 1
    side: int = 28

    def __post_init__(self):
        made = tuple(layer if isinstance(layer, Layer) else Layer(**layer) for layer in self.layers)  # from JSON
        object.__setattr__(self, "layers", made)


@dataclass(frozen=True)
class Stage:
    """What a layer makes of a picture.

    channels, side: of its maps; side 0 for a plain row of `channels` numbers.
    field: what a place of a map depends on. A dense layer sees everything.
    work: multiplications for one picture. parameters: what it learns.
    """

    name: str
    layer: Layer
    channels: int
    side: int
    field: Field
    work: int = 0
    parameters: int = 0

    @property
    def numbers(self) -> int:
        """How many numbers come out."""
        return self.channels * max(1, self.side) ** 2


def picture(config: Config) -> Stage:
    """What comes in, as if it were made by a layer."""
    return Stage("picture", Layer("picture"), config.channels, config.side, Field())


def stages(config: Config) -> list[Stage]:
    """What becomes of a picture, layer by layer; the last is "scores".

    Raises:
        Complaint: nothing is left of the maps, or a layer of maps comes after a dense one.
    """
    out: list[Stage] = []
    now, seen = picture(config), Counter()
    for number, layer in enumerate((*config.layers, Layer("dense", config.classes)), 1):
        short, last = SHORT.get(layer.kind, layer.kind), number > len(config.layers)
        seen[short] += 1
        name = "scores" if last else f"{short}{seen[short]}"
        if layer.kind in ("conv", "maxpool") and not now.side:
            raise _wrong(
                number,
                f"{layer.kind} needs maps, but comes after a dense layer",
                f"{layer.kind} 需要特征图，却在 dense 之后",
            )
        now = _next(name, layer, now)
        if layer.kind in ("conv", "maxpool") and now.side < 1:
            raise _wrong(number, f"nothing would be left of the maps ({layer.kind})", f"特征图会缩没了（{layer.kind}）")
        out.append(now)
    return out


def _next(name: str, layer: Layer, now: Stage) -> Stage:
    """What `layer` makes of `now`."""
    if layer.kind == "dense":
        size = (now.numbers + 1) * layer.width
        return Stage(name, layer, layer.width, 0, now.field, size - layer.width, size)
    if layer.kind in ("conv", "maxpool"):
        around = layer.kernel // 2 if layer.kind == "conv" else 0
        side = (now.side + 2 * around - layer.kernel) // layer.stride + 1
        field = now.field.after(layer.kernel, layer.stride, around)
        if layer.kind == "maxpool":
            return Stage(name, layer, now.channels, side, field)
        size = layer.width * now.channels * layer.kernel**2
        return Stage(name, layer, layer.width, side, field, size * side**2, size + layer.width)
    learned = 2 * now.channels if layer.kind == "batchnorm" else 0
    return Stage(name, layer, now.channels, now.side, now.field, 0, learned)


class BatchNorm(nn.Module):
    """Ioffe & Szegedy 2015. Maps or rows, their channels second. Unlike torch's own it counts no batches, so all that
    it keeps are fractions that can be averaged over a training run."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, ...) -> the same shape."""
        return batch_norm(x, self.mean, self.variance, self.weight, self.bias, self.training, 0.1)


class SmallCNN(Staged):
    """Pictures (batch, channels, side, side), 0 paper to 1 ink -> logits (batch, classes)."""

    def __init__(self, config: Config):
        self.config, self.line = config, stages(config)
        made, numbers, channels, flat = {}, config.channels * config.side**2, config.channels, False
        for stage in self.line:
            made[stage.name] = _module(stage, channels, numbers, flat)
            numbers, channels, flat = stage.numbers, stage.channels, stage.side == 0
        super().__init__(made)


def _module(stage: Stage, channels: int, numbers: int, flat: bool) -> nn.Module:
    """One layer. channels, numbers, flat: of what comes in."""
    layer = stage.layer
    if layer.kind == "conv":
        return nn.Conv2d(channels, layer.width, layer.kernel, layer.stride, padding=layer.kernel // 2)
    if layer.kind == "maxpool":
        return nn.MaxPool2d(layer.kernel, layer.stride)
    if layer.kind == "dense":
        sums = nn.Linear(numbers, layer.width)
        return sums if flat else nn.Sequential(nn.Flatten(), sums)
    if layer.kind == "batchnorm":
        return BatchNorm(channels)
    return nn.Dropout(layer.rate) if layer.kind == "dropout" else nn.ReLU()


def parse(text: str, classes: int = 10, channels: int = 1, side: int = 28) -> Config:
    """A list of layers, one a line (or parted by commas), as in this module's head.

    Args:
        text: in any case; empty lines and what follows a # do not count.
        classes, channels, side: of `Config`.

    Raises:
        Complaint: a line that is not understood or out of range, too many layers, maps of which nothing is left, or a
            network too large to learn while one watches. Names the line.
    """
    layers = read(text)
    if len(layers) > MOST_LAYERS:
        raise Complaint(
            f"At most {MOST_LAYERS} layers; there are {len(layers)}.",
            f"最多 {MOST_LAYERS} 层，这里有 {len(layers)} 层。",
        )
    config = Config(layers, classes, channels, side)
    line = stages(config)
    work, parameters = sum(stage.work for stage in line), sum(stage.parameters for stage in line)
    if work > MOST_WORK:
        raise Complaint(
            f"Too slow to learn live: {work:,} multiplications a picture; at most {MOST_WORK:,}. "
            "Use fewer filters, or pool earlier.",
            f"现场训练太慢：每张图片要 {work:,} 次乘法，最多 {MOST_WORK:,} 次。请减少滤波器，或更早池化。",
        )
    if parameters > MOST_PARAMETERS:
        raise Complaint(
            f"Too many parameters: {parameters:,}; at most {MOST_PARAMETERS:,}. Pool before the dense layer.",
            f"参数太多：{parameters:,} 个，最多 {MOST_PARAMETERS:,} 个。请在 dense 之前池化。",
        )
    return config


def read(text: str) -> tuple[Layer, ...]:
    """The layers that a text lists, each in its range, but whatever comes out of them. Raises Complaint."""
    if not isinstance(text, str) or len(text) > 1_000:
        raise Complaint(
            "The list of layers must be text of at most 1,000 characters.", "层列表必须是不超过 1000 字符的文字。"
        )
    lines = [line.split("#")[0].split() for row in text.splitlines() for line in row.split(",")]
    return tuple(_layer(number, words) for number, words in enumerate(filter(None, lines), 1))


def written(config: Config) -> str:
    """The list of layers as text, so that parse(written(config)) gives the layers back."""
    return "\n".join(map(_line, config.layers))


def _line(layer: Layer) -> str:
    words = [layer.kind, *(str(n) for n in (layer.width, layer.kernel) if n), *([f"{layer.rate:g}"] * bool(layer.rate))]
    usual = layer.kernel if layer.kind == "maxpool" else 1
    return " ".join([*words, str(layer.stride)] if layer.stride != usual else words)


def _layer(number: int, words: Sequence[str]) -> Layer:
    """One line in words as a layer. Raises Complaint."""
    kind, *given = (word.lower() for word in words)
    if kind not in USAGE:
        shown = kind[:20]
        raise _wrong(
            number,
            f"there is no layer {shown!r}; there are {', '.join(USAGE)}",
            f"没有 {shown!r} 这种层，有 {'、'.join(USAGE)}",
        )
    en, zh = USAGE[kind]
    usage = _wrong(number, f"write it as: {en}", f"写法：{zh}")
    try:
        values = [float(word) if kind == "dropout" else int(word) for word in given]
    except ValueError:
        raise usage from None
    if kind in ("relu", "batchnorm"):
        if values:
            raise usage
        return Layer(kind)
    if kind == "dropout":
        if len(values) != 1 or not 0 <= values[0] <= 0.9:
            raise _wrong(number, f"the share must be from 0 to 0.9 ({en})", f"比例须在 0 到 0.9 之间（{zh}）")
        return Layer(kind, rate=values[0])
    if kind == "dense":
        if len(values) != 1 or not 1 <= values[0] <= MOST_DENSE:
            raise _wrong(number, f"1 to {MOST_DENSE} numbers ({en})", f"个数须在 1 到 {MOST_DENSE} 之间（{zh}）")
        return Layer(kind, values[0])
    width, sizes = (values[:1], values[1:]) if kind == "conv" else ([0], values)
    if not width or not 1 <= len(sizes) <= 2:
        raise usage
    kernel, stride = sizes[0], sizes[-1] if len(sizes) == 2 or kind == "maxpool" else 1
    allowed = KERNELS if kind == "conv" else POOLS
    if kernel not in allowed or not 1 <= stride <= 4:
        sides = ", ".join(map(str, allowed))
        raise _wrong(number, f"sides {sides}; strides 1 to 4 ({en})", f"边长 {sides}；步幅 1 到 4（{zh}）")
    if kind == "conv" and not 1 <= width[0] <= MOST_FILTERS:
        raise _wrong(number, f"1 to {MOST_FILTERS} filters ({en})", f"滤波器数须在 1 到 {MOST_FILTERS} 之间（{zh}）")
    return Layer(kind, width[0], kernel, stride)


def _wrong(number: int, en: str, zh: str) -> Complaint:
    return Complaint(f"Layer {number}: {en}.", f"第 {number} 层：{zh}。")
