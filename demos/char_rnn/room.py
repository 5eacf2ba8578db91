"""The layout of the tab: what stands where, and which click goes where. All thinking is in the modules beside it."""

from dataclasses import replace

import gradio as gr
from gradio.i18n import I18nData

from core.complaint import Complaint, checked_seed, choice, text, whole
from core.live_training import Trained
from core.neurons import PATTERNS as ALL_PATTERNS
from demos.char_rnn import learn, neurons, read, sampler, train, write
from demos.char_rnn.authors import NAMES, OWN, PATTERNS, PROMPTS, SHIPPED, chosen
from demos.contract import Link, Room
from demos.views import START, view
from demos.wiring import publish, told_at_once, wire
from demos.wording import say

SEED = 7
AGAIN = "(...given) => { given[given.length - 2] = gallery.roll(); return given; }"
OTHER = f"(...given) => {{ given[0] = ({PROMPTS!r})[given[1]] ?? ''; return given; }}"
"""What the browser changes in the settings before a run: a new seed; the beginning that suits another author."""


def corpora(names: tuple[str, ...] = tuple(SHIPPED), **options) -> gr.Radio:
    """The choice of an author, by name."""
    return gr.Radio(
        [(say(f"char.{name}"), name) for name in names], value=names[0], label=say("char.corpus"), **options
    )


def offered(corpus: str) -> list[tuple[I18nData, str]]:
    """The patterns to look for: those that an author's texts show, all of them for a text of one's own."""
    return [(say(f"char.pattern_{name}"), name) for name in PATTERNS.get(corpus, ALL_PATTERNS)]


def build() -> Room:
    """Lays out the six parts and wires them."""
    own = gr.State(None, time_to_live=3600)
    doors = {}
    with gr.Tabs(overflow_behavior="wrap") as parts:
        with gr.Tab(say("char.part_write"), id="write") as doors["write"]:
            room = write_part(own)
        with gr.Tab(say("char.part_read"), id="read") as doors["read"]:
            links = read_part(own)
        with gr.Tab(say("char.part_neurons"), id="neurons") as doors["neurons"]:
            links |= neurons_part(own)
        with gr.Tab(say("char.part_sampler"), id="sampler") as doors["sampler"]:
            links |= sampler_part(own)
        with gr.Tab(say("char.part_learn"), id="learn") as doors["learn"]:
            links |= learn_part()
        with gr.Tab(say("char.part_train"), id="train") as doors["train"]:
            train.part(own)
    told_at_once("char-rnn", doors)
    for fn, name in (
        (write.compute, "char_rnn"),
        (read.compute, "char_rnn_read"),
        (neurons.watch, "char_rnn_cell"),
        (neurons.find_cells, "char_rnn_find_cells"),
        (neurons.surgery, "char_rnn_surgery"),
        (sampler.offer, "char_rnn_candidates"),
        (learn.history, "char_rnn_history"),
    ):
        publish(fn, name)
    follow = [name for name, link in links.items() if isinstance(link.component, gr.Radio)]

    def complete(query: dict[str, str]) -> dict[str, str]:
        """Who names one author means him in every part."""
        same = dict.fromkeys(follow, query["corpus"]) if query.get("corpus") in SHIPPED else {}
        return same | room.complete(query)

    return replace(room, parts=(parts, doors), numbers="char_numbers", links=room.links | links, complete=complete)


def by(corpus: gr.Radio) -> Link:
    """The address of an author of a part."""
    return Link(corpus, lambda raw: choice(("corpus", "corpus"), raw, tuple(SHIPPED)), kept_back=OWN)


def write_part(own: gr.State) -> Room:
    """The stage on the left, the few settings on the right."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            stage = view("char_rows", elem_id="char-write")
        with gr.Column(scale=3, min_width=280):
            corpus = corpora(NAMES, elem_id="char-corpus")
            prompt = gr.Textbox(PROMPTS["shakespeare"], label=say("char.prompt"), lines=2, max_lines=6)
            temperature = gr.Slider(
                0, 2, 0.8, step=0.05, label=say("char.temperature"), info=say("char.temperature_info")
            )
            with gr.Row():
                go = gr.Button(say("char.write"), variant="primary", min_width=90)
                again = gr.Button(say("char.again"), min_width=90)
                stop = gr.Button(say("shell.stop"), min_width=70)
            with gr.Accordion(say("char.more"), open=False):
                top_k = gr.Slider(0, 100, 0, step=1, label=say("char.top_k"))
                top_p = gr.Slider(0.01, 1, 1, step=0.01, label=say("char.top_p"))
                length = gr.Slider(1, write.LONGEST, 600, step=1, label=say("char.length"))
                seed = gr.Number(SEED, precision=0, label=say("char.seed"))

    def run(prompt, corpus, temperature, top_k, top_p, length, seed, own: Trained | None):
        yield from write.compute(prompt, chosen(corpus, own), temperature, top_k, top_p, length, seed)

    def run_again(prompt, corpus, temperature, top_k, top_p, length, seed, own: Trained | None):
        for state in run(prompt, corpus, temperature, top_k, top_p, length, seed, own):
            yield state, seed

    def run_other(prompt, corpus, temperature, top_k, top_p, length, seed, own: Trained | None):
        for state in run(prompt, corpus, temperature, top_k, top_p, length, seed, own):
            yield state, prompt

    settings = [prompt, corpus, temperature, top_k, top_p, length, seed, own]
    wire([go.click, prompt.submit, stage.start], run, settings, [stage], stop=stop)
    wire(again.click, run_again, settings, [stage, seed], js=AGAIN, stop=stop)
    wire(corpus.input, run_other, settings, [stage, prompt], js=OTHER, stop=stop)
    stop.click(None, None, None, js="() => gallery.stop()", api_visibility="private")
    sampling = write.Sampling.checked
    return Room(
        stage=stage,
        complete=lambda query: {"prompt": PROMPTS.get(query.get("corpus"), PROMPTS["shakespeare"])} | query,
        links={
            "corpus": by(corpus),
            "prompt": Link(prompt, lambda raw: text(write.PROMPT, raw, write.LONGEST_PROMPT)),
            "temperature": Link(temperature, lambda raw: sampling(float(raw), 0, 1).temperature),
            "top_k": Link(top_k, lambda raw: min(100, sampling(1, int(raw), 1).top_k)),
            "top_p": Link(top_p, lambda raw: sampling(1, 0, float(raw)).top_p),
            "length": Link(length, lambda raw: whole(("length", "length"), int(raw), 1, write.LONGEST)),
            "seed": Link(seed, lambda raw: checked_seed(int(raw))),
        },
    )


def read_part(own: gr.State) -> dict[str, Link]:
    """Paste a text, see it through a model's eyes, and the ladder under it."""
    gr.Markdown(say("char.read_hint"))
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            sheet, ladder = view("char_rows", START, elem_id="char-read"), view("ladder")
        with gr.Column(scale=3, min_width=280):
            corpus = corpora(NAMES)
            passage = gr.Textbox(read.PASSAGE, label=say("char.passage"), lines=8, max_lines=12)
            go = gr.Button(say("char.read"), variant="primary")

    def run(passage, corpus, own: Trained | None):
        result = read.compute(passage, chosen(corpus, own))
        return result, result.pop("ladder")

    wire([go.click, corpus.input, sheet.start], run, [passage, corpus, own], [sheet, ladder])
    return {"reader": by(corpus)}


def neurons_part(own: gr.State) -> dict[str, Link]:
    """Find a cell, look at it, hold it."""
    gr.Markdown(say("char.neurons_hint"))
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            ranking, sheet = view("ranking"), view("char_rows", START, elem_id="char-cell")
        with gr.Column(scale=3, min_width=280):
            corpus = corpora(NAMES)
            # all of them, for an address may bring another author; `other` leaves those that his texts show
            pattern = gr.Dropdown(offered(OWN), value="line_position", label=say("char.pattern"))
            passage = gr.Textbox(
                "", label=say("char.passage"), placeholder=say("char.passage_own"), lines=3, max_lines=8
            )
            find = gr.Button(say("char.find"), variant="primary")
            cell = gr.Number(1, precision=0, minimum=1, label=say("char.cell"))
            show = gr.Button(say("char.show_cell"))

    def search(passage, corpus, pattern, own: Trained | None):
        result = neurons.find_cells(passage, chosen(corpus, own), pattern)
        return {"ranking": result["ranking"], "unit": result["unit"]}, result, result["unit"]

    def other(passage, corpus, pattern, own: Trained | None):
        names = [name for _, name in offered(corpus)]
        pattern = pattern if pattern in names else names[0]
        found = search(passage, corpus, pattern, own)
        return *found, gr.Dropdown(offered(corpus), value=pattern)

    def watch(passage, corpus, cell, own: Trained | None):
        return neurons.watch(passage, chosen(corpus, own), cell)

    def pick(passage, corpus, own: Trained | None, event: gr.EventData):
        result = neurons.watch(passage, chosen(corpus, own), event.cell)
        return result, result["unit"]

    wire([find.click, pattern.input], search, [passage, corpus, pattern, own], [ranking, sheet, cell])
    wire([corpus.input, sheet.start], other, [passage, corpus, pattern, own], [ranking, sheet, cell, pattern])
    wire([show.click, cell.submit], watch, [passage, corpus, cell, own], [sheet])
    wire(ranking.pick, pick, [passage, corpus, own], [sheet, cell])

    gr.Markdown(say("char.surgery_hint"))
    with gr.Row():
        value = gr.Slider(-1, 1, 0, step=0.05, label=say("char.held"), scale=3)
        temperature = gr.Slider(0, 2, 0.7, step=0.05, label=say("char.temperature"), scale=3)
        operate = gr.Button(say("char.operate"), variant="primary", scale=2, min_width=140)
        stop = gr.Button(say("shell.stop"), scale=1, min_width=90)
    with gr.Row():
        with gr.Column(min_width=300):
            gr.Markdown(say("char.healthy"))
            healthy = view("char_rows")
        with gr.Column(min_width=300):
            gr.Markdown(say("char.held_title"))
            held = view("char_rows", elem_id="char-held")

    def operation(corpus, cell, value, temperature, own: Trained | None):
        yield from neurons.surgery(chosen(corpus, own), cell, value, PROMPTS.get(corpus, ""), temperature, 400, SEED)

    wire(operate.click, operation, [corpus, cell, value, temperature, own], [healthy, held], stop=stop)
    pattern_of = Link(pattern, lambda raw: choice(("pattern", "pattern"), raw, tuple(ALL_PATTERNS)))
    return {"finder": by(corpus), "pattern": pattern_of}


def sampler_part(own: gr.State) -> dict[str, Link]:
    """A bar for each candidate; click one."""
    gr.Markdown(say("char.sampler_hint"))
    corpus = corpora(NAMES)
    with gr.Row(equal_height=False):
        beginning = gr.Textbox(PROMPTS["shakespeare"], label=say("char.prompt"), lines=1, max_lines=3, scale=4)
        afresh = gr.Button(say("char.start_over"), min_width=120, scale=1)
    board = view("sampler", START, elem_id="char-sampler")
    so_far = gr.State("")

    def begin(prompt, corpus, own: Trained | None):
        result = sampler.offer(prompt, chosen(corpus, own))
        return result, result["text"]

    def other(corpus, own: Trained | None):
        prompt = PROMPTS.get(corpus, "")
        return *begin(prompt, corpus, own), prompt

    def pick(text, corpus, own: Trained | None, event: gr.EventData):
        if not isinstance(event.char, str):
            raise Complaint("A choice is one character.", "选择必须是一个字符。")
        result = sampler.offer(text + event.char[:1], chosen(corpus, own))
        return result, result["text"]

    def undo(text, corpus, own: Trained | None):
        result = sampler.offer(text[:-1], chosen(corpus, own))
        return result, result["text"]

    wire([corpus.input, board.start], other, [corpus, own], [board, so_far, beginning], show_progress="hidden")
    fresh = [afresh.click, beginning.submit]
    wire(fresh, begin, [beginning, corpus, own], [board, so_far], show_progress="hidden")
    wire(board.pick, pick, [so_far, corpus, own], [board, so_far], show_progress="hidden")
    wire(board.undo, undo, [so_far, corpus, own], [board, so_far], show_progress="hidden")
    return {"sampler": by(corpus)}


def learn_part() -> dict[str, Link]:
    """A slider over the recorded training."""
    gr.Markdown(say("char.learn_hint"))
    corpus = corpora()
    board = view("timeline", START, elem_id="char-learn")
    wire([corpus.input, board.start], learn.history, [corpus], [board], show_progress="hidden")
    return {"learner": by(corpus)}
