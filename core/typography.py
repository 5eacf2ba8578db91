"""One way to write each thing, the same in training and in use; and each language's own way again on the way out.

Sources differ in their quotation marks, dashes, full-width letters and in the many spaces of French. A network that
meets all forms learns each of them badly.
"""

import re
import unicodedata

MARKS = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "▁": "_"}
)
"""Typographic forms of marks that a keyboard has."""
INVISIBLE = re.compile(r"[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
"""Control characters, marks of direction, zero-width characters and the soft hyphen."""
NARROW, WIDE = "\u202f", "\u00a0"
"""The two no-break spaces of French: before ; ! ? and before : and inside « »."""
WORDS = {
    "en": re.compile(r"\w+(?:'\w+)*|[^\w\s]"),
    "fr": re.compile(r"\w+'|\w+|[^\w\s]"),
    "zh": re.compile(r"[A-Za-z0-9]+|\S"),
}
"""What counts as a word of each language: don't is one, l'homme are two, a Chinese character is one."""


def words_of(language: str) -> re.Pattern:
    """What counts as a word of a language; one that is not listed is cut like English."""
    return WORDS.get(language, WORDS["en"])


def normalise(text: str, language: str) -> str:
    """The form in which texts are learned and translated.

    Full-width forms become plain ones (Unicode NFKC), typographic quotation marks and dashes become those of a
    keyboard, invisible characters vanish, and white space becomes single spaces. In French, « » stand apart from the
    words, and so do ; : ! ? from the word before.
    """
    text = re.sub(r"\s", " ", text)  # tabs and line breaks are spaces, not control characters to be removed
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(MARKS)
    text = text.replace("…", "...")
    if language == "fr":
        text = re.sub(r"\s*([!?;»]+|:(?!\d))", r" \1", text).replace("«", "« ")
    if language == "zh":  # spaces between Chinese characters mean nothing
        text = re.sub(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])", "", text.replace("。", "."))
    return " ".join(text.split())


def restore(text: str, language: str) -> str:
    """A normalised text as a careful printer of that language would set it."""
    if language == "fr":
        text = re.sub(r" ([!?;])", NARROW + r"\1", text)
        text = re.sub(r" ([:»])", WIDE + r"\1", text).replace("« ", "«" + WIDE)
        return text.replace("'", "’")
    if language == "zh":
        text = re.sub(r"(?<![\d.])\.(?!\d)", "。", text)
        return re.sub(r"(?<!\d)[,?!:;]|[,?!:;](?!\d)", lambda mark: chr(ord(mark[0]) + 0xFEE0), text)
    return text
