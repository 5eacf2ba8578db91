"""A network learns on a real page: it is pressed, watched, changed, paused, taken up, and its layers are edited."""

import re

import gradio as gr
import pytest
from playwright.sync_api import expect

from core import learning
from demos import wiring
from demos.cnn import learn
from tests.browser.driver import Visitor, served, visiting

BOARD, WAIT = "#cnn-learn .learn-board", 60_000


@pytest.fixture(scope="module")
def part():
    """Address of a page that holds just this part."""
    with gr.Blocks(analytics_enabled=False) as page:
        learn.lay(gr.State("cat"))
    with served(page) as address:
        yield address


@pytest.fixture
def page(browser, part):
    with visiting(browser, part) as visitor:
        visitor.page.goto(f"{part}?__theme=light")
        visitor.page.locator(BOARD).wait_for(timeout=WAIT)
        yield visitor.page


def phase(page, name):
    page.locator(f'{BOARD}[data-phase="{name}"]').wait_for(timeout=WAIT)


def seen(page):
    """How many digits the network has learned from."""
    return int(page.locator(".learn-fact b").nth(1).text_content().replace(",", ""))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def kernels(page):
    return page.get_by_role("img", name="conv1: weights").evaluate("canvas => canvas.toDataURL()")


def test_start_pause_continue_stop(page):
    phase(page, "ready")
    assert seen(page) == 0
    assert page.locator(".learn-one").count() == learning.HUNG
    untrained = kernels(page)
    press(page, "Start")
    phase(page, "running")
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_disabled()
    expect(page.locator(".learn-fact b").nth(1)).not_to_have_text("0", timeout=WAIT)
    page.get_by_label("0.03", exact=True).check()  # another learning rate, while it runs
    press(page, "Pause")
    phase(page, "paused")
    paused = seen(page)
    assert paused > 0 and kernels(page) != untrained
    assert re.search(r"% of all 1,000 test digits", page.locator(".learn-phase").text_content())
    page.wait_for_timeout(700)
    assert seen(page) == paused  # nothing goes on in secret
    press(page, "Continue")
    phase(page, "running")
    expect(page.locator(".learn-fact b").nth(1)).not_to_have_text(f"{paused:,}", timeout=WAIT)
    press(page, "Stop")
    phase(page, "done")
    assert seen(page) > paused
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_enabled()


def test_a_digit_of_the_wall_is_looked_into_and_has_a_sign(page):
    other = page.locator(".learn-one").nth(5)
    label = re.match(r"a (\d)", other.get_attribute("aria-label")).group(1)
    assert re.match(r"[✓✗] \d", other.text_content())
    other.click()
    expect(page.locator(".learn-guess")).to_contain_text(f"It is a {label}", timeout=WAIT)
    expect(other).to_have_attribute("aria-pressed", "true", timeout=WAIT)
    press(page, "gradients of its loss")
    expect(page.locator(".learn-sheet figcaption").first).to_contain_text("gradient")


def test_layers_are_edited_and_counted_before_anything_starts(page):
    desk = page.locator("#cnn-learn-layers")
    expect(desk.locator(".learn-sum")).to_contain_text("11,322 parameters in all", timeout=WAIT)
    desk.get_by_role("button", name="only the scores").click()
    expect(desk.locator(".learn-sum")).to_contain_text("7,850 parameters", timeout=WAIT)
    expect(page.locator(".learn-layer")).to_have_count(1, timeout=WAIT)  # the board shows the new network
    for _ in range(2):
        desk.get_by_role("button", name="+ add a layer").click()
    desk.get_by_label("layer 1: kind").select_option("dense")
    expect(desk.locator(".learn-trouble")).to_contain_text("Layer 2: conv needs maps", timeout=WAIT)
    expect(desk.locator(".learn-line.wrong")).to_have_count(1)
    press(page, "Start")
    expect(page.locator(".toast-body, [data-testid='toast-body']").first).to_contain_text("Layer 2", timeout=WAIT)
    desk.get_by_role("button", name="take out").nth(1).click()
    expect(desk.locator(".learn-trouble")).to_be_empty(timeout=WAIT)
    desk.get_by_label("layer 1: sums").fill("12")
    expect(desk.locator(".learn-sum")).to_contain_text("9,550 parameters", timeout=WAIT)
    expect(page.locator(".learn-name b")).to_have_text(["dense1", "scores"], timeout=WAIT)


@pytest.fixture
def narrow(monkeypatch):
    """Address of the same part where one trains at a time."""
    monkeypatch.setitem(wiring.LANES, "training", 1)
    with gr.Blocks(analytics_enabled=False) as page:
        learn.lay(gr.State("cat"))
    with served(page) as address:
        yield address


def test_who_waits_for_a_place_may_take_the_start_back(browser, narrow):
    one, other = Visitor(browser, narrow), Visitor(browser, narrow)
    page = one.page
    for visitor in (one, other):
        visitor.page.goto(f"{narrow}?__theme=light")
        phase(visitor.page, "ready")
    seconds = page.get_by_label("number input for Seconds")
    seconds.fill("60")  # long enough for a browser that is busy with others
    seconds.press("Enter")
    press(page, "Start")
    phase(page, "running")
    press(other.page, "Start")
    other.page.wait_for_timeout(1_500)
    assert seen(page) > 0 and seen(other.page) == 0
    press(other.page, "Pause")  # takes the start back
    other.page.wait_for_timeout(500)
    press(page, "Stop")
    phase(page, "done")
    other.page.wait_for_timeout(1_500)
    phase(other.page, "ready")
    assert seen(other.page) == 0
    press(other.page, "Start")  # and the lane is free
    phase(other.page, "running")
    press(other.page, "Stop")
    phase(other.page, "done")
    assert one.alarms == [] and other.alarms == []
    one.close()
    other.close()
