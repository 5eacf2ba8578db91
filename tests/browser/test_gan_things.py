"""Ten kinds of things on a real page: what hangs, what a picture becomes, what the address keeps."""

import io
import re

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from demos.gan import things
from tests.browser.driver import served, visiting
from tests.browser.test_gan_room import seen

WAIT = 90_000
TILE = "#gan-things .things-tile"


@pytest.fixture(scope="module")
def part():
    """Address of a page that holds just this part."""
    with gr.Blocks(analytics_enabled=False) as page:
        things.lay(gr.Textbox("", visible=False))
    with served(page) as address:
        yield address


@pytest.fixture
def page(browser, part):
    with visiting(browser, part) as visitor:
        visitor.page.goto(f"{part}?__theme=light")
        visitor.page.locator("#gan-morph canvas").wait_for(timeout=WAIT)
        yield visitor.page


def test_a_picture_is_clicked_and_becomes_another_kind(page):
    expect(page.locator(TILE)).to_have_count(80, timeout=WAIT)
    expect(page.locator("#gan-things .rows-facts")).to_contain_text(re.compile(r"takes \d+ of 80"))
    expect(page.locator(f"{TILE}[aria-pressed=true]")).to_have_count(1)
    page.locator(TILE).nth(8 * 8 + 5).click()  # a ship from noise 6
    where = page.locator("#gan-morph .morph-where")
    expect(where).to_have_text("ship", timeout=WAIT)
    expect(page.locator(TILE).nth(8 * 8 + 5)).to_have_attribute("aria-pressed", "true")
    first = seen(page, "#gan-morph canvas")
    page.locator("#gan-morph .chip", has_text="frog").click()
    expect(page.locator("#gan-morph .chip[aria-pressed=true]")).to_have_text("frog", timeout=WAIT)
    slider = page.locator("#gan-morph .timeline-slider")
    slider.focus()
    page.keyboard.press("End")
    expect(where).to_have_text("frog")
    last = seen(page, "#gan-morph canvas")
    assert np.abs(first - last).mean() > 5
    page.keyboard.press("Home")
    assert np.abs(seen(page, "#gan-morph canvas") - first).max() <= 2
    shares = page.locator("#gan-morph .morph-bar > :last-child").all_inner_texts()
    assert len(shares) == 10
    expect(page.locator("#gan-morph .morph-bar.best")).to_have_count(1)


def test_other_noise_truncation_and_a_phone(page):
    sheet = "document.querySelector('#gan-things .things-tile').style.backgroundImage"
    before = page.evaluate(sheet)
    page.get_by_role("button", name="Other noise").click()
    page.wait_for_function(f"before => {sheet} !== before", arg=before, timeout=WAIT)
    other = page.evaluate(sheet)
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name="Save the sheet as PNG").click()
    saved = Image.open(io.BytesIO(waiting.value.path().read_bytes()))
    assert saved.size == (8 * 32 * 3, 10 * 32 * 3) and np.asarray(saved.convert("L")).std() > 20
    page.get_by_label("Truncation, %").last.focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"before => {sheet} !== before", arg=other, timeout=WAIT)
    assert page.get_by_label("First noise").input_value() != "1"
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_how_it_learned_can_be_gone_through(page):
    shown = page.locator("#gan-grown")
    expect(shown.locator(".rows-facts")).to_contain_text("Fréchet distance", timeout=WAIT)
    last = shown.locator("img").get_attribute("src")
    shown.locator(".timeline-slider").focus()
    page.keyboard.press("Home")
    expect(shown.locator(".rows-facts")).to_contain_text("After 0 steps")
    assert shown.locator("img").get_attribute("src") != last
    expect(shown.locator(".chart")).to_have_count(2)
