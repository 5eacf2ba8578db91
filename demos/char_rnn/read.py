"""Read a text: how surprised is each model by what you paste, and how much better is it than mere counting?"""

from typing import Any

from core.complaint import text
from core.quoting import reference
from core.reading import Author, Glyph, author, known, read
from demos.char_rnn.authors import SHIPPED, find
from demos.char_rnn.write import dropped, rows

LONGEST = 2_000
TEXT = ("The text", "文字")
PASSAGE = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date."""
"""Sonnet 18: by the same hand as the training text, which is plays only, so no model has read it."""


def compute(passage: str, corpus: str = "shakespeare") -> dict:
    """Reads a text and says how surprising each character was.

    Args:
        passage: the text, 1 to 2,000 characters; those the model never saw are left out and named.
        corpus: "shakespeare", "linux" or "tang".

    Returns:
        text, nats, chance and top for each character (see `rows`), unknown, and `ladder`: mean nats per character of
        this text under every shipped model, None where it knows no character, and under counting with this author's
        training text.
    """
    who = find(corpus)
    passage = text(TEXT, passage, LONGEST)
    numbers, unknown = known(who, passage, TEXT)
    glyphs, _ = read(who, numbers)
    return sheet(who, glyphs, unknown) | {"ladder": ladder(who, passage, numbers, mean_nats(glyphs))}


def sheet(who: Author, glyphs: list[Glyph], unknown: list[str]) -> dict[str, Any]:
    """A text that was read, not written, as the row view wants it."""
    return rows(who, glyphs) | {"prompt": 0, "unknown": dropped(unknown), "author": who.name, "done": True}


def mean_nats(glyphs: list[Glyph]) -> float:
    """Mean surprise of a text, in nats per character."""
    return sum(glyph.nats for glyph in glyphs) / len(glyphs)


def ladder(who: Author, passage: str, numbers: list[int], nats: float) -> list[dict[str, Any]]:
    """Rungs from knowing nothing to the network: name, `known` characters, and their mean nats, None without any."""
    rungs = [
        {"name": name, "nats": value, "known": len(numbers), "kind": "count"}
        for name, value in reference(who).ladder(numbers)
    ]
    rungs.append({"name": "model", "nats": nats, "known": len(numbers), "kind": "self"})
    for name, file in SHIPPED.items():
        if file == who.name:
            continue
        other = author(file)
        theirs, _ = other.vocabulary.encode(passage)
        theirs_nats = mean_nats(read(other, theirs)[0]) if theirs else None  # one who knows no character says nothing
        rungs.append({"name": name, "nats": theirs_nats, "known": len(theirs), "kind": "other"})
    return rungs
