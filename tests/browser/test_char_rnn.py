"""The first tab in a real browser: every part is used as a person would use it."""

import re

import pytest
from playwright.sync_api import expect

from core.live_files import restore
from tests.browser.driver import Visitor, settled
from tests.browser.shots import PARTS, READY, open_part

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> ${alert(3)} {{7*7}} {{constructor}} `x` \\u0041 O'er"


@pytest.fixture(scope="module")
def address(texts):
    return texts


def at_once(visitor: Visitor, where="#char-write"):
    visitor.page.locator(where).get_by_role("button", name="at once").click()
    visitor.page.locator(f"{where} .quote-key").wait_for(timeout=30_000)


def test_an_address_opens_a_part_with_its_author(visit):
    page = visit().page
    page.goto(page.url.partition("?")[0] + "?part=neurons&corpus=linux&pattern=comment")
    text = page.locator("#char-cell .rows-text")
    page.wait_for_function("() => /[;{}]/.test(document.querySelector('#char-cell .rows-text')?.innerText)")
    page.locator("label:visible", has_text="Tang").first.click()
    page.wait_for_function("() => location.search.includes('finder=tang')")
    page.wait_for_function("() => /[\u4e00-\u9fff]/.test(document.querySelector('#char-cell .rows-text').innerText)")
    first = text.inner_text()
    page.goto(page.url)
    page.wait_for_function("first => document.querySelector('#char-cell .rows-text')?.innerText === first", arg=first)


def test_the_first_thing_seen_is_a_text_being_written(visit):
    visitor = visit(calm=False)
    at_once(visitor)
    text = visitor.text()
    assert text.startswith("ROMEO:\n")
    assert len(text) == 7 + 600
    assert "tab=" not in visitor.page.url  # the address follows what a visitor does, and nothing was done yet


def test_pointing_at_a_character_shows_its_rivals(visit):
    visitor = visit()
    at_once(visitor)
    page = visitor.page
    page.locator("#char-write .rows-text").evaluate("sheet => { sheet.scrollTop = 0; }")
    page.locator("#char-write .ch").nth(9).hover()
    bars = page.locator("#char-write .bar")
    assert bars.count() == 5
    shares = [float(re.sub("[<% ]", "", bar)) for bar in page.locator("#char-write .bar span").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    nats = float(re.search(r"p = ([\d.]+) nats", page.locator("#char-write .card-sums").inner_text())[1])
    assert 0 <= nats < 12
    page.locator("#char-write .rows-text").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#char-write .ch.chosen").get_attribute("data-i") == "10"


STOP = """() => {
  if (document.querySelectorAll('#char-write .ch').length < 300) return false;
  [...document.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Stop').click();
  return true;
}"""


def test_the_pace_can_be_stopped(visit):
    visitor = visit("length=2000", calm=False)
    # pressed from within the page: from without it would wait until nothing moves there any more
    visitor.page.wait_for_function(STOP, timeout=60_000)
    assert 300 <= settled(visitor.page, lambda: len(visitor.text())) < 2000


def test_the_same_seed_writes_the_same_and_another_does_not(visit):
    visitor = visit("tab=char-rnn&seed=11&length=80")
    at_once(visitor)
    first = visitor.text()
    visitor.page.get_by_role("button", name="Write", exact=True).click()
    visitor.page.wait_for_timeout(1500)
    assert visitor.text() == first
    visitor.page.get_by_role("button", name="Another", exact=True).click()
    visitor.page.wait_for_function("() => new URLSearchParams(location.search).get('seed') !== '11'")
    visitor.page.wait_for_timeout(1500)
    assert visitor.text() != first
    assert len(visitor.text()) == len(first)


def test_the_address_brings_settings_and_follows_them(visit):
    visitor = visit("tab=char-rnn&seed=3&temperature=0.3&corpus=linux&length=50")
    at_once(visitor)
    assert visitor.text().startswith("static int ")
    assert visitor.page.get_by_label("number input for Temperature").first.input_value() == "0.3"
    visitor.page.locator("#char-corpus").get_by_text("Shakespeare").click()
    visitor.page.wait_for_function("() => !location.search.includes('corpus=')")


def test_the_address_opens_a_part_and_follows_it(visit):
    visitor = visit("tab=char-rnn&length=40")
    page = visitor.part("Be the sampler")
    page.wait_for_function("() => location.search.includes('part=sampler')")
    visitor.part("Write")
    page.wait_for_function("() => !location.search.includes('part=')")
    page.goto(f"{visitor.address}?part=neurons")
    page.locator("#char-cell .look-cell").wait_for(timeout=30_000)
    assert "part=neurons" in page.url
    page.goto(f"{visitor.address}?part=%3Cscript%3E")
    page.locator("#char-write .rows-facts").wait_for(timeout=30_000)


def test_the_lesson_shows_the_numbers_of_the_character_looked_at(visit):
    visitor = visit("length=60")
    at_once(visitor)
    page = visitor.page
    page.locator("#char-write .ch").nth(20).hover()
    nats = re.search(r"−ln p = ([\d.]+)", page.locator("#char-write .card-sums").inner_text())[1]
    page.get_by_role("button", name="The lesson").click()
    assert f"= {nats} nats" in page.locator(".live-numbers").inner_text()
    page.locator("#char-write .ch").nth(30).hover()
    nats = re.search(r"−ln p = ([\d.]+)", page.locator("#char-write .card-sums").inner_text())[1]
    assert f"= {nats} nats" in page.locator(".live-numbers").inner_text()


def test_every_author_is_asked_only_for_what_he_can_show(visit):
    visitor = visit("length=40")
    page = visitor.part("Find a neuron")
    page.locator("#char-cell .look-cell").wait_for(timeout=30_000)
    page.get_by_text("Tang poems").locator("visible=true").click()
    page.wait_for_function("() => /[\u4e00-\u9fff]/.test(document.querySelector('#char-cell .rows-text').textContent)")
    assert page.get_by_label("Find the cell that follows").locator("visible=true").input_value() == (
        "the position in the verse (Chinese)"
    )


@pytest.mark.parametrize(
    "query",
    [
        "tab=%3Cscript%3E&seed=abc",
        "tab=char-rnn&temperature=NaN&length=-5",
        "tab=char-rnn&seed=1e99&corpus=own",
        "tab=%22]&part=%22]",
        "tab=../../x&prompt=" + "x" * 3000,
        "temperature=2.5&top_k=1e9&top_p=x",
    ],
)
def test_hostile_addresses_are_ignored(visit, query):
    visitor = visit(query)
    hidden = "() => document.documentElement.classList.contains('arriving')"
    assert not visitor.page.evaluate(hidden) or "part=" in query  # what is not there is not waited for
    at_once(visitor)
    assert len(visitor.text()) == 607


def test_text_stays_text(visit):
    visitor = visit("length=40")
    page = visitor.page
    page.get_by_label("Begin with").fill(NASTY)
    page.get_by_role("button", name="Write", exact=True).click()
    page.locator("#char-write .rows-facts strong").wait_for()
    at_once(visitor)
    assert "script" in visitor.text()
    assert page.locator("#char-write .rows-text img, #char-write .rows-text script").count() == 0
    visitor.part("Read a text")
    page.get_by_label("Text (up to 2,000 characters)").first.fill(NASTY)
    page.get_by_role("button", name="Read it").click()
    page.locator("#char-read .rows-facts strong").wait_for()
    assert "script" in visitor.text("#char-read")


def test_a_mistake_gets_one_sentence_and_loses_nothing(visit):
    visitor = visit("length=40")
    page = visitor.page
    page.get_by_label("Begin with").fill("😀")
    page.get_by_role("button", name="Write", exact=True).click()
    page.get_by_text("no character that this model knows").first.wait_for()
    assert page.get_by_label("Begin with").input_value() == "😀"


def test_reading_shows_the_ladder(visit):
    visitor = visit()
    page = visitor.part("Read a text")
    page.locator(".rungs tbody tr").first.wait_for()
    names = page.locator(".rungs tbody th").all_inner_texts()
    assert names[:4] == ["any character", "counting 2-grams", "counting 5-grams", "this network"]
    nats = [float(cell) for cell in page.locator(".rungs tbody td:nth-child(3)").all_inner_texts()]
    assert nats[0] == 4.17
    assert nats[3] < nats[1]


def test_a_neuron_is_found_and_operated_on(visit):
    visitor = visit()
    page = visitor.part("Find a neuron")
    page.locator(".rank .chip").first.wait_for(timeout=30_000)
    assert page.locator(".rank .chip").count() == 8
    page.locator("#char-cell .look-cell").wait_for()
    page.locator(".rank .chip").nth(1).click()
    page.locator(".rank .chip").nth(1).wait_for()
    page.get_by_role("button", name="Operate").click()
    page.locator("#char-held .quote-key").wait_for(timeout=60_000)
    assert len(visitor.text("#char-held")) == 407


def test_a_text_that_a_network_knows_only_in_part_is_not_said_to_be_the_same(visit):
    page = visit().part("Read a text")
    page.locator("#char-read .ch").first.wait_for()
    page.locator("textarea:visible").first.fill("月 2024 moon")
    page.get_by_role("button", name="Read it").click()
    rungs = page.locator("table.rungs tbody tr")
    rungs.filter(has_text="Tang network").get_by_text("characters left out").wait_for(timeout=30_000)


def test_ones_own_beginning_and_starting_over_as_the_sampler(visit):
    page = visit().part("Be the sampler")
    paper = page.locator("#char-sampler .sampler-text")
    page.locator("#char-sampler .pick").first.wait_for()
    page.get_by_label("Begin with").locator("visible=true").fill("HAMLET:\nTo be")
    page.get_by_role("button", name="Start over").click()
    paper.get_by_text("To be").wait_for(timeout=20_000)
    page.locator("#char-sampler button.pick b").first.click()
    page.wait_for_function("() => document.querySelector('#char-sampler .sampler-text').innerText.length > 14")
    page.get_by_role("button", name="Start over").click()
    page.wait_for_function("() => /To be\\S?$/.test(document.querySelector('#char-sampler .sampler-text').innerText)")


def test_being_the_sampler(visit):
    visitor = visit()
    page = visitor.part("Be the sampler")
    page.locator("#char-sampler .pick").first.wait_for()
    before = page.locator("#char-sampler .sampler-text").inner_text()
    page.locator("#char-sampler button.pick b").first.click()
    page.get_by_text("8 characters,").wait_for()
    after = page.locator("#char-sampler .sampler-text").inner_text()
    assert len(after) == len(before) + 1
    page.get_by_role("button", name="undo one").click()
    page.get_by_text("7 characters,").wait_for()


def test_watching_it_learn(visit):
    visitor = visit()
    page = visitor.part("Watch it learn")
    slider = page.locator(".timeline-slider")
    slider.wait_for()
    last = page.locator(".timeline-text").inner_text()
    slider.evaluate("s => { s.value = 0; s.dispatchEvent(new Event('input')); }")
    assert page.locator(".timeline-head").inner_text().startswith("after 0 steps")
    assert page.locator(".timeline-text").inner_text() != last


def test_training_ones_own(visit, tmp_path):
    visitor = visit()
    page = visitor.part("Train your own")
    page.locator("#char-train-text textarea").fill("the cat sat on the mat and the dog lay on the log.\n" * 60)
    page.get_by_label("number input for Seconds").fill("5")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#char-train")).to_contain_text(re.compile("learning …|ready"), timeout=30_000)
    page.locator("#char-train").get_by_text("ready").wait_for(timeout=90_000)
    with page.expect_download(timeout=30_000) as waiting:
        page.get_by_role("button", name="Save as a file").click()
    waiting.value.save_as(tmp_path / "mine.safetensors")
    trained = restore((tmp_path / "mine.safetensors").read_bytes())
    assert trained.steps > 0
    assert page.locator("#char-train .chart polyline").count() >= 1
    visitor.part("Be the sampler")
    page.get_by_role("radio", name="Your text").last.check()
    page.locator("#char-sampler").get_by_text("Nothing written yet").wait_for()
    visitor.part("Write")
    page.get_by_role("radio", name="Your text").locator("visible=true").check()
    page.get_by_role("button", name="Write", exact=True).click()
    page.locator("#char-write .quote-key").get_by_text(re.compile(r"[1-9]\d? %|100 %")).wait_for(timeout=60_000)
    stranger = visit()
    stranger.part("Be the sampler")
    stranger.page.get_by_role("radio", name="Your text").last.check()
    stranger.page.get_by_text("no model of your own yet").first.wait_for()


def test_chinese(visit):
    visitor = visit(language="zh-HK")  # any regional form will do
    page = visitor.page
    assert page.get_by_role("button", name="写", exact=True).is_visible()
    assert "三个小网络" in page.locator(".lead").first.inner_text()
    assert page.evaluate("document.documentElement.lang").startswith("zh")


def test_the_address_can_choose_the_language(browser, address, visit):
    visitor = visit("lang=zh")
    assert visitor.page.get_by_role("button", name="写", exact=True).is_visible()
    visitor.page.get_by_label("开头").fill("😀")
    visitor.page.get_by_role("button", name="写", exact=True).click()
    visitor.page.get_by_text("没有这个模型认识的字符").first.wait_for()


def test_a_phone_needs_no_sideways_scrolling(visit):
    visitor = visit(width=390, height=844)
    for part, label in PARTS.items():
        if part != "write":
            open_part(visitor.page, label)
            visitor.page.locator(READY[part]).first.wait_for(timeout=60_000)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 391, label


def test_a_text_is_copied_and_saved_and_its_quotes_are_underlined(visit):
    visitor = visit("corpus=linux&prompt=static%20int%20&temperature=0&length=300")
    at_once(visitor)
    page = visitor.page
    share = re.search(r"copied from the training text: (\d+) %", page.locator("#char-write .quote-key").inner_text())[1]
    assert int(share) > 0 and page.locator("#char-write .ch.quoted").count() > 20
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.locator("#char-write").get_by_role("button", name="copy", exact=True).click()
    assert page.evaluate("window.copied") == visitor.text()
    with page.expect_download() as waiting:
        page.locator("#char-write").get_by_role("button", name="download", exact=True).click()
    assert waiting.value.path().read_text(encoding="utf-8") == visitor.text()


def test_words_code_and_cards_are_there(visit):
    visitor = visit()
    page = visitor.page
    page.get_by_role("button", name="The lesson").click()
    page.locator(".lesson .katex").first.wait_for()
    page.get_by_role("button", name="The models: how").click()
    page.get_by_text("What was measured").first.wait_for()
    page.get_by_role("button", name="Show the code").click()
    page.get_by_text("yield from compose").first.wait_for()
