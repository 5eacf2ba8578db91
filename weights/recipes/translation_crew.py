"""Several translators as one: what they write together, and their mean guess at every piece of a translation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from core.decoding import Translator, beam_search
from core.models.seq2seq import RecurrentTranslator, Seq2Seq, padded
from core.models.transformer import LONGEST, MarianTranslator
from core.subwords import PAD, START
from core.translators import Interpreter
from core.typography import normalise
from weights.recipes.translation_lessons import ROUND, batched
from weights.recipes.translation_plans import Plan

KEPT = 8
"""Pieces that are kept of a guess, the most probable ones."""


def translator(model: nn.Module) -> Translator:
    """A network as `core.decoding` wants it."""
    return RecurrentTranslator(model) if isinstance(model, Seq2Seq) else MarianTranslator(model)


def predicted(model: nn.Module, batch: Sequence[tuple[list[int], ...]]) -> tuple[Tensor, Tensor]:
    """Logits (pieces, vocab) and targets (pieces,) at every place of a batch of sources and targets, end signs
    included, one sentence after the other."""
    source, lengths = padded([row[0] for row in batch], ROUND)  # (source, batch), (batch,)
    target, _ = padded([row[1] for row in batch], ROUND)  # (target, batch)
    given = torch.cat([torch.full_like(target[:1], START), target[:-1]])
    if isinstance(model, Seq2Seq):
        logits = model(source, lengths, given)[0].transpose(0, 1)  # (batch, target, vocab)
    else:
        mask = (torch.arange(len(source))[:, None] < lengths).long()
        logits = model(
            input_ids=source.t(), attention_mask=mask.t(), decoder_input_ids=given.t(), use_cache=False
        ).logits
    inside = target.t() != PAD  # (batch, target)
    return logits[inside].float(), target.t()[inside]


@dataclass(frozen=True)
class Memories:
    """What each translator of a crew has read; see `core.decoding`."""

    each: list[Any]

    def rows(self, index: Tensor) -> "Memories":
        return Memories([memory.rows(index) for memory in self.each])


@dataclass(frozen=True)
class Crew:
    """Translators with the same pieces as one `core.decoding.Translator`: the mean of their probabilities."""

    nets: list[Translator]

    def encode(self, sources: Sequence[Sequence[int]]) -> Memories:
        return Memories([net.encode(sources) for net in self.nets])

    def start(self, memory: Memories) -> list[Any]:
        return [net.start(own) for net, own in zip(self.nets, memory.each, strict=True)]

    def select(self, state: list[Any], index: Tensor) -> list[Any]:
        return [net.select(own, index) for net, own in zip(self.nets, state, strict=True)]

    def advance(self, pieces: Tensor, state: list[Any], memory: Memories, weights: None = None) -> tuple:
        steps = [net.advance(pieces, own, read) for net, own, read in zip(self.nets, state, memory.each, strict=True)]
        logp = torch.stack([step[0] for step in steps]).logsumexp(0) - torch.tensor(len(steps)).log()
        return logp, [step[1] for step in steps], None


def told(crew: Interpreter, sources: Sequence[str], plan: Plan, together: int = 64) -> dict[str, list[str]]:
    """What a crew makes of every source, normalised: the best `plan.versions` of a beam of `plan.width`.

    Its translations are more regular than people's, and a network that also learns from them needs fewer epochs
    (sequence-level distillation, Kim & Rush 2016, section 3.2).
    """
    rows = sorted(((source, crew.read(source)) for source in sources), key=lambda row: len(row[1]))
    out = {}
    for at in range(0, len(rows), together):
        part = rows[at : at + together]
        memory = crew.net.encode([read for _, read in part])
        beams = beam_search(crew.net, memory, len(part), plan.width, limit=min(3 * len(part[-1][1]) + 12, LONGEST))
        for (source, _), beam in zip(part, beams, strict=True):
            texts = [normalise(crew.said(pieces), crew.target) for pieces in beam.pieces[: plan.versions]]
            out[source] = [text for text in texts if text]
    return out


@torch.inference_mode()
def guesses(
    models: Sequence[nn.Module], rows: Sequence[tuple[list[int], ...]], plan: Plan
) -> tuple[list[range], Tensor, Tensor]:
    """The mean guess of networks in eval mode at every piece of the targets, end signs included.

    rows: sources and targets in pieces.

    Returns:
        Where the guesses of each row stand; the KEPT most probable pieces of each guess, (guesses, KEPT) in int16; and
        their probabilities, which sum to 1, in fp16.
    """
    ids, shares, places, at = [], [], [range(0)] * len(rows), 0
    numbered = [(*row[:2], number) for number, row in enumerate(rows)]
    for batch in batched(plan, numbered, 0):
        total = 0
        for model in models:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, _ = predicted(model, batch)
            total = total + logits.softmax(-1)  # (pieces, vocab)
        best = total.topk(KEPT)
        ids.append(best.indices.short())
        shares.append((best.values / best.values.sum(-1, keepdim=True)).half())
        for _, target, number in batch:
            places[number] = range(at, at := at + len(target) + 1)
    return places, torch.cat(ids), torch.cat(shares)
