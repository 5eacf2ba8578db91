"""Ten years on one sentence: the fixed vector, attention, and the transformer, side by side."""

import time
from typing import Any

import torch

from core.decoding import unroll
from core.subwords import END
from core.typography import normalise
from core.weights import manifest
from demos.translation.examples import references
from demos.translation.models import FILES, KINDS, MOST, find, read
from demos.translation.translate import GREEDY, looked, thousandths, vector

PAIR = "en-fr"


def compute(sentence: str) -> dict[str, Any]:
    """Translates an English sentence to French with all three networks, greedily.

    Args:
        sentence: at most 400 characters.

    Returns:
        networks: for each model, text, source and target words, weights (target words, source words; the last layer's
        mean over its heads, in thousandths) or None, logp (nats of each piece), milliseconds, epochs (passes over
        the texts it has learned in); curves: for each model
        the points [words in the source, BLEU on the dev set] of its card; words: how many this sentence has;
        references, if people's translations are known.

    Raises:
        Complaint: empty, or longer than that.
    """
    networks = [one(kind, sentence) for kind in KINDS]
    curves = [dict(model=kind, points=manifest()[FILES[PAIR, kind]]["by_length"]) for kind in KINDS]
    words = len(normalise(sentence, "en").split())
    return dict(networks=networks, curves=curves, words=words, references=references(PAIR, sentence))


def one(kind: str, sentence: str) -> dict[str, Any]:
    """What one network makes of the sentence (see `compute`)."""
    who = find(PAIR, kind)
    source = read(who, sentence)
    began = time.perf_counter()
    memory = who.net.encode([source])
    steps = list(unroll(who.net, memory, GREEDY, limit=MOST))
    took = time.perf_counter() - began
    target = [step.piece for step in steps if step.piece != END]
    words, owners = who.pieces.words(source, who.source)
    theirs, places = who.pieces.words(target, who.target)
    weights = looked(steps, owners, places)
    return dict(
        model=kind,
        text=who.said(target),
        source=words,
        target=theirs,
        weights=None if weights is None else thousandths(torch.tensor(weights)),
        vector=vector(memory.summary) if kind == "fixed" else None,
        logp=[round(step.logp, 3) for step in steps],
        milliseconds=round(1000 * took),
        epochs=manifest()[FILES[PAIR, kind]]["training"]["epochs"],
    )
