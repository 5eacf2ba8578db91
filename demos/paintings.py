"""The paintings that hang here: their files, and what the label beside each says."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "paintings"


@dataclass(frozen=True)
class Painting:
    """slug: the name it goes by in the program. title, artist, credit: (en, zh). year: as museums write it, such as
    "c. 1831" or "1830–1833". path: of the JPEG file, 314 to 694 pixels wide; faint joints of a puzzle are in it."""

    slug: str
    title: tuple[str, str]
    artist: tuple[str, str]
    year: str
    credit: tuple[str, str]
    path: Path


@lru_cache
def paintings() -> dict[str, Painting]:
    """Slug -> painting, in the order in which they hang."""
    page = json.loads((FOLDER / "paintings.json").read_text(encoding="utf-8"))

    def both(words: dict[str, str]) -> tuple[str, str]:
        return words["en"], words["zh"]

    return {
        slug: Painting(
            slug, both(row["title"]), both(row["artist"]), row["year"], both(page["credit"]), FOLDER / f"{slug}.jpg"
        )
        for slug, row in page["paintings"].items()
    }
