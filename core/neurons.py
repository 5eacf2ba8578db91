"""Find a cell that follows a pattern in the text (Karpathy, Johnson & Fei-Fei 2015, "Visualizing and Understanding
Recurrent Networks", section 4.2; the search by correlation is what LSTMVis, Strobelt et al. 2018, does by hand)."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.complaint import Complaint

Track = NDArray[np.float32]
"""One number per character of a text, in [0, 1]."""


def _matches(text: str, pattern: str, flags: int = 0) -> Track:
    """1 where the text lies inside a match of `pattern` - inside its group 1 if it has one - else 0."""
    track = np.zeros(len(text), np.float32)
    for match in re.finditer(pattern, text, flags):
        start, end = match.span(1 if match.re.groups else 0)
        track[start:end] = 1
    return track


def quotes(text: str) -> Track:
    """Inside double quotes, within one line."""
    return _matches(text, r'"([^"\n]*)"')


def speaker(text: str) -> Track:
    """Inside the name of a speaker: a line that is a capitalised name and a colon."""
    return _matches(text, r"^[A-Z][A-Za-z ']*:$", re.M)


def line_position(text: str) -> Track:
    """How far along its line a character stands: 0 at the start, 1 at the longest line's end."""
    column, columns = 0, []
    for char in text:
        columns.append(column)
        column = 0 if char == "\n" else column + 1
    return np.array(columns, np.float32) / max(1, max(columns, default=1))


def verse_position(text: str) -> Track:
    """How far along its verse of a Chinese poem: counted from the last stop, comma or line break."""
    return line_position(re.sub("[，。！？；、]", "\n", text))


def brackets(text: str) -> Track:
    """Inside round brackets, however deep."""
    depth, track = 0, np.zeros(len(text), np.float32)
    for position, char in enumerate(text):
        depth = max(0, depth - (char == ")"))
        track[position] = depth > 0
        depth += char == "("
    return track


def comment(text: str) -> Track:
    """Inside a C comment."""
    return _matches(text, r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.S)


def indentation(text: str) -> Track:
    """In the white space at the start of a line."""
    return _matches(text, r"^[ \t]+", re.M)


def verse_end(text: str) -> Track:
    """The last three characters of a line or verse, before the punctuation or line break."""
    return _matches(text, r"(\w{1,3})[^\w\n]*(?:\n|[，。！？；])")


PATTERNS: dict[str, Callable[[str], Track]] = {
    "quotes": quotes,
    "speaker": speaker,
    "line_position": line_position,
    "verse_position": verse_position,
    "brackets": brackets,
    "comment": comment,
    "indentation": indentation,
    "verse_end": verse_end,
}


def rank(cells: NDArray[np.float32], track: Track, best: int = 8) -> list[tuple[int, float]]:
    """The cells that follow a pattern best.

    Args:
        cells: (characters, units), value of each cell after each character.
        track: (characters,), the pattern.
        best: how many to return.

    Returns:
        (unit, Pearson correlation in [-1, 1]) with the largest absolute correlation first.

    Raises:
        Complaint: the pattern is the same everywhere in this text, so nothing can follow it.
    """
    wanted = track - track.mean()
    if not np.abs(wanted).max(initial=0) > 0:
        raise Complaint(
            "This text does not show that pattern: it is the same at every character. Try another text or "
            "another pattern.",
            "这段文字里看不到这个模式：每个字符处都一样。请换一段文字或换一个模式。",
        )
    values = cells - cells.mean(axis=0)
    scale = np.sqrt((values**2).sum(axis=0) * (wanted**2).sum())
    correlation = np.divide(wanted @ values, scale, out=np.zeros(cells.shape[1], np.float32), where=scale > 1e-9)
    order = np.argsort(-np.abs(correlation))[:best]
    return [(int(unit), float(correlation[unit])) for unit in order]
