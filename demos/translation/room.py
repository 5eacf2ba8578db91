"""The layout of the tab: one sentence, five things to do with it. All thinking is in the modules beside it."""

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.i18n import I18nData

from core.complaint import Complaint, checked_seed, choice, number, text, whole
from demos.contract import Link, Room
from demos.translation import align, compare, elsewhere, hold, need, translate
from demos.translation.examples import examples
from demos.translation.models import FILES, HUB, KINDS, PAIR, PAIRS, SENTENCE
from demos.views import START, view
from demos.wiring import publish, told_at_once, wire
from demos.wording import say

FIRST = "My father always speaks to me in French and my mother always speaks to me in English."
SEED = 7
FORCED = ("uniform", "diagonal", "frozen", "none")
"""How the attention of every row may be held; one row that is held belongs to its sentence and is not kept."""
HEARS = ("translate", "hold", "need", "compare")
"""The parts that answer to the sentence."""


def kinds(pair: str) -> list[tuple[I18nData, str]]:
    """The networks there are for a pair of languages."""
    return [(say(f"translation.{kind}"), kind) for kind in KINDS if (pair, kind) in FILES]


def offered(pair: str) -> list[tuple[I18nData, str]]:
    """The kinds of example sentences there are for a pair of languages."""
    return [(say(f"translation.example_{kind}"), kind) for kind in examples(pair)]


def fitting(query: dict[str, str]) -> dict[str, str]:
    """An address that asks for a network there is not gets the one there is."""
    pair, kind = query.get("pair", "en-fr"), query.get("model", "attention")
    return query if (pair, kind) in FILES else query | {"model": "attention"}


def build() -> Room:
    """The sentence above, the parts below; whichever part is open answers."""
    doors, opened, asked = {}, gr.State("translate"), gr.State({})
    with gr.Row(equal_height=False, elem_id="translation-given"):
        sentence = gr.Textbox(
            FIRST, label=say("translation.sentence"), lines=1, max_lines=4, scale=7, min_width=320, elem_id="sentence"
        )
        example = gr.Dropdown(
            offered("en-fr"), value=None, label=say("translation.examples"), scale=3, min_width=200, elem_id="example"
        )
    with gr.Row(equal_height=False, elem_id="translation-orders"):
        pair = gr.Radio(
            [(say(f"translation.{name}"), name) for name in PAIRS],
            value="en-fr",
            label=say("translation.pair"),
            scale=3,
            min_width=200,
            elem_id="pair",
        )
        model = gr.Radio(
            kinds("en-fr"), value="attention", label=say("translation.model"), scale=6, min_width=320, elem_id="model"
        )
        go = gr.Button(say("translation.go"), variant="primary", scale=2, min_width=120)
        stop = gr.Button(say("shell.stop"), scale=1, min_width=90)
    with gr.Tabs(overflow_behavior="wrap") as parts:
        with gr.Tab(say("translation.part_translate"), id="translate") as doors["translate"]:
            with gr.Row(equal_height=False):
                with gr.Column(scale=7, min_width=320):
                    stage = view("attention", elem_id="translation")
                with gr.Column(scale=3, min_width=260, elem_id="decoding"):
                    decoder = gr.Radio(
                        [(say(f"translation.{name}"), name) for name in translate.DECODERS],
                        value="greedy",
                        label=say("translation.decoder"),
                    )
                    width = gr.Slider(
                        1, translate.WIDEST, 4, step=1, label=say("translation.width"), elem_classes="of-beam"
                    )
                    temperature = gr.Slider(
                        0, 2, 0.8, step=0.05, label=say("char.temperature"), elem_classes="of-sampling"
                    )
                    seed = gr.Number(SEED, precision=0, label=say("char.seed"), elem_classes="of-sampling")
                    rivals = view("rivals", elem_id="translation-rivals")
                    with gr.Accordion(say("translation.elsewhere"), open=False):
                        gr.Markdown(say("translation.elsewhere_hint"))
                        name = gr.Textbox("Helsinki-NLP/opus-mt-en-fr", label=say("translation.elsewhere_name"))
                        load, progress = gr.Button(say("translation.elsewhere_load")), gr.Markdown("")
            tree = view("beam", elem_id="translation-beam")
        with gr.Tab(say("translation.part_hold"), id="hold") as doors["hold"]:
            gr.Markdown(say("translation.hold_hint"))
            shape = gr.Textbox(FORCED[0], show_label=False, container=False, elem_classes="unseen")
            with gr.Row(equal_height=False):
                with gr.Column(min_width=320):
                    gr.Markdown(say("translation.before"))
                    before = view("attention", elem_id="translation-before")
                with gr.Column(min_width=320):
                    gr.Markdown(say("translation.after"))
                    after = view("attention", elem_id="translation-after")
        with gr.Tab(say("translation.part_need"), id="need") as doors["need"]:
            gr.Markdown(say("translation.need_hint"))
            needed = view("need", elem_id="translation-need")
        with gr.Tab(say("translation.part_compare"), id="compare") as doors["compare"]:
            gr.Markdown(say("translation.compare_hint"))
            versus = view("versus", elem_id="translation-compare")
        with gr.Tab(say("translation.part_align"), id="align") as doors["align"]:
            gr.Markdown(say("translation.align_hint"))
            line = gr.Number(1, precision=0, show_label=False, container=False, elem_classes="unseen")
            links = view("align", START, elem_id="translation-align")

    told_at_once("translation", doors)

    def answer(part, seen, *settings) -> Iterator[dict]:
        """What the open part shows of the sentence, or why it shows nothing; remembers for which settings."""
        fresh = {asked: seen | {part: settings}}
        try:
            for update in pictures(part, *settings):
                yield fresh | update
        except Complaint as error:  # a picture of the sentence before would belong to nothing that can be seen
            first, *others = {"hold": (before, after), "need": (needed,), "compare": (versus,)}.get(part, (stage, tree))
            yield fresh | dict.fromkeys(others) | {first: {"refused": [error.en, error.zh]}}
            raise

    def pictures(part, sentence, pair, model, *rest) -> Iterator[dict]:
        """A part's pictures of the sentence."""
        *decoding, shape = rest
        if part == "hold":
            *_, free = hold.compute(sentence, pair, "none")
            *_, held = hold.compute(sentence, pair, shape)
            yield {
                before: free | {"mode": "grip", "forced": shape, "run": time.time()},
                after: held | {"was": free["text"], "shape": shape},
            }
        elif part == "need":
            yield {needed: need.compute(sentence, pair, model)}
        elif part == "compare":
            yield {versus: compare.compute(sentence)}
        else:
            yield from written(translate.compute(sentence, pair, model, *decoding))

    def written(states: Iterator[dict[str, Any]]) -> Iterator[dict]:
        """A translation on its way; the tree of the beam only once."""
        known = False
        for state in states:
            beam = state.pop("beam", None)
            yield {stage: state} if known else {stage: state, tree: beam}
            known = True

    def enter(part):
        """What happens when a part is opened: it answers, unless it shows these settings already."""

        def entered(seen, *settings) -> Iterator[dict]:
            # the first part gets its first sentence from the stage, when the address has been read
            waits = not seen and part == "translate"
            yield {opened: part} | ({} if seen or waits else choices(*settings))
            if part in HEARS and seen.get(part) != settings and not waits:
                yield from answer(part, seen, *settings)

        return entered

    def choices(_, pair, model, *rest) -> dict:
        """The networks and examples there are for a pair of languages."""
        return {model_box: gr.Radio(kinds(pair), value=model), example: gr.Dropdown(offered(pair), value=None)}

    def other_pair(part, seen, sentence, pair, model, *rest) -> Iterator[dict]:
        """What there is for another pair of languages, and the sentence in it."""
        settings = (sentence, pair, model if (pair, model) in FILES else "attention", *rest)
        yield choices(*settings)
        yield from answer(part, seen, *settings)

    def tuned(decoder):
        """What happens when a setting that only one decoder knows is moved: it answers, once."""

        def moved(part, seen, *settings) -> Iterator[dict]:
            if part == "translate" and settings[3] == decoder and seen.get(part) != settings:
                yield from answer(part, seen, *settings)

        return moved

    def other_sentence(kind, part, seen, sentence, pair, *rest) -> Iterator[dict]:
        """An example takes the place of the sentence."""
        row = examples(choice(PAIR, pair, PAIRS)).get(kind)
        if row and row["sentence"] != sentence:  # leaving the list counts as input too
            yield {sentence_box: row["sentence"]}
            yield from answer(part, seen, row["sentence"], pair, *rest)

    def rival(sentence, pair, model, decoder, width, temperature, seed, event: gr.EventData) -> Iterator[dict]:
        prefix = event._data.get("prefix")
        yield from written(translate.compute(sentence, pair, model, decoder, width, temperature, seed, prefix))

    def grip(seen, sentence, pair, model, decoder, width, temperature, seed, event: gr.EventData) -> Iterator[dict]:
        shape, weights = event._data.get("shape"), event._data.get("weights")
        kept = shape if shape in FORCED else "none"  # a row that is held belongs to this sentence
        settings = (sentence, pair, model, decoder, width, temperature, seed, kept)
        *_, free = hold.compute(sentence, pair, "none")
        for state in hold.compute(sentence, pair, shape, weights=weights):
            yield {
                after: state | {"was": free["text"], "shape": shape},
                shape_box: kept,
                asked: seen | {"hold": settings},
            }

    def borrow(name, pair) -> Iterator[dict]:
        for state in elsewhere.compute(name):
            yield {progress: f"{state['name']}: {state['come']:,} / {state['total']:,} MB"}
        one = (state["name"], HUB + state["name"])
        yield {progress: f"{state['name']} ✓", model_box: gr.Radio([*kinds(pair), one], value=one[1])}

    def marked(event: gr.EventData) -> dict:
        sheet = align.compute(event._data.get("number"), event._data.get("links"))
        return {links: sheet, line: sheet["number"]}

    model_box, sentence_box, shape_box = model, sentence, shape
    decoding = [sentence, pair, model, decoder, width, temperature, seed]
    settings = [*decoding, shape]
    shown = [stage, tree, before, after, needed, versus, asked]
    every = [opened, asked, *settings]
    wire([go.click, sentence.submit, model.input, decoder.input], answer, every, shown, stop=stop)
    wire([pair.input, stage.start], other_pair, every, [*shown, model, example], stop=stop)
    # keys on a slider fire only `input`, its reset button only `release`
    wire([width.input, width.release], tuned("beam"), every, shown, stop=stop)
    rolls = [temperature.input, temperature.release, seed.submit]
    wire(rolls, tuned("sample"), every, shown, stop=stop)
    sentence.input(None, None, [example], js="() => [null]", api_visibility="private")  # it is no example any more
    wire(example.input, other_sentence, [example, *every], [*shown, sentence], stop=stop)
    stop.click(None, None, None, js="() => gallery.stop()", api_visibility="private")
    wire(rivals.rival, rival, decoding, [stage, tree], stop=stop)
    # a hand is faster than the network: no grip may be lost ("always_last" would send the first one's weights again)
    wire(before.hold, grip, [asked, *decoding], [after, shape, asked], stop=stop)
    wire([load.click, name.submit], borrow, [name, pair], [progress, model], stop=stop)
    wire(links.start, align.compute, [line], [links])
    wire([links.other, links.check], marked, [], [links, line])
    for name, door in doors.items():
        wire(door.select, enter(name), [asked, *settings], [*shown, opened, model, example])

    for fn, name in (
        (translate.compute, "translation"),
        (hold.compute, "translation_hold"),
        (need.compute, "translation_need"),
        (compare.compute, "translation_compare"),
        (align.compute, "translation_align"),
        (elsewhere.compute, "translation_elsewhere"),
    ):
        publish(fn, name)
    return Room(
        stage=stage,
        complete=fitting,
        parts=(parts, doors),
        numbers="row_numbers",
        links={
            # one that is too long is shown all the same: the run says what is wrong, and it can be shortened
            "sentence": Link(sentence, lambda raw: text(SENTENCE, raw, len(raw))),
            "pair": Link(pair, lambda raw: choice(("pair", "pair"), raw, PAIRS)),
            "model": Link(model, lambda raw: choice(("model", "model"), raw, KINDS)),
            "decoder": Link(decoder, lambda raw: choice(("decoder", "decoder"), raw, translate.DECODERS)),
            "width": Link(width, lambda raw: whole(("width", "width"), int(raw), 1, translate.WIDEST)),
            "temperature": Link(temperature, lambda raw: number(("temperature", "temperature"), float(raw), 0, 2)),
            "seed": Link(seed, lambda raw: checked_seed(int(raw))),
            "shape": Link(shape, lambda raw: choice(("shape", "shape"), raw, FORCED)),
            "line": Link(line, lambda raw: whole(("line", "line"), int(raw), 1, len(align.sentences()))),
        },
    )
