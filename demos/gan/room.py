"""The layout of the tab: forged pictures held in the hand above, and below ways to question, walk, judge and spoil."""

import json
from collections.abc import Iterator
from types import ModuleType

import gradio as gr

from demos.cnn.part import beside
from demos.contract import Link, Room
from demos.gan import axes, judge, lab, learn, memory, project, quiz, shelf, steer, things, walk, wall
from demos.gan.part import Forged
from demos.gan.pieces import FIRST, piece, pieces, taken, written
from demos.views import view
from demos.wiring import publish, told_at_once, wire
from demos.wording import say

PARTS: dict[str, ModuleType] = {
    "wall": wall,
    "quiz": quiz,
    "walk": walk,
    "axes": axes,
    "judge": judge,
    "memory": memory,
    "learn": learn,
    "things": things,
    "lab": lab,
    "steer": steer,
    "project": project,
}
"""Name of a part -> the module whose `lay` builds it; the first one is open anyway. ENDPOINTS of a module: name for
clients -> function and queue lane."""
PLAIN = (str, int, float, bool, type(None))


def build() -> Room:
    """What is held above, the parts below; whichever part is open answers when something else is held."""
    opened, asked = gr.State("wall"), gr.State({})
    held = gr.Textbox(FIRST, show_label=False, container=False, elem_classes="unseen")
    stage = view("starter", elem_classes="unseen")
    hand = view("shelf", elem_id="gan-shelf")
    doors: dict[str, gr.Tab] = {}
    parts: dict[str, Forged] = {}
    with gr.Tabs(overflow_behavior="wrap") as tabs:
        for slug, module in PARTS.items():
            with gr.Tab(say(f"gan.part_{slug}"), id=slug) as doors[slug]:
                parts[slug] = module.lay(held)
    told_at_once("gan", doors)
    settings, cuts = beside(parts)

    def answer(slug, now, before, values, first, fresh=False) -> Iterator[dict]:
        """`first`, then what the open part says of the held pictures, unless it shows these settings already.

        A page that is being built may lose what comes just before something else. Therefore `first` comes again with
        the first answer, and every answer repeats what those before it have brought.
        """
        own = (now, *values[cuts[slug]])
        plain = tuple(value for value in own if isinstance(value, PLAIN))
        if not parts[slug].outputs or (before.get(slug) == plain and not fresh):
            yield first
            return
        first, told = first | {asked: before | {slug: plain}}, {}
        yield first
        for update in filter(None, parts[slug].answer(*own)):
            yield first | (told := told | update)
            first = {}

    def entered(slug):
        def enter(now, before, *values) -> Iterator[dict]:
            # the first part answers when the address has been read
            if before or slug != "wall":
                yield from answer(slug, now, before, values, {opened: slug})
            else:
                yield {opened: slug}

        return enter

    def began(slug, now, before, *values) -> Iterator[dict]:
        yield from answer(slug, now, before, values, {hand: shelf.compute(now)}, fresh=True)

    def changed(now, slug, before, values) -> Iterator[dict]:
        first = {held: now, hand: shelf.compute(now)}
        if slug == "wall":  # the wall hangs as it hung
            yield first
        else:
            yield from answer(slug, now, before, values, first, fresh=True)

    def took(event: gr.EventData, slug, now, before, *values) -> Iterator[dict]:
        yield from changed(written(taken(pieces(now), piece(event._data.get("piece")))), slug, before, values)

    def dropped(event: gr.EventData, slug, now, before, *values) -> Iterator[dict]:
        one = piece(event._data.get("piece"))
        yield from changed(written([other for other in pieces(now) if other != one]), slug, before, values)

    every = [asked, *(box for part in parts.values() for box in part.outputs)]
    state = [held, asked, *settings]
    quiet = dict(show_progress="hidden")
    wire(stage.start, began, [opened, *state], [hand, *every], **quiet)
    takers = [hand.take, *(event for part in parts.values() for event in part.holds)]
    wire(takers, took, [opened, *state], [held, hand, *every], **quiet)
    wire(hand.drop, dropped, [opened, *state], [held, hand, *every], **quiet)
    for slug, door in doors.items():
        # the page hides the shelf from parts that ask nothing of it
        js = f"() => gallery.announce('gan-shelf', {json.dumps(bool(parts[slug].outputs))})"
        door.select(None, None, None, js=js)
        wire(door.select, entered(slug), state, [opened, *every], **quiet)
    for module in (shelf, *PARTS.values()):
        for name, (fn, lane) in module.ENDPOINTS.items():
            publish(fn, name, lane=lane)
    links = {"held": Link(held, lambda raw: written(pieces(raw)))}
    for part in parts.values():
        links |= part.links
    return Room(stage=stage, parts=(tabs, doors), links=links, numbers="plane_numbers")
