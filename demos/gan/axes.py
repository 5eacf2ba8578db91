"""Named axes: directions in w along which one thing changes, with the rate at which they do what they say."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.complaint import Complaint, number
from core.gan import forger, reader
from core.models.gan import Generator
from core.projecting import Frame, frame, moved
from demos.contract import Link
from demos.gan import arithmetic, asks
from demos.gan.arithmetic import told
from demos.gan.part import Forged
from demos.gan.pieces import FORGER, Piece, in_company, model, noise, pictures, pieces, styles, url
from demos.views import view
from demos.wiring import wire
from demos.wording import say

LONGEST = 1.5
"""How far one can go along an axis; its rates were measured at 1 and -1, see `weights.recipes.gan_axes.count`."""
DRAWN = 4_000
"""Ordinary pictures of a design of which the farthest says how far the forger has practised."""
WEAK = 0.5
"""An axis that does what it says in fewer pictures than this share is called weak."""
LATEST = "(held, chosen, wanted) => [held, gallery.last['gan-axes'] ?? chosen, gallery.last['gan-asks'] ?? wanted]"
"""A slide may wait for an earlier one; what goes out then is where the sliders stand at that time."""


def axes() -> list[dict[str, Any]]:
    """The axes that came with the forger, see `weights/recipes/gan_axes.py`; [] if it has none. Raises WeightsError."""
    return forger(FORGER)[1].get("axes", [])


def compute(
    held: str = "157.0.100", changes: dict[str, float] | None = None, asked: dict[str, str] | None = None
) -> dict[str, Any]:
    """Moves a forged picture along named axes, or asks the forger for the same picture with other attributes.

    Args:
        held: names of forged pictures with "_" between, of which the first is moved; seed.design.truncation each.
        changes: axis -> how far, -1.5 to 1.5; 1 is as far as it was measured. None moves nothing.
        asked: attribute -> value, such as {"hair": "long"}: the number of the noise that decides it is moved first.

    Returns:
        before, url: the picture and the moved one, `data:` addresses; read: for each attribute {column, name, before,
        after: {value, says, p}, was, changed}, where p is the probability that the reader gives to the value it finds
        most likely, was that of the later value in the first picture, and name and says are [English, Chinese]; axes:
        those there are, {name, title, changed, back, kept, weak}, with the shares measured (see `gan_axes.Axis`) and
        which way, "there", "back" or "both", succeeds in fewer than half of the pictures, or ""; changes: those not 0;
        wishes: what can be asked for, see `asks.offered`; asked: what is, other than what its noise decides anyway;
        far: see `far`; beyond: whether the changes have led farther than the forger has practised; held: name of the
        picture; text, asks: changes and asked for the address.

    Raises:
        Complaint: no such picture, an axis or attribute that there is not, or a number outside the range.
    """
    one = pieces(held, least=1)[0]
    wished, wanted = checked(changes), asks.asked(asked, one)
    w, ways = styles([one]), {axis["name"]: axis["direction"][one.kind] for axis in axes()}
    start = in_company(model().styled, *otherwise(one, wanted)) if wanted else w
    way = sum((amount * torch.tensor(ways[name]) for name, amount in wished.items()), torch.zeros_like(start))
    there = moved(start, way)
    both, out = pictures(torch.cat([w, there])), far(there, one.kind)
    return dict(
        held=one.name,
        before=url(both[0]),
        url=url(both[1]),
        read=compared(both),
        axes=[
            {key: axis[key] for key in ("name", "changed", "back", "kept")}
            | dict(title=[axis["title"]["en"], axis["title"]["zh"]], weak=weak(axis))
            for axis in sorted(axes(), key=lambda axis: -axis["changed"] - axis["back"])  # what works comes first
        ],
        changes=wished,
        text=written(wished),
        wishes=asks.offered(one, wanted),
        asked=wanted,
        asks=asks.written(wanted),
        far=out,
        beyond=bool(wished) and out["now"] > out["most"],  # what noise alone makes is what it has practised
    )


@lru_cache(8)
def practised(net: Generator, kind: int) -> tuple[Frame, float]:
    """Where a forger has practised a design: the coordinates in which its w are round, and how far from their middle
    the farthest of DRAWN ordinary ones is, from noise alone at every truncation."""
    chance = torch.Generator().manual_seed(1)
    place, cut = frame(net, kind, chance), torch.linspace(0, 1, DRAWN)[:, None]
    z = torch.randn(DRAWN, net.config.z, generator=chance)
    with torch.no_grad():
        w = net.styled(z, torch.full((DRAWN,), kind), cut)
    return place, distance(place, w).max().item()


def distance(place: Frame, w: Tensor) -> Tensor:
    """How far w (count, w) is from the middle, (count,), as "Find this face" measures it: about 1 for noise alone."""
    return place.v(w).square().mean(1).sqrt()


def far(w: Tensor, kind: int) -> dict[str, Any]:
    """now: how far w (1, w) is from the middle of its design; most: how far the farthest of `drawn` ordinary ones."""
    place, most = practised(model(), kind)
    return dict(now=round(distance(place, w).item(), 2), most=round(most, 2), drawn=DRAWN)


def otherwise(one: Piece, wanted: dict[str, str]) -> tuple[Tensor, Tensor, Tensor]:
    """What `Generator.styled` takes for a piece whose noise decides as wanted: (1, z), (1,) and (1, 1)."""
    z, kinds = noise([one])
    return asks.moved(z, wanted), kinds, torch.tensor([[one.percent / 100]])


def checked(changes: object) -> dict[str, float]:
    """Axes with how far to go, without those of 0. Raises Complaint."""
    if changes is None:
        return {}
    if not isinstance(changes, dict):
        raise Complaint("The changes must be given by axis.", "改变量必须按方向的名称给出。")
    known = [axis["name"] for axis in axes()]
    for name in changes:
        if name not in known:
            shown = f"{name!r}"[:40]
            raise Complaint(
                f"There is no axis {shown}; there are {', '.join(known)}."
                if known
                else "This forger has no named axes.",
                f"没有方向 {shown}；有 {'、'.join(known)}。" if known else "这个伪造者没有有名字的方向。",
            )
    amounts = {
        name: number((f"The change along {name}", f"沿 {name} 的改变"), value, -LONGEST, LONGEST)
        for name, value in changes.items()
    }
    return {name: amounts[name] for name in known if amounts.get(name)}


def weak(axis: dict[str, Any]) -> str:
    """Which way an axis seldom works: "there", "back", "both" or ""."""
    there, back = axis["changed"] < WEAK, axis["back"] < WEAK
    return "both" if there and back else "there" if there else "back" if back else ""


def compared(both: torch.Tensor) -> list[dict[str, Any]]:
    """The `read` of `compute` for two pictures (2, 3, 64, 64)."""
    with torch.inference_mode():
        found = reader()(both[:1])
    rows = []
    for before, after in zip(*told(both), strict=True):
        column = before["column"]
        was = found[column][0, reader().columns[column].index(after["value"])].item()
        sides = [{key: side[key] for key in ("value", "says", "p")} for side in (before, after)]
        row = dict(column=column, name=before["name"], before=sides[0], after=sides[1], was=round(was, 4))
        rows.append(row | dict(changed=before["value"] != after["value"]))
    return rows


def written(changes: dict[str, float]) -> str:
    """Changes as text for the address, such as "glasses:1,beard:-0.5"."""
    return ",".join(f"{name}:{amount:g}" for name, amount in changes.items())


def read(text: object) -> dict[str, float]:
    """The changes that a text asks for; what cannot be, such as an axis of another forger, is left out."""
    known, out = {axis["name"] for axis in axes()}, {}
    for pair in text[:500].split(",") if isinstance(text, str) else []:
        name, _, amount = pair.rpartition(":")
        try:
            value = float(amount)
        except ValueError:
            continue
        if name in known and -LONGEST <= value <= LONGEST:  # NaN is in no range
            out[name] = value
    return checked(out)


def plain(text: object) -> str:
    """What an address asks for, as it is written: what it means depends on the picture, see `asks.read`."""
    return text[:500] if isinstance(text, str) else ""


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. `held` is the room's."""
    gr.Markdown(say("gan.axes_hint"))
    chosen, wanted = (gr.Textbox("", show_label=False, container=False, elem_classes="unseen") for _ in "ab")
    shown = view("gan_axes", elem_id="gan-axes")
    below = arithmetic.lay(held)

    def slid(now, text, wish):
        if not (held := pieces(now)):  # the sum below needs nothing in the hand
            return {shown: dict(few=0)}
        state = compute(now, read(text), asks.read(wish, held[0]))
        return {shown: state, chosen: state["text"], wanted: state["asks"]}

    def answer(now, text, wish, place) -> Iterator[dict]:
        yield slid(now, text, wish)
        yield from below.answer(now, place)

    quick = dict(trigger_mode="always_last", show_progress="hidden")
    wire(shown.slide, slid, [held, chosen, wanted], [shown, chosen, wanted], js=LATEST, **quick)
    return Forged(
        answer,
        (chosen, wanted, *below.inputs),
        (shown, chosen, wanted, *below.outputs),
        {"axes": Link(chosen, lambda raw: written(read(raw))), "asks": Link(wanted, plain)} | below.links,
    )


ENDPOINTS = {"gan_axes": (compute, "torch"), "gan_sum": (arithmetic.compute, "torch")}
