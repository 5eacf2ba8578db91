"""What a part of this tab hands to the room that holds it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradio.components import Component

from demos.cnn.models import classes
from demos.contract import Link
from demos.wording import say


@dataclass(frozen=True)
class Part:
    """One thing to do with the picture.

    answer: called as answer(picture, *values of inputs); yields {component: new value}. The room calls it when the
        part is opened and when another picture comes while it is open. Parts with pictures of their own have none.
    inputs: the settings that `answer` wants. outputs: the components it may change.
    links: settings that the address bar carries, see `demos.contract.Room`.
    """

    answer: Callable[..., Iterator[dict[Component, Any]]] = lambda *_: iter(())
    inputs: tuple[Component, ...] = ()
    outputs: tuple[Component, ...] = ()
    links: dict[str, Link] = field(default_factory=dict)


def beside(parts: Mapping[str, Part]) -> tuple[list[Component], dict[str, slice]]:
    """The inputs of all parts in one row, and for each part by its name where in that row its own stand."""
    settings: list[Component] = []
    cuts = {}
    for slug, part in parts.items():
        cuts[slug] = slice(len(settings), len(settings) + len(part.inputs))
        settings += part.inputs
    return settings, cuts


def classes_offered(first: str | None = None) -> list[tuple[Any, int]]:
    """The 1,000 classes for a list to choose from, in both languages, in the order of the alphabet: of those that begin
    with what is typed the shortest comes first. With `first`, a label, before them as -1."""
    rows: list[tuple[Any, int]] = [(f"{en} · {zh}", number) for number, (en, zh) in enumerate(classes())]
    rows.sort(key=lambda row: row[0].casefold())
    return [(say(first), -1), *rows] if first else rows
