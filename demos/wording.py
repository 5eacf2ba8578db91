"""Everything the gallery says, in English and Chinese.

Labels stand in `words/labels.json` (key -> [English, Chinese]), prose in `words/<slug>.<language>.md`, cut into parts
by lines of the form `<!-- part: lesson -->`. A teacher may edit both without touching code. The browser's language
decides which is seen; `?lang=en` or `?lang=zh` in the address overrides it (see views/page.js).
"""

import json
import re
from functools import cache
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from core.cards import render
from core.weights import manifest
from demos.paintings import paintings

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("en", "zh")


@cache
def labels() -> dict[str, tuple[str, str]]:
    """Key -> (English, Chinese)."""
    written = {key: tuple(both) for key, both in json.loads((WORDS / "labels.json").read_text("utf-8")).items()}
    # an attribute and one of its values stand in lists as one: "glasses: none"
    pairs = [(key, key.partition(": ")[0]) for key in written if key.startswith("gan.axes_read_") and ": " in key]
    wishes = {
        f"wish/{key}": tuple(map(": ".join, zip(written[name], written[key], strict=True))) for key, name in pairs
    }
    return written | wishes | {f"painting/{slug}": one.title for slug, one in paintings().items()}


@cache
def prose(slug: str, language: str) -> dict[str, str]:
    """Part name -> Markdown of one tab's words."""
    pieces = re.split(r"^<!-- part: ([\w-]+) -->$", (WORDS / f"{slug}.{language}.md").read_text("utf-8"), flags=re.M)
    return {name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def say(key: str) -> I18nData:
    """The label `key`, to be put wherever Gradio takes a label; the browser picks the language.

    Raises:
        KeyError: for a key that `words/labels.json` lacks, so a typing error stops the start.
    """
    labels()[key]
    return I18nData(key)


def tell(slug: str, part: str) -> I18nData:
    """The prose `part` of a tab, as `say` does for labels."""
    prose(slug, "en")[part]
    return I18nData(f"{slug}/{part}")


def tell_card(name: str) -> I18nData:
    """The model card of a weight file, generated from the manifest."""
    return I18nData(f"card/{name}")


def translations(slugs: tuple[str, ...]) -> gr.I18n:
    """All labels and prose in the form `launch(i18n=)` takes. All forms of Chinese get the same words, see page.js."""
    tables = {}
    for number, language in enumerate(LANGUAGES):
        table = {key: both[number] for key, both in labels().items()}
        for slug in slugs:
            table |= {f"{slug}/{part}": text for part, text in prose(slug, language).items()}
        table |= {f"card/{name}": render(name, entry, language) for name, entry in manifest().items()}
        tables[language] = table
    return gr.I18n(**{"en": tables["en"], "zh-CN": tables["zh"]})
