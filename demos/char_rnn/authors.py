"""Who writes in this tab: the three shipped models, and a visitor's own."""

from core.complaint import Complaint, choice
from core.live_training import Trained
from core.reading import Author, author

OWN = "own"
SHIPPED = {name: f"char_rnn_{name}.safetensors" for name in ("shakespeare", "linux", "tang")}
NAMES = (*SHIPPED, OWN)
PROMPTS = {"shakespeare": "ROMEO:\n", "linux": "static int ", "tang": "明月"}
"""A beginning for each author that shows him well."""

PATTERNS = {
    "shakespeare": ("line_position", "speaker", "verse_end"),
    "linux": ("indentation", "comment", "brackets", "quotes", "line_position"),
    "tang": ("verse_position", "verse_end"),
}
"""What each author's texts show, the clearest first: keys of `core.neurons.PATTERNS`."""


def chosen(corpus: str, own: Trained | None) -> str | Author:
    """What the person has picked, for `find`: the visitor's own model in the place of its name, once it exists."""
    if corpus != OWN or own is None:
        return corpus
    learned = own.parts()[0].numpy()
    return Author.of(OWN, own.vocabulary, own.model, learned if len(learned) else None)


def find(corpus: object) -> Author:
    """The author named `corpus`; an Author is returned as it is.

    Raises:
        Complaint: no such author, or "own" before anything was trained. WeightsError: his file is damaged.
    """
    if isinstance(corpus, Author):
        return corpus
    name = choice(("The author", "作者"), corpus, NAMES)
    if name == OWN:
        raise Complaint(
            'There is no model of your own yet: train one first, in the part "Train your own".',
            "您还没有自己的模型：请先在“训练你自己的”部分训练一个。",
        )
    return author(SHIPPED[name])
