"""Vocabulary: unknown characters are dropped and named, never a crash."""

import pytest

from core.complaint import Complaint, text
from core.text import RARE, Vocabulary


def test_round_trip():
    vocabulary = Vocabulary.of("hello world\n")
    numbers, unknown = vocabulary.encode("hello\nworld")
    assert vocabulary.decode(numbers) == "hello\nworld"
    assert unknown == []


def test_unknown_characters_are_named_once_in_order():
    numbers, unknown = Vocabulary("abc").encode("aXbYXc😀")
    assert numbers == [0, 1, 2]
    assert unknown == ["X", "Y", "😀"]


def test_typographic_forms_fall_back_to_plain_ones():
    vocabulary = Vocabulary("a'\",-")
    assert vocabulary.decode(vocabulary.encode("a’“a”，—")[0]) == 'a\'"a",-'


def test_a_known_typographic_form_stays():
    vocabulary = Vocabulary("’'")
    assert vocabulary.decode(vocabulary.encode("’'")[0]) == "’'"


def test_rare_characters_become_one_sign():
    vocabulary = Vocabulary.of("aaaabbbbc", seen=2)
    assert vocabulary.chars == "ab" + RARE
    assert vocabulary.decode(vocabulary.encode_with_rare("abcz")) == "ab" + RARE + RARE


def test_no_sign_for_rare_characters_is_an_error_not_a_guess():
    with pytest.raises(KeyError):
        Vocabulary("ab").encode_with_rare("abc")


def test_a_character_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        Vocabulary("aba")


def test_cleaning_takes_control_characters_and_lone_surrogates_out():
    assert text(("x", "x"), "a\x00b\x1b[31m\r\nc\td\ud800\x85e", 100) == "ab[31m\nc\tde"


@pytest.mark.parametrize("value", [None, 5, b"bytes", ["a"], "x" * 101])
def test_what_is_no_text_or_too_long_gets_one_sentence(value):
    with pytest.raises(Complaint, match="The prompt"):
        text(("The prompt", "开头"), value, 100)
