"""What the translators read: sentence pairs, their pieces, and the batches of an epoch."""

import random
from pathlib import Path

from core.models.seq2seq import rounded_up
from core.models.transformer import LONGEST
from core.subwords import Subwords
from core.typography import normalise
from weights.recipes.training import RUNS
from weights.recipes.translation_plans import Plan

ROUND = 4
"""Batches are padded to multiples of this many pieces."""
SOURCE = "Tatoeba through manythings.org/anki (CC BY 2.0 FR): https://www.manythings.org/anki/"


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


def examples(
    plan: Plan,
    pieces: Subwords,
    pairs: list[tuple[str, str]],
    epoch: int,
    said: dict[str, list[str]],
    places: dict[tuple[str, str], range] | None = None,
) -> list[tuple[list[int], ...]]:
    """Sources and targets of one epoch in pieces: some words split otherwise, some sentences joined, in mixed order.

    said: translations of every source, or nothing at all.
    places: for every pair, where the guesses at its target's pieces and end sign stand. If they are given, each row has
        a third part, the places of the guesses at its target's, and targets are split in the usual way.
    """
    rng = random.Random(plan.seed * 1_000 + epoch)
    if said:
        told = [
            (source, rng.choice(said[source] or [target]) if rng.random() < plan.follow else target)
            for source, target in pairs
        ]
        pairs = [
            # a teacher that loses the thread repeats itself without end
            other if len(other[1]) < 2 * len(pair[1]) + 20 else pair
            for other, pair in zip(told, pairs, strict=True)
        ]
    order = list(range(len(pairs)))
    rng.shuffle(order)
    groups, at = [], 0
    while at < len(order):
        take = 2 if rng.random() < plan.joined and at + 1 < len(order) else 1
        groups.append([pairs[i] for i in order[at : at + take]])
        at += take
    texts = [[" ".join(pair[side] for pair in group) for group in groups] for side in (0, 1)]
    sides = [pieces.sample(texts[0], plan.split)]
    if places is None:
        sides.append(pieces.sample(texts[1], plan.split if epoch < plan.loose else 0.0))
    else:  # the end of a sentence is no end where another follows
        sides.append([[piece for pair in group for piece in pieces.encode(pair[1])] for group in groups])
        sides.append([[*(i for pair in group[:-1] for i in places[pair][:-1]), *places[group[-1]]] for group in groups])
    rows = zip(*sides, strict=True)
    # two long ones in a row may be more than a transformer has places for, end sign and filling included
    return [row for row in rows if max(map(len, row[:2])) < LONGEST - ROUND]


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
            fits = max(8, plan.tokens // max(rounded(len(side) + 1) for row in batch for side in row[:2]) // 8 * 8)
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
