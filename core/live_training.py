"""Train your own, live: a small character model learns a visitor's text within a minute on two cores.

The work is bounded in every direction - characters, vocabulary, network size, seconds - so that one visitor cannot
hold the server, and everything a run needs fits in one small object that belongs to that visitor alone.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from core.batches import batches
from core.complaint import Complaint, choice, text, whole
from core.measuring import windows_loss
from core.models.char_rnn import CharRNN, Config
from core.reading import Author, write
from core.sampling import Sampling
from core.text import RARE, Vocabulary

MIN_CHARS, MAX_CHARS = 1_000, 200_000
MAX_SECONDS = 60
CELLS = ("rnn", "gru", "lstm")
HIDDEN = (64, 128, 256)
LAYERS = (1, 2)
MAX_VOCABULARY = 4_000
"""Rarer characters become RARE: bounds the memory of a Chinese text, about 16 MB with its gradients."""
LARGE = 300
"""From this vocabulary on the output shares its vectors with the input, or it would be most of the network."""
STREAMS, WINDOW = 16, 64
LEARNING_RATE = 1e-2
AVERAGE = 0.99
"""Decay of the running weight average that reads and writes for the visitor."""
MAX_CURVE = 2_000
"""Reports that are kept; when there are more, every other one goes."""
CHECK = 8_000
"""Characters of the held-out tenth that are read for the validation loss; more would take too long."""
TEXT = ("The text", "文字")


@dataclass
class Trained:
    """A visitor's model, and what it takes to go on training it.

    model: the averaged weights, in eval mode; this is the one to use. ids: the text (characters,), its last tenth held
    out; empty for a model loaded from a file. raw, optimiser: what training works on. curve: (step, seconds, training
    nats, validation nats or None) per report. steps, seconds: training so far.
    """

    vocabulary: Vocabulary
    model: CharRNN
    ids: Tensor
    raw: CharRNN
    optimiser: torch.optim.Optimizer
    curve: list[tuple[int, float, float, float | None]] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0
    seed: int = 1

    def parts(self) -> tuple[Tensor, Tensor]:
        """Training and held-out characters."""
        cut = len(self.ids) * 9 // 10
        return self.ids[:cut], self.ids[cut:]


@dataclass(frozen=True)
class Progress:
    """One report: step, seconds of this run, characters a second, mean training nats since the last report, and, now
    and then, validation nats and a fresh sample."""

    step: int
    seconds: float
    rate: float
    train: float
    valid: float | None
    sample: str


def prepare(passage: object, cell: object, hidden: object, layers: object, seed: int = 1) -> Trained:
    """Checks a visitor's wishes and makes an untrained model for them.

    Args:
        passage: MIN_CHARS to MAX_CHARS characters; control characters are taken out before counting.
        cell, hidden, layers: one of CELLS, HIDDEN, LAYERS.
        seed: of the first weights.

    Raises:
        Complaint: in all other cases.
    """
    cell = choice(("The kind of cell", "单元种类"), cell, CELLS)
    hidden = _one_of(("The number of cells", "单元数"), hidden, HIDDEN)
    layers = _one_of(("The number of layers", "层数"), layers, LAYERS)
    passage = text(TEXT, passage, MAX_CHARS)
    if len(passage) < MIN_CHARS:
        raise Complaint(
            f"The text needs at least {MIN_CHARS:,} characters to learn from; this has {len(passage):,}.",
            f"文字至少要有 {MIN_CHARS:,} 个字符才学得到东西，这里只有 {len(passage):,} 个。",
        )
    counts = Counter(passage)
    if len(counts) < 2:
        raise Complaint(
            "The text is one character over and over: there is nothing to learn.",
            "整段文字只有同一个字符：没有什么可学的。",
        )
    kept = [char for char, _ in counts.most_common(MAX_VOCABULARY)]
    if len(kept) < len(counts) and RARE not in kept:
        kept[-1] = RARE
    vocabulary = Vocabulary("".join(sorted(kept)))
    tied = len(vocabulary) > LARGE
    config = Config(
        vocab=len(vocabulary), cell=cell, layers=layers, hidden=hidden, embed=128 if tied else 64, tied=tied
    )
    return fresh(config, vocabulary, torch.tensor(vocabulary.numbers(passage)), seed)


def _one_of(name: tuple[str, str], value: object, allowed: tuple[int, ...]) -> int:
    value = whole(name, value, 1, max(allowed))
    return int(choice(name, str(value), tuple(map(str, allowed))))


def fresh(config: Config, vocabulary: Vocabulary, ids: Tensor, seed: int, weights: dict | None = None) -> Trained:
    """A model of this shape, with these weights or new ones; the global random state stays as it was."""
    with torch.random.fork_rng(devices=[]):  # module initialisation knows only the global generator
        torch.manual_seed(seed)
        raw, model = CharRNN(config), CharRNN(config)
    raw.load_state_dict(weights or raw.state_dict())
    model.load_state_dict(raw.state_dict())
    return Trained(vocabulary, model.eval().requires_grad_(False), ids, raw, _optimiser(raw), seed=seed)


def _optimiser(raw: CharRNN) -> torch.optim.Optimizer:
    return torch.optim.AdamW(raw.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-2)


def windows(ids: Tensor, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Endless training windows: inputs and targets (window, streams), and whether the streams start anew."""
    streams = min(STREAMS, max(1, (len(ids) - 1) // (2 * WINDOW)))
    while True:
        offset = int(torch.randint(WINDOW, (1,), generator=generator))
        for number, (x, y) in enumerate(batches(ids, streams, WINDOW, offset)):
            yield x, y, number == 0


def train(trained: Trained, seconds: float, steps: int | None = None) -> Iterator[Progress]:
    """Trains on, in place. May be closed at any yield; the model is usable, and the next call goes on from there.

    Args:
        trained: from `prepare`.
        seconds: at most this long, and at most MAX_SECONDS.
        steps: this many steps of the optimiser instead, for tests that must not depend on the clock.

    Yields:
        A report about five times a second.

    Raises:
        Complaint: there is no text to train on, or the loss is no number any more (the last good weights stay).
    """
    learn, check = trained.parts()
    if len(learn) < 2 * WINDOW:
        raise Complaint(
            "A loaded network comes without its text: train from the start to learn a new one.",
            "载入的网络不带原来的文字：要学新文字，请从头训练。",
        )
    seconds, last = min(seconds, MAX_SECONDS), trained.steps + (steps or 0)
    generator = torch.Generator().manual_seed(trained.seed + trained.steps)
    began = told = time.perf_counter()
    checked = sampled = -math.inf  # seconds of this run
    losses: list[float] = []
    state = None
    average, raw = trained.model.state_dict(), trained.raw.train()
    for x, y, anew in windows(learn, generator):
        logits, state = raw(x, None if anew else state)
        loss = cross_entropy(logits.flatten(0, 1), y.flatten())
        state = [tuple(part.detach() for part in layer) for layer in state]
        trained.optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(raw.parameters(), 1.0)
        if not (loss.isfinite() and norm.isfinite()):  # a finite loss can have an infinite gradient
            raw.load_state_dict(trained.model.state_dict())  # so that the next run can go on
            trained.optimiser = _optimiser(raw)
            raise Complaint(
                "The loss became infinite, so this run has ended; the last good weights are kept.",
                "损失变成无穷大，训练已停止；保留了最后一组好的权重。",
            )
        trained.optimiser.step()
        trained.steps += 1
        losses.append(loss.item())
        decay = min(AVERAGE, trained.steps / (trained.steps + 10))
        for key, value in raw.state_dict().items():
            average[key].lerp_(value, 1 - decay)
        now = time.perf_counter()
        over = trained.steps >= last if steps else now - began >= seconds
        if now - told < 0.2 and not over:
            continue
        lap, spent = now - told, now - began
        trained.seconds += lap
        valid, sample = None, ""
        if len(check) > 20 and (spent - checked > 2 or over):
            valid, checked = windows_loss(trained.model, check[:CHECK], min(256, len(check) - 1)), spent
        if spent - sampled > 3 or over:
            sample, sampled = _sample(trained), spent
        mean = sum(losses) / len(losses)
        if len(trained.curve) >= MAX_CURVE:
            del trained.curve[1::2]
        trained.curve.append((trained.steps, round(trained.seconds, 2), mean, valid))
        yield Progress(trained.steps, spent, len(losses) * x.numel() / lap, mean, valid, sample)
        losses, told = [], time.perf_counter()
        if over:
            return


def _sample(trained: Trained) -> str:
    author = Author.of("own", trained.vocabulary, trained.model)
    glyphs = write(author, [], Sampling(0.8), 200, torch.Generator().manual_seed(7))
    return trained.vocabulary.decode(glyph.number for glyph in glyphs)
