"""A digit drawn with the mouse, and the test wall, in a real browser: only these two parts, in an app of their own."""

import re

import gradio as gr
import pytest

from demos.cnn import draw, wall
from tests.browser.driver import served, visiting

SEVEN = [(0.3, 0.25), (0.5, 0.25), (0.72, 0.25), (0.6, 0.5), (0.45, 0.82)]


@pytest.fixture(scope="module")
def room():
    """Address of an app that has the canvas and the wall and nothing else."""
    with gr.Blocks(analytics_enabled=False) as app, gr.Tabs():
        with gr.Tab("Canvas"):
            draw.lay()
        with gr.Tab("Wall"):
            wall.lay(gr.State("cat"), gr.Radio(["centre"], value="centre"))
    with served(app) as address:
        yield address


@pytest.fixture
def visitor(browser, room):
    with visiting(browser, room) as opened:
        opened.page.goto(f"{room}?__theme=light")
        yield opened


def verdict(page, digit):
    page.locator(".draw-verdict b").get_by_text(digit, exact=True).wait_for(timeout=30_000)
    page.locator(f".draw-bars li.won:nth-child({int(digit) + 1})").wait_for()


def trace(page, points):
    """Draws with the mouse, through points in shares of the canvas."""
    box = page.locator(".draw-pad").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()


def inked(page):
    """Share of the canvas that is ink."""
    return page.locator(".draw-pad").evaluate(
        """pad => { const data = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data;
           return data.filter((value, i) => i % 4 === 0 && value < 128).length / data.length * 4; }"""
    )


def test_the_canvas_is_alive_from_the_start(visitor):
    page = visitor.page
    verdict(page, "7")
    assert page.locator(".draw-row").count() == len(draw.reader()[0].line)
    assert "16 maps 28 × 28" in page.locator(".draw-row").first.inner_text()
    assert "map 1 of 16" in page.locator(".draw-lens h4").inner_text()


def test_a_seven_drawn_with_the_mouse_is_read_while_it_is_drawn(visitor):
    page = visitor.page
    verdict(page, "7")
    page.get_by_role("button", name="clear").click()
    page.get_by_text("Draw a digit here").wait_for()
    assert inked(page) == 0
    trace(page, SEVEN)
    page.wait_for_function(
        "() => parseFloat(document.querySelector('.draw-bars .won:nth-child(8) span')?.textContent) > 80"
    )
    assert page.locator(".draw-bars li").count() == 10
    page.get_by_role("button", name="undo").click()
    page.get_by_text("Nothing is drawn yet").wait_for()


def test_at_most_five_drawings_a_second_leave_however_often_the_mouse_moves(visitor):
    page = visitor.page
    verdict(page, "7")
    page.evaluate("performance.clearResourceTimings()")
    began = page.evaluate("performance.now()")
    trace(page, [(0.2 + 0.6 * (i % 2), 0.2 + 0.06 * i) for i in range(10)])
    page.wait_for_timeout(300)  # the last one leaves
    took = page.evaluate("performance.now()") - began
    sent = page.evaluate("performance.getEntriesByType('resource').filter((e) => e.name.includes('queue/join')).length")
    assert 2 <= sent <= took / 200 + 1


def test_the_first_stroke_takes_the_example_away_and_the_eraser_takes_ink(visitor):
    page = visitor.page
    verdict(page, "7")
    trace(page, [(0.5, 0.2), (0.5, 0.8)])
    verdict(page, "1")
    before = inked(page)
    page.get_by_role("button", name="eraser").click()
    trace(page, [(0.3, 0.5), (0.7, 0.5)])
    assert inked(page) < 0.9 * before


def test_the_example_button_draws_all_ten_digits_and_they_are_read(visitor):
    page = visitor.page
    verdict(page, "7")
    for step in range(1, 11):
        page.get_by_role("button", name="example", exact=True).click()
        verdict(page, str((7 + 3 * step) % 10))


def test_a_finger_draws(visitor):
    page = visitor.page
    verdict(page, "7")
    page.get_by_role("button", name=re.compile("^clear", re.I)).first.click()
    box = page.locator(".draw-pad").bounding_box()
    touch = page.context.new_cdp_session(page)
    places = [
        dict(x=box["x"] + x * box["width"], y=box["y"] + y * box["height"]) for x, y in ((0.5, 0.15), (0.5, 0.85))
    ]
    touch.send("Input.dispatchTouchEvent", dict(type="touchStart", touchPoints=places[:1]))
    for k in range(1, 13):
        between = dict(x=places[0]["x"], y=places[0]["y"] + k / 12 * (places[1]["y"] - places[0]["y"]))
        touch.send("Input.dispatchTouchEvent", dict(type="touchMove", touchPoints=[between]))
    touch.send("Input.dispatchTouchEvent", dict(type="touchEnd", touchPoints=[]))
    verdict(page, "1")
    assert inked(page) > 0.01


def test_pointing_at_a_tile_enlarges_it_and_says_where_its_number_comes_from(visitor):
    page = visitor.page
    verdict(page, "7")
    row, signs = page.locator(".draw-tiles").nth(1), set()
    for across in range(10, 400, 15):  # several maps, so that the sum before is now above zero, now below
        row.hover(position={"x": across, "y": 22})
        assert "relu1, map " in page.locator(".draw-lens h4").inner_text()
        told = re.search(r"max\(0, (.+)\) = (.+)", page.locator(".draw-lens p").inner_text())
        before, after = (float(number.replace("−", "-")) for number in told.groups())
        assert after == max(0, before)
        signs.add(before > 0)
    assert signs == {True, False}
    page.locator(".draw-tiles").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "conv1, map 2 of 16" in page.locator(".draw-lens h4").inner_text()
    text = page.locator(".draw-lens").inner_text()
    value, total = re.search(r"column \d+: ≈ (\S+)", text)[1], re.search(r"together (\S+)", text)[1]
    assert value == total


def test_the_wall_can_be_questioned(visitor):
    page = visitor.page
    page.get_by_role("tab", name="Wall", exact=True).click()
    page.locator(".wall-one").first.wait_for(timeout=60_000)
    shown = wall.compute()
    assert f"{shown['accuracy']} %" in page.locator(".wall-sum").inner_text()
    assert page.locator(".wall-tiles .wall-one").count() == 100
    page.get_by_role("button", name="›").click()
    page.get_by_text("101 to 200 of 1,000").wait_for()
    page.locator(".wall-tiles .wall-one").nth(5).hover()
    truth, top = shown["hung"][105]
    assert page.locator(".wall-card p b").inner_text() == str(truth)
    assert [int(text[0]) for text in page.locator(".wall-bars b").all_inner_texts()] == [k for k, _ in top]
    page.get_by_role("button", name=re.compile("only the")).click()
    assert page.locator(".wall-tiles .wall-one").count() == 1_000 - shown["right"]
    assert set(page.locator(".wall-tiles .wall-one > b").all_inner_texts()) == {"✗"}
    wrong = [(i, j) for i in range(10) for j in range(10) if i != j and shown["confusion"][i][j]]
    i, j = wrong[0]
    page.locator(f"[data-cell='{i}-{j}']").click()
    assert page.locator(".wall-tiles .wall-one").count() == shown["confusion"][i][j]
    label = page.locator(".wall-tiles .wall-one").first.get_attribute("aria-label")
    assert label.startswith(f"{i}, read as {j}")
    page.get_by_role("button", name="as trained").click()
    page.get_by_text(f"Expected calibration error {shown['ece_raw']} %").wait_for()
    page.locator(".wall-worst .wall-one").first.click()
    assert page.locator(".wall-card p b").inner_text() == str(shown["hung"][shown["worst"][0]][0])


def test_hung_anew_the_order_is_another(visitor):
    page = visitor.page
    page.get_by_role("tab", name="Wall", exact=True).click()
    page.locator(".wall-one").first.wait_for(timeout=60_000)
    before = [one.get_attribute("aria-label") for one in page.locator(".wall-tiles .wall-one").all()[:30]]
    page.get_by_role("button", name="Hang them anew").click()
    page.wait_for_function(
        "before => [...document.querySelectorAll('.wall-tiles .wall-one')].slice(0, 30)"
        ".map((one) => one.getAttribute('aria-label')).join() !== before.join()",
        arg=before,
    )
    assert "99" in page.locator(".wall-sum").inner_text()
