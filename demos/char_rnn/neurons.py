"""Neurons: colour a text by one cell, find the cell that follows a pattern, and hold a cell to see what it did."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from core.complaint import checked_seed, choice, number, text, whole
from core.neurons import PATTERNS, rank
from core.reading import Author, known, read, write
from core.sampling import Sampling
from demos.char_rnn.authors import PROMPTS, find
from demos.char_rnn.read import LONGEST, TEXT, sheet
from demos.char_rnn.write import compose

SPECIMEN = 1_000
"""Characters an author writes himself when no text is given: enough for a pattern to come back several times."""
CELL = ("The cell", "神经元")


@lru_cache(maxsize=4)
def specimen(author: Author, primer: str) -> str:
    """A text by the author himself, always the same, as material for finding cells."""
    generator = torch.Generator().manual_seed(7)
    numbers, _ = author.vocabulary.encode(primer)
    glyphs = write(author, numbers, Sampling(0.7), SPECIMEN, generator)
    return author.vocabulary.decode(glyph.number for glyph in glyphs)


def material(corpus: object, passage: object) -> tuple[Author, list[int], list[str]]:
    """The author, and the passage as numbers and unknown characters; his specimen if the passage is empty."""
    who = find(corpus)
    passage = text(TEXT, passage, LONGEST) or specimen(who, PROMPTS.get(corpus, "") if isinstance(corpus, str) else "")
    return who, *known(who, passage, TEXT)


def watch(passage: str = "", corpus: str = "shakespeare", cell: int = 1) -> dict:
    """Colours a text by one cell.

    Args:
        passage: up to 2,000 characters; empty takes a text the author writes himself.
        corpus: "shakespeare", "linux" or "tang".
        cell: 1 to the number of cells, layer by layer.

    Returns:
        What `read.compute` returns without `ladder`, and `cells`: tanh(c) of this cell after each character, in
        hundredths, and `unit`: the cell.
    """
    who, numbers, unknown = material(corpus, passage)
    cell = whole(CELL, cell, 1, who.units)
    glyphs, cells = read(who, numbers)
    return sheet(who, glyphs, unknown) | coloured(cells, cell)


def coloured(cells: NDArray[np.float32], cell: int) -> dict:
    """What the row view needs to colour a text by one cell (1, 2, ...). cells: (characters, units), in (-1, 1)."""
    return {"unit": cell, "cells": [round(100 * float(value)) for value in cells[:, cell - 1]]}


def find_cells(passage: str = "", corpus: str = "shakespeare", pattern: str = "line_position") -> dict:
    """Finds the cells that follow a pattern.

    Args:
        passage, corpus: as in `watch`.
        pattern: a key of `core.neurons.PATTERNS`.

    Returns:
        `watch` for the best cell, and `ranking`: [cell, correlation in [-1, 1]] of the eight best.
    """
    pattern = choice(("The pattern", "模式"), pattern, tuple(PATTERNS))
    who, numbers, unknown = material(corpus, passage)
    glyphs, cells = read(who, numbers)
    best = rank(cells, PATTERNS[pattern](who.vocabulary.decode(numbers)))
    return (
        sheet(who, glyphs, unknown)
        | coloured(cells, best[0][0] + 1)
        | {
            "ranking": [[cell + 1, round(score, 3)] for cell, score in best],
            "pattern": pattern,
        }
    )


def parting(a: list[str], b: list[str]) -> int:
    """Position of the first character in which two texts differ; the shorter length if none does."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def surgery(
    corpus: str = "shakespeare",
    cell: int = 1,
    value: float = 0.0,
    prompt: str = "",
    temperature: float = 0.8,
    length: int = 400,
    seed: int | None = 7,
) -> Iterator[tuple[dict, dict]]:
    """Writes the same text twice from the same seed: once as the model is, once with a cell held at a value.

    Args:
        corpus, prompt, temperature, length, seed: as in `write.compute`, length at most 1,000.
        cell: 1 to the number of cells.
        value: what tanh(c) of this cell is held at, -1 to 1; 0 switches it off.

    Yields:
        Both texts as `write.compute` yields them, first the untouched one; the second also has `apart`, the position
        of the first character that differs.
    """
    who = find(corpus)
    cell = whole(CELL, cell, 1, who.units)
    value = number(("The held value", "固定值"), value, -1, 1)
    sampling = Sampling.checked(temperature, 0, 1.0)
    length = whole(("The length", "长度"), length, 1, 1_000)
    seed = checked_seed(seed)
    healthy: dict = {}
    for healthy in compose(who, prompt, sampling, length, seed):
        yield healthy, {}
    for held in compose(who, prompt, sampling, length, seed, {cell - 1: value}):
        yield healthy, held | {"apart": parting(healthy["text"], held["text"])}
