"""The tab that recognises pictures, in a real browser: pictures in, evidence, maps, brush, fooling, links."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core import cifar
from core.complaint import Complaint
from core.weights import check
from demos import pictures
from demos.cnn import wall

WAIT = 40_000


@pytest.fixture
def address(pictures):
    return pictures


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
    expect(inside.locator(".sum")).to_contain_text("228 smaller products", timeout=WAIT)  # the pointer rests there
    squares = inside.locator(".sum-numbers")
    expect(squares).to_have_count(3)  # of the 5 x 5 kernel before the one that mixes
    patch, kernel, products = (
        [float(cell.replace("−", "-")) for cell in square.locator("td").all_inner_texts()] for square in squares.all()
    )
    assert len(patch) == 25 and any(products)
    assert all(abs(a * b - c) <= 0.12 * abs(c) + 0.01 for a, b, c in zip(patch, kernel, products, strict=True))
    page.get_by_label("Each map its own").check()
    expect(inside).to_contain_text("each on a scale of its own", timeout=WAIT)
    assert "scale=each" in page.url
    page.get_by_label("VGG16").check()
    expect(inside.locator(".tile")).to_have_count(64, timeout=WAIT)
    inside.locator(".large-map canvas").click(position={"x": 90, "y": 70})
    expect(inside.locator(".sum-numbers")).to_have_count(3, timeout=WAIT)
    patch, kernel, products = (
        [float(cell.replace("−", "-")) for cell in square.locator("td").all_inner_texts()]
        for square in inside.locator(".sum-numbers").all()
    )
    assert len(patch) == 9 and len(set(kernel)) > 1
    assert all(abs(a * b - c) <= 0.12 * abs(c) + 0.01 for a, b, c in zip(patch, kernel, products, strict=True))


def test_the_map_can_be_thinned_sharpened_and_asked_for_any_class(page):
    look = page.locator("#cnn-look")
    heat = look.locator(".heat")
    smooth = heat.evaluate("canvas => canvas.width")
    look.get_by_role("button", name="true resolution").click()
    look.get_by_label("opacity of the map").fill("0")
    assert look.locator(".heat").evaluate("one => getComputedStyle(one).opacity * 1 || one.style.opacity * 1") == 0
    assert smooth and look.get_by_role("button", name="true resolution").get_attribute("aria-pressed") == "true"
    target = page.get_by_label(re.compile("Evidence for")).locator("visible=true").first
    target.click()
    target.press_sequentially("banana")
    page.get_by_role("option", name=re.compile("banana")).first.click()
    expect(look.locator(".rows-facts")).to_contain_text("banana", timeout=WAIT)
    assert "target=954" in page.url
    page.locator("#cnn-intake .intake-photo[title^='A cup of coffee']").click()  # of another picture nobody asked
    expect(look.locator(".rows-facts")).to_contain_text("espresso", timeout=WAIT)
    page.wait_for_function("() => !location.search.includes('target=')")


def test_a_grey_square_tries_every_place(page):
    page.get_by_role("tab", name="Paint it out", exact=True).click()
    paint = page.locator("#cnn-paint")
    expect(paint.locator(".verdict")).to_contain_text("cat", timeout=WAIT)
    paint.get_by_role("button", name="let a grey square try every place").click()
    expect(paint.locator(".rows-facts")).to_contain_text("went over the picture", timeout=WAIT)
    assert paint.locator("canvas.heat").evaluate("c => c.width") > 4


def test_of_a_large_wall_those_pictures_are_fetched_that_are_asked_for(page, monkeypatch):
    """Random pictures stand for those that may not be shipped; the network calls them what it likes."""
    rng = np.random.RandomState(0)
    stand_ins = rng.randint(0, 256, (1_100, 32, 32, 3)).astype(np.uint8), rng.randint(0, 10, 1_100)
    monkeypatch.setitem(wall.DATASETS, "cifar10", replace(wall.DATASETS["cifar10"], tested=lambda: stand_ins))
    monkeypatch.setattr(wall, "known", {})
    page.get_by_role("tab", name="The test wall", exact=True).click()
    board = page.locator("#cnn-wall")
    expect(board.locator(".wall-chart")).to_be_visible(timeout=WAIT)
    page.get_by_label("Ten kinds of things (CIFAR-10)").check()
    expect(board.get_by_role("button", name="1,000 of all 1,100")).to_be_visible(timeout=WAIT)
    shown = wall.compute("cifar10", 7)
    i, j = max(((i, j) for i in range(10) for j in range(10) if i != j), key=lambda c: shown["confusion"][c[0]][c[1]])
    count, (name, _), (answer, _) = shown["confusion"][i][j], cifar.CLASSES[i], cifar.CLASSES[j]
    board.locator(f"[data-cell='{i}-{j}']").click()
    hung = board.locator(".wall-tiles .wall-one")
    expect(hung).to_have_count(min(100, count), timeout=WAIT)
    expect(board.locator(".wall-pages")).to_contain_text(f"of {count}")
    assert hung.first.get_attribute("aria-label").startswith(f"{name}, read as {answer}")
    board.get_by_role("button", name=re.compile("only the")).click()
    wrong = shown["total"] - shown["right"]
    expect(board.locator(".wall-pages")).to_contain_text(f"of {min(1_000, wrong):,}", timeout=WAIT)
    expect(board.get_by_role("button", name=re.compile(f"only the {wrong} wrong"))).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_whole_picture_goes_to_the_painters_not_the_networks_crop_of_it(page):
    look = page.locator("#cnn-look")
    look.get_by_role("button", name="real size, 224 × 224").click()
    assert look.locator(".look-picture").bounding_box()["width"] == 224
    buffer = io.BytesIO()
    Image.open(pictures.FOLDER / "coffee.jpg").resize((480, 300)).save(buffer, "PNG")
    page.locator("#cnn-intake input[type=file]").set_input_files(
        dict(name="wide.png", mimeType="image/png", buffer=buffer.getvalue())
    )
    expect(look.locator(".verdict")).to_contain_text("espresso", timeout=WAIT)
    look.get_by_role("button", name="stylise this picture").click()
    expect(page.get_by_role("tab", name="Painting over")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("""() => {
        const before = document.querySelector('#style-hands .curtain-before');
        return before?.naturalWidth > 1.55 * before?.naturalHeight;  // the room's own first picture has 1.5
    }""")
    pressed = page.locator("#style-intake .intake-photo[aria-pressed=true]")
    expect(pressed).to_have_attribute("title", "yours", timeout=WAIT)
    page.get_by_role("tab", name="Recognising pictures").click()
    page.locator("#cnn-intake .intake-photo[title^='A cup of coffee']").click()  # one that hangs here goes by name
    expect(page.locator("#cnn-intake .intake-photo[aria-pressed=true]")).not_to_have_attribute("title", "yours")
    look.get_by_role("button", name="stylise this picture").click()
    chosen = page.locator("#style-intake .intake-photo[aria-pressed=true]")
    expect(chosen).to_have_attribute("title", re.compile("^A cup of coffee"), timeout=WAIT)


def test_on_a_phone_a_picture_goes_to_a_tab_out_of_sight_which_comes_into_it(visit):
    page = visit("tab=cnn", width=230, height=700).page  # this gallery has two tabs only
    look, tab = page.locator("#cnn-look"), page.locator("[role=tab][data-tab-id=style]")
    expect(look.locator(".verdict")).to_contain_text("cat", timeout=WAIT)
    whole = "one => { const box = one.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth; }"
    assert not tab.evaluate(whole)
    look.get_by_role("button", name="stylise this picture").click()
    expect(tab).to_have_attribute("aria-selected", "true")
    page.locator("#style-hands .curtain-before").wait_for(timeout=WAIT)
    assert tab.evaluate(whole)


def test_a_picture_is_pasted_and_dropped(page):
    verdict = page.locator("#cnn-look .verdict")
    give = """async ([kind, where]) => {
        const blob = await (await fetch(document.querySelector(".intake-photo[title^='A cup'] img").src)).blob();
        const data = new DataTransfer();
        data.items.add(new File([blob], 'x.jpg', { type: 'image/jpeg' }));
        const at = document.querySelector(where);
        const options = { bubbles: true, cancelable: true };
        at.dispatchEvent(kind === 'paste' ? new ClipboardEvent('paste', { clipboardData: data, ...options })
            : new DragEvent('drop', { dataTransfer: data, ...options }));
    }"""
    for kind, where in (("drop", "#cnn-intake .intake-drop"), ("paste", "#cnn-intake .intake-drop")):
        page.locator(".intake-photo:not([title=yours])").first.click()
        expect(verdict).to_contain_text("cat", timeout=WAIT)
        page.evaluate(give, [kind, where])
        expect(verdict).to_contain_text("espresso", timeout=WAIT)
        expect(page.locator("#cnn-intake .intake-photo[aria-pressed=true]")).to_have_attribute("title", "yours")


def test_of_two_quick_clicks_the_second_stays_though_its_request_is_faster(page):
    expect(page.locator("#cnn-look .verdict")).to_contain_text("cat", timeout=WAIT)
    held, photo = [], page.locator("#cnn-intake .intake-photo")

    def hold(route):
        """The first request waits until the second has been answered, or had time to be."""
        if held:
            route.continue_()
        else:
            held.append(route)
            page.evaluate("() => setTimeout(() => { window.over = true; }, 1500)")

    page.route("**/queue/join*", hold)
    photo.nth(2).click()
    photo.nth(1).click()
    page.wait_for_function("() => window.over")
    held[0].continue_()
    page.unroute("**/queue/join*")
    pressed = page.locator("#cnn-intake .intake-photo[aria-pressed=true]")
    page.wait_for_timeout(1500)
    expect(pressed).to_have_attribute("title", photo.nth(1).get_attribute("title"), timeout=WAIT)


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


def test_ten_kinds_without_their_pictures_and_a_picture_that_is_none_of_them(page, monkeypatch):
    def missing():
        raise Complaint(*cifar.MISSING)

    monkeypatch.setitem(wall.DATASETS, "cifar10", replace(wall.DATASETS["cifar10"], tested=missing))
    monkeypatch.setattr(wall, "known", {})
    page.get_by_role("tab", name="The test wall", exact=True).click()
    board, own = page.locator("#cnn-wall"), page.locator("#cnn-ten")
    expect(board.locator(".wall-chart")).to_be_visible(timeout=WAIT)
    page.get_by_label("Ten kinds of things (CIFAR-10)").check()
    expect(board.locator(".wall-missing")).to_contain_text("may not be shipped", timeout=WAIT)
    right = next(row["value"] for row in check(cifar.WEIGHTS)["metrics"])  # the wall says what the card says
    expect(board.get_by_text(f"{right:.2f} %").first).to_be_visible()
    expect(own.locator(".verdict")).to_contain_text("cat", timeout=WAIT)
    page.locator(".intake-photo[title^='A cup of coffee']").click()
    expect(own.locator(".verdict")).to_contain_text("None of these", timeout=WAIT)
    assert "dataset=cifar10" in page.url


def test_a_link_opens_the_part_and_the_network_is_fooled(visit):
    page = visit("tab=cnn&part=fool&picture=coffee&goal=954&epsilon=4").page
    verdict = page.locator("#cnn-fool .verdict")
    expect(verdict).to_contain_text("✓ fooled: it sees banana", timeout=WAIT)
    expect(verdict).to_contain_text("step 5 of 5")
    expect(page.locator("#cnn-fool img.square")).to_have_count(3)


def test_chinese_readers_get_chinese(visit):
    page = visit("tab=cnn&lang=zh", language="zh-CN").page
    expect(page.locator("#cnn-look .verdict")).to_contain_text("埃及猫")
    page.get_by_role("tab", name="骗过它", exact=True).click()
    expect(page.locator("#cnn-fool .verdict")).to_contain_text("5", timeout=WAIT)
    typed = page.locator("input[type=number]").locator("visible=true").first
    typed.fill("-5")  # Gradio itself refuses it, in English
    typed.press("Tab")
    expect(page.locator("[data-testid=toast-text]").first).to_have_text("-5 小于最小值 0。")
