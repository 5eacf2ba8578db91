"""The layout of the tab: a picture comes in, and many ways to question what a network sees in it."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.complaint import choice
from core.seeing import WAYS
from demos.cnn import convolve, draw, fool, inside, learn, look, paint, teach, wall
from demos.cnn.models import FIRST
from demos.cnn.part import Part, beside
from demos.contract import Link, Room
from demos.pictures import REFUSED, kept, photos
from demos.pictures import wall as photographs
from demos.views import view
from demos.wiring import publish, told_at_once, wire
from demos.wording import say

PARTS = {
    "look": look,
    "inside": inside,
    "convolve": convolve,
    "paint": paint,
    "fool": fool,
    "draw": draw,
    "wall": wall,
    "teach": teach,
    "learn": learn,
}
PLAIN = (str, int, float, type(None))
OWN = "own"
"""What stands for a picture that a visitor brought; it never gets into an address."""


def build() -> Room:
    """The picture above, the parts below; whichever part is open answers."""
    opened, asked = gr.State("look"), gr.State({})
    name = gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")
    picture = gr.State(FIRST)
    with gr.Row(equal_height=False) as entrance:
        with gr.Column(scale=13, min_width=320):
            intake = view("intake", photographs(FIRST), elem_id="cnn-intake")
        with gr.Column(scale=7, min_width=260):
            way = gr.Radio(
                [(say(f"cnn.{way}"), way) for way in WAYS], value="centre", label=say("cnn.way"), elem_id="cnn-way"
            )
    doors: dict[str, gr.Tab] = {}
    parts: dict[str, Part] = {}
    with gr.Tabs(overflow_behavior="wrap") as tabs:
        for slug, module in PARTS.items():
            with gr.Tab(say(f"cnn.part_{slug}"), id=slug) as doors[slug]:
                parts[slug] = module.lay(picture, way)
    told_at_once("cnn", doors)
    settings, cuts = beside(parts)
    target = parts["look"].inputs[0]

    def answer(slug, name, picture, asked_before, values, fresh=False) -> Iterator[dict]:
        """What the open part says of the picture, unless it shows these settings already."""
        now = picture if name == OWN else name
        own = (now, *values[cuts[slug]])
        plain = tuple(value for value in own if isinstance(value, PLAIN))
        if fresh or asked_before.get(slug) != plain:
            yield {picture_box: now, asked: asked_before | {slug: plain}}
            yield from filter(None, parts[slug].answer(*own))

    def chosen(name, before) -> dict:
        """What hangs above, if the address has just brought a picture."""
        return {} if before or name == OWN else {intake: photographs(name)}

    def entered(slug):
        def enter(name, picture, before, *values) -> Iterator[dict]:
            # parts that answer to nothing have pictures of their own
            yield {opened: slug, entrance: gr.update(visible=bool(parts[slug].outputs)), **chosen(name, before)}
            # the first part answers when the address has been read
            if before or slug != "look":
                yield from answer(slug, name, picture, before, values)

        return enter

    def arrived(event: gr.EventData, slug, name, before, *values) -> Iterator[dict]:
        """Another picture: a name from the wall, or the bytes of a file."""
        brought = event._data.get("picture")
        now, notes = kept(brought)
        known = now if now in photos() else OWN
        at = cuts["look"].start  # a class that was asked for was asked for of the picture before
        values = (*values[:at], -1, *values[at + 1 :])
        yield {name_box: known, intake: photographs(known, notes), target: -1}
        yield from answer(slug, known, now, before, values, fresh=True)

    def again(slug, name, picture, before, *values) -> Iterator[dict]:
        yield from filter(None, [chosen(name, before)])
        yield from answer(slug, name, picture, before, values, fresh=True)

    name_box, picture_box = name, picture
    shown: list[Any] = [box for part in parts.values() for box in part.outputs]
    every = [picture, asked, *shown]
    stage = parts["look"].outputs[0]
    wire(
        [stage.start, way.input],
        again,
        [opened, name, picture, asked, *settings],
        [intake, *every],
        show_progress_on=shown,
    )
    brought = [opened, name, asked, *settings], [name, intake, target, *every]
    wire(intake.picture, arrived, *brought, failed=REFUSED)  # who is quick gets the last
    for slug, door in doors.items():
        wire(
            door.select,
            entered(slug),
            [name, picture, asked, *settings],
            [opened, entrance, intake, *every],
            show_progress_on=shown,
        )
    for fn, label in (
        (look.compute, "cnn"),
        (inside.compute, "cnn_inside"),
        (inside.number, "cnn_number"),
        (convolve.compute, "cnn_convolve"),
        (paint.compute, "cnn_paint"),
        (paint.needed, "cnn_needed"),
        (fool.compute, "cnn_fool"),
        (draw.compute, "cnn_draw"),
        (wall.compute, "cnn_wall"),
    ):
        publish(fn, label)
    for fn, label in ((teach.compute, "cnn_teach"), (learn.compute, "cnn_learn")):
        publish(fn, label, lane="training")
    links = {"picture": Link(name, lambda raw: choice(("picture", "picture"), raw, tuple(photos())), kept_back=OWN)}
    for part in parts.values():
        links |= part.links
    return Room(stage=stage, parts=(tabs, doors), links=links)
