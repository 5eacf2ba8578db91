"""The house around the tabs: header, and in every tab its lead, lesson, card and code, and the address bar."""

import inspect
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import gradio as gr

from core import weights
from demos.contract import Demo, Room
from demos.views import view
from demos.wording import say, tell, tell_card


def header() -> None:
    """The name on the wall and what this place is."""
    with gr.Column(elem_id="wall", min_width=200):
        gr.Markdown(say("gallery.title"), elem_id="title")
        gr.Markdown(say("gallery.subtitle"))


def furnish(demo: Demo) -> Room:
    """Everything inside one tab. A weight file that is missing or damaged leaves a notice in its place.

    An error in the code of the tab itself is not caught: it must stop the start.
    """
    gr.Markdown(tell(demo.slug, "lead"), elem_classes="lead")
    try:
        for name in demo.weights:
            weights.intact(name)
    except weights.WeightsError as error:
        gr.Markdown(f"### ⚠ {error.en}\n\n### {error.zh}", elem_classes="notice")
        return Room()
    room = demo.build()
    with gr.Accordion(say("shell.lesson"), open=False):
        gr.Markdown(
            tell(demo.slug, "lesson"),
            elem_classes="lesson",
            latex_delimiters=[
                {"left": "$$", "right": "$$", "display": True},
                {"left": "$", "right": "$", "display": False},
            ],
        )
        if room.numbers:
            view(room.numbers)
    with gr.Accordion(say("shell.card"), open=False):
        for name in demo.weights:
            gr.Markdown(tell_card(name), elem_classes="lesson")
    with gr.Accordion(say("shell.code"), open=False):
        gr.Markdown(say("shell.code_note"))
        gr.Code(inspect.getsource(demo.compute), language="python", interactive=False, show_label=False)
    return room


def connect(
    app: gr.Blocks, tabs: gr.Tabs, demos: Sequence[Demo], rooms: dict[str, Room], doors: dict[str, gr.Tab]
) -> None:
    """Deep links, both ways: the address opens a tab with its settings, and follows what the visitor sets."""
    settings = [(demo.slug, name, link) for demo in demos for name, link in rooms[demo.slug].links.items()]
    inner = {slug: room.parts for slug, room in rooms.items() if room.parts is not None}
    stages = [room.stage for room in rooms.values() if room.stage is not None]

    def arrive(request: gr.Request) -> list[Any]:
        query = dict(request.query_params)
        asked = query.get("tab")
        slug = asked if asked in doors else demos[0].slug
        query = rooms[slug].complete(query)
        # the first tab is open anyway, and whoever was quick has opened another one by now
        updates: list[Any] = [gr.skip() if slug == demos[0].slug else gr.Tabs(selected=slug)]
        for owner, name, link in settings:
            update = gr.skip()
            if owner == slug and name in query:
                with suppress(ValueError):  # unknown or hostile: as if it were not there
                    update = link.parse(query[name])
            updates.append(update)
        for owner, (_, names) in inner.items():
            known = owner == slug and query.get("part") in names
            updates.append(gr.Tabs(selected=query["part"]) if known else gr.skip())
        return [*updates, *({"start": True} for _ in stages)]

    app.load(
        arrive,
        None,
        [tabs, *(link.component for _, _, link in settings), *(part for part, _ in inner.values()), *stages],
        show_progress="hidden",
        show_progress_on=[settings[0][2].component],  # one for all, see demos.wiring.wire
        api_visibility="private",
        queue=False,
    )
    for demo in demos:
        own = [(name, link) for owner, name, link in settings if owner == demo.slug]
        foreign = [name for owner, name, _ in settings if owner != demo.slug]
        names, components = [name for name, _ in own], [link.component for _, link in own]
        silent = json.dumps([[link.component.value, link.kept_back] for _, link in own])
        doors[demo.slug].select(
            None,
            components,
            None,
            js=f"(...values) => gallery.enter({demo.slug!r}, {foreign}, {names}, {silent}, values)",
        )
        if own:
            gr.on(
                [component.change for component in components],
                None,
                components,
                None,
                js=f"(...values) => gallery.follow({names}, {silent}, values)",
            )
