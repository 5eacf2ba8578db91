"""Which translators there are, and the one door through which every sentence comes in."""

from functools import lru_cache
from typing import Any

from core import hub, weights
from core.complaint import Complaint, choice, text
from core.subwords import END
from core.translators import Interpreter, interpreter

FILES = {
    ("en-fr", "fixed"): "translation_en_fr_fixed.safetensors",
    ("en-fr", "attention"): "translation_en_fr_attention.safetensors",
    ("en-fr", "transformer"): "marian_en_fr/model.safetensors",
    ("en-zh", "attention"): "translation_en_zh_attention.safetensors",
}
PAIRS = ("en-fr", "en-zh")
KINDS = ("fixed", "attention", "transformer")
HUB = "hub:"
"""What the name of a model from the Hugging Face hub begins with."""
PAIR = ("The pair of languages", "语言对")
SENTENCE = ("The sentence", "句子")
LONGEST, MOST = 400, 120
"""Characters a sentence may have, and pieces. The models learned from sentences of up to about thirty words."""


def find(pair: object, kind: object) -> Interpreter:
    """The translator of a pair of languages and a kind; or, for "hub:owner/name", one that was fetched before.

    Raises:
        Complaint: no such pair or kind, or not this kind for this pair. WeightsError: its file is damaged.
    """
    if isinstance(kind, str) and kind.startswith(HUB):
        name = hub.checked(kind.removeprefix(HUB))
        folder = hub.on_disk(name)
        if folder is None:
            raise Complaint(f"{name} has not been fetched yet.", f"{name} 还没有下载。")
        return hub.load(folder, name)
    pair = choice(PAIR, pair, PAIRS)
    kind = choice(("The model", "模型"), kind, KINDS)
    if (pair, kind) not in FILES:
        raise Complaint(
            "For Chinese there is only the model with attention.",
            "译成中文只有带注意力的模型。",
        )
    return interpreter(FILES[pair, kind])


def doubt(pair: str, kind: str) -> float | None:
    """Mean ln p of a piece below which a translation is a guess (`weights.recipes.translation_publish.doubt`); None for
    a model of the hub, whose dev set nobody knows."""
    return weights.check(FILES[pair, kind])["doubt"] if (pair, kind) in FILES else None


@lru_cache(maxsize=64)
def encoded(who: Interpreter, source: tuple[int, ...]) -> Any:
    """The memory of a source, which nobody changes: another decoder or a held row need not read the sentence again."""
    return who.net.encode([source])


def read(who: Interpreter, sentence: object) -> list[int]:
    """A sentence as source pieces.

    Raises:
        Complaint: empty, too long, or nothing in it that can be seen.
    """
    pieces = who.read(text(SENTENCE, sentence, LONGEST))
    if not pieces:
        raise Complaint("There is nothing to translate: type a sentence first.", "没有可翻译的内容：请先输入一个句子。")
    if len(pieces) > MOST:
        raise Complaint(
            f"The sentence comes apart into {len(pieces)} pieces; at most {MOST} can be translated. Shorten it.",
            f"这个句子切成了 {len(pieces)} 个子词，最多只能翻译 {MOST} 个。请缩短。",
        )
    return pieces


def beginning(who: Interpreter, prefix: object) -> list[int]:
    """Target pieces that are set beforehand, from what a client sent.

    Raises:
        Complaint: not a list of at most MOST piece numbers of this model.
    """
    fine = isinstance(prefix, list) and len(prefix) <= MOST
    if not fine or not all(type(piece) is int and END <= piece < len(who.pieces) for piece in prefix):
        raise Complaint(
            f"The beginning must be a list of at most {MOST} piece numbers of this model.",
            f"开头必须是至多 {MOST} 个此模型子词编号的列表。",
        )
    return prefix
