"""The tab that paints, in a real browser, in an app of its own with networks that have learned nothing: what is tested
is the way from a click to a picture and back."""

import io
import re

import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from core import painting
from core.canvas import Wishes
from core.models.anyone import Anyone
from core.models.style import Config, Hands
from demos.cnn import DEMO as CNN
from demos.paintings import paintings
from demos.style import DEMO as STYLE
from demos.style import anything, camera, hands, meter, outputs
from tests.browser.driver import Visitor, gallery_of

WAIT = 90_000
CAMERA = """
const sheet = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
const pen = sheet.getContext('2d');
setInterval(() => { pen.fillStyle = `hsl(${Date.now() / 20 % 360} 80% 50%)`; pen.fillRect(0, 0, 320, 240); }, 40);
navigator.mediaDevices.getUserMedia = async () => sheet.captureStream(25);
"""


@pytest.fixture(scope="module")
def gallery():
    with pytest.MonkeyPatch.context() as patch:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            net, other = Hands(Config(len(paintings()), 8, 1)).eval(), Anyone(8, 1, 8).eval()
        patch.setattr(painting, "hands", lambda: (net.requires_grad_(False), list(paintings())))
        patch.setattr(painting, "anyone", lambda: other.requires_grad_(False))
        for module in (hands, camera, anything):
            patch.setattr(module, "missing", lambda name: None)
        for module in (outputs, meter):
            patch.setattr(module, "trained", lambda: {"hands": painting.HANDS})
        patch.setattr(Wishes, "rungs", lambda self: [(32, 20), (64, 400)])
        with gallery_of(CNN, STYLE) as address:
            yield address


@pytest.fixture
def enter(browser, gallery):
    visitors = []

    def go(query, **options):
        visitors.append(Visitor(browser, gallery, **options))
        visitors[-1].page.add_init_script(CAMERA)
        visitors[-1].page.goto(f"{gallery}?__theme=light&tab=style&{query}")
        return visitors[-1].page

    yield go
    for visitor in visitors:
        assert visitor.foreign == [] and visitor.alarms == []
        visitor.close()


def test_painting_is_watched_stopped_and_saved(enter):
    page = enter("part=watch&photo=coffee&style=great_wave")
    expect(page.locator("#style-watch figcaption").last).to_contain_text("Great Wave", timeout=WAIT)
    page.get_by_role("button", name="Paint", exact=True).click()
    verdict = page.locator("#style-watch .verdict")
    expect(verdict).to_contain_text("painting", timeout=WAIT)
    expect(verdict).to_contain_text(re.compile(r"step \d\d+ of 420"), timeout=WAIT)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(verdict).to_contain_text("stopped", timeout=WAIT)
    at = int(re.search(r"step (\d+)", verdict.inner_text())[1])
    assert 10 <= at < 420
    slider = page.locator("#style-watch .timeline-slider")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#style-watch .watch-easel img")).to_have_attribute("alt", "the picture at step 0")
    expect(page.locator("#style-watch .watch-sum")).to_contain_text("step 0: content 0.00")
    with page.expect_download(timeout=WAIT) as film:
        page.get_by_role("button", name="Save as GIF").click()
    assert Image.open(io.BytesIO(film.value.path().read_bytes())).n_frames >= 3
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(verdict).to_contain_text(re.compile(rf"painting.*step (?!{at} )"), timeout=WAIT)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(verdict).to_contain_text("stopped", timeout=WAIT)


def test_a_picture_is_painted_uncovered_and_handed_to_the_classifier(enter):
    page = enter("photo=cat")
    shown = page.locator("#style-hands")
    expect(shown.locator(".rows-facts")).to_contain_text("Village Street in Auvers", timeout=WAIT)
    shown.locator(".timeline-slider").focus()
    page.keyboard.press("End")
    assert "inset(0px 0%" in shown.locator(".curtain-before").evaluate("i => getComputedStyle(i).clipPath") + "0%"
    page.locator("#style-easel .intake-photo").nth(2).click()
    expect(shown.locator(".rows-facts")).to_contain_text("Composition VIII", timeout=WAIT)
    assert "style=composition_viii" in page.url
    small = io.BytesIO()
    Image.new("RGB", (20, 20)).save(small, "PNG")
    give = page.locator("#style-easel input[type=file]")
    give.set_input_files({"name": "s.png", "mimeType": "image/png", "buffer": small.getvalue()})
    expect(page.get_by_text("a style needs 32 at least")).to_be_visible(timeout=WAIT)
    shown.get_by_role("button", name="What does the classifier see?").click()
    expect(page.locator("#cnn-look .verdict")).to_contain_text("cat", timeout=WAIT)
    mine = page.locator("#cnn-intake .intake-photo[aria-pressed=true]")
    expect(mine).to_have_attribute("title", "yours", timeout=WAIT)


def test_the_camera_is_painted_and_stops(enter):
    page = enter("part=camera", language="zh-CN")
    page.get_by_role("button", name="打开摄像头").click(timeout=WAIT)
    expect(page.locator("#style-camera .rows-facts")).to_contain_text("每秒", timeout=WAIT)
    assert page.locator("#style-camera .camera-room > img").evaluate("i => i.naturalWidth") == 320
    page.get_by_role("button", name="停止摄像头").click()
    expect(page.locator("#style-camera video")).to_have_count(0)
