"""Two recorded trainings, and the search for a face, on a page of their own, with tiny networks."""

import io
import re
import time
from contextlib import ExitStack

import gradio as gr
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from core import weights
from core.models.gan import Config, Generator
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN, read
from demos.gan import learn, pieces, project, variety
from demos.views import START, view
from demos.wiring import wire
from tests.browser.driver import served, visiting
from tests.test_gan_learn import LISTS, Reader, Staged, cards, nn, written

WAIT = 60_000


def alone(part):
    """A page that holds one part, which answers at once, and shows what was taken in the hand."""
    with gr.Blocks(analytics_enabled=False) as page:
        held = gr.Textbox("7.1.70_23.0.70", elem_id="held")
        stage = view("starter", START, elem_classes="unseen")
        laid = part.lay(held)

        def answer(*values):
            yield from laid.answer(*values)

        def took(event: gr.EventData):
            return event._data.get("piece")

        wire(stage.start, answer, [held, *laid.inputs], list(laid.outputs))
        for event in laid.holds:
            wire(event, took, [], [held])
    return page


class Pause(nn.Module):
    """So that a search with tiny networks takes long enough to be stopped."""

    def forward(self, x):
        time.sleep(0.01)
        return x


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Addresses of both parts."""
    folder = tmp_path_factory.mktemp("record")
    cards(folder)
    written(folder, "avatars", {0: (1.0, 2.0), 5_000: (40.0, 10.0), 16_000: (45.0, 10.0)})
    written(folder, "collapsed", {0: (1.0, 2.0), 3_000: (44.0, 9.9), 3_600: (2.0, 1.0)})
    torch.manual_seed(1)
    net = Generator(Config(classes=3, z=8, w=8, depth=2, widths=(8,) * 5)).eval().requires_grad_(False)
    small = NetworkConfig(read("conv 2 5 4, maxpool 4"), sum(map(len, LISTS.values())), 3, 64)
    reader = Reader(SmallCNN(small).eval(), LISTS)
    eye = Staged({"mean": nn.Sequential(nn.AvgPool2d(56), nn.Flatten())}).eval()
    layers = {name: nn.Conv2d(width, 4, 3, 2) for name, width in (("relu2_1", 3), ("relu3_1", 4))}
    seer = Staged({"pause": Pause(), **layers})
    with pytest.MonkeyPatch.context() as patch, ExitStack() as open_pages:
        for where, name, value in (
            (weights, "FOLDER", folder),
            (learn, "TOTAL", 64),
            (learn, "forger", lambda *_: (net, {})),
            (pieces, "forger", lambda *_: (net, {})),
            (learn, "reader", lambda: reader),
            (variety, "reader", lambda: reader),
            (learn, "network", lambda _: eye),
            (project, "eye", lambda: seer.eval().requires_grad_(False)),
            (project, "kinds", lambda: ["A", "B", "C"]),
        ):
            patch.setattr(where, name, value)
        yield [open_pages.enter_context(served(alone(part))) for part in (learn, project)]


def test_both_runs_are_seen_at_any_moment_and_a_face_is_taken(browser, pages):
    with visiting(browser, pages[0]) as visitor:
        page = visitor.page
        page.goto(f"{pages[0]}?__theme=light")
        healthy, spoilt = (page.locator("#gan-learn .twin-run").nth(k) for k in (0, 1))
        expect(spoilt.locator(".twin-state")).to_have_text(re.compile("collapsed"), timeout=WAIT)
        expect(healthy.locator(".twin-state")).to_have_text(re.compile("healthy 100 % of the variety"))
        expect(spoilt.locator(".hint")).to_contain_text("every 16th step")
        assert healthy.locator("svg.chart").count() == 3
        spoilt.locator("input[type=range]").focus()
        page.keyboard.press("ArrowLeft")
        expect(spoilt.locator(".twin-facts")).to_contain_text("step 3,000")
        expect(spoilt.locator(".twin-state")).to_have_text(re.compile("healthy"))
        page.get_by_role("button", name="play both").click()
        expect(healthy.locator(".twin-facts")).to_contain_text("step 0")
        expect(healthy.locator(".twin-facts")).to_contain_text("step 16,000", timeout=15_000)
        expect(page.locator("#gan-learn-young figure")).to_have_count(5)
        assert healthy.locator(".twin-cells button").count() == 40 and spoilt.locator(".twin-cells button").count() == 0
        healthy.locator(".twin-cells button").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#held textarea, #held input")).to_have_value("8.2.100", timeout=WAIT)
        page.get_by_role("button", name="Count 256 fresh pictures").click()
        expect(page.locator("#gan-learn-meter")).to_contain_text("64 of 64 pictures each", timeout=WAIT)
        assert page.locator("#gan-learn-meter .twin-bar-hit").count() == 108
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_second_picture_of_ones_own_is_the_chosen_one(browser, pages):
    with visiting(browser, pages[1]) as visitor:
        page, chosen = visitor.page, '#gan-project-intake .intake-photo[aria-pressed="true"] img'
        page.goto(f"{pages[1]}?__theme=light")
        sought, seen = page.locator("#gan-project .seek-ready img"), set()
        sought.wait_for(timeout=WAIT)
        for colour in ((200, 40, 40), (40, 40, 200)):
            before, buffer = sought.get_attribute("src"), io.BytesIO()
            Image.new("RGB", (300, 300), colour).save(buffer, "png")
            page.locator("#gan-project-intake input[type=file]").set_input_files(
                {"name": "face.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
            )
            expect(sought).not_to_have_attribute("src", before, timeout=WAIT)
            expect(page.locator(chosen)).to_have_attribute("src", sought.get_attribute("src"), timeout=WAIT)
            expect(page.locator("#gan-project-intake .intake-note")).not_to_contain_text("Reading")
            seen.add(sought.get_attribute("src"))
        assert len(seen) == 2


def test_a_drawing_is_looked_for_stopped_and_found(browser, pages):
    with visiting(browser, pages[1]) as visitor:
        page = visitor.page
        page.goto(f"{pages[1]}?__theme=light")
        sought = page.locator("#gan-project .seek-ready img")
        sought.wait_for(timeout=WAIT)
        assert page.locator("#gan-project-intake .intake-photo").count() > 4
        page.locator("#gan-project-intake input[type=file]").set_input_files(
            {"name": "face.png", "mimeType": "image/png", "buffer": b"no picture at all"}
        )
        note = page.locator("#gan-project-intake .intake-note")
        expect(page.locator(".toast-body")).to_be_visible(timeout=WAIT)
        expect(note).not_to_contain_text("Reading", timeout=WAIT)  # refused, and nothing waits for it
        astronaut = sought.get_attribute("src")
        page.get_by_role("button", name="Draw a face yourself").click()
        canvas = page.locator(".seek-canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 180, box["y"] + 180, steps=4)
        page.mouse.up()
        page.get_by_role("button", name="Look for this drawing").click()
        page.wait_for_function(
            "old => document.querySelector('#gan-project .seek-ready img').src !== old", arg=astronaut
        )
        page.get_by_role("button", name="Find it", exact=True).click()
        facts = page.locator("#gan-project .verdict")
        expect(facts).to_contain_text("descending", timeout=WAIT)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(facts).to_contain_text("stopped", timeout=10_000)
        step = facts.text_content()
        page.wait_for_timeout(700)
        assert facts.text_content() == step  # nothing goes on in secret
        page.locator("#gan-project-intake .intake-photo").first.click()
        page.locator("#gan-project .seek-ready").wait_for(timeout=WAIT)
        page.get_by_role("button", name="Find it", exact=True).click()
        expect(facts).to_contain_text("finished", timeout=WAIT)
        expect(page.locator("#gan-project .seek-words li").first).to_contain_text("like")
        found, slider = (
            page.locator("#gan-project .seek-pair img").nth(1),
            page.locator("#gan-project input[type=range]"),
        )
        last = found.get_attribute("src")
        assert int(slider.get_attribute("max")) == 40
        slider.focus()
        page.keyboard.press("Home")
        assert found.get_attribute("src") != last
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save PNG").click()
        assert saved.value.suggested_filename == "found.png"
