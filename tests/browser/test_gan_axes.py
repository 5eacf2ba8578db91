"""Named axes, arithmetic and steering on a real page, with tiny networks that have learned nothing."""

import re
import time

import gradio as gr
import pytest
import torch
from playwright.sync_api import expect

from core.gan import Reader
from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from core.models.small_cnn import Config as NetworkConfig
from core.models.small_cnn import SmallCNN, read
from demos.gan import arithmetic, asks, axes, pieces, steer
from demos.views import START, view
from demos.wiring import wire
from tests.browser.driver import served, visiting
from tests.test_gan_axes_part import ATTRIBUTES, WISHES
from weights.recipes.gan_data import COLUMNS

WAIT = 60_000
NAMES = ["glasses", "beard", "earrings", "long hair", "bald", "happy", "open mouth", "dark skin"]


@pytest.fixture(scope="module")
def networks():
    """A forger with axes, a detective and a reader of the right shape in the places of those that ship."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        shape = Config(classes=3, z=8, w=8, depth=2, widths=(8, 8, 8, 8, 8), attributes=ATTRIBUTES)
        net = Generator(shape).eval().requires_grad_(False)
        net.centre(torch.Generator().manual_seed(2), 200)
        jury = Discriminator(JudgeConfig(3, 2, (8, 8, 8, 8), 8)).eval().requires_grad_(False)
        size = NetworkConfig(read("conv 8 5 4, relu, maxpool 4"), sum(map(len, COLUMNS.values())), 3, 64)
        eye = Reader(SmallCNN(size).eval().requires_grad_(False), {name: list(x) for name, x in COLUMNS.items()})
        ways = torch.randn(len(NAMES), 3, 8).tolist()
    shares = dict(changed=0.92, back=0.3, kept=0.95)
    entry = {
        "axes": [
            dict(name=name, title=dict(en=name, zh="方向"), direction=way, **shares)
            for name, way in zip(NAMES, ways, strict=True)
        ],
        "wishes": WISHES,
    }
    with pytest.MonkeyPatch.context() as patch:
        for module in (pieces, axes, asks):
            patch.setattr(module, "forger", lambda *_: (net, entry))
        for module in (axes, arithmetic, steer):
            patch.setattr(module, "reader", lambda: eye)
        patch.setattr(pieces, "judge", lambda *_: (jury, {}))
        patch.setattr(arithmetic, "kinds", lambda: ["Micah", "Adventurer", "Open Peeps"])
        arithmetic.wall.cache_clear(), arithmetic.pool.cache_clear(), arithmetic.best.cache_clear()
        yield
    arithmetic.wall.cache_clear(), arithmetic.pool.cache_clear(), arithmetic.best.cache_clear()


def alone(module):
    """A page that holds just one part, which answers when it has opened, as in its room."""
    with gr.Blocks(analytics_enabled=False) as page:
        held, stage = gr.Textbox("7.1.70", elem_classes="unseen"), view("starter", START, elem_classes="unseen")
        part = module.lay(held)
        wire(stage.start, part.answer, [held, *part.inputs], part.outputs)
    return page


@pytest.fixture(scope="module")
def axes_page(networks):
    with served(alone(axes)) as address:
        yield address


@pytest.fixture(scope="module")
def steer_page(networks):
    read_slowly = steer.told

    def told(pictures):
        time.sleep(0.06)  # tiny networks would be through before anybody can press Stop
        return read_slowly(pictures)

    with pytest.MonkeyPatch.context() as patch, served(alone(steer)) as address:
        patch.setattr(steer, "told", told)
        yield address


def test_sliders_move_the_picture_and_it_goes_back(browser, axes_page):
    with visiting(browser, axes_page, width=390, height=844) as visitor:
        page = visitor.page
        page.goto(axes_page)
        before, after = (page.locator(".axes-pair img").nth(k) for k in (0, 1))
        expect(before).to_have_attribute("src", re.compile("^data:image/png"), timeout=WAIT)
        expect(page.locator(".axes-row")).to_have_count(len(NAMES))
        expect(page.locator(".axes-row").first).to_contain_text("at +1 does it in 92 % of pictures")
        expect(page.locator(".axes-row").first).to_contain_text("Weak: taking it away")
        first = before.get_attribute("src")
        assert after.get_attribute("src") == first
        page.get_by_label("beard", exact=True).focus()
        for _ in range(12):  # faster than answers come
            page.keyboard.press("ArrowRight")
        page.get_by_label("happy", exact=True).fill("-1.5")
        expect(after).to_have_attribute("alt", "the same, moved: beard:0.6,happy:-1.5", timeout=WAIT)
        assert after.get_attribute("src") != first and before.get_attribute("src") == first
        assert page.get_by_label("beard", exact=True).input_value() == "0.6"  # answers did not pull it back
        expect(page.locator(".axes-row.on")).to_have_count(2)
        warned = page.get_by_text("Beyond ±1 nothing was measured")
        expect(warned.locator("visible=true")).to_have_count(1)  # only where it is pushed that far
        expect(page.locator(".axes-place.beyond")).to_contain_text(
            re.compile(
                r"w is [\d.]+ from the middle of its design; the farthest of 4,000 ordinary faces is [\d.]+ away"
            )
        )
        expect(page.locator(".axes-pair figcaption").last).to_have_text("after ⚠ beyond practice")
        expect(page.locator("#gan-axes .verdict")).to_contain_text("Doubtful, see below")
        with page.expect_download() as saved:
            page.locator(".axes-side").get_by_role("button", name="Save").click()
        assert saved.value.suggested_filename == "avatar-7.1.70-moved.png"
        page.get_by_role("button", name="Back to the first picture").click()
        expect(after).to_have_attribute("src", first, timeout=WAIT)
        expect(page.locator(".axes-place")).to_be_hidden()
        expect(page.locator(".axes-pair figcaption").last).to_have_text("after")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_forger_is_asked_for_attributes(browser, axes_page):
    with visiting(browser, axes_page, width=390, height=844) as visitor:
        page = visitor.page
        page.goto(axes_page)
        rows, (before, after) = page.locator(".ask-row"), (page.locator(".axes-pair img").nth(k) for k in (0, 1))
        expect(rows).to_have_count(1, timeout=WAIT)  # this design shows no clothes
        expect(rows.first).to_contain_text("heard in 98 % of pictures")
        own = page.locator(".ask.own")
        expect(own).to_have_attribute("aria-pressed", "true")
        other = page.locator(".ask:not(.own)").first
        words = other.get_attribute("aria-label")
        other.click()
        expect(after).to_have_attribute("alt", re.compile("the same, moved: hair:"), timeout=WAIT)
        assert after.get_attribute("src") != before.get_attribute("src")
        pressed = page.locator(".ask[aria-pressed=true]")
        expect(pressed).to_have_attribute("aria-label", words)
        came = page.locator("#gan-axes .bar-name").filter(has_text="hair:").first.inner_text().split(" ←")[0]
        wished, found = (one.split(": ")[1].removesuffix(" (its own noise)") for one in (words, came))
        expect(page.locator(".ask-told")).to_have_text(
            f"this picture ✓ asked for: {wished}; it came"
            if wished == found
            else f"this picture ✗ asked for: {wished}; came: {found}"
        )
        expect(page.locator("#gan-axes .verdict")).to_contain_text(f"Asked for hair: {wished}")
        expect(page.locator(".axes-place")).not_to_have_class(re.compile("beyond"))  # noise asked, nothing was pushed
        expect(pressed).to_be_focused()  # who goes by keyboard is not thrown back to the top
        page.get_by_label("beard", exact=True).fill("0.5")
        expect(after).to_have_attribute("alt", re.compile("the same, moved: hair:.*, beard:0.5"), timeout=WAIT)
        own.click()
        expect(after).to_have_attribute("alt", "the same, moved: beard:0.5", timeout=WAIT)
        page.get_by_role("button", name="Back to the first picture").click()
        expect(after).to_have_attribute("src", before.get_attribute("src"), timeout=WAIT)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def promised(page):
    """How the sentence about a sum begins, by what its table shows."""
    rows = page.locator(".sum-table tbody tr")
    texts = [[words.strip() for words in row.locator("th, td").all_inner_texts()] for row in rows.all()]
    cells = [[words.removeprefix("● ").split("\n")[0].strip() for words in row] for row in texts]
    wanted = next(([name, a, c, now] for name, a, b, c, now in cells if a != b), None)
    if not wanted:
        return "The reader sees no difference between the means of A and B"
    name, a, c, now = wanted
    if a == now:
        return f"A − B should bring: {name}: {a} " + ("(C has it anyway: it stayed)" if a == c else "✓ it came")
    return f"A − B should bring: {name}: {a} ✗ it {'was lost' if a == c else 'did not come'}, the reader says {now}"


def test_pictures_are_added_by_clicking(browser, axes_page):
    with visiting(browser, axes_page) as visitor:
        page = visitor.page
        page.goto(axes_page)
        picks = page.locator(".sum-pick")
        expect(picks).to_have_count(27, timeout=WAIT)
        expect(page.locator("#gan-sum")).to_contain_text("Fill all three boxes")
        for number in range(9):  # a full box hands over to the next one
            picks.nth(number).click()
        expect(page.locator(".sum-around .sum-cut")).to_have_count(9, timeout=WAIT)
        expect(page.locator(".sum-one img")).to_have_count(9)
        expect(page.locator(".sum-table tbody tr")).to_have_count(len(COLUMNS))
        expect(page.locator(".sum-told")).to_have_text(re.compile(f"^{re.escape(promised(page))}"))
        page.get_by_role("button", name="Try with one picture each").click()
        expect(page.locator(".sum-one img")).to_have_count(3, timeout=WAIT)
        page.locator("button.sum-one").nth(1).click()
        expect(page.locator("#gan-sum")).to_contain_text("Fill all three boxes")
        page.get_by_role("button", name="Open Peeps").click()
        expect(page.get_by_role("button", name="Open Peeps")).to_have_attribute("aria-pressed", "true", timeout=WAIT)
        page.get_by_role("button", name="with glasses − without + long hair").click()
        expect(page.locator(".sum-box figure img")).to_have_count(3, timeout=WAIT)


def test_steering_streams_stops_and_is_looked_through(browser, steer_page):
    with visiting(browser, steer_page) as visitor:
        page = visitor.page
        page.goto(steer_page)
        expect(page.locator(".steer-head .verdict")).to_contain_text("Press “Steer”", timeout=WAIT)
        steps = page.locator("input[type=range]").nth(1)
        steps.fill("120")
        steps.dispatch_event("pointerup")
        page.get_by_role("button", name="Steer", exact=True).click()
        expect(page.locator(".steer-head .verdict")).to_contain_text("● steering", timeout=WAIT)
        page.wait_for_function("document.querySelector('.steer-now .timeline-slider').max >= 3", timeout=WAIT)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".steer-head .verdict")).to_contain_text("❚❚ stopped", timeout=WAIT)
        slider = page.locator(".steer-now .timeline-slider")
        reached = int(slider.get_attribute("max"))
        page.wait_for_timeout(400)
        assert int(slider.get_attribute("max")) == reached < 120  # nothing goes on in secret
        now, first = page.locator(".steer-now > img"), page.locator(".steer-small img").first
        assert now.get_attribute("src") != first.get_attribute("src")
        slider.fill("0")
        expect(page.locator(".steer-head .verdict")).to_contain_text("step 0 of")
        assert now.get_attribute("src") == first.get_attribute("src")
        page.get_by_label("the ImageNet classifier").check()
        expect(page.get_by_label("Wanted class")).to_be_visible(timeout=WAIT)
        expect(page.locator(".steer-head .verdict")).to_contain_text("The ImageNet classifier", timeout=WAIT)
