"""The shipped translators: a sentence in, and everything that happened on the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import torch

from core import weights
from core.alignment import Links, merged, strongest
from core.decoding import Beam, Translator, beam_search, unroll
from core.models.seq2seq import Config, RecurrentTranslator, Seq2Seq
from core.models.transformer import MarianTranslator, from_folder
from core.sampling import Sampling
from core.subwords import END, Subwords
from core.typography import normalise, restore


@dataclass(frozen=True)
class Interpreter:
    """A translator with its pieces and its two languages ("en", "fr" or "zh"). Read-only."""

    name: str
    source: str
    target: str
    pieces: Subwords
    net: Translator

    def read(self, sentence: str) -> list[int]:
        """A sentence as source pieces, without end sign."""
        return self.pieces.encode(normalise(sentence, self.source))

    def said(self, pieces: Sequence[int]) -> str:
        """Target pieces as a text in good typography."""
        return restore(self.pieces.decode([piece for piece in pieces if piece != END]), self.target)

    def beams(self, sentences: Sequence[str], width: int = 1, together: int = 48) -> list[Beam]:
        """A beam search over each of many sentences; in batches of similar length."""
        rows = [self.read(sentence) for sentence in sentences]
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        out = [Beam()] * len(rows)
        for at in range(0, len(order), together):
            part = order[at : at + together]
            limit = 3 * len(rows[part[-1]]) + 12
            beams = beam_search(
                self.net, self.net.encode([rows[number] for number in part]), len(part), width, limit=limit
            )
            for number, beam in zip(part, beams, strict=True):
                out[number] = beam
        return out

    def translate(self, sentences: Sequence[str], width: int = 1, together: int = 48) -> list[str]:
        """Translations of many sentences, the best of a beam of `width` each; in batches of similar length."""
        return [self.said(beam.pieces[0]) for beam in self.beams(sentences, width, together)]


@lru_cache(maxsize=6)
def interpreter(file: str) -> Interpreter:
    """The translator in `weights/<file>`. Loaded once. Raises WeightsError."""
    tensors, entry = weights.read(file)
    (other,) = (name for name in entry["companions"] if name.endswith("tokenizer.json"))
    pieces = Subwords.load(weights.companion(file, other))
    return Interpreter(file, *entry["languages"], pieces, network(file, tensors, entry))


def attention_links(interpreter: Interpreter, english: str, french: str, late: bool = False) -> list[Links]:
    """Links by the strongest attention when the model is made to write `french`: one set for each layer.

    Attention is averaged over the heads of a layer. A piece belongs to the row of the step that writes it, or, with
    `late`, to the row after, when the network has just read it; networks differ in which of the two tells more (Zenkel
    et al. 2019).
    """
    net, pieces = interpreter.net, interpreter.pieces
    source, target = pieces.encode(english), pieces.encode(french)
    steps = list(unroll(net, net.encode([source]), Sampling(0.0), prefix=[*target, END], limit=len(target) + 1))
    rows = torch.stack([step.attention.mean(1) for step in steps], 1).numpy()  # (layers, target + 1, source + 1)
    owners = pieces.words(source, interpreter.source)[1] + [-1]
    theirs = pieces.words(target, interpreter.target)[1]
    return [strongest(merged(layer[late : late + len(target)], owners, theirs)) for layer in rows]


def network(file: str, tensors: dict[str, Any], entry: dict[str, Any]) -> Translator:
    """The network of an entry: a transformer from its folder, in the library's own way, or an encoder-decoder."""
    if "config" in entry:
        return RecurrentTranslator(weights.fill(Seq2Seq(Config(**entry["config"])), tensors, file))
    folder = weights.FOLDER / PurePosixPath(file).parent
    for other in entry["companions"]:
        weights.companion(file, other)  # nothing is handed to the library unchecked
    return MarianTranslator(from_folder(folder, use_safetensors=True))
