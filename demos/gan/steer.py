"""Steer by classifier: gradient ascent on w, streamed, with an eye on whether the classifier is convinced or fooled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import torch
from gradio.i18n import I18nData
from torch import Tensor

from core import steering
from core.complaint import choice, number, whole
from core.gan import reader
from core.images import to_url
from core.models.cnn import SIDE
from core.steering import LogP, Moment, enlarged, shaken, spread, steer
from demos.avatars import avatars
from demos.cnn.models import best, class_number, classes, network
from demos.cnn.part import classes_offered
from demos.contract import Link
from demos.gan.arithmetic import READ, told, values, word
from demos.gan.part import Forged
from demos.gan.pieces import Piece, image, model, pieces, scored, styles, url
from demos.gan.verdicts import values as as_seen
from demos.views import view
from demos.wiring import wire
from demos.wording import say

WHO = ("reader", "imagenet")
MOST_STEPS, MOST_STAY = 120, 10.0
GOAL, STAY = "hair=none", 0.1
STEPS = 60
BANANA = 954
GENUINE = 100
CALLED = {"reader": ("The reader", "阅读器"), "imagenet": ("The ImageNet classifier", "ImageNet 分类器")}


@dataclass(frozen=True)
class Goal:
    """Whom to convince of what. log_p: see `LogP`. says: pictures (count, 3, side, side) -> rows [number, English,
    Chinese, p] of the first one's best answers. title: of what is wanted, [English, Chinese]. number: of it in rows.
    steady: see `steady`; None for the ImageNet classifier, which has seen no such picture that is genuine."""

    who: str
    log_p: LogP
    says: Callable[[Tensor], list[list]]
    title: list[str]
    number: int
    steady: float | None = None


@dataclass(eq=False)
class Bench:
    """A visitor's run. turn: a run ends when it is no longer its turn. last: what it showed last."""

    turn: int = 0
    last: dict[str, Any] | None = None


def compute(
    held: str = "157.0.100",
    who: str = "reader",
    attribute: str = "hair",
    value: str = "none",
    number: int = BANANA,
    stay: float = STAY,
    steps: int = STEPS,
) -> Iterator[dict[str, Any]]:
    """Changes a forged picture until a classifier says what is wanted. Yields the state before each step and at last.

    Args:
        held: names of forged pictures with "_" between, of which the first is changed; seed.design.truncation each.
        who: "reader" (of attributes) or "imagenet" (1,000 classes).
        attribute, value: what the reader shall say, such as "background" and "lemon"; it names them all.
        number: the class that the ImageNet classifier shall see, 0 to 999.
        stay: price of the squared distance from the first w, 0 to 10; 1 is how far w usually lies from its mean.
        steps: 1 to 120.

    Yields:
        phase: "running", at last "done"; who; title: what is wanted, [English, Chinese]; number: of it in `says`; sure:
        the probability that divides yes from no; steady: see there; steps; held; frames: one for each step so far, see
        `frame`.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    one, goal, stay, steps = asked(held, who, attribute, value, number, stay, steps)
    yield from go(one, goal, stay, steps)


def asked(held, who, attribute, value, number_, stay, steps) -> tuple[Piece, Goal, float, int]:
    """The inputs of `compute`, checked. Raises Complaint."""
    one = pieces(held, least=1)[0]
    who = choice(("Who steers", "谁来掌舵"), who, WHO)
    stay = number(("λ", "λ"), stay, 0, MOST_STAY)
    steps = whole(("The number of steps", "步数"), steps, 1, MOST_STEPS)
    return one, (attributed(attribute, value) if who == "reader" else classed(number_)), stay, steps


def attributed(attribute: object, value: object) -> Goal:
    """The reader shall say `value` of `attribute`. Raises Complaint."""
    eye = reader()
    column = choice(("The attribute", "属性"), attribute, tuple(eye.columns))
    known = tuple(eye.columns[column])
    which = known.index(choice((f"The value of {column}", f"{column} 的值"), value, known))

    def says(shown: Tensor) -> list[list]:
        p = eye(shown)[column][0]
        return [[at, *word(column, known[at]), round(p[at].item(), 4)] for at in p.argsort(descending=True).tolist()]

    title = [f"{name}: {said}" for name, said in zip(word(column), word(column, known[which]), strict=True)]
    # the reader gives probabilities; below 1e-30 their logarithm would have no slope
    found = steady(column, which)
    return Goal("reader", lambda shown: eye(shown)[column][:, which].clamp_min(1e-30).log(), says, title, which, found)


@lru_cache(maxsize=64)
@torch.inference_mode()
def steady(column: str, which: int) -> float | None:
    """Of the genuine avatars that hang here, at most GENUINE, in which the reader finds something: the share in whose
    `shaken` copies it still does. None if it finds none. What does not survive there proves nothing against a forgery.
    """
    eye, seen, kept = reader(), 0, 0
    for some in avatars("held").pictures.split(64):
        shown = as_seen(some)
        yes = eye(shown)[column][:, which] > steering.SURE
        if yes.any():
            seen += int(yes.sum())
            kept += int((eye(shaken(shown[yes]))[column][:, which] > steering.SURE).sum())
        if seen >= GENUINE:
            break
    return round(kept / seen, 3) if seen else None


def classed(wanted: object) -> Goal:
    """The ImageNet classifier shall see a class. Raises Complaint."""
    which, eye = class_number(wanted), network("efficientnet")

    def log_p(shown: Tensor) -> Tensor:
        return eye(enlarged(shown, SIDE)).log_softmax(1)[:, which]

    def says(shown: Tensor) -> list[list]:
        return best(eye(enlarged(shown, SIDE))[0].softmax(0))

    return Goal("imagenet", log_p, says, list(classes()[which]), which)


def go(one: Piece, goal: Goal, stay: float, steps: int) -> Iterator[dict[str, Any]]:
    """`compute` of checked inputs."""
    net, frames, first = model(), [], None
    state = dict(who=goal.who, title=goal.title, number=goal.number, sure=steering.SURE, steps=steps, held=one.name)
    state |= dict(steady=goal.steady)
    for moment in steer(net, goal.log_p, styles([one]), spread(net, one.kind), stay, steps):
        first = first or beginning(moment, goal)
        frames.append(frame(moment, one, goal, *first))
        yield state | dict(phase="running" if moment.step < steps else "done", frames=list(frames))


@torch.inference_mode()
def beginning(moment: Moment, goal: Goal) -> tuple[tuple[float, float], list[dict]]:
    """Of the first picture: the probabilities of what is wanted, for it and its copy, and what `told` says of it."""
    return (moment.p, goal.log_p(shaken(moment.picture)).exp().item()), told(moment.picture)[0]


@torch.inference_mode()
def frame(moment: Moment, one: Piece, goal: Goal, first: tuple[float, float], read: list[dict]) -> dict[str, Any]:
    """A moment for the page.

    Args:
        first, read: see `beginning`.

    Returns:
        step; url, copy_url: the picture and its `shaken` copy, `data:` addresses; p, copy: probabilities of what is
        wanted; distance; score: of the detective; says: best answers [number, English, Chinese, p]; also: attributes
        that read otherwise than at first, [[name, before, after], ...] in English and in Chinese; verdict: see
        `core.steering.verdict`; sentence: [English, Chinese].
    """
    copied = shaken(moment.picture)
    copy = goal.log_p(copied).exp().item()
    key = steering.verdict(first, (moment.p, copy))
    now = told(moment.picture)[0]
    changed = [(old, new) for old, new in zip(read, now, strict=True) if old["value"] != new["value"]]
    return dict(
        step=moment.step,
        url=url(moment.picture[0]),
        copy_url=to_url(image(copied[0]), "jpeg"),
        p=round(moment.p, 4),
        copy=round(copy, 4),
        distance=round(moment.distance, 3),
        score=scored(moment.picture, torch.tensor([one.kind]))[0],
        says=goal.says(moment.picture),
        also=[[[old["name"][k], old["says"][k], new["says"][k]] for old, new in changed] for k in (0, 1)],
        verdict=key,
        sentence=steering.sentence(key, CALLED[goal.who], goal.title, moment.p, copy),
    )


def goals() -> list[tuple[I18nData, str]]:
    """Attributes and values for a list to choose from: (label, "attribute=value")."""
    return [(say(f"wish/{READ}{column}: {value}"), f"{column}={value}") for column, value in values()]


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. `held` is the room's."""
    gr.Markdown(say("gan.steer_hint"))
    own = gr.State(Bench())
    with gr.Row(equal_height=False):
        who = gr.Radio(
            [(say(f"gan.steer_who_{name}"), name) for name in WHO], value="reader", label=say("gan.steer_who")
        )
        with gr.Column(min_width=240):
            wish = gr.Dropdown(goals(), value=GOAL, label=say("gan.steer_wish"))
            wanted = gr.Dropdown(classes_offered(), value=BANANA, label=say("gan.steer_number"), visible=False)
            with gr.Row():
                start = gr.Button(say("gan.steer_start"), variant="primary", scale=2, min_width=100)
                stop = gr.Button(say("shell.stop"), min_width=70)
        stay = gr.Slider(
            0, 2, STAY, step=0.01, label=say("gan.steer_stay"), info=say("gan.steer_stay_info"), min_width=220
        )
        steps = gr.Slider(10, MOST_STEPS, STEPS, step=10, label=say("gan.steer_steps"), min_width=160)
    shown = view("gan_steer", elem_id="gan-steer")
    inputs = [own, who, wish, wanted, stay, steps]

    def begun(now, who, wish, wanted, stay, steps) -> Iterator[dict]:
        attribute, _, value = wish.partition("=") if isinstance(wish, str) else ("", "", "")
        return compute(now, who, attribute, value, wanted, stay, steps)

    def started(now, own: Bench, *settings) -> Iterator[dict]:
        own.turn += 1
        mine = own.turn
        for state in begun(now, *settings):
            if own.turn != mine:
                return
            own.last = state
            yield {shown: state}

    def ended(own: Bench) -> dict:
        own.turn += 1
        running = own.last is not None and own.last["phase"] == "running"
        return {shown: own.last | dict(phase="stopped") if running else gr.skip()}

    def answer(now, own: Bench, who, *settings) -> Iterator[dict]:
        own.turn += 1  # whatever runs for another picture or wish ends
        own.last = None
        if not pieces(now):
            yield {shown: dict(few=0)}
            return
        for state in begun(now, who, *settings):
            yield {
                shown: state | dict(phase="ready"),
                wish: gr.update(visible=who == "reader"),
                wanted: gr.update(visible=who == "imagenet"),
            }
            break

    wire(start.click, started, [held, *inputs], [shown], lane="training", stop=stop, show_progress="hidden")
    wire(stop.click, ended, [own], [shown], queue=False, show_progress="hidden")
    outputs = (shown, wish, wanted)
    wire([who.input, wish.input, wanted.input], answer, [held, *inputs], outputs, show_progress="hidden")
    return Forged(
        answer,
        tuple(inputs),
        outputs,
        {
            "steer_who": Link(who, lambda raw: choice(("Who steers", "谁来掌舵"), raw, WHO)),
            "steer": Link(wish, lambda raw: choice(("The attribute", "属性"), raw, tuple(key for _, key in goals()))),
            "steer_class": Link(wanted, lambda raw: class_number(int(raw))),
            "steer_stay": Link(stay, lambda raw: number(("λ", "λ"), float(raw), 0, 2)),
            "steer_steps": Link(steps, lambda raw: whole(("The number of steps", "步数"), int(raw), 10, MOST_STEPS)),
        },
    )


ENDPOINTS = {"gan_steer": (compute, "training")}
