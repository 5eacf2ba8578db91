"""N-grams and the quote index against plain counting and plain searching."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from safetensors.torch import load, save

from core.ngrams import NgramModel, QuoteIndex, packed, unpacked

VOCAB, ORDER = 7, 4
KEEPS = ((1, 1, 1, 1), (1, 1, 2, 3), (1, 2, 2, 10**6))


def babble(seed: int, length: int, vocab: int = VOCAB) -> np.ndarray:
    """A text with frequent and rare characters and n-grams."""
    return (np.random.default_rng(seed).random(length) ** 2 * vocab).astype(int)


def plain_witten_bell(text: np.ndarray, keep: tuple[int, ...]):
    """p(char, context) by dictionaries and recursion."""
    ring = [*text.tolist(), *text[: ORDER - 1].tolist()]
    counts = Counter(tuple(ring[i : i + k]) for k in range(ORDER + 1) for i in range(len(text)))
    kept = {gram: count for gram, count in counts.items() if not gram or count >= keep[len(gram) - 1]}

    def p(char: int, context: tuple[int, ...]) -> float:
        shorter = p(char, context[1:]) if context else 1 / VOCAB
        if context not in kept:
            return shorter
        after = [kept[(*context, c)] for c in range(VOCAB) if (*context, c) in kept]
        escape = len(after) + 2 * (counts[context] - sum(after))
        return (kept.get((*context, char), 0) + escape * shorter) / (sum(after) + escape)

    return p


@pytest.fixture(scope="module", params=KEEPS, ids=str)
def keep(request) -> tuple[int, ...]:
    return request.param


@pytest.fixture(scope="module")
def model(keep) -> NgramModel:
    return NgramModel.fit(babble(1, 600), VOCAB, ORDER, keep)


def test_escape_of_the_whole_tree_is_the_number_of_kinds():
    model = NgramModel.fit(babble(1, 600), VOCAB, 2, (1, 1))
    followers = [
        len({b for a, b in zip(babble(1, 600), np.roll(babble(1, 600), -1), strict=True) if a == c})
        for c in range(VOCAB)
    ]
    assert model.escape[1].tolist() == followers


def test_a_worked_example():
    # ring "aab": a 2, b 1; aa 1, ab 1, ba 1. p1(b) = (1 + 2/2) / (3 + 2), p2(b | a) = (1 + 2 p1) / (2 + 2)
    model = NgramModel.fit(np.array([0, 0, 1]), 2, 2, (1, 1))
    assert np.exp(-model.nats(np.array([0, 1]), 2)) == pytest.approx([3 / 5, (1 + 2 * 2 / 5) / 4])


def test_nats_equal_plain_counting(model, keep):
    p = plain_witten_bell(babble(1, 600), keep)
    text = np.random.default_rng(2).integers(VOCAB, size=300)  # many contexts that were never seen
    for order in range(ORDER + 1):
        contexts = [tuple(text[max(0, i - order + 1) : i].tolist()) for i in range(len(text))]
        wanted = [p(char, context) if order else 1 / VOCAB for char, context in zip(text, contexts, strict=True)]
        np.testing.assert_allclose(model.nats(text, order), -np.log(wanted), rtol=1e-12)


def test_distributions_sum_to_one_and_are_what_nats_uses(model):
    text = np.random.default_rng(3).integers(VOCAB, size=60)
    for order in range(ORDER + 1):
        rows = np.array([model.distribution(text[:i], order) for i in range(len(text))])
        assert (rows > 0).all()
        np.testing.assert_allclose(rows.sum(1), 1, rtol=1e-12)
        np.testing.assert_allclose(model.nats(text, order), -np.log(rows[np.arange(len(text)), text]), rtol=1e-12)


def test_pruning_keeps_what_is_frequent_enough(model, keep):
    ring = np.append(babble(1, 600), babble(1, 600)[: ORDER - 1]).tolist()
    for k in range(1, ORDER + 1):
        counts = Counter(tuple(ring[i : i + k]) for i in range(600))
        assert sorted(model.counts[k]) == sorted(count for count in counts.values() if count >= keep[k - 1])


@pytest.mark.parametrize("vocab", [VOCAB, 3000])
def test_round_trip_through_safetensors(vocab):
    text = babble(4, 3000, vocab)
    model = NgramModel.fit(text, vocab, 3, (1, 1, 2))
    index = QuoteIndex.fit(text, 6, 2)
    assert model.counts[1].max() > 255 or vocab > VOCAB  # counts that do not fit into a byte are met
    tensors = load(save(model.tensors() | index.tensors()))
    again, index_again = NgramModel.from_tensors(tensors), QuoteIndex.from_tensors(tensors)
    for one, other in zip(model.keys + model.counts, again.keys + again.counts, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(model.nats(text, 3), again.nats(text, 3))
    assert index.spans(text) == index_again.spans(text) == [(0, len(text))]
    assert sum(t.nbytes for key, t in tensors.items() if key.startswith("ngram")) < 5.5 * sum(map(len, model.keys))


def test_numbers_around_the_escape_survive_packing():
    values = np.array([0, 254, 255, 256, 3, 10**6])
    assert unpacked("x", packed("x", values)).tolist() == values.tolist()


def test_empty_and_single():
    model = NgramModel.fit(np.array([3]), VOCAB, 2, (1, 1))
    assert model.nats(np.array([], int), 2).shape == (0,)
    assert model.distribution(np.array([], int), 2).sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("ids", "keep"),
    [([0, 7], (1, 1)), ([-1], (1, 1)), ([[0]], (1, 1)), ([], (1, 1)), ([0], (1,)), ([0], (2, 2)), ([0], (1, 0))],
)
def test_fit_refuses(ids, keep):
    with pytest.raises(ValueError):
        NgramModel.fit(np.array(ids, int), VOCAB, 2, keep)


def test_nats_refuses(model):
    for ids, order in (([7], 1), ([0], ORDER + 1), ([0], -1)):
        with pytest.raises(ValueError):
            model.nats(np.array(ids), order)


# ---------------------------------------------------------------- quotes

LENGTH, STRIDE = 8, 3
SURE = LENGTH + 2 * STRIDE - 1


def common(text: np.ndarray, corpus: np.ndarray, least: int) -> list[tuple[int, int]]:
    """All longest passages [start, end) of a text with at least `least` characters that stand in the corpus."""
    text, corpus, passages = bytes(text.tolist()), bytes(corpus.tolist()), []
    for start in range(len(text)):
        end = start
        while end < len(text) and text[start : end + 1] in corpus:
            end += 1
        if end - start >= least and (not passages or end > passages[-1][1]):
            passages.append((start, end))
    return passages


def test_common_finds_the_longest():
    assert common(np.array([9, 1, 2, 3, 9, 2, 3, 4]), np.array([1, 2, 3, 4]), 3) == [(1, 4), (5, 8)]


def test_planted_quotes_are_found_and_nothing_else():
    chance = np.random.default_rng(5)
    corpus = chance.integers(20, size=6000)
    index = QuoteIndex.fit(corpus, LENGTH, STRIDE, bits_per_item=40)
    parts = []
    for size in range(LENGTH, 60):
        start = chance.integers(len(corpus) - size)
        parts += [corpus[start : start + size], chance.integers(20, 40, size=chance.integers(3, 9))]
    text = np.concatenate(parts)
    spans = index.spans(text)
    sure = common(text, corpus, SURE)
    assert len(sure) == 60 - SURE
    found = [[(a, b) for a, b in spans if a < end and b > start] for start, end in sure]
    for (start, end), here in zip(sure, found, strict=True):
        assert len(here) == 1, f"the quote [{start}, {end}) came as {here}"
        assert start <= here[0][0] < start + STRIDE
        assert end - STRIDE < here[0][1] <= end
    possible = common(text, corpus, LENGTH + STRIDE)
    assert all(any(a >= start and b <= end for start, end in possible) for a, b in spans)
    assert all(b - a >= LENGTH + STRIDE for a, b in spans)
    assert all(b <= a for (_, b), (a, _) in pairwise(spans))


def test_the_corpus_itself_is_one_quote():
    corpus = np.random.default_rng(6).integers(50, size=1000)
    ((start, end),) = QuoteIndex.fit(corpus, LENGTH, STRIDE).spans(corpus)
    assert start == 0
    assert end > 1000 - STRIDE


def test_quotes_that_only_touch_stay_two():
    corpus = np.arange(60)
    text = np.concatenate([corpus[:11], corpus[30:41]])
    assert QuoteIndex.fit(corpus, LENGTH, STRIDE, bits_per_item=40).spans(text) == [(0, 11), (11, 22)]


@pytest.mark.parametrize("size", [0, 1, LENGTH - 1, LENGTH, LENGTH + STRIDE - 1])
def test_short_texts_hold_no_quote(size):
    corpus = np.arange(100)
    assert QuoteIndex.fit(corpus, LENGTH, STRIDE).spans(corpus[:size]) == []


def test_false_hits_are_as_rare_as_promised():
    chance = np.random.default_rng(7)
    index = QuoteIndex.fit(chance.integers(60, size=100_000), LENGTH, STRIDE)
    foreign = chance.integers(60, size=100_000)
    rate = index.hits(foreign).mean()
    assert 0.005 < rate < 0.012  # 0.82 % expected; a far lower one would mean that hits are lost
    assert len(index.bits) * 8 == pytest.approx(10 * 100_000 / STRIDE, rel=0.001)
    assert sum(end - start for start, end in index.spans(foreign)) < 0.003 * len(foreign)


@pytest.mark.parametrize(("length", "stride"), [(8, 0), (3, 4), (101, 2)])
def test_quote_index_refuses(length, stride):
    with pytest.raises(ValueError):
        QuoteIndex.fit(np.arange(100), length, stride)
