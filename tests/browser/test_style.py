"""The tab that paints, in a real browser, with the painters that ship: from a click to a picture and back."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.canvas import Wishes
from demos.cnn import DEMO as CNN
from demos.paintings import paintings
from demos.pictures import FOLDER
from demos.style import DEMO as STYLE
from tests.browser.driver import Visitor, gallery_of

WAIT = 90_000
CAMERA = """
const sheet = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
const pen = sheet.getContext('2d');
setInterval(() => { pen.fillStyle = `hsl(${Date.now() / 20 % 360} 80% 50%)`; pen.fillRect(0, 0, 320, 240); }, 40);
navigator.mediaDevices.getUserMedia = async () => (window.filmed = sheet.captureStream(25));
"""


@pytest.fixture(scope="module")
def gallery():
    """The room that paints and the one that its pictures go to; an optimisation is small and goes on long enough to be
    stopped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wishes, "rungs", lambda self: [(32, 20), (64, 4_000)])
        with gallery_of(CNN, STYLE) as address:
            yield address


@pytest.fixture
def enter(browser, gallery):
    visitors = []

    def go(query, script=CAMERA, **options):
        visitors.append(Visitor(browser, gallery, **options))
        visitors[-1].page.add_init_script(script)
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
    expect(verdict).to_contain_text(re.compile(r"step \d\d+ of 4020"), timeout=WAIT)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(verdict).to_contain_text("stopped", timeout=WAIT)
    at = int(re.search(r"step (\d+)", verdict.inner_text())[1])
    assert 10 <= at < 4_020
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


def test_all_painters_at_once_and_one_of_them_is_taken(enter):
    page = enter("part=sheet&photo=cat")
    sheet = page.locator("#style-sheet .sheet-one")
    expect(sheet).to_have_count(1 + len(paintings()), timeout=WAIT)
    pictures = sheet.locator("img").evaluate_all("all => all.map(one => one.src)")
    assert len(set(pictures)) == len(pictures), "two painters made the same picture"
    page.locator(".sheet-one[title*='Composition VIII']").click()
    expect(page.locator(".sheet-one[title*='Composition VIII']")).to_have_attribute(
        "aria-pressed", "true", timeout=WAIT
    )
    expect(page).to_have_url(re.compile("style=composition_viii"))


def test_ones_own_style_is_painted_except_where_it_is_brushed(enter):
    page = enter("part=any&photo=coffee")
    shown = page.locator("#style-any")
    expect(shown.locator(".rows-facts")).to_contain_text("Village Street in Auvers", timeout=WAIT)
    stripes = io.BytesIO()
    Image.effect_noise((96, 96), 80).resize((192, 48)).save(stripes, "PNG")
    give = page.locator("#style-easel input[type=file]")
    give.set_input_files({"name": "s.png", "mimeType": "image/png", "buffer": stripes.getvalue()})
    expect(shown.locator(".rows-facts")).to_contain_text("a style of your own", timeout=WAIT)
    assert "style=" not in page.url, "a visitor's own style must not get into the address"
    brush = shown.get_by_role("button", name="brush: keep this part")
    brush.click()
    expect(brush).to_have_attribute("aria-pressed", "true")
    box = shown.locator(".curtain-mask").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    kept = re.compile(r"; (\d+(\.\d)?) % stay as they were")
    expect(shown.locator(".rows-facts")).to_contain_text(kept, timeout=WAIT)
    assert 0.5 < float(kept.search(shown.locator(".rows-facts").inner_text())[1]) < 30
    shown.get_by_role("button", name="no mask").click()
    expect(shown.locator(".rows-facts")).not_to_contain_text("stay", timeout=WAIT)


def test_the_meter_measures_every_way_and_a_picture_of_ones_own(enter):
    page = enter("part=meter&photo=cat&style=great_wave")
    rows = page.locator("#style-meter button.meter-row")
    expect(rows).to_have_count(11, timeout=WAIT)
    numbers = [[float(x) for x in row.split("\n")[-2:]] for row in rows.all_inner_texts()]
    (nothing, untouched), (_, painted) = numbers[0], numbers[7]
    assert nothing == 0 and painted < untouched / 4  # sixteen hands at full strength
    rows.nth(7).click()
    expect(page.locator("#style-meter .verdict")).to_contain_text(f"content {numbers[7][0]:.3f}, style {painted:.3f}")
    page.locator("#style-meter input[type=file]").set_input_files(FOLDER / "cat.jpg")
    expect(rows).to_have_count(12, timeout=WAIT)
    content, style = (float(x) for x in rows.last.inner_text().split("\n")[-2:])
    assert content < 0.02 and abs(style - untouched) < 0.05 * untouched  # it is the photograph itself


def test_the_classifier_looks_on_while_the_painting_takes_over(enter):
    page = enter("part=knows&photo=china&style=auvers")
    verdict = page.locator("#style-knows .verdict")
    expect(verdict).to_contain_text(re.compile("At \\d+ % “(.*)” becomes “(.*)”"), timeout=WAIT)
    slider = page.locator("#style-knows .timeline-slider")
    slider.focus()
    page.keyboard.press("Home")
    first = page.locator("#style-knows .bar-row").first
    expect(page.locator("#style-knows")).to_contain_text("strength 0 %")
    name = first.locator(".bar-name").inner_text()
    assert f"“{name}” becomes" in verdict.inner_text()
    page.locator("#style-knows").get_by_role("button", name="Ask it why").click()
    expect(page.locator("#cnn-look .verdict")).to_contain_text(name, timeout=WAIT)


def test_gram_matrices_are_pointed_at_and_a_texture_grows(enter):
    page = enter("part=gram&photo=cat&style=great_wave")
    square = page.locator("#style-gram .gram-square").first
    square.wait_for(timeout=WAIT)
    square.hover(position={"x": 100, "y": 100})
    facts = page.locator("#style-gram .rows-facts")
    expect(facts).to_contain_text("in the photograph")
    before = facts.inner_text()
    square.hover(position={"x": 20, "y": 150})
    assert facts.inner_text() != before
    page.get_by_role("button", name="Grow a texture from this matrix alone").click()
    grown = page.locator("#style-gram .gram-texture img")
    expect(page.locator("#style-gram")).to_contain_text(re.compile(r"step \d+ of \d+; its matrix is"), timeout=WAIT)
    page.get_by_role("button", name="Stop", exact=True).click()
    assert grown.evaluate("i => i.naturalWidth") >= 32  # the smaller of its two sizes


def test_a_photograph_and_a_painting_chosen_at_once_are_both_taken(enter):
    page = enter("")
    before = page.locator("#style-hands .curtain-before")
    before.wait_for(timeout=WAIT)
    first = before.get_attribute("src")
    page.evaluate(
        "() => [['intake', 2], ['easel', 3]].forEach(([row, k]) =>"
        " document.querySelectorAll(`#style-${row} .intake-photo`)[k].click())"
    )
    title = list(paintings().values())[3].title[0]
    expect(page.locator("#style-hands .rows-facts")).to_contain_text(title, timeout=WAIT)
    expect(before).not_to_have_attribute("src", first, timeout=WAIT)
    expect(page.locator("#style-intake .intake-photo").nth(2)).to_have_attribute("aria-pressed", "true", timeout=WAIT)
    page.wait_for_timeout(1500)  # nothing that comes later takes it back
    assert before.get_attribute("src") != first
    assert title in page.locator("#style-hands .rows-facts").inner_text()


def test_the_camera_is_painted_and_stops(enter):
    page = enter("part=camera", language="zh-CN")
    page.get_by_role("button", name="打开摄像头").click(timeout=WAIT)
    expect(page.locator("#style-camera .rows-facts")).to_contain_text("每秒", timeout=WAIT)
    assert page.locator("#style-camera .camera-room > img").evaluate("i => i.naturalWidth") == 320
    # each picture goes when the one before is back, not when patience is at an end, which would be two in this time
    came = page.evaluate(
        """() => new Promise((done) => {
            let count = 0;
            const image = document.querySelector('#style-camera .camera-room > img');
            new MutationObserver((all) => { count += all.length; }).observe(image, { attributeFilter: ['src'] });
            setTimeout(() => done(count), 6000);
        })"""
    )
    assert came > 4
    page.get_by_role("button", name="停止摄像头").click()
    expect(page.locator("#style-camera video")).to_have_count(0)


def test_the_browsers_own_camera_is_painted_and_photographs(enter):
    """Chromium's device, with its test card, through its own permission; twice pressed, it is opened once."""
    page = enter("part=camera", script="")
    start = page.get_by_role("button", name="Start the camera")
    start.dblclick(timeout=WAIT)
    expect(page.locator("#style-camera .rows-facts")).to_contain_text("ms of each on the server", timeout=WAIT)
    assert page.locator("#style-camera video").count() == 1
    page.get_by_role("button", name="Stop the camera").click()
    intake = page.locator("#style-intake")
    intake.get_by_role("button", name="Camera", exact=True).click()
    expect(intake.locator("video")).to_be_visible(timeout=WAIT)
    page.wait_for_function("document.querySelector('#style-intake video').videoWidth > 0")
    intake.get_by_role("button", name="Take the picture").click()
    mine = intake.locator(".intake-photo[aria-pressed=true]")
    expect(mine).to_have_attribute("title", "yours", timeout=WAIT)
    assert mine.locator("img").evaluate("i => i.naturalWidth / i.naturalHeight") > 1.2


def test_where_a_browser_gives_no_camera_a_sentence_says_so(enter):
    """As on a page on plain http that comes from another computer."""
    page = enter("part=camera", script="Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name="Start the camera").click(timeout=WAIT)
    expect(page.locator("#style-camera .rows-facts")).to_contain_text("only to pages on https")
    page.locator("#style-intake").get_by_role("button", name="Camera", exact=True).click()
    expect(page.locator("#style-intake .intake-note")).to_contain_text("only to pages on https")


def test_what_was_painted_is_measured_and_a_second_style_gets_a_region(enter):
    page = enter("part=any&photo=coffee&style=lion&any_rest=second")
    shown = page.locator("#style-any")
    expect(shown.locator(".rows-facts")).to_contain_text("Lion", timeout=WAIT)
    page.get_by_label("A second hand").locator("visible=true").click()
    page.get_by_role("option", name=re.compile("Composition VIII")).click()
    brush = shown.get_by_role("button", name="brush: the second style here")
    brush.click(timeout=WAIT)
    box = shown.locator(".curtain-mask").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(shown.locator(".rows-facts")).to_contain_text("by the last of them", timeout=WAIT)
    page.locator("#style-intake .intake-photo").first.click()  # a mask belongs to its photograph
    expect(shown.locator(".rows-facts")).not_to_contain_text("by the last", timeout=WAIT)
    painted = shown.locator(".curtain-mask")
    assert painted.evaluate("c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(Boolean)") is False
    shown.get_by_role("button", name="Measure it").click()
    rows = page.locator("#style-meter button.meter-row")
    expect(rows).to_have_count(12, timeout=WAIT)
    expect(rows.last).to_have_attribute("aria-pressed", "true", timeout=WAIT)
    expect(page.locator("#style-meter .verdict")).to_contain_text("your picture")
    rows.nth(7).click()
    beside = page.locator("#style-meter .meter-plain")
    expect(beside).to_contain_text(re.compile(r"stands at style [\d.]+, [\d.]+ times as far"))


def test_a_turn_with_the_camera_ends_and_says_why(enter):
    page = enter("part=camera")
    start, facts = page.get_by_role("button", name="Start the camera"), page.locator("#style-camera .rows-facts")
    start.click(timeout=WAIT)
    expect(facts).to_contain_text("s left", timeout=WAIT)
    page.evaluate("window.filmed.getVideoTracks()[0].stop()")  # somebody pulls it out
    expect(facts).to_have_text("The camera has stopped.", timeout=WAIT)
    start.click()
    expect(facts).to_contain_text("pictures a second", timeout=WAIT)
    page.evaluate("const now = Date.now; Date.now = () => now() + 31_000")
    expect(facts).to_contain_text("A turn lasts 30 seconds", timeout=WAIT)
    assert page.evaluate("window.filmed.getVideoTracks()[0].readyState") == "ended", "it films on"
    page.evaluate("void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')))")
    start.click()
    expect(facts).to_contain_text("No camera could be opened", timeout=WAIT)


def test_strength_a_second_hand_colours_and_size_change_the_picture(enter):
    page = enter("photo=cat&style=lion&side=256")
    shown = page.locator("#style-hands")
    facts, painted = shown.locator(".rows-facts"), shown.locator("img").first
    expect(facts).to_contain_text("256 × ", timeout=WAIT)
    seen = [painted.get_attribute("src")]

    def changed() -> None:
        page.wait_for_function("old => document.querySelector('#style-hands img')?.src !== old", arg=seen[-1])
        seen.append(painted.get_attribute("src"))

    page.get_by_label("number input for Strength").locator("visible=true").fill("0.4")
    page.keyboard.press("Enter")
    changed()
    page.get_by_label("Keep the photograph's colours").locator("visible=true").check()
    changed()
    page.get_by_label("A second hand").locator("visible=true").click()
    page.get_by_role("option", name=re.compile("Mona Lisa")).click()
    changed()
    expect(facts).to_contain_text("Mona Lisa", timeout=WAIT)
    page.get_by_role("radio", name="384", exact=True).locator("visible=true").check()
    changed()
    expect(facts).to_contain_text("384 × ", timeout=WAIT)
    assert len(set(seen)) == len(seen)
    with page.expect_download() as waiting:
        shown.get_by_role("link", name="Save the picture").click()
    assert max(Image.open(io.BytesIO(waiting.value.path().read_bytes())).size) == 384
    for setting in ("strength=0.4", "colour=true", "side=384"):
        assert setting in page.url
