"""Trains the translators: English to French with a fixed vector, with attention, as a transformer; English to Chinese.

    python -m weights.recipes.translation en-fr-attention [--data DIR] [--smoke]

Two cores are enough. A run stops and resumes at any time (checkpoints in weights/.runs, every two minutes) and ends by
writing the weight file and its manifest entry. The measured results stand in weights/cards/.

Settings were chosen beforehand and every run goes to its planned end: no step looks at the dev set to decide anything.
"""

import json
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.models import seq2seq, transformer
from core.models.seq2seq import padded, rounded_up
from core.subwords import PAD, START, Subwords
from core.translators import interpreter
from core.typography import normalise
from weights.recipes.training import RUNS, Training, command, hurry, learning_rate

ROUND = 4
"""Batches are padded to multiples of this many pieces."""
SOURCE = "Tatoeba through manythings.org/anki (CC BY 2.0 FR): https://www.manythings.org/anki/"


@dataclass(frozen=True)
class Plan:
    """One translator and how it is learned. Rates are shares, `lr` is AdamW's peak, `epochs` full passes."""

    languages: tuple[str, str]
    kind: str  # "seq2seq" or "transformer"
    shape: dict = field(default_factory=dict)
    vocab: int = 4_000
    epochs: int = 10
    tokens: int = 4_096  # target pieces in a batch, about
    lr: float = 1.5e-3
    warm: int = 500  # steps until the peak
    flat: float = 0.7  # share of the steps at the peak before the rate goes down
    weight_decay: float = 1e-2
    smoothing: float = 0.1  # share of the target that goes to all pieces alike (Szegedy et al. 2016)
    split: float = 0.1  # chance that a merge is skipped (BPE dropout, Provilkov et al. 2020)
    loose: int = 5  # epochs in which targets are split so too; later each word has one spelling, for clear rivals
    joined: float = 0.15  # share of examples that are two sentences in a row
    average: float = 0.999
    teacher: str = ""  # the weight file of a shipped translator that is followed
    follow: float = 0.5  # share of the examples in which its translation is the target
    seed: int = 1
    pairs: int | None = None  # only this many (smoke)


PLANS = {
    "en-fr-attention": Plan(("en", "fr"), "seq2seq", dict(attention=True, dropout=0.25), epochs=10),
    "en-fr-fixed": Plan(("en", "fr"), "seq2seq", dict(attention=False, dropout=0.25), epochs=4, loose=2),
    "en-fr-transformer": Plan(
        ("en", "fr"),
        "transformer",
        dict(dropout=0.15),
        tokens=2_048,
        lr=8e-4,
        warm=1_000,
        epochs=13,
        loose=6,
        teacher="translation_en_fr_attention.safetensors",
    ),
    "en-zh-attention": Plan(("en", "zh"), "seq2seq", dict(attention=True, dropout=0.35), epochs=16, average=0.995),
}


def read_pairs(plan: Plan, data: Path, part: str) -> list[tuple[str, str]]:
    """Normalised sentence pairs of "train" or "dev"; Chinese in simplified characters."""
    path = data / "translation" / "-".join(plan.languages) / f"{part}.tsv"
    if not path.exists():
        raise SystemExit(f"{path} is missing. Its public source: {SOURCE}")
    text = path.read_text(encoding="utf-8")
    if "zh" in plan.languages:
        from opencc import OpenCC  # in requirements-dev.txt

        text = OpenCC("t2s").convert(text)
    lines = text.splitlines()[: plan.pairs]
    return [
        tuple(normalise(text, language) for text, language in zip(line.split("\t"), plan.languages, strict=True))
        for line in lines
    ]


def subwords(plan: Plan, pairs: list[tuple[str, str]]) -> Subwords:
    """The pieces of a pair of languages, learned from its training texts; kept in weights/.runs."""
    path = RUNS / f"subwords_{'-'.join(plan.languages)}_{plan.vocab}_{plan.pairs or 'all'}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        learned = Subwords.learn((text for pair in pairs for text in pair), plan.vocab)
        path.write_text(learned.tokenizer.to_str(), encoding="utf-8")
    return Subwords.load(path.read_text(encoding="utf-8"))


def taught(plan: Plan, pairs: list[tuple[str, str]]) -> dict[str, str]:
    """What the plan's teacher makes of every source, normalised; kept in weights/.runs.

    Its translations are more regular than people's, and a network that also learns from them needs fewer epochs
    (sequence-level distillation, Kim & Rush 2016, section 3.2).
    """
    path = RUNS / f"taught_{plan.teacher.split('.')[0]}_{plan.pairs or 'all'}.json"
    if not path.exists():
        teacher, sources = interpreter(plan.teacher), list(dict.fromkeys(source for source, _ in pairs))
        said = [normalise(text, teacher.target) for text in teacher.translate(sources, 2)]
        path.write_text(json.dumps(dict(zip(sources, said, strict=True)), ensure_ascii=False), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def examples(
    plan: Plan, pieces: Subwords, pairs: list[tuple[str, str]], epoch: int, said: dict[str, str]
) -> list[tuple[list[int], ...]]:
    """Sources and targets of one epoch in pieces: some words split otherwise, some sentences joined, in mixed order.

    said: a teacher's translation of every source, or nothing.
    """
    rng = random.Random(plan.seed * 1_000 + epoch)
    if said:
        pairs = [
            # a teacher that loses the thread repeats itself without end
            (
                source,
                said[source] if rng.random() < plan.follow and len(said[source]) < 2 * len(target) + 20 else target,
            )
            for source, target in pairs
        ]
    order = list(range(len(pairs)))
    rng.shuffle(order)
    rows, at = [], 0
    while at < len(order):
        take = 2 if rng.random() < plan.joined and at + 1 < len(order) else 1
        rows.append([" ".join(pairs[i][side] for i in order[at : at + take]) for side in (0, 1)])
        at += take
    rates = (plan.split, plan.split if epoch < plan.loose else 0.0)
    sides = [pieces.sample([row[side] for row in rows], rates[side]) for side in (0, 1)]
    return list(zip(*sides, strict=True))


def batched(plan: Plan, rows: list[tuple[list[int], ...]], epoch: int) -> list[list[tuple[list[int], ...]]]:
    """Batches of about `plan.tokens` target pieces, each of sentences of similar length, in mixed order.

    Their sizes are multiples of 8 wherever possible: the kernels are compiled anew for every shape they meet.
    """
    rng = random.Random(plan.seed * 1_000 + epoch + 500)
    rows = sorted(rows, key=lambda row: (rounded(len(row[1]) + 1), rounded(len(row[0]) + 1), rng.random()))
    out, at = [], 0
    while at < len(rows):
        size = plan.tokens  # shrinks to what fits, longest sentence of the batch included
        while True:
            batch = rows[at : at + size]
            fits = max(8, plan.tokens // max(rounded(len(side) + 1) for row in batch for side in row) // 8 * 8)
            if fits >= len(batch):
                break
            size = fits
        out.append(batch)
        at += len(batch)
    rng.shuffle(out)
    return out


def rounded(length: int) -> int:
    """The next multiple of ROUND."""
    return rounded_up(length, ROUND)


def build(plan: Plan, vocab: int) -> nn.Module:
    """The untrained network of a plan."""
    torch.manual_seed(plan.seed)
    if plan.kind == "transformer":
        return transformer.small(vocab, **plan.shape)
    return seq2seq.Seq2Seq(seq2seq.Config(vocab, **plan.shape))


def loss_of(plan: Plan, model: nn.Module, batch: list[tuple[list[int], ...]], smoothing: float) -> Tensor:
    """Mean cross-entropy per target piece, end sign included."""
    source, lengths = padded([row[0] for row in batch], ROUND)  # (source, batch), (batch,)
    target, _ = padded([row[1] for row in batch], ROUND)  # (target, batch)
    given = torch.cat([torch.full_like(target[:1], START), target[:-1]])
    if plan.kind == "transformer":
        mask = (torch.arange(len(source))[:, None] < lengths).long()
        logits = model(
            input_ids=source.t(), attention_mask=mask.t(), decoder_input_ids=given.t(), use_cache=False
        ).logits
        logits = logits.transpose(0, 1)
    else:
        logits, _ = model(source, lengths, given)  # (target, batch, vocab)
    inside = target.flatten() != PAD
    return cross_entropy(logits.flatten(0, 1)[inside].float(), target.flatten()[inside], label_smoothing=smoothing)


class Run(Training):
    """The training of one translator."""

    def __init__(self, name: str, plan: Plan, data: Path):
        self.data = data
        self.pairs, self.dev = read_pairs(plan, data, "train"), read_pairs(plan, data, "dev")
        self.pieces = subwords(plan, self.pairs)
        self.said = taught(plan, self.pairs) if plan.teacher else {}
        super().__init__(
            RUNS / f"translation_{name}", lambda: build(plan, len(self.pieces)), plan, (0.9, 0.98), {"curve": []}
        )

    @torch.inference_mode()
    def dev_loss(self, count: int = 1_000) -> float:
        """Nats per target piece on the first `count` dev pairs, only to be recorded."""
        model, rows = self.averaged(), [tuple(map(self.pieces.encode, pair)) for pair in self.dev[:count]]
        total = pieces = 0
        for batch in batched(self.plan, rows, 0):
            size = sum(len(row[1]) + 1 for row in batch)
            total += loss_of(self.plan, model, batch, 0.0).item() * size
            pieces += size
        return total / pieces

    def train(self) -> None:
        """Runs to the planned end."""
        plan, log, model = self.plan, self.log, self.model
        recent, steps = [], None
        print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(self.pairs):,} pairs", flush=True)
        self.begin()
        while log["epoch"] < plan.epochs:
            todo = batched(plan, examples(plan, self.pieces, self.pairs, log["epoch"], self.said), log["epoch"])
            steps = steps or plan.epochs * len(todo)
            torch.manual_seed(plan.seed * 100_000 + log["step"])
            for batch in todo[log["batch"] :]:
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    loss = loss_of(plan, model, batch, plan.smoothing)
                self.learn(loss, learning_rate(plan, log["step"], steps))
                recent = [*recent, loss.item()][-50:]
                if self.checkpoint():
                    print(f"step {log['step']} of {steps}, {sum(recent) / len(recent):.4f}", flush=True)
            log["epoch"], log["batch"] = log["epoch"] + 1, 0
            log["curve"].append((log["step"], sum(recent) / len(recent), self.dev_loss()))
            print(f"epoch {log['epoch']}: train {log['curve'][-1][1]:.4f}, dev {log['curve'][-1][2]:.4f}", flush=True)
        self.end()


def main(arguments: list[str] | None = None) -> None:
    parser = command(__doc__, "name", PLANS)
    parser.add_argument("--smoke", action="store_true", help="a tiny network on few pairs, to see that all runs")
    options = parser.parse_args(arguments)
    hurry()
    plan, name = PLANS[options.name], options.name
    if options.smoke:
        tiny = (
            dict(width=32, inner=32, heads=2) if plan.kind == "transformer" else dict(embed=16, encoder=16, decoder=24)
        )
        plan = replace(plan, shape=plan.shape | tiny, vocab=600, epochs=2, tokens=256, warm=10, pairs=300)
        name += "_smoke"
    run = Run(name, plan, options.data)
    run.train()
    if not options.smoke:
        from weights.recipes.translation_publish import publish

        publish(name, run)


if __name__ == "__main__":
    main()
