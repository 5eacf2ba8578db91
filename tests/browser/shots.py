"""Takes the pictures of the README and of every part, light, dark and on a phone: `make shots`.

They go to docs/shots, of which git keeps those that the README shows. Look at them after every visible change.
"""

from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

import app
from tests.browser.driver import Visitor, chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "shots"
TRANSLATION = {
    "translate": ("Translate", "#translation .references"),
    "hold": ("Take hold of the attention", "#translation-after .matrix"),
    "need": ("What did it need?", "#translation-need .matrix"),
    "compare": ("2014, 2015, 2017", "#translation-compare .chart"),
    "align": ("Be the aligner", "#translation-align .link"),
}
PICTURES = {
    "look": ("What is it?", "#cnn-look .verdict"),
    "inside": ("Look inside", "#cnn-inside .tile"),
    "convolve": ("Convolution by hand", "#cnn-convolve canvas"),
    "paint": ("Paint it out", "#cnn-paint .verdict"),
    "fool": ("Fool it", "#cnn-fool .verdict"),
    "draw": ("Draw a digit", "#cnn-draw-layers canvas"),
    "wall": ("The test wall", "#cnn-wall .wall-chart"),
    "teach": ("Teach it your own", "#cnn-teach-live .bar-row"),
    "watch": ("Watch one learn", "#cnn-learn canvas"),
}
PAINTED = {
    "hands": ("Sixteen hands", "#style-hands .curtain-before"),
    "live": ("Live", "#style-camera button"),
    "sheet": ("All at once", "#style-sheet .sheet-one"),
    "anything": ("Any painting", "#style-any .curtain-before"),
    "optimised": ("Watch it being painted", "#style-watch img"),
    "meter": ("Style meter", "#style-meter .chart, #style-meter svg"),
    "known": ("Is it still known?", "#style-knows .chart"),
    "gram": ("What is style?", "#style-gram canvas"),
}
PRESSED = {
    "live": ("Start the camera", "#style-camera .rows-facts", "a second"),
    "optimised": ("Paint", "#style-watch .verdict", "finished"),
    "gram": ("Grow a texture from this matrix alone", "#style-gram", "step 120 of 120"),
}
"""Parts that show their result when a button is pressed: which one, and what then stands where."""
FORGED = {
    "forged": ("The wall", "#gan-wall .gan-tile"),
    "walk": ("Walk and mix", "#gan-walk"),
    "axes": ("Named axes", "#gan-axes"),
    "judge": ("Judge the forger", "#gan-judge-scores"),
    "memory": ("Does it memorise?", "#gan-memory"),
    "collapse": ("Learn and fail", "#gan-learn"),
    "things": ("Ten kinds of things", "#gan-things .things-tile"),
    "plane": ("2-D laboratory", "#gan-lab canvas"),
    "steer": ("Steer", "#gan-steer"),
    "project": ("Find this face", "#gan-project"),
}
PARTS = {
    "write": "Write",
    "read": "Read a text",
    "neurons": "Find a neuron",
    "sampler": "Be the sampler",
    "learn": "Watch it learn",
    "train": "Train your own",
}
READY = {
    "read": ".rungs tbody tr",
    "neurons": ".rank .chip",
    "sampler": ".pick",
    "learn": ".timeline-slider",
    "train": "#char-train .hint",
}


def open_part(page: Page, label: str) -> None:
    """Opens a part."""
    page.get_by_role("tab", name=label, exact=True).click()


def rooms(browser, url: str, look: str, options: dict, query: str, parts: dict, pause: int) -> None:
    """Pictures of the parts of one tab, the first of which is open anyway, each `pause` milliseconds after its first
    result."""
    visitor = Visitor(browser, url, **options)
    page = visitor.go(query)
    for position, (name, (label, ready)) in enumerate(parts.items()):
        if position:
            open_part(page, label)
        page.locator(ready).first.wait_for(timeout=60_000)
        if name in PRESSED:
            button, where, words = PRESSED[name]
            page.get_by_role("button", name=button, exact=True).click()
            page.locator(where).filter(has_text=words).first.wait_for(timeout=120_000)
        page.wait_for_timeout(pause)
        page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=look == "phone")
    visitor.close()


def slim(path: Path) -> None:
    """A picture in 256 colours: a third of the bytes, and nobody sees it."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    gallery = app.create_app()
    _, url, _ = gallery.launch(**app.launch_options(), prevent_thread_lock=True, quiet=True)
    with chromium() as browser:
        for look, options in {"light": {}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844}}.items():
            visitor = Visitor(browser, url, **options)
            page = visitor.go("corpus=linux&prompt=static%20int%20" if look == "dark" else "")
            page.locator("#char-write").get_by_role("button", name="at once").click()
            page.locator("#char-write .quote-key").wait_for(timeout=60_000)
            page.locator("#char-write .rows-text").evaluate("sheet => { sheet.scrollTop = 0; }")
            page.locator("#char-write .ch").nth(12).click()
            for name, label in PARTS.items():
                if name != "write":
                    open_part(page, label)
                    page.locator(READY[name]).first.wait_for(timeout=60_000)
                page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=look == "phone")
            visitor.close()
            tall = options | ({} if look == "phone" else {"height": 1100})
            dark = look == "dark"
            rooms(browser, url, look, tall, "tab=translation" + "&model=transformer" * dark, TRANSLATION, 300)
            rooms(browser, url, look, tall, "tab=cnn" + "&picture=coffee" * dark, PICTURES, 2_500)
            rooms(browser, url, look, tall, "tab=style" + "&photo=cat&style=great_wave" * dark, PAINTED, 2_500)
            rooms(browser, url, look, tall, "tab=gan", FORGED, 4_000)
        visitor = Visitor(browser, url, language="zh-CN")
        page = visitor.page
        page.goto(f"{url}?__theme=light&corpus=tang&prompt=%E6%98%8E%E6%9C%88")
        page.locator("#char-write").get_by_role("button", name="立即").click()
        page.locator("#char-write .quote-key").wait_for(timeout=60_000)
        page.screenshot(path=FOLDER / "write-chinese.png")
        visitor.close()
    gallery.close()
    for path in FOLDER.glob("*.png"):
        slim(path)


if __name__ == "__main__":
    main()
