"""The room of forged pictures on a real page: what hangs, is held, walked between, mixed, shared and handed on."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.images import from_url
from demos.cnn import DEMO as CNN
from demos.gan import DEMO as GAN
from demos.style import DEMO as STYLE
from tests.browser.driver import Visitor, gallery_of

WAIT = 90_000
TILES, HELD = "#gan-wall .gan-tile", "#gan-shelf .gan-held"


@pytest.fixture(scope="module")
def gallery():
    with gallery_of(CNN, STYLE, GAN) as address:
        yield address


@pytest.fixture
def enter(browser, gallery):
    visitors = []

    def go(query="", **options):
        visitor = Visitor(browser, gallery, **options)
        visitors.append(visitor)
        page = visitor.page
        page.on("console", lambda line: visitor.alarms.append(line.text) if line.type == "error" else None)
        page.goto(f"{gallery}?__theme=light&tab=gan&{query}")
        page.locator("#gan-shelf .gan-shelf, #gan-shelf .gan-empty").wait_for(timeout=WAIT)
        return page

    yield go
    for visitor in visitors:
        assert visitor.foreign == [] and visitor.alarms == []
        visitor.close()


def seen(page, where):
    """What stands on a canvas."""
    url = page.locator(where).evaluate("canvas => canvas.toDataURL()")
    return np.array(Image.open(io.BytesIO(from_url(url))).convert("RGB")).astype(int)


def shot(page, where):
    """What a place of the page looks like, coarsely."""
    return np.array(Image.open(io.BytesIO(page.locator(where).screenshot())).convert("RGB").resize((16, 16))).astype(
        int
    )


def apart(a, b):
    """The mean difference in steps of brightness."""
    return abs(a - b).mean()


def part(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def saved(page, name):
    with page.expect_download(timeout=WAIT) as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    return Image.open(io.BytesIO(waiting.value.path().read_bytes()))


def test_pictures_hang_are_held_and_are_put_down(enter):
    page = enter("gan_seed=5&gan_count=9&gan_kind=micah&gan_cut=40&gan_detective=score&held=3.0.70_4.2.50")
    expect(page.locator(f"{TILES} small")).to_have_count(9, timeout=WAIT)
    assert page.locator(TILES).evaluate_all("all => all.map(one => one.dataset.piece)") == [
        f"{seed}.0.40" for seed in range(5, 14)
    ]
    expect(page.locator(".gan-about")).to_contain_text("seed 3, Micah, truncation 70 %")
    page.locator(TILES).nth(2).hover()
    expect(page.locator("#gan-wall .hint")).to_contain_text(
        re.compile(r"seed 7, Micah; the detective: [<\d.]+ % genuine")
    )
    page.locator(TILES).nth(2).click()
    expect(page.locator(HELD)).to_have_count(2, timeout=WAIT)
    expect(page.locator(".gan-about")).to_contain_text("seed 7, Micah, truncation 40 %")
    expect(page.locator(TILES).nth(2)).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile(r"held=7\.0\.40_3\.0\.70_4\.2\.50"))  # the address follows
    page.get_by_role("button", name="take in the hand: seed 4, Open Peeps, truncation 50 %").click()
    expect(page.locator(".gan-about")).to_contain_text("seed 4", timeout=WAIT)
    page.locator(".gan-noise canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".gan-noise span")).to_have_text(re.compile(r"z number 1: −?\d\.\d\d"))
    for left in (1, 0):
        page.locator("#gan-shelf .gan-away").first.click()
        expect(page.locator(HELD)).to_have_count(left, timeout=WAIT)
    page.locator("#gan-shelf .gan-away").first.click()
    expect(page.locator(".gan-empty")).to_contain_text("Your hands are empty", timeout=WAIT)
    expect(page.locator(TILES)).to_have_count(9)
    part(page, "Walk and mix")
    expect(page.locator("#gan-walk")).to_contain_text("you hold 0", timeout=WAIT)
    part(page, "Named axes")
    expect(page.locator("#gan-axes .gan-empty")).to_be_visible(timeout=WAIT)
    expect(page.locator("#gan-sum .sum-box").first).to_be_visible(timeout=WAIT)  # a sum needs nothing in the hand
    part(page, "Steer")
    expect(page.locator("#gan-steer .gan-empty")).to_be_visible(timeout=WAIT)
    part(page, "2-D laboratory")
    expect(page.locator("#gan-shelf .gan-empty")).to_be_hidden(timeout=WAIT)


def test_the_wall_changes_is_saved_and_is_handed_on(enter):
    page = enter("gan_count=4")
    expect(page.locator(TILES)).to_have_count(4, timeout=WAIT)
    before = seen(page, f"{TILES} canvas >> nth=0")
    assert saved(page, "Save the wall as PNG").size == (256, 256)
    page.get_by_role("radio", name="16", exact=True).check()
    expect(page.locator(TILES)).to_have_count(16, timeout=WAIT)
    assert apart(seen(page, f"{TILES} canvas >> nth=0"), before) < 1  # the same seed in another grid
    page.wait_for_url(re.compile("gan_count=16"))
    page.get_by_role("button", name="Another wall").click()
    page.wait_for_url(re.compile(r"gan_seed=\d+"), timeout=WAIT)
    seed = re.search(r"gan_seed=(\d+)", page.url)[1]
    expect(page.locator(TILES).first).to_have_attribute("data-piece", re.compile(rf"^{seed}\."), timeout=WAIT)
    assert apart(seen(page, f"{TILES} canvas >> nth=0"), before) > 1
    page.get_by_role("button", name="Classify it").click()
    expect(page.locator("#cnn-look .verdict").first).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("tab", name="Recognising pictures")).to_have_attribute("aria-selected", "true")


def test_a_picture_and_a_whole_wall_go_to_the_painters(enter):
    page = enter("gan_count=4")
    expect(page.locator(TILES)).to_have_count(4, timeout=WAIT)
    for button, side in (("Stylise it", 256), ("Stylise the whole wall", 128)):
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_role("tab", name="Painting over")).to_have_attribute("aria-selected", "true")
        painted = page.locator("#style-hands .curtain-before")
        expect(painted).to_be_visible(timeout=WAIT)
        page.wait_for_function(
            "side => document.querySelector('#style-hands .curtain-before')?.naturalWidth >= side", arg=side
        )
        mine = page.locator("#style-intake .intake-photo[aria-pressed=true]")
        expect(mine).to_have_attribute("title", "yours", timeout=WAIT)
        page.go_back()
        expect(page.get_by_role("tab", name="Forger and detective")).to_have_attribute("aria-selected", "true")


def test_every_part_answers_with_what_is_held_and_what_the_address_says(enter):
    page = enter("part=axes&held=0.0.100_29.1.100&axes=bright hair:1&judge_seed=5&steer=beard=beard")
    expect(page.get_by_label("bright hair", exact=True)).to_have_value("1", timeout=WAIT)
    expect(page.locator("#gan-axes img").last).to_have_attribute("alt", "the same, moved: bright hair:1")
    page.locator("#gan-sum .axes-tools .chip").first.click()  # an example
    expect(page.locator("#gan-sum .sum-around")).to_be_visible(timeout=WAIT)
    part(page, "Judge the forger")
    expect(page.locator("#gan-judge-scores svg.twin")).to_be_visible(timeout=WAIT)
    expect(page.get_by_label("Seed of the first forgery")).to_have_value("5")
    expect(page.locator("#gan-judge-scores")).to_contain_text("in the hand", timeout=WAIT)
    part(page, "Does it memorise?")
    expect(page.locator("#gan-memory .memory-cut").first).to_be_visible(timeout=WAIT)
    part(page, "Learn and fail")
    expect(page.locator("#gan-learn .twin-state")).to_have_count(2, timeout=WAIT)
    expect(page.locator("#gan-learn .twin-state").last).to_contain_text("collapsed")
    part(page, "Ten kinds of things")
    expect(page.locator("#gan-things .things-tile")).to_have_count(80, timeout=WAIT)
    part(page, "Steer")
    expect(page.locator("#gan-steer .verdict")).to_contain_text("beard: yes", timeout=WAIT)
    page.get_by_role("button", name="Steer", exact=True).click()
    expect(page.locator("#gan-steer .timeline-slider")).not_to_have_attribute("max", "0", timeout=WAIT)
    part(page, "Find this face")
    expect(page.locator("#gan-project")).to_contain_text("looked for", timeout=WAIT)
    assert "axes=bright" in page.url and "held=0.0.100_29.1.100" in page.url


def test_a_walk_is_dragged_played_and_saved_and_styles_are_mixed(enter):
    page = enter("part=walk&held=7.1.70_8.1.70_23.0.70&gan_round=true", calm=False)
    expect(page.locator(".gan-stops button")).to_have_count(4, timeout=WAIT)
    expect(page.get_by_label("Round trip")).to_be_checked()
    expect(page.locator("#gan-walk")).to_contain_text("from one design to another")
    page.get_by_role("button", name="1: seed 7 · Adventurer").click()
    here, first = page.locator(".gan-walk .hint").first, seen(page, ".gan-walk .gan-large")
    expect(here).to_have_text("seed 7")
    page.locator(".gan-walk input").focus()
    page.keyboard.press("ArrowRight")
    expect(here).to_have_text("5 % of the way from seed 7 to seed 8")
    page.keyboard.press("End")
    expect(here).to_have_text("seed 7")
    assert apart(seen(page, ".gan-walk .gan-large"), first) < 1  # back where it began
    page.get_by_role("button", name="▶ play").click()
    expect(here).to_contain_text("from seed 8", timeout=WAIT)
    page.get_by_role("button", name="❚❚ pause").click()
    film = saved(page, "Save as GIF")
    assert (film.format, film.n_frames, film.size) == ("GIF", 60, (256, 256))
    assert saved(page, "Save as a strip, PNG").size == (12 * 128, 128)

    tiles = page.locator(".gan-cuts .gan-tile")
    expect(tiles).to_have_count(12, timeout=WAIT)
    page.get_by_role("button", name="4×4–8×8 from A, 16×16–64×64 from B").click()
    mixed = seen(page, ".gan-mix .gan-large")
    page.get_by_role("button", name="16×16 from B, change").click()
    expect(page.locator(".gan-mix [role=status]")).to_have_text("4×4–16×16 from A, 32×32–64×64 from B")
    expect(tiles.nth(3)).to_have_attribute("aria-pressed", "true")
    assert apart(seen(page, ".gan-mix .gan-large"), mixed) > 0
    tiles.nth(5).click()  # all of A
    below = slice(5, 15)  # there is a button in the upper corner of the picture in the hand
    assert apart(shot(page, ".gan-mix .gan-large")[below], shot(page, ".gan-hand img")[below]) < 8


def test_on_a_phone_nothing_sticks_out(enter):
    page = enter("part=walk", width=390, height=844)
    expect(page.locator(".gan-cuts")).to_be_visible(timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    part(page, "The wall")
    expect(page.locator(TILES)).to_have_count(36, timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
