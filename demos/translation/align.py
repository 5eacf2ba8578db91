"""Which word became which? You link the words by hand, and are compared with a network and with mere counting."""

import json
from functools import cache
from typing import Any

from core import weights
from core.alignment import Links, alignment_error
from core.complaint import Complaint, whole
from core.translators import attention_links
from core.typography import WORDS
from demos.translation.models import find

GOLD = weights.FOLDER / "alignments.en-fr.json"
LINKS = ("The links", "链接")


@cache
def sentences() -> list[dict]:
    """The hand-aligned sentences: english, french, sure and possible links, and those of IBM Model 1."""
    return json.loads(GOLD.read_text(encoding="utf-8"))


def compute(number: int = 1, links: list[list[int]] | None = None) -> dict[str, Any]:
    """One of the hand-aligned dev sentences, and how good links between its words are.

    Args:
        number: of the sentence, 1 to 60.
        links: pairs [English word, French word], counted from 0; None or empty leaves the answers covered.

    Returns:
        number, count, english, french, source and target words. With links also model (those of the strongest
        attention when the network is made to write this French), ibm1, sure, possible, errors: the alignment error
        rates of you, model and ibm1 on this sentence, 0 to 1; and counts: of each of the three [hits, of how many], to
        be summed over sentences for the rate 1 - hits / how many.

    Raises:
        Complaint: no such sentence, or links that do not fit it.
    """
    rows = sentences()
    number = whole(("The number of the sentence", "句子的编号"), number, 1, len(rows))
    row = rows[number - 1]
    source, target = WORDS["en"].findall(row["english"]), WORDS["fr"].findall(row["french"])
    sheet = dict(number=number, count=len(rows), source=source, target=target) | {
        k: row[k] for k in ("english", "french")
    }
    if not links:
        return sheet
    mine = checked(links, len(source), len(target))
    sure, possible = pairs(row["sure"]), pairs(row["possible"])
    model = attention_links(find("en-fr", "attention"), row["english"], row["french"])[0]
    others = {"you": mine, "model": model, "ibm1": pairs(row["ibm1"])}
    either = sure | possible
    return sheet | dict(
        model=sorted(model),
        ibm1=row["ibm1"],
        sure=row["sure"],
        possible=row["possible"],
        errors={name: round(alignment_error([found], [sure], [possible]), 3) for name, found in others.items()},
        counts={n: [len(a & sure) + len(a & either), len(a) + len(sure)] for n, a in others.items()},
    )


def pairs(links: list[list[int]]) -> Links:
    """Links as the arithmetic wants them."""
    return {tuple(link) for link in links}


def checked(links: object, source: int, target: int) -> Links:
    """Links that a client sent.

    Raises:
        Complaint: not a list of pairs of word numbers of sentences of `source` and `target` words.
    """
    fine = isinstance(links, list) and len(links) <= source * target
    for link in links if fine else []:
        fine = fine and isinstance(link, list) and len(link) == 2 and all(type(place) is int for place in link)
        fine = fine and 0 <= link[0] < source and 0 <= link[1] < target
    if not fine:
        raise Complaint(
            "The links must be a list of pairs [English word, French word], from [0, 0] to "
            f"[{source - 1}, {target - 1}].",
            f"链接必须是 [英语词, 法语词] 的列表，从 [0, 0] 到 [{source - 1}, {target - 1}]。",
        )
    return pairs(links)
