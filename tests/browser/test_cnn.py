"""The tab that recognises pictures, in a real browser: pictures in, evidence, maps, brush, fooling, links."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from demos import pictures

WAIT = 40_000


@pytest.fixture
def page(visit):
    return visit("tab=cnn").page


def test_a_picture_is_named_and_asked_for_evidence(page):
    look = page.locator("#cnn-look")
    expect(look.locator(".verdict")).to_contain_text("cat")
    expect(look.locator(".rows-facts")).to_contain_text("7 × 7 places")
    page.locator(".intake-photo[title^='A cup of coffee']").click()
    expect(look.locator(".verdict")).to_contain_text("espresso", timeout=WAIT)
    assert "picture=coffee" in page.url
    look.locator(".bar-row", has_text="coffee mug").click()
    expect(look.locator(".rows-facts")).to_contain_text("coffee mug", timeout=WAIT)
    assert "target=504" in page.url
    page.get_by_label("stage4").click()
    expect(look.locator(".rows-facts")).to_contain_text("14 × 14 places", timeout=WAIT)


def test_files_come_in_and_bad_ones_are_told_apart(page):
    verdict = page.locator("#cnn-look .verdict")
    buffer = io.BytesIO()
    turned = Image.open(pictures.FOLDER / "motorcycle.jpg").rotate(-90, expand=True)
    tags = Image.Exif()
    tags[274] = 8  # the camera was held on its other side: it belongs turned back
    turned.save(buffer, "JPEG", exif=tags, quality=92)
    give = page.locator("#cnn-intake input[type=file]")
    give.set_input_files({"name": "ride.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()})
    expect(verdict).to_contain_text(re.compile("moped|scooter|motor"), timeout=WAIT)
    assert "picture=" not in page.url, "a visitor's own picture must not get into the address"
    give.set_input_files({"name": "cat.png", "mimeType": "image/png", "buffer": b"this is no picture"})
    expect(page.get_by_text("This is not a picture that can be read here")).to_be_visible(timeout=WAIT)
    expect(verdict).to_contain_text(re.compile("moped|scooter|motor"))


def test_the_network_can_be_opened_down_to_one_number(page):
    page.get_by_role("tab", name="Look inside", exact=True).click()
    inside = page.locator("#cnn-inside")
    expect(inside.locator(".tile")).to_have_count(32, timeout=WAIT)
    inside.locator(".stage-block", has_text="stage3").click()
    expect(inside.locator(".tile")).to_have_count(40, timeout=WAIT)
    inside.locator(".tile").nth(3).click()
    inside.locator(".large-map canvas").hover(position={"x": 60, "y": 60})
    expect(inside.locator(".rows-facts")).to_contain_text("sees 67 × 67 pixels")
    expect(inside.locator(".field")).to_be_visible()
    inside.locator(".large-map canvas").click(position={"x": 60, "y": 60})
    expect(inside.locator(".sum")).to_contain_text("228 smaller products", timeout=WAIT)


def test_a_brush_moves_the_bars(page):
    page.get_by_role("tab", name="Paint it out", exact=True).click()
    paint = page.locator("#cnn-paint")
    expect(paint.locator(".verdict")).to_contain_text("cat", timeout=WAIT)
    before = paint.locator(".bar-row.on .bar-share").inner_text()
    box = paint.locator(".brush").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.3, 0.6, 0.9):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.mouse.up()
    expect(paint.locator(".rows-facts")).to_contain_text("painted over", timeout=WAIT)
    assert paint.locator(".bar-row.on .bar-share").inner_text() != before
    paint.get_by_role("button", name="clear", exact=True).click()
    expect(paint.locator(".bar-row.on .bar-share")).to_have_text(before, timeout=WAIT)


def test_a_link_opens_the_part_and_the_network_is_fooled(visit):
    page = visit("tab=cnn&part=fool&picture=coffee&goal=954&epsilon=4").page
    verdict = page.locator("#cnn-fool .verdict")
    expect(verdict).to_contain_text("✓ fooled: it sees banana", timeout=WAIT)
    expect(verdict).to_contain_text("step 5 of 5")
    expect(page.locator("#cnn-fool img.square")).to_have_count(3)


def test_chinese_readers_get_chinese(visit):
    page = visit("tab=cnn&lang=zh", language="zh-CN").page
    expect(page.locator("#cnn-look .verdict")).to_contain_text("埃及猫")
    expect(page.get_by_role("tab", name="骗过它", exact=True)).to_be_visible()


def test_back_returns_to_the_tab_before_and_forward_goes_on(visit):
    visitor = visit("seed=12")
    page = visitor.page

    def opened(slug):
        page.locator(f"[role=tab][data-tab-id={slug}][aria-selected=true]").first.wait_for()
        page.wait_for_function(f"() => location.search.includes('tab={slug}')")

    for slug in ("translation", "cnn"):
        page.locator(f"[role=tab][data-tab-id={slug}]").first.click()
        opened(slug)
    visitor.part("Paint it out")
    page.wait_for_function("() => location.search.includes('part=paint')")
    page.go_back()
    expect(page.get_by_role("tab", name="What is it?")).to_have_attribute("aria-selected", "true")
    assert "tab=cnn" in page.url and "part=" not in page.url
    page.go_back()
    opened("translation")
    page.go_back()
    page.locator("[role=tab][data-tab-id=char-rnn][aria-selected=true]").first.wait_for()
    page.wait_for_function("() => location.search.includes('seed=12')")
    for slug in ("translation", "cnn"):
        page.go_forward()
        opened(slug)
    page.go_forward()
    expect(page.get_by_role("tab", name="Paint it out")).to_have_attribute("aria-selected", "true")


def test_who_clicks_before_the_page_has_read_its_address_is_not_sent_back(visit):
    visitor = visit()
    page = visitor.page
    page.route("**/run/predict*", lambda route: (page.wait_for_timeout(1500), route.continue_()))
    page.goto(visitor.address)
    page.locator("[role=tab][data-tab-id=translation]").first.click()
    page.locator("#translation .ribbon.target span").first.wait_for(timeout=WAIT)
    page.wait_for_timeout(1000)
    expect(page.locator("[role=tab][data-tab-id=translation]").first).to_have_attribute("aria-selected", "true")
