"""The test wall: every picture that was kept from a network in training, with what it says of each."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import gradio as gr
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core import cifar, digits
from core.calibration import Bin, confusion, expected_error, probabilities, reliability
from core.complaint import Complaint, checked_seed, choice
from core.images import to_url
from core.weights import check
from demos.cnn import ten
from demos.cnn.part import Part
from demos.contract import Link
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say

HUNG = 1_000
"""Pictures that are sent to the page; a larger set is measured whole, and this many of what shall hang are drawn."""
SHOW = ("What shall hang", "要挂的图片")
COLUMNS = 40
"""Of the sheet on which they are sent."""
WORST = 24
AT_ONCE = 1_000
"""Pictures between two reports while the network looks at all of them."""
FIRST, SEED = "digits", 7
MIX = "(dataset, seed) => [dataset, gallery.roll()]"
"""What the browser does to the settings before the wall is hung anew."""


@dataclass(frozen=True)
class DataSet:
    """Pictures that a network has not learned from, and the network.

    title: (en, zh). classes: (en, zh) each, in the network's order. weights: its file, whose manifest entry has the
    `temperature`, and a `wall` with what was measured if the pictures may be missing. tested: the pictures,
    (count, side, side) or (count, side, side, 3), 0 to 255, and their labels (count,); raises Complaint if they are
    not here. logits: pictures -> (count, classes). version: which of several versions of the pictures are here, (en,
    zh), or nothing.
    """

    title: tuple[str, str]
    classes: tuple[tuple[str, str], ...]
    weights: str
    tested: Callable[[], tuple[NDArray[np.uint8], NDArray[np.int64]]]
    logits: Callable[[NDArray[np.uint8]], Tensor]
    version: Callable[[], tuple[str, str] | None] = lambda: None


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
    "cifar10": DataSet(
        ("Ten kinds of things (CIFAR-10)", "十类事物（CIFAR-10）"),
        cifar.CLASSES,
        cifar.WEIGHTS,
        cifar.tested,
        lambda pictures: cifar.reader()[0].answers(cifar.inputs(pictures)),
        cifar.version,
    ),
}
"""Everything that can hang here, by its name in the address."""


known: dict[str, Tensor] = {}
"""What the network says of all pictures of a data set, by its name: logits (count, classes)."""


def looked(name: str) -> Iterator[tuple[int, int]]:
    """Shows a network all pictures of its data set, unless it has seen them. Yields how many it has seen, and of how
    many. Raises Complaint if they are not here."""
    if name not in known:
        pictures, _ = DATASETS[name].tested()
        parts = []
        for at in range(0, len(pictures), AT_ONCE):
            parts.append(DATASETS[name].logits(pictures[at : at + AT_ONCE]))
            yield min(at + AT_ONCE, len(pictures)), len(pictures)
        known[name] = torch.cat(parts)


def compute(dataset: str = FIRST, seed: int = SEED, show: str = "all") -> dict:
    """What a network says of pictures it has never learned from.

    Args:
        dataset: a key of DATASETS.
        seed: of the order in which they hang, 0 to 2,147,483,647.
        show: which of them hang: "all", "wrong", or the number of a true class and of an answer, such as "3-5".

    Returns:
        dataset, title, classes, seed; total, right and accuracy (percent) over the whole test part; confusion: counts,
        a row for each true class and a column for each answer; ece and bins (see `core.calibration.Bin`) calibrated,
        and ece_raw and bins_raw at temperature 1; temperature; show; of: how many pictures there are of what shall be
        shown; drawn: how many of them hang; hung: the pictures sent, each [true class, [answer, probability] of the
        three most probable], those drawn in mixed order and behind them those of worst that are not among them; sheet:
        a PNG of them all, row by row, `columns` to a row, `side` pixels each; version: of the pictures, [en, zh], or
        None; worst: numbers of hung, the wrong answers the network was surest of, surest first, at most 24.
        Where the pictures are not on this computer, hung and worst are empty, the figures are those that were measured
        when the network was made, and missing says so, (en, zh).

    Raises:
        Complaint: an unknown dataset or show, or a seed outside its range. WeightsError: the network's
            file is not there.
    """
    name = choice(("The data set", "数据集"), dataset, tuple(DATASETS))
    seed, chosen = checked_seed(seed), DATASETS[name]
    entry, cell = check(chosen.weights), wished(show, len(chosen.classes))
    about = dict(
        dataset=name,
        title=list(chosen.title),
        classes=[list(both) for both in chosen.classes],
        seed=seed,
        temperature=entry["temperature"],
        show=show,
    )
    try:
        for _ in looked(name):
            pass
        pictures, labels = chosen.tested()
    except Complaint as complaint:
        return about | dict(hung=[], worst=[], missing=[complaint.en, complaint.zh], **summed(**entry["wall"]))
    logits = known[name]
    p = probabilities(logits, entry["temperature"])
    sure, answers = (part.numpy() for part in p.max(-1))
    raw = probabilities(logits, 1.0).amax(-1).numpy()
    right = answers == labels
    wrong = np.flatnonzero(~right)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:WORST].tolist()
    every = {"all": np.ones_like(right), "wrong": ~right}
    some = every[show] if cell is None else (labels == cell[0]) & (answers == cell[1])
    order = np.random.RandomState(seed).permutation(len(labels))
    order = order[some[order]][:HUNG].tolist()
    drawn = len(order)
    order += sorted(set(worst) - set(order))
    places = {picture: place for place, picture in enumerate(order)}
    return (
        about
        | summed(
            total=len(labels),
            right=int(right.sum()),
            confusion=confusion(answers, labels, len(chosen.classes)).tolist(),
            bins=[asdict(bin) for bin in reliability(sure, right)],
            bins_raw=[asdict(bin) for bin in reliability(raw, right)],
        )
        | dict(
            hung=[[int(labels[one]), best(p[one])] for one in order],
            sheet=to_url(sheet(pictures[order])),
            side=pictures.shape[1],
            columns=COLUMNS,
            of=int(some.sum()),
            drawn=drawn,
            version=chosen.version(),
            worst=[places[one] for one in worst],
        )
    )


def wished(show: object, classes: int) -> tuple[int, int] | None:
    """The true class and the answer of a `show` such as "3-5"; None for "all" and "wrong". Raises Complaint."""
    if show in ("all", "wrong"):
        return None
    ends = show.split("-") if isinstance(show, str) and len(show) < 20 else []
    if len(ends) == 2 and all(end.isascii() and end.isdecimal() and int(end) < classes for end in ends):
        return int(ends[0]), int(ends[1])
    raise Complaint(
        f"{SHOW[0]} is all, wrong, or two classes such as 3-5; this was not.",
        f"{SHOW[1]}是 all、wrong 或两个类别（如 3-5）；这个不是。",
    )


def summed(total: int, right: int, confusion: list, bins: list[dict], bins_raw: list[dict]) -> dict:
    """The figures of the wall, with what follows from them: accuracy, and how far confidence is from it."""
    errors = (round(100 * expected_error([Bin(**bin) for bin in some]), 2) for some in (bins, bins_raw))
    return dict(
        total=total,
        right=right,
        accuracy=round(100 * right / total, 2),
        confusion=confusion,
        bins=bins,
        bins_raw=bins_raw,
        **dict(zip(("ece", "ece_raw"), errors, strict=True)),
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


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """The wall and what is counted on it. `picture` and `way` are the room's: its picture can hang here, too."""
    gr.Markdown(say("cnn.wall_hint"))
    dataset = gr.Radio(
        [(say(f"cnn.wall_{name}"), name) for name in DATASETS], value=FIRST, label=say("cnn.wall_dataset")
    )
    own = view("ten", elem_id="cnn-ten")
    board = view("wall", START, elem_id="cnn-wall")
    with gr.Row():
        with gr.Column(scale=0, min_width=170):
            seed = gr.Number(SEED, precision=0, label=say("cnn.wall_seed"))
        with gr.Column(scale=0, min_width=170):
            mix = gr.Button(say("cnn.wall_mix"))

    def hang(dataset, seed) -> Iterator[dict]:
        if dataset not in known:
            yield {board: dict(looking=[0, 0])}  # thousands of files are read first
        try:
            for seen, total in looked(dataset):
                if seen < total:
                    yield {board: dict(looking=[seen, total])}
        except Complaint:  # the pictures are not here; the wall says so
            pass
        yield {board: compute(dataset, seed)}

    def again(dataset, seed) -> Iterator[dict]:
        yield {seed_box: seed}
        yield from hang(dataset, seed)

    def answer(picture, dataset, way) -> Iterator[dict]:
        yield {own: ten.compute(picture, way) if dataset == "cifar10" else None}

    def other(picture, dataset, way, seed) -> Iterator[dict]:
        yield from answer(picture, dataset, way)
        yield from hang(dataset, seed)

    def sorted_out(dataset, seed, event: gr.EventData):
        return compute(dataset, seed, event._data.get("show"))

    def fetched(dataset, seed) -> Iterator[dict]:
        for seconds in cifar.fetch():
            yield {board: dict(fetching=round(seconds))}
        yield from hang(dataset, seed)

    seed_box = seed
    # the first look at ten thousand takes half a minute, and nobody else shall wait for it
    quiet = dict(show_progress="hidden", lane="looking")
    wire([board.start, seed.submit], hang, [dataset, seed], [board], **quiet)
    wire(dataset.input, other, [picture, dataset, way, seed], [board, own], **quiet)
    wire(mix.click, again, [dataset, seed], [board, seed], js=MIX, **quiet)
    wire(board.show, sorted_out, [dataset, seed], [board], **quiet)
    wire(board.fetch, fetched, [dataset, seed], [board], **quiet | dict(lane="fetching"))
    return Part(
        answer,
        (dataset, way),
        (own,),
        {
            "dataset": Link(dataset, lambda raw: choice(("dataset", "dataset"), raw, tuple(DATASETS))),
            "wall_seed": Link(seed, lambda raw: checked_seed(int(raw))),
        },
    )
