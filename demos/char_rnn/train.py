"""Train your own: a small network learns a visitor's text, live, for this visitor alone."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from core.complaint import Complaint, number
from core.live_files import export, restore
from core.live_training import CELLS, HIDDEN, MAX_CHARS, MAX_SECONDS, Trained, prepare, train
from demos.views import view
from demos.wiring import wire
from demos.wording import say

ROOT = Path(__file__).resolve().parents[2]
NOTHING = ("There is nothing to go on with yet: train from the start first.", "还没有可以继续的：请先从头训练。")


def board(trained: Trained, sample: str, rate: float, done: bool) -> dict[str, Any]:
    """What the training view shows: loss curve, a fresh sample, and how far it has come."""
    return {
        "curve": [[step, train] for step, _, train, _ in trained.curve[:: 1 + len(trained.curve) // 300]],
        "valid": [[step, valid] for step, _, _, valid in trained.curve if valid is not None],
        "steps": trained.steps,
        "seconds": round(trained.seconds, 1),
        "rate": round(rate),
        "sample": sample,
        "done": done,
        "parameters": sum(p.numel() for p in trained.model.parameters()),
        "characters": len(trained.vocabulary),
    }


def run(trained: Trained, seconds: object) -> Iterator[tuple[Trained, dict]]:
    """Trains for `seconds` (1 to 60). Yields the model, usable at any moment, and what the view shows."""
    seconds = number(("The time in seconds", "秒数"), seconds, 1, MAX_SECONDS)
    sample, rate = "", 0.0
    for progress in train(trained, seconds):
        sample, rate = progress.sample or sample, progress.rate
        yield trained, board(trained, sample, rate, done=False)
    yield trained, board(trained, sample, rate, done=True)


def own_source() -> str:
    """The gallery's own code as a text to learn: always there, and nobody's secret."""
    files = [path for top in ("core", "demos") for path in sorted((ROOT / top).rglob("*.py"))]
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in files)
    return text.encode("ascii", "ignore").decode()[:MAX_CHARS]  # few different characters learn faster


def part(own: gr.State) -> None:
    """Lays out the part and wires it."""
    gr.Markdown(say("char.train_hint"))
    with gr.Row(equal_height=False):
        with gr.Column(scale=7, min_width=320):
            board_view, saver = view("training", elem_id="char-train"), view("saver")
        with gr.Column(scale=3, min_width=280):
            text = gr.Textbox(
                "", label=say("char.train_text"), lines=6, max_lines=10, max_length=MAX_CHARS, elem_id="char-train-text"
            )
            example = gr.Button(say("char.train_example"), size="sm")
            with gr.Row():
                cell = gr.Radio([(name.upper(), name) for name in CELLS], value="lstm", label=say("char.train_cell"))
                layers = gr.Radio([1, 2], value=1, label=say("char.train_layers"))
            with gr.Row():
                hidden = gr.Radio(list(HIDDEN), value=128, label=say("char.train_hidden"))
                seconds = gr.Slider(5, MAX_SECONDS, 20, step=5, label=say("char.train_seconds"))
            with gr.Row():
                start = gr.Button(say("char.train_start"), variant="primary", min_width=110)
                more = gr.Button(say("char.train_continue"), min_width=90)
                stop = gr.Button(say("shell.stop"), min_width=70)
            with gr.Row():
                save = gr.Button(say("char.train_export"), min_width=110)
                load = gr.UploadButton(say("char.train_import"), file_types=[".safetensors"], min_width=110)

    def begin(text, cell, layers, hidden, seconds):
        yield from run(prepare(text, cell, hidden, layers, seed=1), seconds)

    def go_on(trained: Trained | None, seconds):
        if trained is None:
            raise Complaint(*NOTHING)
        yield from run(trained, seconds)

    def pack(trained: Trained | None):
        if trained is None:
            raise Complaint("There is no network to save yet: train one first.", "还没有可以保存的网络：请先训练一个。")
        return {"name": "my-char-rnn.safetensors", "data": base64.b64encode(export(trained)).decode()}

    def unpack(path: str):
        trained = restore(Path(path).read_bytes())
        return trained, board(trained, "", 0, done=True)

    wire(example.click, own_source, [], [text])
    wire(start.click, begin, [text, cell, layers, hidden, seconds], [own, board_view], lane="training", stop=stop)
    wire(more.click, go_on, [own, seconds], [own, board_view], lane="training", stop=stop)
    wire(save.click, pack, [own], [saver])
    wire(load.upload, unpack, [load], [own, board_view])
