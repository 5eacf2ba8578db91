"""A real Chromium on the real page, with an eye on everything that must not happen."""

import re
from collections.abc import Callable
from contextlib import contextmanager
from urllib.parse import urlsplit

import gradio as gr
from playwright.sync_api import Browser, Page, sync_playwright
from pytest import MonkeyPatch

import app
from demos.contract import Demo
from tests.browser.need_chromium import find

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",  # a camera that sees a test card
    "--use-fake-ui-for-media-stream",  # and may be used
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
HOME = {"127.0.0.1", "localhost", ""}


def settled(page: Page, count: Callable[[], int], still: int = 700, most: int = 40) -> int:
    """What a number on the page is once it has not changed for `still` milliseconds; a busy machine takes its time."""
    now = count()
    for _ in range(most):
        page.wait_for_timeout(still)
        before, now = now, count()
        if before == now:
            return now
    raise AssertionError(f"it still changes: {now}")


@contextmanager
def chromium():
    """A browser that stays open for several pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(blocks: gr.Blocks, options: dict | None = None):
    """The address of an app of one's own, such as a single part of a tab alone on a page, while it runs."""
    _, address, _ = blocks.launch(**options or app.launch_options(), prevent_thread_lock=True, quiet=True)
    yield address
    blocks.close()


@contextmanager
def gallery_of(*demos: Demo):
    """The address of a gallery that has these rooms only, which opens sooner than all of it, while it runs."""
    with MonkeyPatch.context() as patch:
        patch.setattr(app, "DEMOS", demos)
        built, options = app.create_app(), app.launch_options()
    with served(built, options) as address:
        yield address


@contextmanager
def visiting(browser: Browser, address: str, **wishes):
    """A `Visitor` of a page, for whom nothing forbidden may have happened when they leave."""
    visitor = Visitor(browser, address, **wishes)
    yield visitor
    assert visitor.foreign == [] and visitor.alarms == []
    visitor.close()


class Visitor:
    """One visitor's page. `foreign`: requests to other hosts. `alarms`: dialogs and script errors.

    calm: whether they asked their system for less motion: texts and translations stand there at once.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        width: int = 1280,
        height: int = 900,
        language: str = "en-US",
        dark: bool = False,
        calm: bool = True,
    ):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
            reduced_motion="reduce" if calm else "no-preference",
        )
        self.page: Page = self.context.new_page()
        self.address, self.foreign, self.alarms, self.theme = address, [], [], "dark" if dark else "light"
        self.page.on("request", self._watch)
        self.page.on("dialog", self._alarm)
        self.page.on("pageerror", lambda error: self.alarms.append(str(error)))

    def _watch(self, request):
        if urlsplit(request.url).hostname not in HOME and not request.url.startswith(("data:", "blob:")):
            self.foreign.append(request.url)

    def _alarm(self, dialog):
        self.alarms.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def go(self, query: str = "") -> Page:
        """Opens the page (with `query`) and waits until its first result stands there."""
        self.page.goto(f"{self.address}?__theme={self.theme}{query and '&' + query}")
        if "tab=translation" in query:
            self.page.locator("#translation .ribbon.target").or_(
                self.page.locator("#translation-before .matrix")
            ).first.wait_for(timeout=60_000)
        elif "tab=cnn" in query:
            self.page.locator("#cnn-look .verdict:visible, #cnn-fool .verdict:visible").first.wait_for(timeout=60_000)
        elif "tab=style" in query:
            self.page.locator("#style-hands .curtain-before").wait_for(timeout=60_000)
        elif "tab=gan" in query:
            self.page.locator("#gan-wall .gan-tile").first.wait_for(timeout=60_000)
        else:
            self.page.locator("#char-write .rows-facts").get_by_text(re.compile("seed|种子")).wait_for(timeout=60_000)
        return self.page

    def part(self, name: str) -> Page:
        """Opens one part of the tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        return self.page

    def text(self, where: str = "#char-write") -> str:
        """What stands on a sheet, without the signs for line breaks."""
        return self.page.locator(f"{where} .rows-text").evaluate(
            """sheet => [...sheet.querySelectorAll('.ch')]
                 .map(c => c.classList.contains('break') ? '\\n' : c.textContent).join('')"""
        )

    def close(self):
        self.context.close()
