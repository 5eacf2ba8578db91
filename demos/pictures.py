"""The pictures that visitors bring, and those that hang here already."""

import json
import time
from functools import lru_cache
from pathlib import Path

from PIL import ImageOps

from core.complaint import Complaint
from core.images import SIDE, Picture, from_url, opened, to_url

FOLDER = Path(__file__).parent / "photos"
LONGEST_NAME = 40
SMALL = 256
"""Pixels of the longer side up to which a picture is kept exactly: another room may have asked a network about it."""
LARGE = 2048
"""Pixels of the longer side of a picture that is to be painted in full."""


@lru_cache
def photos() -> dict[str, dict[str, str]]:
    """Name -> title in both languages (en, zh) and credit of every photograph that ships."""
    return json.loads((FOLDER / "photos.json").read_text(encoding="utf-8"))


def find(picture: str, side: int = SIDE) -> Picture:
    """A picture by the name of one that ships, or by its own bytes.

    Args:
        picture: a key of `photos()`, or a `data:image/...;base64,...` address.
        side: pixels of its longer side at most.

    Raises:
        Complaint: an unknown name, or whatever `core.images` has against the picture.
    """
    if not isinstance(picture, str):
        raise Complaint("There is no picture.", "没有图片。")
    return _find(picture, side)


@lru_cache(maxsize=8)
def _find(picture: str, side: int) -> Picture:
    if picture in photos():
        return opened((FOLDER / f"{picture}.jpg").read_bytes(), side)
    if len(picture) <= LONGEST_NAME and not picture.startswith("data:"):
        raise Complaint(
            f"There is no picture {picture!r} here; there are {', '.join(photos())}.",
            f"这里没有名为 {picture!r} 的图片；有 {'、'.join(photos())}。",
        )
    return opened(from_url(picture), side)


def kept(picture: str, side: int = SIDE) -> tuple[str, list[list[str]]]:
    """A picture in the form in which it is remembered for its visitor - a name, or a `data:` address of at most `side`
    pixels a side, JPEG if it is not small - and what was done to the file, [en, zh] each. Raises Complaint as `find`
    does."""
    found = find(picture, side)
    notes = [list(note) for note in found.notes]
    if picture in photos():
        return picture, notes
    return to_url(found.image, "webp" if max(found.image.size) <= SMALL else "jpeg"), notes


@lru_cache
def thumbnails() -> list[list[str]]:
    """Name, title in English and Chinese, credit and a small picture (`data:` address) of every photograph."""
    rows = []
    for name, row in photos().items():
        small = ImageOps.fit(find(name).image, (117, 87))
        rows.append([name, row["en"], row["zh"], row["credit"], to_url(small, "jpeg")])
    return rows


REFUSED = "() => { gallery.announce('picture-refused', true); }"
"""What the page runs when a picture was not taken."""


def wall(chosen: str, notes: list[list[str]] | None = None, photos: list[list[str]] | None = None, **more) -> dict:
    """Value of the view `intake`: what hangs here, by default the photographs, which of it is chosen, and notes on the
    file that came in. The page hears of changes only, so no two values are alike: a second file is news as well."""
    hung = thumbnails() if photos is None else photos
    return dict(photos=hung, chosen=chosen, notes=notes or [], at=time.monotonic_ns()) | more
