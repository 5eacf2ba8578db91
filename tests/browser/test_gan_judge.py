"""The detective's verdicts, the quiz and the neighbours on a real page, with players that have learned nothing."""

import re

import gradio as gr
import pytest
import torch
from playwright.sync_api import expect

from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from demos.avatars import avatars
from demos.gan import judge, memory, pieces, quiz, verdicts
from demos.gan.quiz import ROUNDS, USUAL, dealt
from demos.gan.verdicts import values
from demos.wiring import wire
from tests.browser.driver import served, visiting

WAIT = 60_000
LISTEN = """
window.heard = '';
const ask = window.fetch;
window.fetch = async (...wishes) => {
  const answer = await ask(...wishes);
  if (!answer.url.includes('queue/data')) return answer;
  const [mine, theirs] = answer.body.tee(), words = new TextDecoder();
  const keep = async () => { for await (const part of mine) window.heard += words.decode(part, { stream: true }); };
  keep().catch(() => {});  // the page was left
  return new Response(theirs, { status: answer.status, headers: answer.headers });
};
"""
"""Keeps whatever the server tells the page, in `heard`."""
KEPT = judge.forged, judge.genuine, judge.examined, memory.forged, memory.neighbours


def forget():
    for kept in KEPT:
        kept.cache_clear()


@pytest.fixture(scope="module")
def part():
    """Address of a page with these parts, a box for what is held, and a button in place of the room."""
    torch.manual_seed(1)
    forger = Generator(Config(z=8, w=8, widths=(8,) * 5)).eval().requires_grad_(False)
    detective = Discriminator(JudgeConfig(widths=(8,) * 4, answers=8)).eval().requires_grad_(False)
    with torch.no_grad():
        real = avatars("held")
        detective.score.bias -= detective(values(real.pictures[::16]), real.kinds[::16]).median()
    with pytest.MonkeyPatch.context() as patch, gr.Blocks(analytics_enabled=False) as page:
        patch.setattr(pieces, "forger", lambda name: (forger, {}))
        patch.setattr(verdicts, "judge", lambda name: (detective, {}))
        patch.setattr(memory, "COUNT", 16)
        forget()
        held = gr.Textbox("7.1.70", label="held")
        for module in (judge, quiz, memory):
            made, show = module.lay(held), gr.Button(f"show {module.__name__.rpartition('.')[2]}")
            wire(show.click, made.answer, [held, *made.inputs], [*made.outputs])
            for event in made.holds:
                wire(event, took, [], [held])
        with served(page) as address:
            yield address
    forget()


def took(event: gr.EventData) -> str:
    return event._data["piece"]


@pytest.fixture
def page(browser, part):
    with visiting(browser, part) as visitor:
        visitor.page.add_init_script(LISTEN)
        visitor.page.goto(f"{part}?__theme=light")
        yield visitor.page


def test_many_are_judged_and_one_is_taken_in_the_hand(page):
    page.get_by_role("button", name="show judge").click()
    page.locator(".judge-hand").wait_for(timeout=WAIT)
    expect(page.locator("#gan-judge-scores .verdict")).to_have_text(re.compile(r"right about \d+(\.\d)? %"))
    counts = page.locator("#gan-judge-scores .twin-bar").evaluate_all("bars => bars.map(bar => +bar.dataset.count)")
    assert sum(counts) == 2 * judge.COUNT
    expect(page.locator(".twin-name")).to_contain_text("in the hand")
    expect(page.locator(".judge-read")).to_have_count(10)
    heat = page.locator(".judge-picture canvas")
    before = heat.evaluate_all("all => all.map(one => one.toDataURL())")
    page.locator("#gan-judge .bar-row").nth(1).click()
    expect(page.locator("#gan-judge .bar-row").nth(1)).to_have_attribute("aria-pressed", "true")
    assert heat.evaluate_all("all => all.map(one => one.toDataURL())") != before
    tile = page.locator(".judge-tile").nth(3)
    tile.click()
    expect(page.get_by_label("held")).to_have_value(tile.get_attribute("data-piece"))


def test_the_quiz_is_played_with_keys_and_tells_nothing_too_early(page):
    cards = dealt(1, ROUNDS, USUAL)
    page.get_by_role("button", name="Begin the quiz").click()
    expect(page.locator("#gan-quiz .verdict")).to_have_text("Number 1 of 10", timeout=WAIT)
    arrived = page.evaluate("window.heard")
    assert '"rounds":10' in arrived.replace(" ", "")  # the questions have come, all of them, and no answer
    assert "genuine" not in arrived and not [card.name for card in cards if card.name in arrived]
    for number, card in enumerate(cards):
        if number % 2:
            page.keyboard.press("r" if number % 4 == 1 else "f")
        else:
            page.get_by_role("button", name="Real (R)" if number % 4 else "Forged (F)").click()
        expect(page.locator("#gan-quiz .verdict")).to_contain_text(
            "Genuine" if card.genuine else "Forged", timeout=WAIT
        )
        page.keyboard.press("n")
    said = [number % 4 in (1, 2) for number in range(ROUNDS)]
    mine = sum(a == card.genuine for a, card in zip(said, cards, strict=True))
    theirs = sum((card.score > 0) == card.genuine for card in cards)
    expect(page.locator("#gan-quiz .verdict small")).to_have_text(f"{mine} : {theirs}")
    expect(page.locator(".quiz-one")).to_have_count(ROUNDS)
    fooled = sum(a != card.genuine or (card.score > 0) != card.genuine for a, card in zip(said, cards, strict=True))
    expect(page.locator(".quiz-one[data-fooled]")).to_have_count(fooled)
    page.locator(".quiz-one button").first.click()
    expect(page.get_by_label("held")).to_have_value(next(card.name for card in cards if not card.genuine))
    assert all(card.name in page.evaluate("window.heard") for card in cards)  # so whoever listens would have heard
    page.get_by_role("button", name="Again, with others").click()
    expect(page.locator("#gan-quiz .verdict")).to_have_text("Number 1 of 10", timeout=WAIT)


def test_the_neighbours_hang_side_by_side(page):
    page.get_by_role("button", name="show memory").click()
    page.locator(".memory-row figure").first.wait_for(timeout=WAIT)
    expect(page.locator(".memory-row figure")).to_have_count(6)
    sizes = page.locator(".memory-row .memory-cut").evaluate_all("all => all.map(one => one.clientWidth)")
    assert min(sizes) > 120 and max(sizes) - min(sizes) <= 1
    expect(page.locator("#gan-memory-far")).to_contain_text("2,304 of the 31,000")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
