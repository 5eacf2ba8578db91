"""Nothing is unknown, nothing is lost, and every piece finds its word again."""

import random

import pytest

from core.subwords import END, PAD, SPECIAL, START, Subwords
from core.typography import normalise, restore

TEXTS = [
    "The cat sits on the mat.",
    "Don't you see the bookshelf?",
    "Le chat est assis sur le tapis.",
    "L'homme n'a pas vu le chat !",
    "Est-ce que tu viens ?",
] * 20


@pytest.fixture(scope="module")
def pieces() -> Subwords:
    return Subwords.learn(TEXTS, 340)


ODD = [
    "",
    "a",
    "😀",
    "中文 and Zürich",
    "x\u0301",
    "▁▁",
    "<s> </s> <pad>",
    "<0x41>",
    "12,500.75",
    "{{7*7}}",
    "\ud7ff" * 3,
]


@pytest.mark.parametrize("text", [*TEXTS[:5], *ODD])
def test_there_and_back(pieces, text):
    text = normalise(text, "en")
    assert pieces.decode(pieces.encode(text)) == text
    for sampled in pieces.sample([text] * 5, 0.5):
        assert pieces.decode(sampled) == text


def test_special_pieces_are_where_they_belong(pieces):
    assert [pieces.piece(number) for number in (PAD, END, START)] == list(SPECIAL)
    assert len(pieces) == 340
    assert not {PAD, END, START} & set(pieces.encode("cat <zebra> 中"))


def test_a_tokenizer_survives_its_text(pieces):
    again = Subwords.load(pieces.tokenizer.to_str())
    assert [again.encode(text) for text in TEXTS] == [pieces.encode(text) for text in TEXTS]


def test_sampling_splits_otherwise_and_never_merges_more(pieces):
    text = "The cat sits on the mat."
    plain = pieces.encode(text)
    assert pieces.sample([text], 0.0) == [plain]
    sampled = pieces.sample([text] * 50, 0.3)
    assert any(row != plain for row in sampled)
    assert all(len(row) >= len(plain) for row in sampled)
    assert pieces.encode(text) == plain  # the tokenizer itself was left alone


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Don't you see the bookshelf?", "en", ["Don't", "you", "see", "the", "bookshelf", "?"]),
        ("L'homme n'a pas vu le chat !", "fr", ["L'", "homme", "n'", "a", "pas", "vu", "le", "chat", "!"]),
        ("中文 OK 😀", "zh", ["中", "文", "OK", "😀"]),
    ],
)
def test_pieces_find_their_words(pieces, text, language, words):
    numbers = pieces.encode(normalise(text, language))
    found, owners = pieces.words(numbers, language)
    assert found == words
    assert owners == sorted(owners)
    assert set(owners) == set(range(len(words)))
    for number, word in enumerate(words):
        mine = pieces.decode([p for p, owner in zip(numbers, owners, strict=True) if owner == number])
        assert mine.strip() == word.strip()


def test_spans_are_those_of_the_text(pieces):
    rng = random.Random(0)
    for _ in range(300):
        numbers = [rng.randrange(3, 340) for _ in range(rng.randint(1, 12))]  # broken bytes and all
        text, spans = pieces.spans(numbers)
        assert text == pieces.decode(numbers)
        assert all(a <= b for a, b in spans)
        assert [a for a, _ in spans][1:] == [b for _, b in spans][:-1]
        words, owners = pieces.words(numbers, "fr")
        assert owners == sorted(owners)
        assert set(owners) <= set(range(len(words)))


def test_characters_in_one_piece_are_one_word():
    pieces = Subwords.learn(["我们走吧.", "我们来."] * 50, 330)
    numbers = pieces.encode("我们走")
    assert "我们" in [pieces.piece(number).lstrip("▁") for number in numbers]
    words, owners = pieces.words(numbers, "zh")
    assert words == ["我们", "走"] and set(owners) == {0, 1}


def test_words_of_nothing(pieces):
    assert pieces.words([], "en") == ([], [])


@pytest.mark.parametrize(
    ("text", "language", "normal", "printed"),
    [
        ("“Tom’s”\u200b  book…", "en", '"Tom\'s" book...', '"Tom\'s" book...'),
        ("Viens-tu\u202f?", "fr", "Viens-tu ?", "Viens-tu\u202f?"),
        ("Quoi?!", "fr", "Quoi ?!", "Quoi\u202f?!"),
        ("« Oui »,\u00a0dit-il\u00a0: c’est 12:30.", "fr", "« Oui », dit-il : c'est 12:30.", None),
        ("你好，世界！", "zh", "你好,世界!", "你好，世界！"),
        ("他有 3.5 元。", "zh", "他有3.5元.", "他有3.5元。"),
        ("ＡＢＣ　１２３", "en", "ABC 123", "ABC 123"),
        ("a\tb\nc\x00\u202ed", "en", "a b cd", "a b cd"),
    ],
)
def test_one_way_to_write_each_thing(text, language, normal, printed):
    assert normalise(text, language) == normal
    assert normalise(normal, language) == normal
    if printed is not None:
        assert restore(normal, language) == printed
        assert normalise(printed, language) == normal
