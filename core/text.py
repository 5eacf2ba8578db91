"""Characters to numbers and back."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

RARE = "□"
"""Stands for a character too rare to have a vector of its own; the traditional sign for a lost character."""


@dataclass(frozen=True)
class Vocabulary:
    """A fixed, ordered set of characters. `chars[i]` is the character with number i."""

    chars: str
    index: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        index = {char: number for number, char in enumerate(self.chars)}
        if len(index) != len(self.chars):
            raise ValueError("a vocabulary must not name a character twice")
        object.__setattr__(self, "index", index)

    def __len__(self) -> int:
        return len(self.chars)

    @classmethod
    def of(cls, text: str, seen: int = 1) -> "Vocabulary":
        """All characters that occur at least `seen` times in `text`, sorted; RARE is added if any was left out."""
        counts = Counter(text)
        kept = {char for char, count in counts.items() if count >= seen}
        if len(kept) < len(counts):
            kept.add(RARE)
        return cls("".join(sorted(kept)))

    def encode(self, text: str) -> tuple[list[int], list[str]]:
        """Numbers of the known characters, and each unknown character once, in order of appearance.

        Full-width and typographic forms that the vocabulary lacks are tried in their plain form first (NFKC), so a
        curly quote or a full-width comma does not count as unknown when the plain one is known.
        """
        numbers, unknown = [], {}
        for char in text:
            number = self.index.get(char)
            if number is None:
                number = self.index.get(PLAIN.get(char) or unicodedata.normalize("NFKC", char))
            if number is None:
                unknown[char] = None
            else:
                numbers.append(number)
        return numbers, list(unknown)

    def encode_with_rare(self, text: str) -> list[int]:
        """Numbers of all characters, those outside the vocabulary as RARE. Raises KeyError if there is no RARE."""
        rare = self.index.get(RARE)
        numbers = [self.index.get(char, rare) for char in text]
        if None in numbers:
            raise KeyError(f"this vocabulary has no {RARE}, and the text has characters outside of it")
        return numbers

    def numbers(self, text: str) -> list[int]:
        """Numbers of a text to learn from: characters outside the vocabulary as RARE, or left out if it has none."""
        return self.encode_with_rare(text) if RARE in self.index else self.encode(text)[0]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of a sequence of character numbers."""
        return "".join(self.chars[number] for number in numbers)


PLAIN = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\t": " ", "\r": "\n"}
"""Plain forms of typographic characters, used only where the vocabulary lacks the character itself."""
