"""What counting knows of a text that somebody brought, and that nothing is claimed of a text that nobody has."""

import math

import numpy as np
import pytest
import torch

from core.models.char_rnn import CharRNN, Config
from core.ngrams import NgramModel
from core.quoting import LONGEST, PASSAGE, quoted, reference
from core.reading import Author
from core.text import Vocabulary

TEXT = "the quick brown fox jumps over the lazy dog, and the dog sleeps on. " * 3


def author(learned: bool) -> Author:
    torch.manual_seed(0)
    vocabulary = Vocabulary.of(TEXT)
    model = CharRNN(Config(vocab=len(vocabulary), hidden=6, embed=4)).eval()
    return Author.of("own", vocabulary, model, np.array(vocabulary.encode(TEXT)[0]) if learned else None)


def test_copies_of_ones_own_text_are_found():
    who = author(True)
    new, _ = who.vocabulary.encode("dog the fox quick over jumps brown lazy")
    assert quoted(who, new) == []
    copied, _ = who.vocabulary.encode("lazy fox: quick brown fox jumps over the lazy dog zed")
    ((start, end),) = quoted(who, copied)
    assert end - start >= PASSAGE + 1 and who.vocabulary.decode(copied[start:end]) in TEXT


def test_the_ladder_of_ones_own_text_counts_it():
    who = author(True)
    numbers, _ = who.vocabulary.encode("the lazy dog jumps")
    names, nats = zip(*reference(who).ladder(numbers), strict=True)
    assert names == ("uniform", "2-gram", f"{LONGEST}-gram")
    assert nats[0] == pytest.approx(math.log(len(who.vocabulary)))
    counted = NgramModel.fit(who.learned, len(who.vocabulary), LONGEST, (1,) * LONGEST)
    assert nats[2] == pytest.approx(counted.nats(np.array(numbers), LONGEST).mean())
    assert nats[2] < nats[1] < nats[0]


def test_without_the_text_nothing_is_claimed():
    who = author(False)
    numbers, _ = who.vocabulary.encode("the lazy dog")
    assert quoted(who, numbers) is None
    assert [name for name, _ in reference(who).ladder(numbers)] == ["uniform"]
