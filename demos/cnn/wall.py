"""The test wall: every picture that was kept from a network in training, with what it says of each."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache

import gradio as gr
import numpy as np
import torch
from gradio.components import Component
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core import digits
from core.calibration import confusion, expected_error, probabilities, reliability
from core.complaint import SEEDS, checked_seed, choice
from core.images import to_url
from core.weights import check
from demos.cnn.part import Part
from demos.contract import Link
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say

HUNG = 1_000
"""Pictures that are sent to the page; a larger set is measured whole, and this many of it are drawn."""
COLUMNS = 40
"""Of the sheet on which they are sent."""
WORST = 24
SEED = 7
MIX = "(dataset, seed) => [dataset, gallery.roll()]"
"""What the browser does to the settings before the wall is hung anew."""


@dataclass(frozen=True)
class DataSet:
    """Pictures that a network has not learned from, and the network.

    title: (en, zh). classes: (en, zh) each, in the network's order. weights: its file, whose manifest entry has the
    `temperature`. tested: the pictures, (count, side, side) or (count, side, side, 3), 0 to 255, and their labels
    (count,). logits: pictures -> (count, classes).
    """

    title: tuple[str, str]
    classes: tuple[tuple[str, str], ...]
    weights: str
    tested: Callable[[], tuple[NDArray[np.uint8], NDArray[np.int64]]]
    logits: Callable[[NDArray[np.uint8]], Tensor]


def _digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    tested = digits.split()[1]
    return 255 - tested.pictures, tested.labels  # on a wall, ink is dark and paper is light


DATASETS = {
    "digits": DataSet(
        ("Handwritten digits", "手写数字"),
        tuple((str(digit), str(digit)) for digit in range(10)),
        digits.WEIGHTS,
        _digits,
        lambda pictures: digits.reader()[0].answers(digits.inputs(255 - pictures)),
    ),
}
"""Everything that can hang here, by its name in the address."""


@lru_cache
def judged(name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64], Tensor, float]:
    """Pictures, labels, logits and temperature of one of DATASETS; one pass over all of it."""
    dataset = DATASETS[name]
    pictures, labels = dataset.tested()
    return pictures, labels, dataset.logits(pictures), check(dataset.weights)["temperature"]


def compute(dataset: str = "digits", seed: int = SEED) -> dict:
    """What a network says of pictures it has never learned from.

    Args:
        dataset: a key of DATASETS.
        seed: of the order in which they hang, 0 to 2,147,483,647.

    Returns:
        dataset, title, classes, seed; total, right and accuracy (percent) over the whole test part; confusion: counts,
        a row for each true class and a column for each answer; ece and bins (see `core.calibration.Bin`) calibrated,
        and ece_raw and bins_raw at temperature 1; temperature; hung: the pictures sent, each [true class, [answer,
        probability] of the three most probable], in mixed order, the first 1,000 at most and behind them those of
        worst that are not among them; sheet: a PNG of them all, row by row, `columns` to a row, `side` pixels each;
        worst: numbers of hung, the wrong answers the network was surest of, surest first, at most 24.

    Raises:
        Complaint: an unknown dataset, or a seed outside its range. WeightsError: the network's file is not there.
    """
    name = choice(("The data set", "数据集"), dataset, tuple(DATASETS))
    seed = checked_seed(seed)
    pictures, labels, logits, temperature = judged(name)
    p = probabilities(logits, temperature)
    sure, answers = (part.numpy() for part in p.max(-1))
    raw = probabilities(logits, 1.0).amax(-1).numpy()
    right = answers == labels
    wrong = np.flatnonzero(~right)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:WORST].tolist()
    order = np.random.RandomState(seed).permutation(len(labels))[:HUNG].tolist()
    order += sorted(set(worst) - set(order))
    places = {picture: place for place, picture in enumerate(order)}
    bins, bins_raw = reliability(sure, right), reliability(raw, right)
    return dict(
        dataset=name,
        title=list(DATASETS[name].title),
        classes=[list(both) for both in DATASETS[name].classes],
        seed=seed,
        total=len(labels),
        right=int(right.sum()),
        accuracy=round(100 * float(right.mean()), 2),
        confusion=confusion(answers, labels, len(DATASETS[name].classes)).tolist(),
        ece=round(100 * expected_error(bins), 2),
        bins=[asdict(bin) for bin in bins],
        ece_raw=round(100 * expected_error(bins_raw), 2),
        bins_raw=[asdict(bin) for bin in bins_raw],
        temperature=temperature,
        hung=[[int(labels[one]), best(p[one])] for one in order],
        sheet=to_url(sheet(pictures[order])),
        side=pictures.shape[1],
        columns=COLUMNS,
        worst=[places[one] for one in worst],
    )


def best(p: Tensor) -> list[list]:
    """The three most probable classes: [number, probability] each. p: (classes,)."""
    values, numbers = torch.topk(p, 3)
    return [[number, round(value, 5)] for number, value in zip(numbers.tolist(), values.tolist(), strict=True)]


def sheet(pictures: NDArray[np.uint8]) -> Image.Image:
    """Pictures (count, side, side[, 3]) on one, COLUMNS to a row; the places left over are black."""
    side, depth = pictures.shape[1], pictures.shape[3:]
    rows = -(-len(pictures) // COLUMNS)
    grid = np.zeros((rows * COLUMNS, side, side, *depth), np.uint8)
    grid[: len(pictures)] = pictures
    grid = grid.reshape(rows, COLUMNS, side, side, *depth).swapaxes(1, 2)  # (row, y, column, x[, 3])
    return Image.fromarray(grid.reshape(rows * side, COLUMNS * side, *depth))


def lay(*_: Component) -> Part:
    """The wall and what is counted on it. Needs nothing of what the tab offers its parts."""
    gr.Markdown(say("cnn.wall_hint"))
    dataset = gr.Radio(
        [(say(f"cnn.wall_{name}"), name) for name in DATASETS],
        value="digits",
        label=say("cnn.wall_dataset"),
        visible=len(DATASETS) > 1,
    )
    board = view("wall", START, elem_id="cnn-wall")
    with gr.Row():
        with gr.Column(scale=0, min_width=170):
            seed = gr.Number(SEED, precision=0, minimum=0, maximum=SEEDS, label=say("cnn.wall_seed"))
        with gr.Column(scale=0, min_width=170):
            mix = gr.Button(say("cnn.wall_mix"))

    def again(dataset, seed):
        return compute(dataset, seed), seed

    wire([board.start, dataset.input, seed.submit], compute, [dataset, seed], [board], show_progress="hidden")
    wire(mix.click, again, [dataset, seed], [board, seed], js=MIX, show_progress="hidden")

    return Part(links={"wall_seed": Link(seed, lambda raw: checked_seed(int(raw)))})
