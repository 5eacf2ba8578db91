"""Links between words: the error rate by hand, merging by loops, and Model 1 against a plain dictionary version."""

import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from core.alignment import Model1, alignment_error, merged, strongest
from core.typography import WORDS

GOLD = Path(__file__).parents[2] / "weights" / "alignments.en-fr.json"


def test_the_error_rate_by_hand():
    sure, possible = [{(0, 0), (1, 1)}], [{(2, 1)}]
    assert alignment_error([{(0, 0), (1, 1)}], sure, possible) == 0
    assert alignment_error([{(0, 0), (1, 1), (2, 1)}], sure, possible) == 0  # a possible link is no fault
    assert alignment_error([{(0, 0), (3, 3)}], sure, possible) == pytest.approx(1 - 2 / 4)
    assert alignment_error([set()], sure, possible) == 1
    with pytest.raises(ValueError, match="no links"):
        alignment_error([set()], [set()], [set()])


def test_merging_by_loops():
    rng = np.random.default_rng(0)
    attention = rng.dirichlet(np.ones(5), 4).astype(np.float32)
    source, target = [0, 0, 1, 2, -1], [0, 1, 1, -1]
    out = merged(attention, source, target)
    assert out.shape == (2, 3)
    for i in range(2):
        rows = [t for t in range(4) if target[t] == i]
        for j in range(3):
            expected = sum(attention[t, s] for t in rows for s in range(5) if source[s] == j) / len(rows)
            assert out[i, j] == pytest.approx(expected)
    assert merged(np.zeros((0, 3), np.float32), [0, 1, 2], []).shape == (0, 3)


def test_the_strongest_link_of_each_word():
    assert strongest(np.array([[0.1, 0.9], [0.8, 0.2]])) == {(1, 0), (0, 1)}
    assert strongest(np.zeros((2, 0))) == set()


def plain_model1(pairs, rounds):
    """Model 1 as in a textbook, with dictionaries."""
    targets = {f for _, target in pairs for f in target}
    t = defaultdict(lambda: 1 / len(targets))
    for _ in range(rounds):
        count, total = defaultdict(float), defaultdict(float)
        for source, target in pairs:
            for f in target:
                z = sum(t[e, f] for e in ["", *source])
                for e in ["", *source]:
                    count[e, f] += t[e, f] / z
                    total[e] += t[e, f] / z
        t = defaultdict(float, {(e, f): value / total[e] for (e, f), value in count.items()})
    return t


def test_model_1_against_a_textbook():
    rng = random.Random(0)
    lexicon = dict(zip("abcdefg", "tuvwxyz", strict=True))
    pairs = []
    for _ in range(60):
        source = [rng.choice("abcdefg") for _ in range(rng.randint(1, 5))]
        target = [lexicon[e] for e in source]
        rng.shuffle(target)
        pairs.append((source, target))
    model, expected = Model1(pairs, 4), plain_model1(pairs, 4)
    for e in ["", *"abcdefg"]:
        for f in "tuvwxyz":
            assert model.chance(e, f) == pytest.approx(expected[e, f], abs=1e-9)
    assert all(model.chance(e, lexicon[e]) > 0.5 for e in lexicon)
    assert model.align(["a", "b"], ["u", "t"]) == {(1, 0), (0, 1)}
    assert model.align(["nobody"], ["u"]) == set()


def test_the_hand_alignments_are_sound():
    rows = json.loads(GOLD.read_text(encoding="utf-8"))
    assert len(rows) == 60
    for row in rows:
        english, french = WORDS["en"].findall(row["english"]), WORDS["fr"].findall(row["french"])
        sure, possible = {tuple(link) for link in row["sure"]}, {tuple(link) for link in row["possible"]}
        assert sure and not sure & possible
        assert len(sure) == len(row["sure"]) and len(possible) == len(row["possible"])
        assert all(0 <= i < len(english) and 0 <= j < len(french) for i, j in sure | possible)
    # a person's own sure links are without error, and so is any choice among the possible ones
    sure = [{tuple(link) for link in row["sure"]} for row in rows]
    possible = [{tuple(link) for link in row["possible"]} for row in rows]
    assert alignment_error(sure, sure, possible) == 0
    shifted = [{(i, j + 1) for i, j in links} for links in sure]
    assert alignment_error(shifted, sure, possible) > 0.6
