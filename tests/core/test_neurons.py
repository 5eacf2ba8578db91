"""Patterns against hand-marked texts, and the ranking against numpy's own correlation."""

import numpy as np
import pytest

from core import neurons
from core.complaint import Complaint


def marks(track) -> str:
    return "".join(".#"[int(value > 0)] for value in track)


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("quotes", 'a "bc" d "', "...##....."),
        ("speaker", "ROMEO:|Ay me:|To be|", "######.######......."),
        ("brackets", "f(a(b)c)d)", "..#####..."),
        ("comment", "x /* y|z */ w // v|u", "..#########...####.."),
        ("indentation", "a|  b|  c d", "..##..##..."),
        ("verse_end", "床前明月光，疑是", "..###..."),
    ],
)
def test_patterns(pattern, text, wanted):
    track = neurons.PATTERNS[pattern](text.replace("|", "\n"))
    assert marks(track) == wanted


def test_line_position_grows_and_starts_anew():
    assert neurons.line_position("ab\nabcd").tolist() == pytest.approx([0, 1 / 3, 2 / 3, 0, 1 / 3, 2 / 3, 1])


def test_verse_position_starts_anew_after_a_comma():
    assert neurons.verse_position("床前，疑").tolist() == pytest.approx([0, 0.5, 1, 0])


def test_rank_is_the_correlation_of_numpy():
    rng = np.random.default_rng(0)
    cells, track = rng.normal(size=(200, 6)).astype(np.float32), rng.random(200).astype(np.float32)
    cells[:, 4] = -3 * track + 0.1 * cells[:, 4]
    cells[:, 2] = 0.5  # dead cell
    ranking = neurons.rank(cells, track, best=6)
    wanted = [np.corrcoef(cells[:, i], track)[0, 1] if i != 2 else 0 for i in range(6)]
    assert ranking[0][0] == 4
    assert ranking[0][1] < -0.9
    for unit, score in ranking:
        assert score == pytest.approx(wanted[unit], abs=1e-4)
    assert [abs(score) for _, score in ranking] == sorted((abs(score) for _, score in ranking), reverse=True)


def test_a_pattern_that_does_not_occur_gets_one_sentence():
    with pytest.raises(Complaint, match="does not show that pattern"):
        neurons.rank(np.zeros((5, 3), np.float32), neurons.quotes("abcde"))


def test_patterns_survive_an_empty_text():
    for pattern in neurons.PATTERNS.values():
        assert len(pattern("")) == 0
