"""Watch it being painted: a picture changed step by step until its features say so."""

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import torch
from PIL import Image

from core.canvas import MOST_WEIGHT, OPTIMISERS, SIDES, STAGES, STARTS, Canvas, Wishes
from core.complaint import Complaint, checked_seed, choice, number, whole
from core.gatys import MOST_SECONDS, MOST_STEPS, Moment, begin, halt, look, paint
from core.gram import CONTENT, STYLE
from core.images import from_url, to_url
from core.processor import has_bfloat16
from demos.contract import Link, switched
from demos.pictures import find
from demos.style.models import FIRST, FIRST_STYLE, fit, label, manner, reflecting_eye, url
from demos.style.part import Part
from demos.views import view
from demos.wiring import wire
from demos.wording import say

MORE = 35
"""Steps that "continue" adds to a picture that has come to its end."""
NOTHING = ("There is nothing here yet: press Paint first.", "这里还没有画：请先按“开始画”。")
PACE, REST = 140, 1600
"""Milliseconds for which the animation shows a picture, and its last one."""


@dataclass(eq=False)
class Run:
    """A visitor's canvas and what has been seen of it. frames: [step, `data:` address] each. names: of photograph and
    painting. last: the latest report."""

    canvas: Canvas
    names: tuple[str, str]
    frames: list[list] = field(default_factory=list)
    last: Moment | None = None


def compute(
    picture: str = FIRST,
    style: str = FIRST_STYLE,
    alpha: float = 1.0,
    beta: float = 5.0,
    gamma: float = 10.0,
    content: str = CONTENT,
    layers: dict[str, float] | None = None,
    optimiser: str = "lbfgs",
    start: str = "content",
    side: int = 256,
    colour: bool = False,
    seed: int = 1,
    seconds: float = MOST_SECONDS,
    steps: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Paints a photograph in the manner of a painting by optimising its pixels.

    Args:
        picture: name of a photograph that hangs here, or a `data:image/...;base64,...` address of at most 6 MB.
        style: name of a painting that hangs here, or such an address of at least 32 pixels a side.
        alpha, beta, gamma: weights of content, style and roughness, 0 to 1000; the first two not both 0.
        content: the layer whose maps stand for the content, "relu1_1" to "relu4_1".
        layers: layer -> weight, 0 to 1000, of the Gram matrices; None takes four layers alike.
        optimiser: "lbfgs" or "adam". start: "content" or "noise". side: 128, 256 or 384 pixels.
        colour: keep the photograph's colours. seed: of the noise, 0 to 2,147,483,647. seconds: at most, 1 to 60.
        steps: 1 to 2000; None goes to the end of the plan, some 120 to 200 steps.

    Yields:
        See `board`; phase is "painting", at the end "done".

    Raises:
        Complaint: whatever is outside these ranges.
    """
    wishes = wished(alpha, beta, gamma, content, layers, optimiser, start, side, colour, seed)
    steps = None if steps is None else whole(("The number of steps", "步数"), steps, 1, MOST_STEPS)
    yield from (state for _, state in go(made(picture, style, wishes), seconds, steps))


def wished(alpha, beta, gamma, content, layers, optimiser, start, side, colour, seed) -> Wishes:
    """Settings of a run from what a client sends. Raises Complaint."""
    if layers is not None and not isinstance(layers, dict):
        raise Complaint("The style layers must be given by name.", "风格层必须按名称给出。")
    style = dict.fromkeys(STYLE, 1.0) if layers is None else layers
    side = whole(("The size", "大小"), side, 1, max(SIDES))
    return Wishes(alpha, beta, gamma, content, style, optimiser, start, side, bool(colour), seed, half=has_bfloat16())


def made(picture: str, style: str, wishes: Wishes) -> Run:
    """An untouched canvas. Raises Complaint for pictures that cannot be used."""
    return Run(begin(find(picture).image, manner(style).image, wishes), (picture, style))


@torch.inference_mode(False)
def go(run: Run, seconds: object = MOST_SECONDS, steps: int | None = None) -> Iterator[tuple[Run, dict]]:
    """Paints on; yields the run and what the page shows of it. Raises Complaint."""
    seconds = number(("The time in seconds", "秒数"), seconds, 1, MOST_SECONDS)
    for moment in paint(reflecting_eye(), run.canvas, steps, seconds):
        noted(run, moment)
        yield run, board(run, "done" if moment.over else "painting")


def noted(run: Run, moment: Moment) -> None:
    """Keeps a report and its picture."""
    run.last = moment
    if not run.frames or run.frames[-1][0] < moment.step:
        run.frames.append([moment.step, url(moment.picture)])


def board(run: Run, phase: str) -> dict[str, Any]:
    """What the page shows.

    frames: [step, `data:` address] each, the smaller pictures of the first rungs included; curve: [step, content
    loss, style loss] each; step, planned; side: pixels of the rung at hand; rungs: [first step, side] of each;
    total, content, style, rough: of the last
    picture, with their weights alpha, beta, gamma; photo, painting: small pictures; label: of the
    painting, [en, zh]; phase: "painting", "stopped" or "done".
    """
    canvas, last, (picture, style) = run.canvas, run.last, run.names
    rungs = canvas.wishes.rungs()
    return dict(
        phase=phase,
        frames=list(run.frames),
        curve=[[at, round(content, 5), round(each, 6)] for at, content, each in canvas.curve],
        step=last.step,
        planned=max(canvas.planned(), last.step),
        side=max(last.picture.shape[2:]),
        rungs=[[sum(steps for _, steps in rungs[:k]), side] for k, (side, _) in enumerate(rungs)],
        shape=[canvas.photo.shape[3], canvas.photo.shape[2]],
        **{key: round(getattr(last, key), 6) for key in ("total", "content", "style", "rough")},
        **{key: getattr(canvas.wishes, key) for key in ("alpha", "beta", "gamma")},
        stages=[canvas.wishes.content, list(canvas.wishes.shares())],
        photo=to_url(fit(find(picture).image, 200), "jpeg"),
        painting=to_url(fit(manner(style).image, 200), "jpeg"),
        label=label(style),
    )


def stopped(run: Run) -> dict[str, Any]:
    """Ends whatever paints on this canvas, and shows the very picture at which it stopped."""
    halt(run.canvas)
    noted(run, look(reflecting_eye(), run.canvas))
    return board(run, "stopped")


def clocked(run: Run, state: dict[str, Any]) -> dict[str, Any]:
    """The same with the seconds of work, which no run repeats."""
    return state | dict(seconds=round(run.canvas.seconds, 1))


def animation(frames: list[list], size: tuple[int, int]) -> bytes:
    """The pictures of a run as a GIF file, all enlarged to `size`, (width, height)."""
    images = [Image.open(io.BytesIO(from_url(each))).resize(size, Image.Resampling.BICUBIC) for _, each in frames]
    buffer = io.BytesIO()
    pace = [PACE] * (len(images) - 1) + [REST]
    images[0].save(buffer, "gif", save_all=True, append_images=images[1:], duration=pace, loop=0)
    return buffer.getvalue()


def lay(picture: gr.State, style: gr.State, own: gr.State) -> Part:
    """Builds the part inside an opened tab. `picture` and `style` are the room's; `own` takes the visitor's run."""
    gr.Markdown(say("style.watch_hint"))
    with gr.Row(elem_classes="learn-buttons"):
        start = gr.Button(say("style.watch_start"), variant="primary", min_width=120)
        stop, more, save = (
            gr.Button(say(key), min_width=100, interactive=key == "shell.stop")
            for key in ("shell.stop", "style.watch_more", "style.watch_gif")
        )
        saver = view("saver")
    with gr.Row(equal_height=False):
        with gr.Column(scale=8, min_width=320):
            shown = view("watch", elem_id="style-watch")
        with gr.Column(scale=4, min_width=300):
            beta = gr.Slider(0, 40, 5, step=0.5, label=say("style.beta"))
            alpha = gr.Slider(0, 5, 1, step=0.1, label=say("style.alpha"))
            side = gr.Radio(list(SIDES), value=256, label=say("style.side"))
            begun = gr.Radio(
                [(say(f"style.start_{name}"), name) for name in STARTS], value="content", label=say("style.start")
            )
            colour = gr.Checkbox(False, label=say("style.colour"))
            optimiser = gr.Radio([("L-BFGS", "lbfgs"), ("Adam", "adam")], value="lbfgs", label=say("style.optimiser"))
            with gr.Accordion(say("style.layers"), open=False):
                content = gr.Dropdown(list(STAGES), value=CONTENT, label=say("style.content"))
                gr.Markdown(say("style.layer_weights"))
                weights = [gr.Slider(0, 4, 1, step=0.25, label=stage, min_width=120) for stage in STYLE]
                gamma = gr.Slider(0, 40, 10, step=1, label=say("style.gamma"))
                seed = gr.Number(1, precision=0, label=say("style.seed"))
    inputs = [alpha, beta, gamma, content, *weights, optimiser, begun, side, colour, seed]

    def painted(run: Iterator[tuple[Run, dict]]) -> Iterator[dict]:
        for canvas, state in run:
            free = gr.update(interactive=state["phase"] != "painting")
            yield {own: canvas, shown: clocked(canvas, state), start: free, more: free, save: free}

    def started(picture, style, alpha, beta, gamma, content, *rest):
        layers, others = dict(zip(STYLE, rest[: len(STYLE)], strict=True)), rest[len(STYLE) :]
        yield from painted(go(made(picture, style, wished(alpha, beta, gamma, content, layers, *others))))

    def went_on(picture, style, run: Run | None):
        if run is None:
            raise Complaint(*NOTHING)
        other = dict(stale=True) if run.names != (picture, style) else {}
        for update in painted(go(run, steps=None if run.canvas.steps < run.canvas.planned() else MORE)):
            yield update | {shown: update[shown] | other}

    def ended(run: Run | None):
        if run is None or not run.canvas.steps:
            return {start: gr.update(interactive=True)}
        free = {key: gr.update(interactive=True) for key in (start, more, save)}
        return free | {shown: clocked(run, stopped(run))}

    def packed(run: Run | None):
        if run is None or not run.frames:
            raise Complaint(*NOTHING)
        size = tuple(board(run, "done")["shape"])
        return {"name": "painted.gif", "data": base64.b64encode(animation(run.frames, size)).decode()}

    keys = [own, shown, start, more, save]
    long = dict(lane="training", stop=stop)
    wire(start.click, started, [picture, style, *inputs], keys, **long)
    wire(more.click, went_on, [picture, style, own], keys, **long)
    wire(stop.click, ended, [own], keys[1:], queue=False, show_progress="hidden")
    wire(save.click, packed, [own], [saver])

    def answer(picture, style, run: Run | None) -> Iterator[dict]:
        if run is None:
            yield {shown: waiting(picture, style)}
        elif run.names != (picture, style) and run.last is not None:
            yield {shown: clocked(run, board(run, "stopped")) | dict(stale=True)}

    return Part(
        answer,
        (own,),
        (shown,),
        {
            **{name: Link(box, weight) for name, box in dict(alpha=alpha, beta=beta, gamma=gamma).items()},
            **{f"weight_{stage}": Link(box, weight) for stage, box in zip(STYLE, weights, strict=True)},
            "content": Link(content, lambda raw: choice(("The content layer", "内容层"), raw, STAGES)),
            "watch_side": Link(side, lambda raw: int(choice(("The size", "大小"), raw, tuple(map(str, SIDES))))),
            "watch_colour": Link(colour, switched),
            "watch_seed": Link(seed, lambda raw: checked_seed(int(raw))),
            "from": Link(begun, lambda raw: choice(("The start", "起点"), raw, STARTS)),
            "optimiser": Link(optimiser, lambda raw: choice(("The optimiser", "优化器"), raw, OPTIMISERS)),
        },
    )


def weight(raw: str) -> float:
    """A weight in an address. Raises ValueError."""
    return number(("A weight", "权重"), float(raw), 0, MOST_WEIGHT)


def waiting(picture: str, style: str) -> dict[str, Any]:
    """What the page shows before the first stroke."""
    return dict(
        phase="ready",
        photo=to_url(fit(find(picture).image, 256), "jpeg"),
        painting=to_url(fit(manner(style).image, 256), "jpeg"),
        label=label(style),
    )
