"""Arithmetic with pictures: A - B + C on averaged triples (Radford et al. 2016, section 6.3.2), picked by clicking."""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.complaint import SEEDS, Complaint, whole
from core.gan import reader
from core.images import to_url
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import Piece, kinds, model, pictures, piece, sheet, styles, url
from demos.views import view
from demos.wiring import wire
from demos.wording import labels, say

WALL, COLUMNS = 27, 9
"""Pictures of the wall to click on, and how many stand side by side."""
BOX = 3
"""Pictures that a box holds."""
AROUND, NEAR = 8, 0.25
"""Neighbours of the result, and how far they are from it: as a share of the way from the mean picture to others."""
POOL, LIKELY, PERCENT = 224, 7, 100
"""Seeds among which examples are looked for, how many of them are tried in threes, the truncation of what hangs."""
PAIRS, THIRDS = 24, 8
"""Of the threes for A and B the pairs, and of those for C the threes, whose sums are painted to choose an example."""
FIRST = "7.0~~~"
EXAMPLES: dict[str, tuple[tuple[str, str], tuple[dict[str, str], ...]]] = {
    "glasses": (
        ("with glasses − without + long hair", "戴眼镜 − 不戴 + 长发"),
        ({"glasses": "glasses"}, {"glasses": "none"}, {"glasses": "none", "hair": "long"}),
    ),
    "beard": (
        ("with a beard − without + glasses", "有胡须 − 没有 + 戴眼镜"),
        ({"beard": "beard"}, {"beard": "none"}, {"beard": "none", "glasses": "glasses"}),
    ),
    "laugh": (
        ("laughing − sad + sad with long hair", "大笑 − 难过 + 难过的长发"),
        ({"mouth": "laugh"}, {"mouth": "sad"}, {"mouth": "sad", "hair": "long"}),
    ),
    "bald": (
        ("bald − long hair + long hair and glasses", "光头 − 长发 + 戴眼镜的长发"),
        ({"hair": "none"}, {"hair": "long"}, {"hair": "long", "glasses": "glasses"}),
    ),
}
"""Name -> what it is called, and what the reader must find in the pictures of A, B and C."""
READ = "gan.axes_read_"
"""What the labels of attributes begin with."""
LATEST = "(place) => [gallery.last['gan-sum'] ?? place]"
"""Events may wait for an earlier one; what goes out then is what the page holds at that time."""


def word(column: str, value: str | None = None) -> list[str]:
    """What an attribute of the reader, or one of its values, is called: [English, Chinese]."""
    key = f"{READ}{column}" + ("" if value is None else f": {value}")
    return list(labels().get(key, [value or column] * 2))


def values() -> list[tuple[str, str]]:
    """All attributes and values that have a name, without asking the reader: (attribute, value) each."""
    names = [key.removeprefix(READ) for key in labels() if key.startswith(READ) and ": " in key]
    return [tuple(name.split(": ")) for name in names]


@torch.inference_mode()
def told(shown: Tensor) -> list[list[dict[str, Any]]]:
    """What the reader says of pictures (count, 3, 64, 64): for each picture and attribute {column, name, value, says,
    p}; name and says are [English, Chinese], p the probability of the value it finds most likely."""
    look = reader()
    found, out = look(shown), []
    for number in range(len(shown)):
        rows = []
        for column, known in look.columns.items():
            p, which = found[column][number].max(0)
            value = known[which]
            says = dict(name=word(column), value=value, says=word(column, value), p=round(p.item(), 4))
            rows.append(dict(column=column) | says)
        out.append(rows)
    return out


def compute(a: list[str], b: list[str], c: list[str]) -> dict[str, Any]:
    """The picture of mean(A) - mean(B) + mean(C).

    Args:
        a, b, c: one to three names of pictures each, seed.design.truncation, such as "7.1.70".

    Returns:
        url: the picture; means: those of the three means; sheet: 3 x 3 pictures in one, the result in the middle of
        eight that lie near it, all `data:` addresses; near: how far those lie, see NEAR; read: for each attribute what
        the reader says of the three means and of the result, see `told`; wanted, besides: see `kept_promise`.

    Raises:
        Complaint: a list that is empty or has more than three names, or something that is no name of a picture.
    """
    boxes = [boxed(name, value, least=1) for name, value in zip("ABC", (a, b, c), strict=True)]
    return summed(boxes)


def boxed(name: str, value: object, least: int = 0) -> list[Piece]:
    """The pieces of a box. Raises Complaint."""
    if not isinstance(value, (list, tuple)) or not least <= len(value) <= BOX:
        raise Complaint(
            f"{name} must be a list of {least} to {BOX} pictures.", f"{name} 必须是 {least} 到 {BOX} 张图片的列表。"
        )
    return [piece(one) for one in value]


@torch.inference_mode()
def summed(boxes: Sequence[Sequence[Piece]]) -> dict[str, Any]:
    """`compute` of three boxes, none of them empty."""
    net = model()
    means = torch.stack([styles(box).mean(0) for box in boxes])  # (3, w)
    result = means[0] - means[1] + means[2]
    kind = torch.full((AROUND,), boxes[2][0].kind)
    z = torch.randn(AROUND, net.config.z, generator=torch.Generator().manual_seed(1))
    away = NEAR * (net.styled(z, kind) - net.centres[kind])  # in the directions in which pictures differ
    shown = pictures(torch.cat([means, result[None], result + away]))
    read = told(shown[:4])
    half = 4 + AROUND // 2
    around = torch.cat([shown[4:half], shown[3:4], shown[half:]])
    rows = [list(row) for row in zip(*read, strict=True)]
    return dict(
        url=url(shown[3]),
        means=[url(one) for one in shown[:3]],
        sheet=to_url(sheet(around, 3), "jpeg"),
        near=NEAR,
        read=rows,
        **kept_promise(rows),
    )


def kept_promise(rows: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    """Whether a sum does what it promises: A - B stands for the attributes that the reader reads in A otherwise.

    rows: what `told` says of A, B, C and the result, by attribute. Returns wanted, for each of those attributes {name,
    says: of A, had: whether C has it anyway, came, now: of the result, p}; besides, where the result differs from C all
    the same: {name, was, now}.
    """
    wanted, besides = [], []
    for a, b, c, result in rows:
        value, name, now = result["value"], result["name"], result["says"]
        if a["value"] != b["value"]:
            met = dict(had=c["value"] == a["value"], came=value == a["value"])
            wanted.append(dict(name=name, says=a["says"], now=now, p=result["p"]) | met)
        elif value != c["value"]:
            besides.append(dict(name=name, was=c["says"], now=now))
    return dict(wanted=wanted, besides=besides)


@lru_cache(32)
def wall(seed: int, kind: int) -> dict[str, Any]:
    """Pictures of one design to click on: sheet, a `data:` address of rows of COLUMNS; names, of the pieces; seed;
    kind; kinds, what the designs are called."""
    seeds = torch.randint(1_000_000, (WALL,), generator=torch.Generator().manual_seed(seed)).tolist()
    held = [Piece(one, kind, PERCENT) for one in seeds]
    hung = to_url(sheet(pictures(styles(held)), COLUMNS), "jpeg")  # travels with every answer
    return dict(sheet=hung, names=[one.name for one in held], seed=seed, kind=kind, kinds=kinds())


@lru_cache(8)
@torch.inference_mode()
def pool(kind: int) -> tuple[list[Piece], dict[str, Tensor]]:
    """Pieces of one design, and what the reader says of each: attribute -> (POOL, values)."""
    held = [Piece(seed, kind, PERCENT) for seed in range(POOL)]
    parts = [reader()(part) for part in pictures(styles(held)).split(32)]
    return held, {column: torch.cat([part[column] for part in parts]) for column in reader().columns}


def agreed(found: dict[str, Tensor], wanted: dict[str, str]) -> Tensor:
    """How probable it is that all of `wanted`, attribute -> value, is there: (count,). found: as of a `Reader`."""
    columns = reader().columns
    shares = [found[column][:, columns[column].index(value)] for column, value in wanted.items()]
    return torch.stack(shares).prod(0)


def same(one: dict[str, Tensor], other: dict[str, Tensor], but: Collection[str]) -> Tensor:
    """How probable it is that pictures read the same, the mean over all attributes but some: (count,). one, other: as
    of a `Reader`."""
    shares = [(p * other[column]).sum(-1) for column, p in one.items() if column not in but]
    return torch.stack(shares).mean(0)


def told_of(read: dict[str, Tensor], some: Tensor) -> dict[str, Tensor]:
    """What is said of some pictures. read: as of a `Reader`. some: their numbers."""
    return {column: p[some] for column, p in read.items()}


def look(w: Tensor) -> dict[str, Tensor]:
    """What the reader says of the pictures of w (count, w), see `Reader`."""
    parts = [reader()(part) for part in pictures(w).split(32)]
    return {column: torch.cat([part[column] for part in parts]) for column in reader().columns}


def example(name: object, kind: int) -> list[list[Piece]]:
    """Three boxes for one of EXAMPLES. Raises Complaint."""
    if not isinstance(name, str) or name not in EXAMPLES:
        raise Complaint("There is no such example.", "没有这个例子。")
    return best(name, kind)


@lru_cache(32)
@torch.inference_mode()
def best(name: str, kind: int) -> list[list[Piece]]:
    """`example`, no picture twice: threes of the pictures of which the reader is surest.

    A mean may lose what each of its pictures has, and A and B may differ in more than is meant. So those threes are
    preferred whose means have what is wanted, and A and B that read alike otherwise; the sums of the best are painted,
    and the one is taken in which the reader finds what was meant, and all else as in C.
    """
    (held, found), wishes = pool(kind), EXAMPLES[name][1]
    free, threes = torch.ones(len(held)), []
    for wanted in wishes:
        likely = (agreed(found, wanted) * free).topk(LIKELY).indices
        free[likely] = 0  # no picture twice, or the sum would undo itself
        threes.append(torch.combinations(likely, BOX))
    threes = torch.cat(threes)  # those for A, for B and for C, as many of each
    w = styles(held)[threes].mean(1)
    read = look(w)
    a, b, c = torch.arange(len(threes)).split(len(threes) // 3)
    fit = torch.cat([agreed(told_of(read, box), wanted) for box, wanted in zip((a, b, c), wishes, strict=True)])
    meant = {column: value for column, value in wishes[0].items() if wishes[1].get(column) != value}
    a, b = torch.cartesian_prod(a, b).t()
    paired = fit[a] * fit[b] * same(told_of(read, a), told_of(read, b), meant)
    pair, third = torch.cartesian_prod(paired.topk(PAIRS).indices, c[fit[c].topk(THIRDS).indices]).t()
    chosen = torch.stack([a[pair], b[pair], third])  # (3, sums that are painted)
    result = look(w[chosen[0]] - w[chosen[1]] + w[third])
    came = paired[pair] * fit[third] * agreed(result, wishes[2] | meant) * same(result, told_of(read, third), meant)
    return [[held[number] for number in threes[three].tolist()] for three in chosen[:, came.argmax()]]


def placed(text: object) -> tuple[int, int, list[list[Piece]]]:
    """Seed and design of the wall, and the boxes, from text such as "7.1~3.1.70_9.1.70~4.1.70~".

    Raises:
        Complaint: any other text.
    """
    wrong = Complaint("This is no sum of pictures.", "这不是图片算式。")
    first, *rest = text[:400].split("~") if isinstance(text, str) else [""]
    fields = first.split(".")
    if len(fields) != 2 or len(rest) != 3 or not all(x.isascii() and x.isdecimal() and len(x) < 12 for x in fields):
        raise wrong
    seed = whole(("The seed", "种子"), int(fields[0]), 0, SEEDS)
    kind = whole(("The design", "画风"), int(fields[1]), 0, model().config.classes - 1)
    boxes = zip("ABC", rest, strict=True)
    return seed, kind, [boxed(name, [one for one in names.split("_") if one]) for name, names in boxes]


def written(seed: int, kind: int, boxes: Sequence[Sequence[Piece]]) -> str:
    """The text of `placed`."""
    return "~".join([f"{seed}.{kind}", *("_".join(one.name for one in box) for box in boxes)])


def board(seed: int, kind: int, boxes: Sequence[Sequence[Piece]]) -> dict[str, Any]:
    """What the page shows: `wall`; boxes: [name, `data:` address] of each picture; text: of `placed`; examples: [name,
    English, Chinese]; result: see `compute`, None while a box is empty."""
    flat = [one for box in boxes for one in box]
    small = dict(zip(flat, map(url, pictures(styles(flat))), strict=True)) if flat else {}
    return dict(
        wall=wall(seed, kind),
        boxes=[[[one.name, small[one]] for one in box] for box in boxes],
        text=written(seed, kind, boxes),
        examples=[[name, *title] for name, (title, _) in EXAMPLES.items()],
        result=summed(boxes) if all(boxes) else None,
    )


def lay(held: gr.Textbox) -> Forged:
    """Builds it below the axes. Nothing in it depends on what is held."""
    gr.Markdown(say("gan.axes_sum"))
    place = gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")
    shown = view("gan_sum", elem_id="gan-sum")

    def answer(_, text) -> Iterator[dict]:
        state = board(*placed(text))
        yield {shown: state, place: state["text"]}

    def ordered(text):
        yield from answer(None, text)

    def exampled(event: gr.EventData, text):
        seed, kind, _ = placed(text)
        yield from answer(None, written(seed, kind, example(event._data.get("example"), kind)))

    quick = dict(show_progress="hidden", js=LATEST)
    wire(shown.order, ordered, [place], [shown, place], trigger_mode="always_last", **quick)
    wire(shown.example, exampled, [place], [shown, place], **quick)
    return Forged(
        answer, (place,), (shown, place), {"sum": Link(place, lambda raw: written(*placed(raw)), kept_back=FIRST)}
    )
