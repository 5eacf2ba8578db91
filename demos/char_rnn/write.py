"""Write: one click, and a network writes character by character, each coloured by how surprised it was."""

import math
from collections.abc import Iterator
from typing import Any

import torch

from core.complaint import checked_seed, text, whole
from core.pacing import paced
from core.quoting import quoted
from core.reading import Author, Glyph, known, visible, write
from core.sampling import Sampling
from demos.char_rnn.authors import find

LONGEST_PROMPT, LONGEST = 2_000, 4_000
"""Characters a prompt and a written text may have."""
PROMPT = ("The prompt", "开头")


def rows(author: Author, glyphs: list[Glyph]) -> dict[str, Any]:
    """Glyphs as the row view wants them: text, nats per character, chance in thousandths, and per character the
    candidates as one string and their probabilities in thousandths; and uniform, the surprise of blind guessing."""
    decode = author.vocabulary.decode
    return {
        "uniform": math.log(len(author.vocabulary)),
        "text": [author.vocabulary.chars[glyph.number] for glyph in glyphs],
        "nats": [round(glyph.nats, 2) for glyph in glyphs],
        "chance": [round(1000 * glyph.chance) for glyph in glyphs],
        "top": [
            [decode(number for number, _ in glyph.candidates), [round(1000 * p) for _, p in glyph.candidates]]
            for glyph in glyphs
        ],
    }


def dropped(unknown: list[str]) -> str:
    """The characters that were left out, in a form that can be seen; empty if none was."""
    return " ".join(visible(char) for char in unknown[:20])


def compute(
    prompt: str = "",
    corpus: str = "shakespeare",
    temperature: float = 0.8,
    top_k: int = 0,
    top_p: float = 1.0,
    length: int = 600,
    seed: int | None = None,
) -> Iterator[dict]:
    """Writes a text. Yields the state of it about 16 times a second, the last time with `done` true.

    Args:
        prompt: how the text begins, at most 2,000 characters; those the model never saw are left out and named.
        corpus: "shakespeare", "linux" or "tang".
        temperature: 0 (always the most probable character) to 2.
        top_k: only the k most probable characters may come; 0 allows all.
        top_p: only the most probable characters that together have this probability may come; 0.01 to 1.
        length: characters to write, 1 to 4,000.
        seed: 0 to 2147483647; the same seed gives the same text. None draws one.

    Yields:
        text (list of characters, the prompt first), nats, chance and top for each character (see `rows`), prompt (its
        length), unknown (characters left out), seed, temperature, rate (characters per second of model time), done,
        and at the end quotes (spans copied from the training text) and their share of what was written, None where
        the training text is not at hand.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    author = find(corpus)
    sampling = Sampling.checked(temperature, top_k, top_p)
    length = whole(("The length", "长度"), length, 1, LONGEST)
    yield from compose(author, prompt, sampling, length, checked_seed(seed))


def compose(
    author: Author, prompt: object, sampling: Sampling, length: int, seed: int, held: dict[int, float] | None = None
) -> Iterator[dict[str, Any]]:
    """`compute` on checked values; `held` cells stay at a value (see `CharStream.held`)."""
    numbers, unknown = known(author, text(PROMPT, prompt, LONGEST_PROMPT), PROMPT, empty_is_fine=True)
    generator = torch.Generator().manual_seed(seed)
    state = {
        "text": [],
        "nats": [],
        "chance": [],
        "top": [],
        "prompt": len(numbers),
        "unknown": dropped(unknown),
        "seed": seed,
        "temperature": sampling.temperature,
        "author": author.name,
        "rate": 0,
        "done": False,
        "quotes": [],
        "share": 0.0,
    }
    written: list[int] = []
    for fresh, seconds in paced(write(author, numbers, sampling, length, generator, held)):
        written += [glyph.number for glyph in fresh]
        more = rows(author, fresh)
        state = state | more | {key: state[key] + more[key] for key in ("text", "nats", "chance", "top")}
        state["rate"] = round(len(state["text"]) / max(seconds, 1e-6))
        yield state
    found = quoted(author, written)
    spans = [(max(start, len(numbers)), end) for start, end in found or [] if end > len(numbers)]
    share = None if found is None else sum(end - start for start, end in spans) / length
    yield state | {"done": True, "quotes": spans, "share": share}
