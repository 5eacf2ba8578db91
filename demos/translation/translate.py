"""Translate: a sentence goes in, and comes out piece by piece, each with the row of attention it was chosen by."""

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from core.alignment import merged
from core.complaint import checked_seed, choice, number, whole
from core.decoding import Beam, Step, beam_search, unroll
from core.pacing import paced
from core.sampling import Sampling
from core.subwords import END
from core.translators import Interpreter
from core.typography import restore
from demos.translation.examples import references
from demos.translation.models import MOST, beginning, doubt, encoded, find, read

DECODERS = ("greedy", "beam", "sample")
WIDEST = 8
GREEDY = Sampling(0.0)


def compute(
    sentence: str,
    pair: str = "en-fr",
    model: str = "attention",
    decoder: str = "greedy",
    width: int = 4,
    temperature: float = 0.8,
    seed: int | None = None,
    prefix: list[int] | None = None,
) -> Iterator[dict]:
    """Translates a sentence. Yields the state of it as pieces come, the last time with `done` true.

    Args:
        sentence: English, at most 400 characters.
        pair: "en-fr" or "en-zh".
        model: "fixed" (no attention), "attention" or "transformer"; for "en-zh" only "attention". "hub:owner/name" is a
            Marian model that was fetched before (see `elsewhere.compute`), whatever the pair.
        decoder: "greedy", "beam" or "sample".
        width: of the beam, 1 to 8.
        temperature: of the sampling, 0 to 2.
        seed: 0 to 2147483647; the same seed draws the same translation. None draws one.
        prefix: numbers of pieces with which the translation has to begin (see `pieces`).

    Yields:
        source and target (see `sheet`), attention (layers, heads, target pieces, source pieces) in thousandths or None,
        logp (nats of each piece), rivals (for each piece the five most probable: number, text, probability in
        thousandths), text (so far, in good typography), pair, model, decoder, seed, prefix (how many pieces were set),
        references (what people wrote, for one of the examples), doubt (mean ln p of a piece below which this network
        guesses, as measured on the dev set; None for one of the hub), done; for a beam also `beam` (see `tree`); for
        "fixed" also `vector`, its numbers in hundredths.

    Raises:
        Complaint: whatever is outside these ranges.
    """
    who = find(pair, model)
    source = read(who, sentence)
    decoder = choice(("The decoder", "解码方式"), decoder, DECODERS)
    prefix = beginning(who, prefix or [])
    seed = checked_seed(seed)
    width = whole(("The width of the beam", "束宽"), width, 1, WIDEST)
    temperature = number(("Temperature", "温度"), temperature, 0, 2)
    state = dict(pair=pair, model=model, decoder=decoder, seed=seed, prefix=len(prefix), done=False)
    state["doubt"] = doubt(pair, model)
    state["references"] = references(pair, sentence)
    memory = encoded(who, tuple(source))
    if model == "fixed":
        state["vector"] = vector(memory.summary)
    sampling, forced = (Sampling(temperature) if decoder == "sample" else GREEDY), prefix
    if decoder == "beam":
        (beam,) = beam_search(who.net, memory, 1, width, prefix, limit=MOST)
        state["beam"] = tree(who, beam)
        forced = [*beam.pieces[0], END]
    generator = torch.Generator().manual_seed(seed)
    yield from told(who, source, state, unroll(who.net, memory, sampling, generator, forced, limit=MOST))


def told(
    who: Interpreter, source: list[int], state: dict[str, Any], steps: Iterable[Step], held: Container[int] = ()
) -> Iterator[dict[str, Any]]:
    """`state` with what is seen of a translation after some steps (see `compute`), the last time with `done` true; and,
    if rows of the attention are held, `held`: the numbers of the steps so far that were."""
    state = state | dict(source=sheet(who, [*source, END], who.source))
    so_far: list[Step] = []
    for fresh, _ in paced(steps):
        so_far += fresh
        if not fresh:
            continue
        state |= picture(who, so_far)
        if held:
            state["held"] = [number for number in range(len(so_far)) if number in held]
        yield dict(state)
    yield state | {"done": True}


def sheet(who: Interpreter, pieces: list[int], language: str) -> dict[str, Any]:
    """A text as the matrix wants it: pieces (how each is written), ids, words, and the word of each piece (owners); the
    end sign is a piece and a word of its own."""
    inner = [piece for piece in pieces if piece != END]
    words, owners = who.pieces.words(inner, language)
    words, written = printed(words, language), printed([who.pieces.piece(piece) for piece in inner], language)
    if len(inner) < len(pieces):
        written, owners, words = [*written, "■"], [*owners, len(words)], [*words, "■"]
    return dict(pieces=written, ids=list(pieces), words=words, owners=owners)


def printed(parts: Sequence[str], language: str) -> list[str]:
    """Words or pieces of a text with the marks of that language's print: a Chinese full stop is 。

    Only in Chinese, where no mark gets longer or shorter by it.
    """
    if language != "zh":
        return list(parts)
    text, ends = restore("".join(parts), language), accumulate(map(len, parts))
    return [text[end - len(part) : end] for part, end in zip(parts, ends, strict=True)]


def piece(who: Interpreter, number: int) -> str:
    """How one piece of a translation is written."""
    return printed([who.pieces.piece(number)], who.target)[0]


def vector(summary: Tensor) -> list[int]:
    """The fixed vector (1, 2 * encoder), all that the decoder gets to see, in hundredths."""
    return (100 * summary[0]).round().int().tolist()


def thousandths(attention: Tensor) -> list:
    """Attention as whole numbers, which travel in a third of the space."""
    return (attention * 1000).round().int().tolist()


def looked(steps: list[Step], owners: list[int], places: list[int]) -> NDArray | None:
    """Where the network looked, without end signs: the last layer's mean over its heads as (target words, source
    words), from the word of each source piece (owners) and of each target piece (places). None without attention or
    without words."""
    if not places or steps[0].attention is None:
        return None
    seen = torch.stack([step.attention[-1].mean(0) for step in steps[: len(places)]]).numpy()
    return merged(seen, [*owners, -1], places)


def picture(who: Interpreter, steps: list[Step]) -> dict[str, Any]:
    """What is seen of a translation after these steps."""
    pieces = [step.piece for step in steps]
    rows = [step.attention for step in steps]  # (layers, heads, source) each, or None
    return dict(
        target=sheet(who, pieces, who.target),
        attention=None if rows[0] is None else thousandths(torch.stack(rows, 2)),
        logp=[round(step.logp, 3) for step in steps],
        rivals=[[[number, piece(who, number), round(1000 * p)] for number, p in step.rivals] for step in steps],
        text=who.said(pieces),
    )


def tree(who: Interpreter, beam: Beam) -> dict[str, Any]:
    """A beam for the page: `branches` [parent, piece, probability in thousandths, total nats], and `ends`: the
    translations that were left at the end, [text, total nats, nats per piece], best first. One that was written in
    several ways, of other pieces, counts once, by the best of them."""
    ends: dict[str, list[float]] = {}
    for pieces, total, score in zip(beam.pieces, beam.totals, beam.scores, strict=True):
        ends.setdefault(who.said(pieces), [round(total, 2), round(score, 3)])
    return dict(
        branches=[
            [branch.parent, piece(who, branch.piece), round(1000 * math.exp(branch.logp)), round(branch.total, 2)]
            for branch in beam.tree
        ],
        ends=[[text, *numbers] for text, numbers in ends.items()],
    )
