"""Measures the translators: pieces a second against the library's own `generate`, and what a visitor waits for."""

import time
from statistics import median

import torch

from core.decoding import beam_search, unroll
from core.models.seq2seq import padded
from core.occlusion import occlude
from core.sampling import Sampling
from core.subwords import END, PAD, START
from core.translators import interpreter
from demos.translation.examples import examples
from demos.translation.models import FILES

TEN = "I learned to drive a car when I was eighteen."
"""A sentence of ten words."""


def seconds(work, rounds: int = 7) -> float:
    """Median of several rounds, after one to warm up."""
    times = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times[1:])


def against_the_library() -> None:
    """The same small Marian model on the same sentences: our loop, which keeps attention and rivals, and `generate`."""
    who = interpreter(FILES["en-fr", "transformer"])
    sources = [who.read(row["sentence"]) for row in examples("en-fr").values()]
    options = dict(do_sample=False, max_new_tokens=60, pad_token_id=PAD, eos_token_id=END, decoder_start_token_id=START)

    def ours(width: int) -> int:
        count = 0
        for source in sources:
            memory = who.net.encode([source])
            if width == 1:
                count += sum(1 for _ in unroll(who.net, memory, Sampling(0.0), limit=60))
            else:
                count += len(beam_search(who.net, memory, 1, width, limit=60)[0].pieces[0]) + 1
        return count

    def theirs(width: int) -> int:
        count = 0
        for source in sources:
            ids = padded([source])[0].t()
            with torch.inference_mode():
                out = who.net.model.generate(ids, attention_mask=torch.ones_like(ids), num_beams=width, **options)
            count += out.shape[1] - 1  # without the start sign
        return count

    for width in (1, 4):
        mine, other = ours(width) / seconds(lambda w=width: ours(w)), theirs(width) / seconds(lambda w=width: theirs(w))
        name = "greedy" if width == 1 else f"beam of {width}"
        print(
            f"small transformer, {name}: {mine:,.0f} pieces/s, transformers.generate {other:,.0f}: {mine / other:.2f} x"
        )


def waiting() -> None:
    """What a visitor waits for a sentence of ten words."""
    for (pair, kind), file in FILES.items():
        who = interpreter(file)
        source = who.read(TEN)
        memory = who.net.encode([source])
        steps = list(unroll(who.net, memory, Sampling(0.0)))
        target = [step.piece for step in steps if step.piece != END]
        owners = who.pieces.words(source, who.source)[1]
        greedy = seconds(lambda w=who, s=source: list(unroll(w.net, w.net.encode([s]), Sampling(0.0))))
        beam = seconds(lambda w=who, s=source: beam_search(w.net, w.net.encode([s]), 1, 4))
        needed = seconds(lambda w=who, s=source, o=owners, t=target: occlude(w.net, s, o, t))
        print(
            f"{pair} {kind}, ten words: greedy {greedy:.3f} s (limit 0.3), beam of 4 {beam:.3f} s (limit 1), "
            f"occlusion of all words {needed:.3f} s"
        )
