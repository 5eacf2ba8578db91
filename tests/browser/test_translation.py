"""The translation tab in a real browser: every part is used as a person would use it."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demos.translation import align
from tests.browser.driver import Visitor, settled

TAB = "tab=translation"
COAT = f"{TAB}&sentence=He%20put%20on%20the%20black%20coat."
NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)> ${alert(3)} {{7*7}} `x`"


@pytest.fixture(scope="module")
def address(texts):
    return texts


def shown(visitor: Visitor, where: str = "#translation"):
    """Waits until the whole translation has been revealed, and returns its words."""
    page = visitor.page
    page.locator(f"{where} .ribbon.target span").first.wait_for(timeout=30_000)
    page.wait_for_function(
        """where => { const all = [...document.querySelectorAll(where + ' .ribbon.target span')];
                      return all.length && document.querySelector(where + ' [aria-busy=false]')
                        && !all.some(e => e.classList.contains('later')); }""",
        arg=where,
        timeout=30_000,
    )
    return page.locator(f"{where} .ribbon.target span").all_inner_texts()


def share(visitor: Visitor, i: int, j: int, where: str = "#translation") -> float:
    """The weight of a cell as its colour says it."""
    cell = visitor.page.locator(f'{where} .cell[data-i="{i}"][data-j="{j}"]').first
    return float(cell.evaluate("e => e.style.getPropertyValue('--p')"))


def columns(visitor: Visitor, where: str = "#translation") -> list[str]:
    return visitor.page.locator(f"{where} text.col").all_text_contents()


def test_the_matrix_is_the_first_thing_seen_and_its_rows_are_shares(visit):
    visitor = visit(TAB)
    words = shown(visitor)
    assert visitor.page.locator("#translation text.row").count() == len(words) + 1  # and the end sign
    assert columns(visitor)[:3] == ["My", "father", "always"]
    for i in (0, 3):
        assert abs(sum(share(visitor, i, j) for j in range(len(columns(visitor)))) - 1) < 0.02
    assert "part=" not in visitor.page.url


def test_it_arrives_word_by_word(visit):
    visitor = visit(TAB, calm=False)
    visitor.page.get_by_role("button", name="Translate", exact=True).click()
    visitor.page.wait_for_function(
        "[1, 2, 3, 4, 5].includes(document.querySelectorAll('#translation text.row').length)", timeout=20_000
    )
    assert len(shown(visitor)) > 8


# pressed from within the page: from without it would wait until nothing moves there any more
STOP = """() => {
  if (document.querySelectorAll('#translation text.row').length > 5) return false;
  const stop = (one) => one.textContent.trim() === 'Stop' && one.offsetParent;
  [...document.querySelectorAll('button')].findLast(stop).click();
  return true;
}"""


def test_stop_stops(visit):
    visitor = visit(TAB, calm=False)
    shown(visitor)
    page = visitor.page
    page.get_by_role("button", name="Translate", exact=True).click()
    page.wait_for_function(STOP, timeout=60_000)
    assert settled(page, page.locator("#translation text.row").count) < 12


def test_pieces_and_words_scrubber_and_hover(visit):
    visitor = visit(f"{TAB}&sentence=The%20zyxomatic%20coat%20is%20black.")
    shown(visitor)
    page, words = visitor.page, columns(visitor)
    assert "zyxomatic" in words
    page.locator("#translation").get_by_role("button", name="pieces").click()
    pieces = columns(visitor)
    assert len(pieces) > len(words) and "".join(pieces[:-1]).replace("·", "").startswith("Thezyxomatic")
    page.locator("#translation").get_by_role("button", name="words").click()
    page.locator("#translation .cell").nth(len(words) + 1).hover()  # row 1, column 1
    assert re.search(r"← zyxomatic: [<\d.]+ %", page.locator("#translation .rows-facts").inner_text())
    page.locator("#translation text.row").nth(0).hover()
    assert " ← " in page.locator("#translation .rows-facts").inner_text()
    page.locator("#translation .timeline-slider").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator("#translation .ribbon.target .now").count() == 1
    lit = page.locator("#translation .ribbon.source .lit").evaluate_all(
        "all => all.map(e => +e.style.getPropertyValue('--p'))"
    )
    assert abs(sum(lit) - 1) < 0.02


def test_a_rival_changes_the_rest_and_can_be_taken_back(visit):
    visitor = visit(COAT)
    before, page = shown(visitor), visitor.page
    picks = page.locator("#translation-rivals .pick")
    expect(picks).to_have_count(5, timeout=20_000)
    page.locator("#translation text.row").nth(1).click()  # the row of a word asks about it, as the word does
    expect(page.locator("#translation-rivals .hint").first).to_contain_text(f"“{before[1]}”")
    offered = picks.locator("b").all_inner_texts()
    # not the same word in other pieces
    other = next(i for i, piece in enumerate(offered) if not before[1].startswith(piece.strip("·")))
    piece = offered[other].strip("·")
    picks.nth(other).click()
    page.locator("#translation .ribbon.target .given").first.wait_for(timeout=20_000)
    after = shown(visitor)
    assert after != before
    assert after[0] == before[0] and after[1].startswith(piece)
    expect(page.locator("#translation .ribbon.target .now")).to_have_text(after[1])  # what was asked about still is
    expect(page.locator("#translation-rivals .pick[aria-pressed=true] b")).to_contain_text(piece)
    page.get_by_role("button", name="as the network wanted it").click()
    expect(page.locator("#translation .ribbon.target .given")).to_have_count(0, timeout=20_000)
    assert shown(visitor) == before


def test_a_word_of_several_pieces_is_asked_about_piece_by_piece(visit):
    visitor = visit(f"{TAB}&sentence=Hello!&decoder=sample&temperature=2&seed=1")
    shown(visitor)
    page = visitor.page
    page.get_by_role("button", name="pieces", exact=True).click()
    every = page.locator("#translation text.row").all_text_contents()
    page.get_by_role("button", name="words", exact=True).click()
    parts = page.locator("#translation-rivals .chips").first.locator("button")
    for word in range(page.locator("#translation text.row").count()):
        page.locator("#translation text.row").nth(word).click()
        if parts.count() > 1:
            break
    names = parts.all_inner_texts()
    assert len(names) > 1 and "".join(names) in "".join(every)
    parts.nth(1).click()
    chosen = page.locator("#translation-rivals .pick[aria-pressed=true] b")
    expect(chosen).to_have_text(names[1])  # also where dice fell on a piece that is not among the five


def test_a_slider_that_is_moved_with_a_mouse_leaves_the_translation(visit):
    """A mouse lets go of a slider, which is an event that has nothing left to do."""
    visitor = visit(f"{COAT}&decoder=beam&width=2")
    page = visitor.page
    page.locator("#translation-beam svg").wait_for(timeout=30_000)
    branches = page.locator("#translation-beam .leaf").count()
    box = page.locator("#decoding .of-beam input[type=range]").bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_function(
        "n => document.querySelectorAll('#translation-beam .leaf').length > n", arg=branches, timeout=20_000
    )
    page.wait_for_timeout(1_500)
    assert page.locator("#translation .matrix").count() == 1
    assert page.locator("#translation-beam .leaf").count() > branches


def test_the_list_of_examples_closes_behind_the_keyboard(visit):
    visitor = visit(COAT)
    before, page = shown(visitor), visitor.page
    page.locator("#sentence textarea").click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_have_count(0)
    assert shown(visitor) == before
    page.locator("#example input").click()
    page.get_by_role("option", name="a negation").click()
    expect(page.locator("#translation .references li").first).to_be_visible(timeout=20_000)
    page.locator("#sentence textarea").press_sequentially(" Or has he?")
    expect(page.locator("#example input")).to_have_value("")  # it is no example any more


def test_a_part_has_only_the_settings_that_it_heeds(visit):
    visitor = visit(COAT)
    shown(visitor)
    page = visitor.page
    seen = {}
    for part in ("Take hold of the attention", "What did it need?", "2014, 2015, 2017", "Be the aligner", "Translate"):
        visitor.part(part)
        seen[part] = [name for name in ("sentence", "pair", "model") if page.locator(f"#{name}").is_visible()]
    assert seen == {
        "Take hold of the attention": ["sentence", "pair"],
        "What did it need?": ["sentence", "pair", "model"],
        "2014, 2015, 2017": ["sentence"],
        "Be the aligner": [],
        "Translate": ["sentence", "pair", "model"],
    }


def test_the_beam_is_a_tree(visit):
    visitor = visit(f"{COAT}&decoder=beam&width=3")
    visitor.page.locator("#translation-beam svg").wait_for(timeout=30_000)
    ends = visitor.page.locator("#translation-beam .ends li").all_inner_texts()
    assert 1 <= len(ends) <= 3
    scores = [float(re.search(r"a piece (-[\d.]+)", end)[1]) for end in ends]
    assert scores == sorted(scores, reverse=True)
    assert len({end.split("ln p")[0] for end in ends}) == len(ends)
    assert visitor.page.locator("#translation-beam .leaf.best").count() > 4
    visitor.page.get_by_label("range slider for Width of the beam").focus()
    visitor.page.keyboard.press("Home")  # width 1, at once
    visitor.page.wait_for_function(
        "document.querySelectorAll('#translation-beam .ends li').length === 1", timeout=20_000
    )


def test_every_head_of_the_transformer(visit):
    visitor = visit(f"{COAT}&model=transformer")
    shown(visitor)
    page = visitor.page
    page.locator("#translation").get_by_role("button", name="every head").click()
    assert page.locator("#translation .multiple").count() == 12
    assert page.locator("#translation .multiple .axis").count() == 24
    assert "layer 3, head 4" in page.locator("#translation .multiple").last.inner_text()
    page.locator("#translation .multiple").last.click()
    pressed = page.locator("#translation .tool [aria-pressed=true]").all_inner_texts()
    assert pressed == ["3", "4"]


def test_downloads(visit):
    visitor = visit(f"{TAB}&sentence=%3Dcoat%20black.")
    words, page = shown(visitor), visitor.page
    for kind in ("CSV", "SVG", "PNG"):
        with page.expect_download() as download:
            page.locator("#translation").get_by_role("button", name=kind).click()
        data = Path(download.value.path()).read_bytes()
        if kind == "CSV":
            rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
            assert rows[0][1] == "'="  # a formula sign of a spreadsheet is quoted
            assert len(rows) == len(words) + 2
            assert all(abs(sum(map(float, row[1:])) - 1) < 0.02 for row in rows[1:])
        elif kind == "SVG":
            assert b"<svg" in data and data.count(b"<rect") > len(words) * 3
        else:
            assert data.startswith(b"\x89PNG") and len(data) > 3000


def plain(words: list[str]) -> list[str]:
    """The words of a text without signs."""
    cut = re.sub(r"(['’-])", r"\1 ", " ".join(words).lower()).split()
    return [word for word in (re.sub(r"\W", "", word) for word in cut) if word]


def common(a: list[str], b: list[str]) -> int:
    """Length of the longest list that both hold in this order."""
    if not a or not b:
        return 0
    here = 1 + common(a[1:], b[1:]) if a[0] == b[0] else 0
    return here or max(common(a[1:], b), common(a, b[1:]))


def test_taking_hold_of_the_attention(visit):
    visitor = visit(f"{COAT}&part=hold")
    page = visitor.page
    free = shown(visitor, "#translation-before")
    page.locator("#translation-after .shape").wait_for(timeout=20_000)
    assert "uniform" in page.locator("#translation-after .shape").inner_text()
    spread = [share(visitor, 0, j, "#translation-after") for j in range(len(columns(visitor, "#translation-after")))]
    assert max(spread) - min(spread) < 0.01
    pressed = page.locator("#translation-before .rows-bar.left").last.locator("[aria-pressed=true]")
    assert pressed.all_inner_texts() == ["uniform"]
    for units, first in (("pieces", "·He"), ("words", "He")):
        page.locator("#translation-before").get_by_role("button", name=units).click()
        for side in ("before", "after"):
            assert columns(visitor, f"#translation-{side}")[0] == first
    wanted = share(visitor, 0, 5, "#translation-before")
    source = page.locator('#translation-before .cell[data-i="0"][data-j="0"]').bounding_box()
    goal = page.locator('#translation-before .cell[data-i="0"][data-j="5"]').bounding_box()
    page.mouse.move(source["x"] + 8, source["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 8, goal["y"] + 8, steps=5)
    page.mouse.up()
    page.locator("#translation-after .shape").get_by_text("outlined").wait_for(timeout=20_000)
    held = shown(visitor, "#translation-after")
    assert share(visitor, 0, 5, "#translation-before") == wanted  # with a mark on what it must
    expect(page.locator("#translation-before .cell.forced")).to_have_count(1)
    assert share(visitor, 0, 5, "#translation-after") == 1
    assert held != free
    before, after = (plain(text) for text in (free, held))
    marked = page.locator("#translation-after .ribbon.target .other")
    assert marked.count() == len(after) - common(before, after) > 0
    assert pressed.count() == 0
    page.locator("#translation-before text.row").nth(0).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator('#translation-before .cell.forced[data-j="4"]')).to_have_count(1)
    page.get_by_role("button", name="let go").click()
    page.locator("#translation-after .shape").get_by_text("nothing is held").wait_for(timeout=20_000)
    assert pressed.all_inner_texts() == ["let go"]
    assert shown(visitor, "#translation-after") == free


def test_how_the_gaze_is_held_stays_with_the_next_sentence_and_in_the_address(visit):
    visitor = visit(f"{COAT}&part=hold&shape=diagonal")
    page, after = visitor.page, visitor.page.locator("#translation-after")
    expect(after.locator(".shape")).to_contain_text("diagonal", timeout=30_000)
    page.get_by_role("button", name="frozen at the first").click()
    expect(after.locator(".shape")).to_contain_text("frozen", timeout=20_000)
    page.wait_for_function("() => location.search.includes('shape=frozen')")
    page.locator("#sentence textarea, #sentence input").first.fill("The cat sleeps.")
    page.get_by_role("button", name="Translate", exact=True).click()
    expect(after.locator("text.col").get_by_text("sleeps")).to_be_visible(timeout=20_000)
    expect(after.locator(".shape")).to_contain_text("frozen")
    assert page.locator("#translation-before .chip[aria-pressed=true]").last.inner_text() == "frozen at the first"


def test_words_that_were_hardly_looked_at_are_named(visit):
    visitor = visit(COAT)
    page = visitor.page
    shown(visitor)
    expect(page.locator("#translation .doubt")).to_have_count(0)
    page.locator("#sentence textarea, #sentence input").first.fill(
        "The old man who lives in the small house near the river told us yesterday that he would never sell his boat "
        "to anyone, because his father had built it with his own hands when he was young."
    )
    page.get_by_role("button", name="Translate", exact=True).click()
    expect(page.locator("#translation .doubt")).to_contain_text("Hardly looked at: father", timeout=30_000)
    assert "père" not in shown(visitor)  # and indeed


def test_looking_is_not_needing(visit):
    visitor = visit(COAT)
    visitor.part("What did it need?")
    visitor.page.locator("#translation-need .matrix").nth(1).wait_for(timeout=30_000)
    facts = visitor.page.locator("#translation-need .rows-facts").inner_text()
    agreed, needy = (float(found) for found in re.search(r"For ([\d.]+) % of the (\d+) words", facts).groups())
    peaks = visitor.page.locator("#translation-need .matrix").evaluate_all(
        "all => all.map(m => [...m.querySelectorAll('.peak')].map(e => e.dataset.i + ',' + e.dataset.j))"
    )
    assert len(peaks[0]) == needy
    same = sum(a == b for a, b in zip(*peaks, strict=True)) / len(peaks[0])
    assert abs(agreed / 100 - same) <= 1 / len(peaks[0])  # two equal weights may look alike
    visitor.page.locator("#translation-need .cell").nth(3).hover()
    assert re.search(
        r"without it ln p changes by -?[\d.]+ nats", visitor.page.locator("#translation-need .rows-facts").inner_text()
    )
    most = visitor.page.locator("#translation-need figcaption").last.inner_text().split("strongest colour: ")[1]
    inside = visitor.page.locator("#translation-need .matrix").last.locator(".share").all_text_contents()
    assert max(map(float, inside)) == float(most)


def test_three_networks_beside_each_other(visit):
    visitor = visit(COAT)
    visitor.part("2014, 2015, 2017")
    visitor.page.locator("#translation-compare .chart").wait_for(timeout=30_000)
    assert visitor.page.locator("#translation-compare .contender").count() == 3
    assert visitor.page.locator("#translation-compare .chart polyline").count() == 3
    assert columns(visitor, "#translation-compare") == 2 * ["He", "put", "on", "the", "black", "coat", "."]
    assert "Il a mis le manteau noir." in visitor.page.locator("#translation-compare .references").inner_text()


def test_your_own_alignment(visit):
    visitor = visit(COAT)
    visitor.part("Be the aligner")
    page = visitor.page
    page.locator("#translation-align .link").first.wait_for(timeout=30_000)
    page.get_by_role("button", name="next sentence").click()
    number = page.get_by_label(re.compile("^sentence"))
    expect(number).to_have_value("2", timeout=20_000)
    page.wait_for_function("() => location.search.includes('line=2')")
    for count in (1, 2):  # of sentence 2, then 1
        page.locator('#translation-align .link[data-i="0"][data-j="0"]').click()
        page.get_by_role("button", name="compare with the others").click()
        page.locator("#translation-align .rungs").get_by_text(f"of {count} so far").wait_for(timeout=20_000)
        errors = [int(value.split()[0]) for value in page.locator("#translation-align td.num").all_inner_texts()]
        assert len(errors) == 6 and all(0 <= error <= 100 for error in errors)
        assert (errors[::2] == errors[1::2]) == (count == 1)  # here, and over all so far
        assert page.locator("#translation-align .link.sure").count() > 3
        page.get_by_role("button", name="previous sentence").click()
        expect(number).to_have_value(str((2 - count - 1) % 60 + 1), timeout=20_000)
    number.fill("17")
    number.press("Enter")
    expect(page.locator("#translation-align .said")).to_have_text(align.compute(17)["french"], timeout=20_000)
    page.goto(f"{visitor.address}?{COAT}&part=align&line=12")
    expect(page.locator("#translation-align .said")).to_have_text(align.compute(12)["french"], timeout=30_000)


def test_a_sentence_goes_with_the_visitor_from_part_to_part(visit):
    visitor = visit(COAT)
    shown(visitor)
    visitor.part("What did it need?")
    visitor.page.locator("#translation-need .matrix").first.wait_for(timeout=30_000)
    visitor.page.locator("#sentence textarea, #sentence input").first.fill("The cat sleeps.")
    visitor.page.get_by_role("button", name="Translate", exact=True).click()
    visitor.page.locator("#translation-need text.col").get_by_text("sleeps").first.wait_for(timeout=20_000)
    visitor.part("Translate")
    visitor.page.locator("#translation text.col").get_by_text("sleeps").wait_for(timeout=20_000)
    assert "sentence=The+cat+sleeps." in visitor.page.url
    visitor.part("What did it need?")
    visitor.part("Writing letter by letter")
    visitor.page.wait_for_function("() => location.search.includes('tab=char-rnn')")
    visitor.page.wait_for_function("() => !/sentence=|part=/.test(location.search)")
    visitor.part("Translating")
    visitor.page.wait_for_function("() => location.search.includes('tab=translation')")
    assert "sentence=The+cat+sleeps." in visitor.page.url and "part=need" in visitor.page.url


def test_chinese_pair_and_examples(visit):
    visitor = visit(TAB)
    shown(visitor)
    page = visitor.page
    page.locator("#pair").get_by_role("radio", name=re.compile("Chinese")).check()
    page.wait_for_function("document.querySelectorAll('#model label').length === 1", timeout=20_000)
    page.locator("#translation .ribbon.target").get_by_text(re.compile("[\u4e00-\u9fff]")).first.wait_for()
    assert shown(visitor)[-1] == "。"
    page.locator("#example input").click()
    page.get_by_role("option", name="a negation").click()
    page.locator("#translation .references li").first.wait_for(timeout=20_000)
    assert "他没有朋友。" in page.locator("#translation .references").inner_text()
    assert page.locator("#sentence textarea, #sentence input").first.input_value() == "He doesn't have any friends."


def test_nasty_sentences_stay_text(visit):
    visitor = visit(TAB)
    shown(visitor)
    page = visitor.page
    page.locator("#sentence textarea, #sentence input").first.fill(NASTY)
    page.get_by_role("button", name="Translate", exact=True).click()
    page.locator("#translation text.col").get_by_text("script").first.wait_for(timeout=60_000)
    shown(visitor)
    parts = {"Take hold of the attention": "after", "What did it need?": "need", "2014, 2015, 2017": "compare"}
    for part, name in parts.items():
        visitor.part(part)
        page.locator(f"#translation-{name} .matrix").first.wait_for(timeout=30_000)
    assert page.locator(".view script, .view img").count() == 0


def test_a_guess_says_so_and_print_is_kept(visit):
    visitor = visit(TAB)
    shown(visitor)
    page = visitor.page
    assert page.locator("#translation .doubt").count() == 0
    page.locator("#sentence textarea, #sentence input").first.fill("asdf qwer zxcv blorp fnord, $3,450.75?")
    page.get_by_role("button", name="Translate", exact=True).click()
    page.locator("#translation .doubt").get_by_text("It is guessing").wait_for(timeout=30_000)
    assert page.locator("#translation .ribbon.source").inner_text().startswith("asdf qwer zxcv blorp fnord, $3,450.75?")


def test_an_empty_sentence_gets_one_clear_sentence(visit):
    visitor = visit(TAB)
    shown(visitor)
    visitor.page.locator("#sentence textarea, #sentence input").first.fill("")
    visitor.page.get_by_role("button", name="Translate", exact=True).click()
    visitor.page.get_by_text("type a sentence first").first.wait_for(timeout=20_000)


def test_a_sentence_that_is_too_long_is_kept_and_told(visit):
    visitor = visit(COAT)
    shown(visitor)
    page, long = visitor.page, "word " * 90
    box = page.locator("#sentence textarea, #sentence input").first
    box.fill(long)
    page.get_by_role("button", name="Translate", exact=True).click()
    page.locator("#translation .refused").get_by_text("at most 400").wait_for(timeout=20_000)
    assert page.locator("#translation .matrix").count() == 0
    page.goto(f"{visitor.address}?{TAB}&sentence={'word%20' * 90}")
    page.locator("#translation .refused").get_by_text("at most 400").wait_for(timeout=60_000)
    assert box.input_value() == long


def test_an_address_with_nonsense_opens_the_tab_all_the_same(visit):
    visitor = visit(f"{TAB}&pair=en-zh&model=transformer&decoder=x&width=-3&temperature=nan&seed=abc")
    words = shown(visitor)
    assert any("\u4e00" <= char <= "\u9fff" for word in words for char in word)
    assert words[-1] == "。"
    assert visitor.page.locator("#model label").count() == 1


def test_on_a_phone_nothing_sticks_out_and_what_is_hidden_is_announced(visit):
    visitor = visit(f"{TAB}&model=transformer", width=390, height=844)
    shown(visitor)
    page = visitor.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    hint, box = page.locator("#translation .swipe"), page.locator("#translation .matrix-box")
    assert hint.is_visible()
    box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    hint.wait_for(state="hidden", timeout=5000)
    assert page.get_by_role("tab", name="Be the aligner", exact=True).is_visible()
    page.locator("#translation").get_by_role("button", name="every head").click()
    tops = page.locator("#translation .multiple").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 2 * len(set(tops))


def test_a_network_from_elsewhere_needs_the_net_and_says_so(visit):
    visitor = visit(TAB)
    shown(visitor)
    page = visitor.page
    page.get_by_text("A larger network from elsewhere").click()
    page.get_by_role("button", name="Fetch it and use it").click()
    page.get_by_text("This gallery runs offline").first.wait_for(timeout=20_000)


def test_the_lesson_calculates_with_the_row_that_was_looked_at(visit):
    visitor = visit(COAT)
    words = shown(visitor)
    page = visitor.page
    page.locator("#translation text.row").nth(2).hover()
    row = [share(visitor, 2, j) for j in range(len(columns(visitor)))]
    page.get_by_role("button", name="The lesson").last.click()
    numbers = page.locator(".row_numbers .live-numbers").inner_text()
    assert words[2] in numbers
    assert f"{max(row):.2f} h(" in numbers
