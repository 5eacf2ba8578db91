"""The layout of the tab: a photograph and a painting meet, and many ways to bring them together and to ask why."""

from collections.abc import Callable, Container, Iterator
from typing import Any

import gradio as gr

from core.complaint import choice
from demos.cnn.part import beside
from demos.contract import Link, Room
from demos.paintings import paintings
from demos.pictures import LARGE, REFUSED, kept, photos
from demos.pictures import wall as photographs
from demos.style import anything, camera, gram, hands, knows, meter, watch
from demos.style.models import FIRST, FIRST_STYLE, easel, kept_manner
from demos.style.part import Part
from demos.views import view
from demos.wiring import publish, told_at_once, wire
from demos.wording import say

PARTS = ("hands", "camera", "sheet", "any", "watch", "meter", "knows", "gram")
PLAIN = (str, int, float, bool, type(None))
OWN = "own"
"""What stands for a picture or a style that a visitor brought; it never gets into an address."""


def other_row(event: gr.EventData, row: str, known: Container[str], kept: str, name: str) -> tuple[str, str]:
    """What is chosen in the other row of pictures, as it is kept and by its name. Who chooses in both rows quickly has
    chosen there already what is not kept yet; the page tells it with the event."""
    chosen = event._data.get("chosen")
    now = chosen.get(row) if isinstance(chosen, dict) else None
    return (now, now) if isinstance(now, str) and now in known else (kept, name)


def build() -> Room:
    """Photograph and painting above, the parts below; whichever part is open answers."""
    opened, asked = gr.State(PARTS[0]), gr.State({})
    name, manner_name = (
        gr.Textbox(first, show_label=False, container=False, elem_classes="unseen") for first in (FIRST, FIRST_STYLE)
    )
    picture, style, run = gr.State(FIRST), gr.State(FIRST_STYLE), gr.State(None)
    stage = view("starter", elem_classes="unseen")
    with gr.Row(equal_height=False):
        with gr.Column(scale=4, min_width=320):
            intake = view("intake", photographs(FIRST), elem_id="style-intake")
        with gr.Column(scale=7, min_width=320):
            easel_view = view("intake", easel(FIRST_STYLE), elem_id="style-easel")
    layers: dict[str, Callable[[], Part]] = {
        "hands": lambda: hands.lay(picture, style),
        "camera": lambda: camera.lay(picture, style),
        "sheet": lambda: hands.lay_sheet(picture, style),
        "any": lambda: anything.lay(picture, style),
        "watch": lambda: watch.lay(picture, style, run),
        "meter": lambda: meter.lay(picture, style, run),
        "knows": lambda: knows.lay(picture, style),
        "gram": lambda: gram.lay(picture, style),
    }
    doors: dict[str, gr.Tab] = {}
    parts: dict[str, Part] = {}
    with gr.Tabs(overflow_behavior="wrap") as tabs:
        for slug in PARTS:
            with gr.Tab(say(f"style.part_{slug}"), id=slug) as doors[slug]:
                parts[slug] = layers[slug]()
    told_at_once("style", doors)
    settings, cuts = beside(parts)

    def answer(slug, names, both, before, values, fresh=False) -> Iterator[dict]:
        """What the open part says of the two pictures, unless it shows these settings already.

        names: of photograph and painting, OWN for what a visitor brought; both: the same as they are kept.
        """
        now = [kept if name == OWN else name for name, kept in zip(names, both, strict=True)]
        own = (*now, *values[cuts[slug]])
        plain = tuple(value for value in own if isinstance(value, PLAIN))
        if fresh or before.get(slug) != plain:
            yield {picture: now[0], style: now[1], asked: before | {slug: plain}}
            yield from filter(None, parts[slug].answer(*own))

    def entered(slug):
        def enter(name, manner_name, picture, style, before, *values) -> Iterator[dict]:
            yield {opened: slug}
            # the first part answers when the address has been read
            if before or slug != PARTS[0]:
                yield from answer(slug, (name, manner_name), (picture, style), before, values)

        return enter

    def began(slug, name, manner_name, picture, style, before, *values) -> Iterator[dict]:
        yield {easel_view: easel(manner_name), intake: photographs(name)}
        yield from answer(slug, (name, manner_name), (picture, style), before, values)

    def arrived(event: gr.EventData, slug, manner_name, style, before, *values) -> Iterator[dict]:
        """Another photograph: a name from the wall, or the bytes of a file."""
        style, manner_name = other_row(event, "style-easel", paintings(), style, manner_name)
        now, notes = kept(event._data.get("picture"), LARGE)
        known = now if now in photos() else OWN
        yield {name_box: known, intake: photographs(known, notes)}
        yield from answer(slug, (known, manner_name), (now, style), before, values, fresh=True)

    def chosen(event: gr.EventData, slug, name, picture, before, *values) -> Iterator[dict]:
        """Another painting, in the same ways."""
        picture, name = other_row(event, "style-intake", photos(), picture, name)
        now, notes = kept_manner(event._data.get("picture"))
        known = now if now in paintings() else OWN
        yield {manner_box: known, easel_view: easel(known, notes)}
        yield from answer(slug, (name, known), (picture, now), before, values, fresh=True)

    name_box, manner_box = name, manner_name
    shown: list[Any] = [box for part in parts.values() for box in part.outputs]
    every = [picture, style, asked, *shown]
    state = [name, manner_name, picture, style, asked, *settings]
    wire(stage.start, began, [opened, *state], [easel_view, intake, *every])
    kept_too = [opened, manner_name, style, asked, *settings]
    quick = dict(failed=REFUSED)  # who is quick gets the last that was chosen
    wire(intake.picture, arrived, kept_too, [name, intake, *every], **quick)
    takers = [
        easel_view.picture,
        *(part.outputs[0].pick for slug, part in parts.items() if slug == "sheet" and part.outputs),
    ]
    kept_too = [opened, name, picture, asked, *settings]
    wire(takers, chosen, kept_too, [manner_name, easel_view, *every], **quick)
    for slug, door in doors.items():
        wire(door.select, entered(slug), state, [opened, *every])
    for fn, endpoint in (
        (hands.compute, "style_hands"),
        (hands.sheet, "style_sheet"),
        (camera.compute, "style_frame"),
        (anything.compute, "style_any"),
        (meter.compute, "style_meter"),
        (knows.compute, "style_knows"),
        (gram.compute, "style_gram"),
    ):
        publish(fn, endpoint)
    publish(watch.compute, "style_paint", lane="training")
    publish(gram.texture, "style_texture", lane="training")
    links = {
        "photo": Link(name, lambda raw: choice(("picture", "picture"), raw, tuple(photos())), kept_back=OWN),
        "style": Link(manner_name, lambda raw: choice(("style", "style"), raw, tuple(paintings())), kept_back=OWN),
    }
    for part in parts.values():
        links |= part.links
    return Room(stage=stage, parts=(tabs, doors), links=links)
