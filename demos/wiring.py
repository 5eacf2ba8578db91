"""How a click reaches `compute`: one queue lane for all torch work, and every error one clear sentence.

`wire` is the only place where events with a Python function are attached.
"""

import contextlib
import functools
import inspect
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gradio as gr
from gradio.components import Component

from core.allocator import give_back
from core.complaint import Complaint
from core.turns import Turns, in_turns

LANES = {"torch": 1, "training": 3, "fetching": 1, "looking": 1}
"""Queue lane -> how many events of it run at once. Two cores serve one network at full speed better than two at
half; training in the tab has a lane of its own, so that it never keeps others waiting for a whole minute, and its runs
go on in turns, piece by piece. What is only waited for has another, and so has a long look at thousands of pictures."""
TURNS = Turns()
"""Of all trainings."""

SORRY = (
    "Something went wrong inside the gallery. The details are in the server's log.",
    "展馆内部出了点问题，详情见服务器日志。",
)
log = logging.getLogger("gallery")


def language(request: gr.Request | None) -> str:
    """ "zh" or "en" for the page that sent a request: `?lang=` in its address, else the browser's first language."""
    if request is None or not hasattr(request, "headers"):
        return "en"
    asked = parse_qs(urlsplit(request.headers.get("referer", "")).query).get("lang", [""])[0]
    first = asked or request.headers.get("accept-language", "en")
    return "zh" if first.lower().startswith("zh") else "en"


def polite(fn: Callable, lane: str = "torch") -> Callable:
    """`fn` with its errors turned into one sentence in the visitor's language, and its memory given back. Works for
    generators too; trainings go on in turns."""

    def told(error: Exception, request: gr.Request | None) -> gr.Error:
        both = (error.en, error.zh) if isinstance(error, Complaint) else SORRY
        if not isinstance(error, Complaint):
            log.exception("in %s", fn.__qualname__)
        return gr.Error(both[language(request) == "zh"], duration=12, print_exception=False)

    if inspect.isgeneratorfunction(fn):

        def wrapped(request: gr.Request, *args):
            try:
                yield from never_empty(in_turns(fn(*args), TURNS) if lane == "training" else fn(*args))
            except Exception as error:
                raise told(error, request) from error
            finally:
                give_back()
    else:

        def wrapped(request: gr.Request, *args):
            try:
                return fn(*args)
            except Exception as error:
                raise told(error, request) from error
            finally:
                give_back()

    functools.update_wrapper(wrapped, fn)
    # Gradio looks at the signature to know what to pass: the request first, then the widgets' values
    signature = inspect.signature(fn)
    request = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    wrapped.__signature__ = signature.replace(parameters=[request, *signature.parameters.values()])
    wrapped.__annotations__ = {"request": gr.Request, **fn.__annotations__}
    del wrapped.__wrapped__
    return wrapped


def never_empty(updates: Iterator) -> Iterator:
    """The same; where there are none, one that changes nothing. Gradio empties all outputs of a generator that ends
    before it has yielded."""
    with contextlib.closing(updates):
        try:
            first = next(updates)
        except StopIteration:
            first = gr.skip()
        yield first
        yield from updates


def manners(trigger: Callable) -> str:
    """What the page does with an event whose run before it has not come back (Gradio's `trigger_mode`); nothing that a
    visitor has set may be lost.

    A view's own events bring data, so each runs ("multiple"), but for the one by which it asks for its first result. A
    setting runs once more when the run is back, with its newest value ("always_last"). A button pressed twice is meant
    once ("once"). A run counts as not back until its last message has been read, a moment after its result is seen.
    """
    if isinstance(trigger, functools.partial) and isinstance(trigger.args[0], gr.HTML):
        return "once" if trigger.func.event_name.endswith("start") else "multiple"
    return "once" if trigger.event_name in ("click", "upload") else "always_last"


def wire(
    triggers: Callable | Sequence[Callable],
    fn: Callable,
    inputs: Sequence[Component],
    outputs: Sequence[Component],
    lane: str = "torch",
    stop: Component | Sequence[Component] = (),
    failed: str | None = None,
    **options: Any,
) -> None:
    """Attaches `fn` to one or more triggers (`button.click` and the like), privately: clients use `publish`.

    Args:
        lane: key of LANES.
        stop: button or buttons that end the run at once; only generators can be ended.
        failed: JavaScript that the page runs when `fn` has raised.
        options: passed on to Gradio (`js`, `show_progress`, `trigger_mode` in place of `manners` ...).
    """
    triggers = [triggers] if callable(triggers) else triggers
    options, outputs = {"show_progress": "minimal", "api_visibility": "private"} | options, list(outputs)
    # With each message from the queue the page tells every component that has ever been an output of anything how its
    # run is getting on; with some hundred of them that took seconds. So only views hear of it, or one thing if hidden.
    views = [one for one in outputs if isinstance(one, gr.HTML)] or outputs  # an empty list would show it nowhere
    options["show_progress_on"] = outputs[:1] if options["show_progress"] == "hidden" else views
    lanes = dict(concurrency_id=lane, concurrency_limit=LANES[lane])
    events = [
        trigger(polite(fn, lane), list(inputs), outputs, **lanes | dict(trigger_mode=manners(trigger)) | options)
        for trigger in triggers
    ]
    for event in events if failed else ():
        event.failure(None, None, None, js=failed, api_visibility="private")
    for button in [stop] if isinstance(stop, Component) else stop:
        if "stops" not in button.elem_classes:
            button.elem_classes = [*button.elem_classes, "stops"]  # see views/page.js
        button.click(None, None, None, cancels=events, api_visibility="private")


def told_at_once(room: str, doors: dict[str, gr.Tab]) -> None:
    """The address names the part that is opened, the first of a room by nothing. To be called before anything else
    listens to the doors: what listens to one event is run one after the other, each to its last answer."""
    for position, (name, door) in enumerate(doors.items()):
        door.select(None, None, None, js=f"() => gallery.part({room!r}, {name if position else ''!r})")


def publish(fn: Callable, name: str, lane: str = "torch") -> None:
    """Makes `fn` an endpoint for clients, with its own type hints and docstring, in the same queue lane."""
    gr.api(polite(fn, lane), api_name=name, concurrency_id=lane, concurrency_limit=LANES[lane])
