"""One clear sentence for a person, in the two languages of the gallery, and the checks that most often need it."""

import math
import random
from numbers import Real

SEEDS = 2**31 - 1
"""The largest seed."""


class Complaint(ValueError):
    """Something a person can put right. `str()` gives the English sentence; `zh` holds the Chinese one."""

    def __init__(self, en: str, zh: str):
        super().__init__(en)
        self.en, self.zh = en, zh

    def __reduce__(self):
        return Complaint, (self.en, self.zh)


def number(name: tuple[str, str], value: object, low: float, high: float) -> float:
    """`value` as a float within [low, high].

    Args:
        name: what the person calls this number, in English and in Chinese.
        value: anything; text is refused even where it spells a number, for a client should send numbers.

    Raises:
        Complaint: not a number, not finite, or outside the range. The sentence names the range.
    """
    # the range comes first: an integer of hundreds of digits has no float; NaN is in no range
    if isinstance(value, Real) and not isinstance(value, bool) and low <= value <= high and math.isfinite(value):
        return float(value)
    (en, zh), shown = name, f"{value!r}"[:40]
    en, zh = (
        f"{en} must be a number from {written(low)} to {written(high)}",
        f"{zh}必须是 {written(low)} 到 {written(high)} 之间的数",
    )
    if value is None:  # an emptied field, or one with letters in it
        raise Complaint(f"{en}; there was none.", f"{zh}，但没有收到数。")
    raise Complaint(f"{en}; it was {shown}.", f"{zh}，收到的是 {shown}。")


def written(value: float) -> str:
    """A number as people write it: 4000, 2,147,483,647, 0.5."""
    if value != int(value):
        return f"{value:g}"
    return f"{int(value):,}" if abs(value) >= 10_000 else f"{int(value)}"


def whole(name: tuple[str, str], value: object, low: int, high: int) -> int:
    """`value` as an int within [low, high]; a float such as 7.0 counts. Raises Complaint otherwise."""
    exact = number(name, value, low, high)
    if exact != int(exact):
        en, zh = name
        raise Complaint(f"{en} must be a whole number; it was {exact:g}.", f"{zh}必须是整数，收到的是 {exact:g}。")
    return int(exact)


def checked_seed(value: object) -> int:
    """A seed of a random generator, 0 to SEEDS; None draws a new one. Raises Complaint."""
    return random.randint(0, SEEDS) if value is None else whole(("The seed", "种子"), value, 0, SEEDS)


def choice(name: tuple[str, str], value: object, allowed: tuple[str, ...]) -> str:
    """`value` if it is one of `allowed`. Raises Complaint otherwise, naming what is possible."""
    if isinstance(value, str) and value in allowed:
        return value
    en, zh = name
    shown = f"{value!r}"[:40]
    raise Complaint(
        f"{en} must be one of {', '.join(allowed)}; it was {shown}.",
        f"{zh}必须是 {'、'.join(allowed)} 之一，收到的是 {shown}。",
    )


def text(name: tuple[str, str], value: object, longest: int) -> str:
    """`value` as text of at most `longest` characters, with line ends made "\\n" and invisible control characters
    (all of category Cc but line feed and tab, and lone surrogates) taken out. Raises Complaint otherwise."""
    en, zh = name
    if not isinstance(value, str):
        raise Complaint(
            f"{en} must be text; it was {type(value).__name__}.", f"{zh}必须是文字，收到的是 {type(value).__name__}。"
        )
    if len(value) > longest:
        raise Complaint(
            f"{en} may have at most {longest:,} characters; this has {len(value):,}.",
            f"{zh}最多 {longest:,} 个字符，这里有 {len(value):,} 个。",
        )
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        char
        for char in value
        if char in "\n\t" or not (ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000)
    )
