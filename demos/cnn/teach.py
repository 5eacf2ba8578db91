"""Teach it: classes of one's own from a few pictures each, learned in seconds by a head on the frozen features."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import torch

from core.complaint import Complaint
from core.teaching import (
    LEAST_PICTURES,
    LONGEST_NAME,
    MOST_CLASSES,
    MOST_PICTURES,
    check_count,
    checked_name,
    checked_names,
)
from core.teaching_file import MOST_FILE, load_zip, save_zip
from demos.cnn.part import Part
from demos.cnn.teach_desk import (
    BATCH,
    EMPTY,
    Taught,
    brought,
    changed,
    check_size,
    example,
    looked,
    to_keep,
    with_shot,
)
from demos.cnn.teach_lessons import Learned, answer_for, curve, finish, lesson, ordered, renamed, run
from demos.pictures import thumbnails
from demos.views import START, view
from demos.wiring import wire
from demos.wording import say

NOTHING = ("Nothing has been learned yet: train first.", "还没有学过：请先训练。")


def compute(
    pictures: list[str] | None = None,
    labels: list[str] | None = None,
    question: str | None = None,
    way: str = "centre",
) -> Iterator[dict[str, Any]]:
    """Learns classes from pictures, checks itself by leaving each out once, and names one more picture.

    Args:
        pictures: names of photographs that hang here, or `data:image/...;base64,...` addresses, 40 MB of them at most;
            2 to 40 for each class. None takes an example.
        labels: the name of each picture's class, 1 to 40 characters; 2 to 8 different ones.
        question: the picture to be named afterwards, given in the same ways.
        way: how pictures are made square, as in `look.compute`.

    Yields:
        `read`, how many pictures have been looked at, while that lasts; then once: names of the classes; curve: [step,
        training loss, leave-one-out loss] in nats; table: how often pictures of a class (row) were taken for another
        (column) by a head that had learned without them, trained anew each time; accuracy: the share of those that
        were right; and, with a question: top, [number, name, name, probability] of each class, best first; nearest:
        the training pictures most like it as [number, similarity], the cosine of their features, 0 to 1.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    if pictures is None and labels is None:
        taught = example("things")
    else:
        if not isinstance(pictures, list) or not isinstance(labels, list) or len(pictures) != len(labels):
            raise Complaint("There must be one label for each picture.", "每张图片都要有一个标签。")
        wanted = [checked_name(label) for label in labels]
        names = checked_names(list(dict.fromkeys(wanted)))
        for name in names:
            check_count(name, wanted.count(name))
        taught = Taught(tuple(enumerate(names)))
        check_size(pictures)
        for at in range(0, len(pictures), BATCH):
            for (small, features), name in zip(looked(pictures[at : at + BATCH], way), wanted[at:], strict=False):
                taught = with_shot(taught, names.index(name), small, features)
            yield dict(read=len(taught.shots))
    reports = [report for _, report in lesson(taught)]
    learned = finish(taught, reports[-1].head)
    right = reports[-1].left_out.argmax(1) == ordered(taught)[1]
    yield dict(
        names=list(learned.head.names),
        curve=curve(reports),
        table=reports[-1].mixed_up(ordered(taught)[1]),
        accuracy=round(right.float().mean().item(), 4),
        **({} if question is None else answer_for(question, way, learned, plain=True)),
    )


def board(taught: Taught) -> dict[str, Any]:
    """What the view of the classes shows."""
    return dict(
        classes=[[kind, name, [[shot.number, shot.small] for shot in taught.of(kind)]] for kind, name in taught.kinds],
        photos=thumbnails(),
        version=taught.version(),
        limits=dict(least=LEAST_PICTURES, pictures=MOST_PICTURES, classes=MOST_CLASSES, name=LONGEST_NAME),
    )


def lay(picture: gr.State, way: gr.Radio) -> Part:
    """Builds the part inside an opened tab. `picture` and `way` are the room's."""
    taught, learned, thrown = gr.State(None), gr.State(None), gr.State(None)
    # how often another desk came, and what stands beside it; a list, so that a training on its way sees it
    desks = gr.State([0, {}])
    gr.Markdown(say("cnn.teach_hint"))
    classes = view("teach", elem_id="cnn-teach")
    with gr.Row():
        start = gr.Button(say("cnn.teach_train"), variant="primary", size="md", min_width=130)
        stop = gr.Button(say("shell.stop"), size="md", min_width=70)
        things = gr.Button(say("cnn.teach_things"), size="md", min_width=150)
        way_up = gr.Button(say("cnn.teach_way_up"), size="md", min_width=150)
        clear = gr.Button(say("cnn.teach_clear"), size="md", min_width=120)
        save = gr.Button(say("cnn.teach_export"), size="md", min_width=120)
        load = gr.UploadButton(say("cnn.teach_import"), file_types=[".zip"], size="md", min_width=120)
        saver = view("saver")
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=320):
            result = view("teach_learned", elem_id="cnn-teach-learned")
        with gr.Column(scale=1, min_width=320):
            live = view("teach_live", elem_id="cnn-teach-live")
    trained = [learned, result, live]

    blank = dict.fromkeys(trained)

    def study(gathered: Taught, picture: str, way: str, desk: list) -> Iterator[dict]:
        before, now = desk[0], None
        for now, shown in run(gathered):
            if desk[0] != before:
                yield desk[1]
                return
            yield {learned: now, result: shown}
        shown = {live: answer_for(picture, way, now)}
        yield shown if desk[0] == before else desk[1]

    def answer(picture, gathered, known, way) -> Iterator[dict]:
        if gathered is None:
            gathered = example("things")
            # the lane of quick questions is not the one to train in: the page asks for that itself
            yield {taught: gathered, classes: board(gathered), result: START}
        elif known is not None:
            yield {live: answer_for(picture, way, renamed(known, gathered))}

    def begin(gathered, picture, way, desk):
        yield from study(gathered or EMPTY, picture, way, desk)

    def begin_with(name):
        def begin_example(picture, way, desk) -> Iterator[dict]:
            gathered = example(name)
            yield {taught: gathered, classes: board(gathered)}
            yield from study(gathered, picture, way, desk)

        return begin_example

    def replaced(gathered: Taught | None, now: Taught, desk: list, beside: dict) -> dict:
        """Another desk, and what stands beside it; the pictures of the old one can be had back."""
        desk[:] = desk[0] + 1, beside
        back = gathered if gathered and gathered.shots else None
        shown = board(now) | dict(back=len(back.shots) if back else 0)
        return {taught: now, thrown: back, classes: shown} | beside

    def emptied(gathered: Taught | None, desk) -> dict:
        return replaced(gathered, EMPTY, desk, blank)

    def brought_back(gathered: Taught | None, before: Taught | None) -> dict:
        now = before or gathered or EMPTY
        return {taught: now, thrown: None, classes: board(now)}

    def gesture(what):
        def act(gathered, way, event: gr.EventData):
            after = changed(gathered, what, event._data if isinstance(event._data, dict) else {}, way)
            return after, board(after)

        return act

    def looked_at(gathered, known: Learned | None, way, event: gr.EventData):
        if known is None:
            raise Complaint(*NOTHING)
        asked = event._data if isinstance(event._data, dict) else {}
        return answer_for(asked.get("picture"), way, renamed(known, gathered)) | {"live": True}

    def pack(gathered, known: Learned | None):
        if known is None:
            raise Complaint(*NOTHING)
        known = renamed(known, gathered)
        labels = [known.kinds.index(shot.kind) for shot in known.shots]
        kept = to_keep(known.shots, torch.tensor(labels)) if labels else None
        return {"name": "my-classes.zip", "data": base64.b64encode(save_zip(known.head, kept)).decode()}

    def unpack(path: str, gathered, picture, way, desk) -> Iterator[dict]:
        with Path(path).open("rb") as file:
            head, kept = load_zip(file.read(MOST_FILE + 1))
        now = None if kept is None else brought(head, kept)
        known = Learned(head) if now is None else finish(now, head)
        shown = dict(names=list(head.names), imported=True, pictures=len(known.shots))
        beside = {learned: known, result: shown, live: answer_for(picture, way, known)}
        yield beside if now is None else replaced(gathered, now, desk, beside)

    options = dict(lane="training", stop=stop)
    wire([start.click, result.teach_start], begin, [taught, picture, way, desks], trained, **options)
    for button, name in ((things, "things"), (way_up, "way_up")):
        wire(button.click, begin_with(name), [picture, way, desks], [taught, classes, *trained], **options)
    wire(clear.click, emptied, [taught, desks], [taught, thrown, classes, *trained])
    wire(classes.teach_back, brought_back, [taught, thrown], [taught, thrown, classes])
    for event, what in (
        (classes.teach_add, "add"),
        (classes.teach_remove, "remove"),
        (classes.teach_rename, "rename"),
        (classes.teach_more, "more"),
        (classes.teach_less, "less"),
    ):
        wire(event, gesture(what), [taught, way], [taught, classes])
    wire(live.teach_frame, looked_at, [taught, learned, way], [live], show_progress="hidden")
    wire(save.click, pack, [taught, learned], [saver])
    wire(load.upload, unpack, [load, taught, picture, way, desks], [taught, thrown, classes, *trained])
    return Part(answer, (taught, learned, way), (taught, learned, classes, result, live))
