"""What a tab is: a frozen record. Adding a tab means writing one and listing it in `demos/__init__.py`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from core.complaint import choice


@dataclass(frozen=True)
class Link:
    """One setting that the address bar can carry. `parse` gets text and raises ValueError for what it does not like."""

    component: gr.components.Component
    parse: Callable[[str], Any]
    kept_back: str | None = None  # a value that would mean nothing to whoever receives the address


def switched(raw: str) -> bool:
    """A checkbox in an address, "true" or "false". Raises Complaint."""
    return choice(("The switch", "开关"), raw, ("true", "false")) == "true"


@dataclass(frozen=True)
class Room:
    """What `build` hands back to the shell.

    links: name in the address -> the setting it stands for.
    stage: the main picture; the shell gives it the value {"start": true} when the page has opened and all settings
        from the address are in place, upon which it fires its first run.
    parts: the tabs inside the tab and their names for the address (`part=`), the first of which is open anyway.
    numbers: name of a view that shows the lesson's equations with the numbers of what was last looked at.
    complete: adds to the settings of an address what follows from them.
    """

    links: dict[str, Link] = field(default_factory=dict)
    stage: gr.components.Component | None = None
    parts: tuple[gr.Tabs, dict[str, gr.Tab]] | None = None
    numbers: str | None = None
    complete: Callable[[dict[str, str]], dict[str, str]] = dict


@dataclass(frozen=True)
class Demo:
    """A tab.

    slug: name in the address and of its words, `words/<slug>.<language>.md`.
    weights: files in `weights/` without which the tab shows a notice instead of its content.
    build: lays out widgets inside the tab that the shell has opened.
    compute: plain values in, plain values out, or a generator of them. Checks its own inputs, raises Complaint.
    sample: keyword arguments of `compute` that must work.
    """

    slug: str
    weights: tuple[str, ...]
    build: Callable[[], Room]
    compute: Callable[..., Any]
    sample: dict[str, Any]
