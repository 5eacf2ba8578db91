"""The laboratory in the plane: a forger and a detective small enough that their whole game can be seen."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

import gradio as gr

from core.arena import MOST_SECONDS, Arena, halt, single, still
from core.complaint import Complaint, checked_seed, choice, number, whole
from core.duel import BUILT, Settings, begin, settings
from core.plane import NAMES, Target, target
from demos.contract import Link
from demos.gan.moment import bundled, moment, offered, read, text, watched, written
from demos.gan.part import Forged
from demos.views import START, source, view
from demos.wiring import wire
from demos.wording import say

FIRST, DRAWN = "ring", "drawn"
MOST_ITERATIONS = 100_000
WAIT = "(...all) => { gallery.announce('plane-wait', true); return all; }"
"""The page says that it waits, until the first moment arrives: one visitor trains at a time."""
FAILED = "() => { gallery.announce('plane-wait', 'failed'); }"
"""Nothing more will arrive."""


def compute(
    target: str = FIRST,
    strokes: list | None = None,
    settings: dict | None = None,
    rival: dict | None = None,
    seed: int = 1,
    seconds: float = 20,
    iterations: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Trains a small GAN on points of the plane. Yields what there is to see, some 25 times a second.

    Args:
        target: where genuine points come from: "ring", "grid", "moons", "spiral", "line", "blobs" or "drawn".
        strokes: if drawn: a list of strokes, each a list of points [x, y] from -1.25 to 1.25; one point is a dot.
        settings: name -> value, such as {"loss": "hinge", "d_steps": 5}; see `core.duel.Settings`.
        rival: settings of a second run from the same seed, in step with the first.
        seed: of first weights, noise and genuine points, 0 to 2,147,483,647.
        seconds: of training, 1 to 60. iterations: at most so many, 1 to 100,000.

    Yields:
        See `demos.gan.moment.moment`; phase is "running", and "rest" at the end.

    Raises:
        Complaint: whatever is outside these ranges; or, after a last look, a run that has diverged.
    """
    wanted = [wish for wish in (settings or {}, rival) if wish is not None]
    arena = made(target, strokes or [], wanted, seed)
    seconds = number(("The time in seconds", "秒数"), seconds, 1, MOST_SECONDS)
    if iterations is not None:
        iterations = whole(("The number of iterations", "迭代次数"), iterations, 1, MOST_ITERATIONS)
    for state in watched(arena, seconds, iterations):
        yield {name: value for name, value in state.items() if name != "order"}


def made(name: object, strokes: object, wanted: list, seed: object) -> Arena:
    """Duels that have not begun, one for each of the wishes. Raises Complaint."""
    place = target(name, strokes)
    return Arena([begin(place, settings(wish), seed) for wish in wanted])


@dataclass(eq=False)
class Bench:
    """A visitor's place in the laboratory. It stays the same while arenas come and go: were they Gradio's state
    themselves, every frame would name that state among its outputs, upon which the page looks through all it holds."""

    arena: Arena | None = None
    lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, picked: object, desk: object, slow: object, anew: bool = False) -> Arena:
        """The arena with what the page wishes; another one, if that means to begin anew, or if all has diverged.

        Args:
            picked: {target, strokes}. desk: {game, rival, seed}: settings, settings or None, and a number. They come
                from a page, so may be anything.

        Raises:
            Complaint: for wishes that cannot be.
        """
        picked, desk = (value if isinstance(value, dict) else {} for value in (picked, desk))
        place = target(picked.get("target"), picked.get("strokes"))
        wanted = [settings(wish) for wish in (desk.get("game"), desk.get("rival")) if wish is not None]
        seed = checked_seed(desk.get("seed", 1))
        with self.lock:
            if anew or not fits(self.arena, place, wanted, seed):
                self.leave()
                self.arena = Arena([begin(place, wish, seed) for wish in wanted or [Settings()]])
            for duel, wish in zip(self.arena.duels, wanted, strict=False):
                duel.target, duel.wanted = place, wish
            self.arena.slow = bool(slow)
            return self.arena

    def leave(self) -> None:
        """Whoever trains here stops."""
        if self.arena is not None:
            halt(self.arena)


def fits(arena: Arena | None, place: Target, wanted: list[Settings], seed: int) -> bool:
    """Whether an arena can take up these wishes without beginning anew."""
    return (
        arena is not None
        and bool(arena.alive())
        and len(arena.duels) == len(wanted)
        and all(
            (duel.target.name, duel.seed) == (place.name, seed)
            and all(getattr(duel.wanted, name) == getattr(wish, name) for name in BUILT)
            for duel, wish in zip(arena.duels, wanted, strict=True)
        )
    )


def rested(arena: Arena, why: Complaint | None = None) -> dict[str, Any]:
    """An arena in which nobody trains, for the page. why: what keeps it from training; then the phase is "refused"."""
    begun = any(duel.turns for duel in arena.duels)
    if why:
        return text(moment(arena, still(arena), "refused") | dict(why=[why.en, why.zh]))
    return text(moment(arena, still(arena), "burst" if not arena.alive() else "paused" if begun else "ready"))


def refused(bench: Bench, why: Complaint) -> dict[str, Any]:
    """What the page shows for wishes that cannot be. Whoever trains stops: no game goes on by other wishes than those
    that stand on the desk."""
    if bench.arena is None:
        raise why
    bench.leave()
    return rested(bench.arena, why)


def tables(seed: int, game: Settings, rival: Settings | None = None) -> dict[str, Any]:
    """Settings for the desk; usual: those that come by default."""
    return dict(seed=seed, game=asdict(game), rival=asdict(rival) if rival else None, usual=asdict(Settings()))


def lay(held: gr.Textbox | None = None) -> Forged:
    """Builds the part inside an opened tab. Nothing in it depends on what is held."""
    gr.Markdown(say("gan.lab_hint"))
    own = gr.State(None)
    # the wishes as text, for the address bar
    name, game, rival, seed = texts = [
        gr.Textbox(first, show_label=False, container=False, elem_classes="unseen") for first in (FIRST, "", "", "1")
    ]
    picker = view("plane_targets", offered(FIRST), elem_id="gan-lab-targets")
    view("plane_presets", elem_id="gan-lab-presets")
    with gr.Row(elem_classes="plane-buttons"):
        play = gr.Button(say("gan.lab_play"), variant="primary", min_width=110)
        pause, detective, forger, anew = (
            gr.Button(say(f"gan.lab_{key}"), min_width=100) for key in ("pause", "step_d", "step_g", "anew")
        )
        slow = gr.Checkbox(False, label=say("gan.lab_slow"), min_width=130)
    stage = view("plane", START, elem_id="gan-lab")
    stage.js_on_load = "\n".join(source(f"{part}.js") for part in ("plane_words", "plane_paint", "plane"))
    desk = view("plane_desk", tables(1, Settings()), elem_id="gan-lab-desk")

    def opened(name, game, rival, seed, slow):
        wanted = [read(game), *([read(rival)] if rival else [])]
        arena = Arena([begin(target(name), one, int(seed)) for one in wanted], slow)
        return Bench(arena), rested(arena), offered(name), tables(int(seed), *wanted)

    def changed(own, picked, desk, slow, anew=False):
        """Another wish: taken up while it runs, if that can be; else all begins anew, and rests."""
        own = own or Bench()
        if isinstance(picked, dict) and picked.get("target") == DRAWN and not picked.get("strokes"):
            own.leave()  # the page asks for a drawing
            return gr.skip(), DRAWN, *[gr.skip()] * 3
        try:
            arena = own.take(picked, desk, slow, anew)
        except Complaint as why:
            return refused(own, why), *[gr.skip()] * 4
        first, *others = arena.duels
        address = written(first.wanted), written(others[0].wanted, True) if others else "", str(first.seed)
        return gr.skip() if arena.running else rested(arena), first.target.name, *address

    def begun(own, picked, desk, slow):
        return changed(own, picked, desk, slow, anew=True)

    def played(own, picked, desk, slow, anew=False):
        bench = own or Bench()
        try:
            arena = bench.take(picked, desk, slow, anew)
        except Complaint as why:
            yield refused(bench, why)
            raise
        yield from bundled(watched(arena, MOST_SECONDS))

    def restarted(own, picked, desk, slow):
        yield from played(own, picked, desk, slow, anew=True)

    def paused(own):
        if own is None or own.arena is None:
            return gr.skip()
        own.leave()
        return rested(own.arena)

    def stepped(side: str) -> Callable:
        def step(own, picked, desk, slow):
            bench = own or Bench()
            try:
                arena = bench.take(picked, desk, slow)
            except Complaint as why:
                return refused(bench, why)
            frame = single(arena, side)
            return text(moment(arena, frame, "paused" if arena.alive() else "burst"))

        return step

    def slowed(own, slow):
        if own is not None and own.arena is not None:
            own.arena.slow = bool(slow)

    wishes, quick = [own, picker, desk, slow], dict(show_progress="hidden", queue=False)
    long = dict(lane="training", stop=(pause, detective, forger), show_progress="hidden", js=WAIT, failed=FAILED)
    wire(stage.start, opened, [*texts, slow], [own, stage, picker, desk], show_progress="hidden")
    wire(play.click, played, wishes, [stage], **long)
    wire([anew.click, desk.roll], restarted, wishes, [stage], **long)
    wire(pause.click, paused, [own], [stage], **quick)
    wire(detective.click, stepped("d"), wishes, [stage], **quick)
    wire(forger.click, stepped("g"), wishes, [stage], **quick)
    wire([picker.pick, desk.order], changed, wishes, [stage, *texts], **quick)
    wire(desk.begin, begun, wishes, [stage, *texts], **quick)
    wire(slow.input, slowed, [own, slow], [], **quick)
    plain = tuple(kind for kind in NAMES if kind != DRAWN)
    return Forged(
        links={
            "plane": Link(name, lambda raw: choice(("The distribution", "分布"), raw, plain), kept_back=DRAWN),
            "game": Link(game, lambda raw: written(read(raw))),
            "rival": Link(rival, lambda raw: written(read(raw), True)),
            "plane_seed": Link(seed, lambda raw: str(checked_seed(int(raw)))),
        }
    )


ENDPOINTS = {"gan_lab": (compute, "training")}
