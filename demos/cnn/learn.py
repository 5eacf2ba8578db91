"""Watch a small network learn: loss, maps, weights and what pulls at them, while its first minute passes."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from core.complaint import Complaint, checked_seed, choice, number, whole
from core.learning import CHECKED, MOST_SECONDS, Learner, begin, halt, learn, report
from core.models.small_cnn import parse
from core.optimisers import OPTIMISERS, settings
from core.watching import measure
from demos.cnn.moment import board, examples, hung, listed, plan
from demos.cnn.part import Part
from demos.cnn.wall import COLUMNS
from demos.contract import Link
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say

LAYERS = ("conv 8 5", "batchnorm", "relu", "maxpool 2", "conv 16 5", "batchnorm", "relu", "maxpool 2", "dropout 0.3")
"""As on ConvNetJS' page of digits, with batch normalisation, which makes it quick, and dropout, which makes it steady:
on two idle cores 97 % after 4 seconds and 98 % after 20, of digits that it never learns from."""
RATES, BATCHES, DECAYS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0), (1, 8, 64, 256), (0, 0.0001, 0.001, 0.01)
ORDERED = "gallery.last['learn-order'] ?? lines"
"""An edited list of layers may still be on its way; what goes out is the one that stands on the page."""
NEWEST = f"(seconds, lines, ...rest) => [seconds, {ORDERED}, ...rest]"
DICE = f"(seconds, lines, ...rest) => [seconds, {ORDERED}, ...rest.slice(0, -1), gallery.roll()]"
NOTHING = ("There is nothing to go on with yet: press Start first.", "还没有可以继续的：请先按开始。")


def compute(
    layers: list[str] = list(LAYERS),  # noqa: B006  (is only read)
    optimiser: str = "adam",
    rate: float = 0.003,
    batch: int = 64,
    decay: float = 0.0,
    seconds: float = 20,
    seed: int = 1,
) -> Iterator[dict[str, Any]]:
    """Trains a small network on 9,000 digits. Yields what there is to see, some four times a second.

    Args:
        layers: one line each, such as "conv 8 5" (see `core.models.small_cnn`); the ten scores go without saying.
        optimiser: "sgd", "momentum", "nesterov", "adagrad" or "adam".
        rate: the learning rate, 0 to 10. batch: pictures to a step, 1 to 256. decay: of the weights, 0 to 0.1.
        seconds: of training, 1 to 60. seed: of first weights, order and dropout, 0 to 2,147,483,647.

    Yields:
        See `board`; phase is "running", and "done" at the end.

    Raises:
        Complaint: whatever is outside these ranges, layers that cannot follow each other, or a network too large.
    """
    yield from (state for _, state in run(made(layers, optimiser, rate, batch, decay, seed), seconds))


def made(layers: object, optimiser: object, rate: object, batch: object, decay: object, seed: object) -> Learner:
    """An untrained network as a visitor wants it. Raises Complaint."""
    config = listed(layers)
    return begin(config, settings(config, optimiser, rate, batch, decay), seed)


def run(learner: Learner, seconds: object) -> Iterator[tuple[Learner, dict]]:
    """Trains for `seconds` (1 to 60). Yields the learner and what the page shows.

    Raises:
        Complaint: other seconds; or, after a last look, a loss that has become infinite.
    """
    seconds = number(("The time in seconds", "秒数"), seconds, 1, MOST_SECONDS)
    try:
        for made in learn(learner, examples(), seconds):
            yield learner, board(learner, made, "running")
            if made.over:
                yield learner, ended(learner, "done")
    except Complaint:
        yield learner, ended(learner, "burst")
        raise


def ended(learner: Learner, phase: str) -> dict[str, Any]:
    """Ends whatever trains this network, and measures it on all held-out digits."""
    halt(learner)
    with learner.lock:
        full = measure(learner.network, examples().test_x, examples().test_y)
        return board(learner, report(learner, examples()), phase, full[1])


def lay(picture: gr.State, way: gr.Radio | None = None) -> Part:
    """Builds the part inside an opened tab. It has its own pictures."""
    gr.Markdown(say("cnn.learn_hint"))
    own = gr.State(None)
    # the layers as text, for the address bar
    lines = gr.Textbox(",".join(LAYERS), show_label=False, container=False, elem_classes="unseen")
    with gr.Row(elem_classes="learn-buttons"):
        start = gr.Button(say("cnn.learn_start"), variant="primary", min_width=110)
        pause, more, stop, anew = (
            gr.Button(say(key), min_width=100)
            for key in ("cnn.learn_pause", "cnn.learn_continue", "shell.stop", "cnn.learn_anew")
        )
    with gr.Row(equal_height=False):
        with gr.Column(scale=8, min_width=320):
            shown = view("learn", START, elem_id="cnn-learn")
        with gr.Column(scale=4, min_width=320):
            desk = view("learn_layers", plan(LAYERS), elem_id="cnn-learn-layers")
            optimiser = gr.Radio(
                [(say(f"cnn.learn_{name}"), name) for name in OPTIMISERS],
                value="adam",
                label=say("cnn.learn_optimiser"),
            )
            rate = gr.Radio(list(RATES), value=0.003, label=say("cnn.learn_rate"))
            batch = gr.Radio(list(BATCHES), value=64, label=say("cnn.learn_batch"))
            decay = gr.Radio(list(DECAYS), value=0, label=say("cnn.learn_decay"))
            with gr.Row():
                seconds = gr.Slider(5, MOST_SECONDS, 20, step=5, label=say("cnn.learn_seconds"), min_width=150)
                seed = gr.Number(1, precision=0, label=say("cnn.learn_seed"), min_width=100)
    wishes, starters = [optimiser, rate, batch, decay], [start, more, anew]
    own_box = own

    def keys(running: bool) -> dict:
        return {button: gr.update(interactive=not running) for button in starters}

    def told(run: Iterator[tuple[Learner, dict]], more: dict) -> Iterator[dict]:
        """A run for the page; what starts one cannot be pressed until it ends."""
        for learner, state in run:
            yield {own_box: learner, shown: state} | more | keys(state["phase"] == "running")

    def opened(lines, *wishes):
        learner = made(lines.split(","), *wishes)
        first = board(learner, report(learner, examples()), "ready")
        return learner, first | dict(sheet=hung(), columns=COLUMNS), plan(lines.split(","))

    def started(seconds, lines, *wishes):
        yield from told(run(made(lines.split(","), *wishes), seconds), {seed: wishes[-1]})

    def went_on(own, seconds):
        if own is None or not own.steps:
            raise Complaint(*NOTHING)
        yield from told(run(own, seconds), {})

    def paused(own):
        return resting(own, "paused")

    def stopped(own):
        return resting(own, "done")

    def resting(own, phase):
        return keys(False) | ({} if own is None or not own.steps else {shown: ended(own, phase)})

    def tuned(own, *wishes):
        if own is not None:
            own.wanted = settings(own.network.config, *wishes)

    def reordered(own, event: gr.EventData, *wishes):
        """Another list of layers. A network that has not begun to learn is replaced at once."""
        layers = event._data.get("layers")
        found = plan(layers) | dict(turn=event._data.get("turn"))
        yield {desk: found, lines: ",".join(found["layers"])}
        if not found["complaint"] and (own is None or not own.steps):
            learner = made(layers, *wishes)
            yield {own_box: learner, shown: board(learner, report(learner, examples()), "ready")}

    def watched(own, event: gr.EventData):
        if own is None:
            return gr.skip()
        own.watched = whole(("The digit", "数字"), event._data.get("digit"), 0, CHECKED - 1)
        if own.running:  # the next report shows it
            return gr.skip()
        with own.lock:
            return board(own, report(own, examples()), "paused" if own.steps else "ready")

    quiet = dict(show_progress="hidden")
    long = dict(lane="training", stop=(pause, stop))
    wire(shown.start, opened, [lines, *wishes, seed], [own, shown, desk], **quiet)
    wire(start.click, started, [seconds, lines, *wishes, seed], [own, shown, seed, *starters], js=NEWEST, **long)
    wire(anew.click, started, [seconds, lines, *wishes, seed], [own, shown, seed, *starters], js=DICE, **long)
    wire(more.click, went_on, [own, seconds], [own, shown, *starters], **long)
    wire(pause.click, paused, [own], [shown, *starters], **quiet)
    wire(stop.click, stopped, [own], [shown, *starters], **quiet)
    wire([box.input for box in wishes], tuned, [own, *wishes], [], queue=False, **quiet)
    # not "always_last": that sends the first event's data again; the desk knows which answer is to its last order
    wire(desk.order, reordered, [own, *wishes, seed], [desk, lines, own, shown], **quiet)
    wire(shown.watch, watched, [own], [shown], **quiet)

    optimisers = ("The optimiser", "优化器")
    return Part(
        links={
            "layers": Link(lines, lambda raw: ",".join(" ".join(line.split()) for line in accepted(raw))),
            "optimiser": Link(optimiser, lambda raw: choice(optimisers, raw, tuple(OPTIMISERS))),
            "rate": Link(rate, lambda raw: one_of(RATES, raw)),
            "batch": Link(batch, lambda raw: one_of(BATCHES, raw)),
            "decay": Link(decay, lambda raw: one_of(DECAYS, raw)),
            "learn_seconds": Link(seconds, lambda raw: whole(("seconds", "seconds"), int(raw), 5, MOST_SECONDS)),
            "learn_seed": Link(seed, lambda raw: checked_seed(int(raw))),
        },
    )


def accepted(text: str) -> list[str]:
    """Layers of an address as lines. Raises ValueError for those that cannot be."""
    parse(text)
    return text.split(",")


def one_of(allowed: tuple[float, ...], text: str) -> float:
    """The number of an address, if it is one that can be chosen. Raises ValueError."""
    return allowed[allowed.index(float(text))]
