"""Sentences to try, with every translation that people gave: from the dev sets, so no network has learned from them.

Tatoeba through manythings.org/anki, CC BY 2.0 FR.
"""

import json
from functools import cache
from pathlib import Path

from core.typography import normalise


@cache
def examples(pair: str) -> dict[str, dict]:
    """What kind of difficulty -> `sentence` and `references`, in the order in which they are offered."""
    every = json.loads(Path(__file__).with_name("examples.json").read_text(encoding="utf-8"))
    return {row["kind"]: row for row in every[pair]}


def references(pair: str, sentence: str) -> list[str]:
    """What people wrote for a sentence, if it is one of the examples."""
    asked = normalise(sentence, "en")
    return next((row["references"] for row in examples(pair).values() if normalise(row["sentence"], "en") == asked), [])
