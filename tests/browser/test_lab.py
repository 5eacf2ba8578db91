"""The laboratory in the plane on a real page: played, stepped, drawn, put side by side, burst, shared and left."""

import gc
import re
import time

import gradio as gr
import pytest
from playwright.sync_api import expect

from core.arena import Arena
from demos import wiring
from demos.gan import lab
from tests.browser.driver import Visitor, served, visiting

BOARD, WAIT = "#gan-lab .plane-board", 60_000


@pytest.fixture(scope="module")
def part():
    """Address of a page that holds just this part."""
    with gr.Blocks(analytics_enabled=False) as page:
        lab.lay()
    with served(page) as address:
        yield address


@pytest.fixture
def page(browser, part):
    with visiting(browser, part) as visitor:
        yield opened(visitor.page, part)


def opened(page, address):
    page.goto(f"{address}?__theme=light")
    phase(page, "ready")
    return page


def phase(page, name):
    page.locator(f'{BOARD}[data-phase="{name}"]').wait_for(timeout=WAIT)


def iteration(page):
    return int(re.search(r"iteration ([\d,]+)", page.locator(".plane-pace").text_content()).group(1).replace(",", ""))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def picture(page):
    return page.locator(".plane-canvas").first.evaluate("canvas => canvas.toDataURL()")


def training():
    return [one for one in gc.get_objects() if type(one) is Arena and one.running]


def test_play_pause_and_turns(page):
    assert iteration(page) == 0
    before = picture(page)
    press(page, "Detective's turn")
    phase(page, "paused")
    expect(page.locator(".plane-facts")).to_contain_text("loss of detective")
    forgers = page.locator(".plane-facts div, .plane-facts dd").filter(has_text=re.compile(r"^–$"))
    expect(page.locator(".plane-pace")).to_have_text("iteration 0 (1 turn)")
    assert forgers.count() == 1  # the loss of the forger, who has had no turn
    assert picture(page) != before
    press(page, "Forger's turn")
    expect(page.locator(".plane-pace")).to_have_text("iteration 1 (2 turns)", timeout=WAIT)
    press(page, "Play")
    phase(page, "running")
    page.wait_for_function("document.querySelector('.plane-plots svg')", timeout=WAIT)
    press(page, "Pause")
    phase(page, "paused")
    paused, seen = iteration(page), picture(page)
    assert paused > 1 and not training()
    page.wait_for_timeout(500)
    assert iteration(page) == paused and picture(page) == seen  # nothing goes on in secret
    page.get_by_role("button", name="how noise is folded").click()
    assert picture(page) != seen
    expect(page.locator(".plane-canvas")).to_have_attribute("aria-label", re.compile(r"of 8 places are served"))


@pytest.mark.parametrize("button", ["Play", "draw your own"])
def test_whoever_plays_or_draws_sees_all_of_the_picture(page, button):
    page.set_viewport_size(dict(width=1366, height=720))
    page.evaluate("document.body.style.paddingTop = '300px'; scrollTo(0, 0)")  # as under the room's head
    expect(page.locator(".plane-canvas")).not_to_be_in_viewport(ratio=0.9)
    press(page, button)
    expect(page.locator(".plane-canvas")).to_be_in_viewport(ratio=0.99)
    expect(page.get_by_role("button", name="Pause")).to_be_in_viewport()


def test_slow_motion_tells_whose_turn_it_is(page):
    page.get_by_label("Slow motion").check()
    press(page, "Play")
    for whose in ("detective’s turn", "forger’s turn"):
        expect(page.locator(".plane-phase")).to_contain_text(whose, timeout=WAIT)
    press(page, "Pause")
    phase(page, "paused")


def test_a_distribution_is_drawn_with_pointer_and_keys(page):
    press(page, "draw your own")
    expect(page.locator(".plane-nothing")).to_be_visible()
    box = page.locator(".plane-canvas").bounding_box()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    for share in (0.3, 0.5, 0.7):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.up()
    expect(page.locator(".plane-nothing")).to_be_hidden()
    phase(page, "ready")
    page.locator(".plane-canvas").focus()
    for key in ("ArrowRight", "ArrowDown", " "):
        page.keyboard.press(key)
    press(page, "Play")
    phase(page, "running")
    (arena,) = training()
    target = arena.duels[0].target
    assert target.name == "drawn" and float(target.ends[0, 1]) == pytest.approx(0.75, abs=0.02)
    assert target.starts[-1].tolist() == pytest.approx([0.05, -0.05])
    press(page, "Pause")
    phase(page, "paused")
    press(page, "clear")
    expect(page.locator(".plane-nothing")).to_be_visible()
    press(page, "Play")
    expect(page.locator(".toast-body, [data-testid='toast-body']").first).to_contain_text("Nothing is drawn")
    expect(page.locator(".plane-phase")).not_to_contain_text("waiting", timeout=WAIT)


def test_two_runs_side_by_side_and_one_below_the_other(page):
    press(page, "mode collapse beside a fair game")
    expect(page.locator(".plane-canvas")).to_have_count(2, timeout=WAIT)
    phase(page, "running")
    press(page, "Pause")
    phase(page, "paused")
    expect(page.locator(".plane-row.other")).to_have_count(1)
    page.get_by_label("The game: loss, run B").select_option("hinge")
    expect(page.locator(".plane-title").nth(1)).to_contain_text("B · hinge", timeout=WAIT)
    press(page, "Play")
    phase(page, "running")
    press(page, "Pause")
    phase(page, "paused")
    left, right = (page.locator(".plane-canvas").nth(k).bounding_box() for k in (0, 1))
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    left, right = (page.locator(".plane-canvas").nth(k).bounding_box() for k in (0, 1))
    assert left["x"] == right["x"] and left["y"] + left["height"] <= right["y"] and left["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    press(page, "− one run only")
    expect(page.locator(".plane-canvas")).to_have_count(1, timeout=WAIT)


def test_a_run_that_diverges_says_so_and_the_laboratory_lives_on(page):
    press(page, "Play")
    phase(page, "running")
    press(page, "steps far too large")  # not the trained pair goes on: another begins
    phase(page, "burst")
    expect(page.locator(".plane-phase")).to_contain_text("stopped: it has diverged")
    expect(page.locator(".plane-word")).to_contain_text(re.compile(r"has diverged at iteration \d+:"))
    expect(page.locator(".toast-body, [data-testid='toast-body']").first).to_contain_text("diverged")
    assert set(page.locator(".plane-facts dd").evaluate_all("all => all.map(one => one.firstChild.data)")) == {"–"}
    press(page, "mode collapse beside a fair game")
    phase(page, "running")
    expect(page.locator(".plane-canvas")).to_have_count(2)
    press(page, "a fair game")
    expect(page.locator(".plane-canvas")).to_have_count(1, timeout=WAIT)
    phase(page, "running")
    press(page, "other dice")
    page.locator(f'{BOARD}[data-seed="{page.locator(".plane-seed input").input_value()}"]').wait_for(timeout=WAIT)
    page.wait_for_function("() => document.querySelector('.plane-pace').textContent.match(/[1-9]/)")
    press(page, "Pause")
    phase(page, "paused")
    assert iteration(page) > 0 and page.locator(".plane-seed input").input_value() != "1"


def test_pause_ends_a_game_whose_request_is_still_on_its_way(page):
    press(page, "Play")
    phase(page, "running")
    held = []

    def hold(route):
        held.append(route)
        page.evaluate("() => setTimeout(() => { window.over = true; }, 1000)")

    page.route("**/queue/join*", hold)
    press(page, "other dice")
    press(page, "Pause")
    page.wait_for_function("() => window.over")
    held[0].continue_()
    page.unroute("**/queue/join*")
    page.locator(f'{BOARD}:not([data-phase="running"])').wait_for(timeout=WAIT)
    for _ in range(3):
        page.wait_for_timeout(500)
        assert page.locator(BOARD).get_attribute("data-phase") in ("paused", "ready") and not training()


def test_before_the_start_nothing_is_claimed(page):
    expect(page.locator(".plane-word")).to_contain_text("one heap")
    for name in ("loss of detective", "loss of forger"):
        expect(page.locator(".plane-facts div", has_text=name).locator("dd")).to_have_text("–")


def test_games_to_try_are_in_sight_and_begin_at_once(page):
    page.set_viewport_size({"width": 1366, "height": 768})
    chips = page.locator("#gan-lab-presets .chip")
    assert chips.count() == 7
    boxes = [chip.bounding_box() for chip in chips.all()]
    above = page.locator(".plane-canvas").bounding_box()["y"]
    assert all(box["y"] + box["height"] < min(above, 768) for box in boxes)
    press(page, "Wasserstein")
    phase(page, "running")
    (arena,) = training()
    assert (arena.duels[0].wanted.loss, arena.duels[0].wanted.d_steps) == ("wasserstein", 3)
    expect(page.get_by_label("The game: loss")).to_have_value("wasserstein")
    press(page, "Pause")
    phase(page, "paused")


def test_an_order_that_is_long_on_its_way_does_not_end_the_game_that_it_began(page):
    held = []
    page.route("**/run/**", lambda route: held.append(route))
    press(page, "Wasserstein")
    page.wait_for_timeout(1500)  # the order needs no queue and is held back; the game goes by the queue
    held[0].continue_()
    page.unroute("**/run/**")
    phase(page, "running")
    page.wait_for_timeout(1000)
    (arena,) = training()
    assert page.locator(BOARD).get_attribute("data-phase") == "running" and arena.duels[0].wanted.loss == "wasserstein"


def test_a_rate_that_is_none_stops_the_game_and_says_so_in_place(page):
    field, note = page.get_by_label("The detective D: learning rate"), page.locator("#plane-wrong-d_rate")
    press(page, "Play")
    phase(page, "running")
    for rate in ("abc", "-1", "1e30"):
        field.fill(rate)
        field.press("Tab")
        expect(note).to_contain_text(f"“{rate}” is no number from 0 to 1,000,000,000", timeout=WAIT)
        expect(page.locator(".plane-phase")).to_contain_text(f"1,000,000,000; it was '{rate}'", timeout=WAIT)
        assert field.get_attribute("aria-invalid") == "true" and field.input_value() == rate
        phase(page, "refused")
        assert not training()
    press(page, "Start anew")
    expect(page.locator(".toast-body, [data-testid='toast-body']").first).to_contain_text("learning rate")
    phase(page, "refused")
    assert not training()
    field.fill("0,005")
    field.press("Tab")
    expect(note).to_be_hidden()
    expect(field).to_have_value("0.005")
    phase(page, "paused")
    press(page, "Play")
    phase(page, "running")
    assert [arena.duels[0].wanted.d_rate for arena in training()] == [0.005]
    press(page, "Pause")
    phase(page, "paused")


def test_a_game_that_an_error_ends_is_not_said_to_go_on(page, monkeypatch):
    def broken(arena, seconds):
        yield next(watched(arena, seconds))
        raise RuntimeError("no more")

    watched = lab.watched
    monkeypatch.setattr(lab, "watched", broken)
    press(page, "Play")
    phase(page, "failed")
    expect(page.locator(".plane-phase")).to_contain_text("stopped by an error")
    monkeypatch.undo()
    press(page, "Play")
    phase(page, "running")
    press(page, "Pause")
    phase(page, "paused")


def test_every_figure_and_setting_is_explained(page):
    for what, among in (("figures", "#gan-lab"), ("settings", "#gan-lab-desk")):
        words = page.locator(f"{among} .plane-meaning dl")
        expect(words).to_be_hidden()
        page.get_by_text(f"What the {what} mean").click()
        expect(words).to_be_visible()
    named = page.locator("#gan-lab .plane-meaning dt").all_text_contents()
    assert page.locator("#gan-lab .plane-facts dt").all_text_contents() == named
    assert all(page.locator("#gan-lab .plane-facts > div").evaluate_all("all => all.map(one => one.title.length > 20)"))
    expect(page.locator("#gan-lab-desk .plane-meaning")).to_contain_text("weight of R1")


def test_two_train_in_turns_and_each_has_their_own(page, browser, part):
    other = Visitor(browser, part)
    opened(other.page, part)
    press(page, "Play")
    phase(page, "running")
    press(other.page, "three blobs")
    press(other.page, "Play")
    phase(other.page, "running")
    assert sorted(arena.duels[0].target.name for arena in training()) == ["blobs", "ring"]
    before = iteration(page), iteration(other.page)
    page.wait_for_timeout(1500)
    assert iteration(page) > before[0] and iteration(other.page) > before[1]
    press(page, "Pause")
    phase(page, "paused")
    assert [arena.duels[0].target.name for arena in training()] == ["blobs"]
    phase(other.page, "running")
    assert other.alarms == []
    other.close()


def test_who_finds_no_place_waits_and_is_told(browser, monkeypatch):
    monkeypatch.setitem(wiring.LANES, "training", 1)
    with gr.Blocks(analytics_enabled=False) as narrow:
        lab.lay()
    with served(narrow) as address, visiting(browser, address) as one, visiting(browser, address) as other:
        for visitor in (one, other):
            opened(visitor.page, address)
        press(one.page, "Play")
        phase(one.page, "running")
        press(other.page, "Play")
        expect(other.page.locator(".plane-phase")).to_contain_text("waiting", timeout=WAIT)
        assert len(training()) == 1
        press(one.page, "Pause")
        phase(other.page, "running")  # the place is free
        phase(one.page, "paused")


def test_who_closes_the_page_ends_the_run_within_a_second(browser, part):
    left = {id(one): one for one in training()}  # by servers of other tests, which were closed in the middle of a run

    def own():
        return [one for one in training() if id(one) not in left]

    visitor = Visitor(browser, part)
    opened(visitor.page, part)
    press(visitor.page, "Play")
    phase(visitor.page, "running")
    assert len(own()) == 1
    visitor.close()
    began = time.monotonic()
    while own() and time.monotonic() - began < 10:
        time.sleep(0.02)
    assert time.monotonic() - began < 1.0
