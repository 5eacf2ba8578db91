"""Convolution by hand in a real browser: the part alone on a page, used as a person would use it."""

import io
import re

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from core.convolution import KERNELS
from core.images import from_url
from demos.cnn import convolve
from tests.browser.driver import served, visiting

OUTPUT = "#cnn-convolve figure:nth-child(2)"


@pytest.fixture(scope="module")
def part():
    """Address of a page that holds just this part, a picture, and a button that brings another."""
    with gr.Blocks(analytics_enabled=False) as page:
        picture, coffee = gr.State("cat"), gr.State("coffee")
        with gr.Tabs(), gr.Tab("convolution"):
            made = convolve.lay(picture)
            button = gr.Button("coffee")
        page.load(made.answer, [picture, *made.inputs], [*made.outputs])
        button.click(made.answer, [coffee, *made.inputs], [*made.outputs])
    with served(page) as address:
        yield address


@pytest.fixture
def page(browser, part):
    with visiting(browser, part, calm=False) as visitor:
        visitor.page.goto(f"{part}?lang=en")
        visitor.page.locator("#cnn-convolve-desk .conv-nine").first.wait_for(timeout=60_000)
        yield visitor.page


def painted(page, side=2):
    """(height, width, 3): the input (side 1) or output (2) picture as it stands on the page."""
    canvas = page.locator(f"#cnn-convolve figure:nth-child({side}) canvas")
    return pixels_of(canvas.evaluate("canvas => canvas.toDataURL()"))


def pixels_of(url):
    """(height, width, 3) of a `data:` address."""
    return np.asarray(Image.open(io.BytesIO(from_url(url))).convert("RGB"), int)


def answered(page):
    """Waits until the output is the server's."""
    page.locator(f"{OUTPUT} canvas[data-by=server]").wait_for(state="attached", timeout=30_000)


def choose(page, name, to):
    page.locator(f"[data-name={name}][data-to='{to}']").click()


def numbers(page, where):
    """The numbers of fields, as floats."""
    return np.array([float(text.replace("−", "-")) for text in page.locator(where).all_inner_texts()])


def test_presets_change_the_picture_and_the_page_reckons_as_the_server_does(page):
    grey = painted(page, 1)[..., 0]
    seen = []
    for preset, name, to in (("sobel_x", "padding", 0), ("emboss", "stride", 2), ("blur", "pool", "mean")):
        page.locator(f"[data-preset={preset}]").click()
        answered(page)
        # the click draws the preview before it returns; what the page shows then must be what the server will say
        by, url = page.evaluate(
            """([name, to, where]) => { document.querySelector(`[data-name=${name}][data-to='${to}']`).click();
              const canvas = document.querySelector(where); return [canvas.dataset.by, canvas.toDataURL()]; }""",
            [name, str(to), f"{OUTPUT} canvas"],
        )
        assert by == "page"
        at_once = pixels_of(url)
        answered(page)
        final = painted(page)
        assert at_once.shape == final.shape and abs(at_once - final).max() <= 3
        assert not any(final.shape == old.shape and (final == old).all() for old in seen)
        seen.append(final)
    # all settings together: 3 x 3 means of every second pixel, then means of four
    middle = grey[: grey.shape[0] // 4 * 4 + 1].astype(float)
    mean = sum(middle[y : y - 2 or None, x : x - 2 or None] for y in range(3) for x in range(3)) / 9
    mean = mean[::2, ::2]
    mean = mean[: final.shape[0] * 2, : final.shape[1] * 2].reshape(final.shape[0], 2, final.shape[1], 2).mean((1, 3))
    np.testing.assert_allclose(final[..., 0], mean, atol=1)


def test_hover_shows_nine_products_their_sum_and_which_of_the_four_won(page):
    grey = np.pad(painted(page, 1)[..., 0], 1)
    kernel = np.array(KERNELS["sobel_x"])
    for name, to in (("stride", 2), ("relu", "true"), ("pool", "max")):
        choose(page, name, to)
    tall, wide = painted(page).shape[:2]
    inner = painted(page)[1:-1, 1:-1, 2].argmin()  # the reddest place that is not at the edge
    row, column = (at + 1 for at in divmod(int(inner), wide - 2))
    box = page.locator(f"{OUTPUT} .conv-board").bounding_box()
    page.mouse.move(
        box["x"] + (column + 0.5) / wide * box["width"], box["y"] + (row + 0.5) / tall * box["height"], steps=2
    )
    said = page.locator("#cnn-convolve-desk .conv-result").inner_text()
    number = float(re.fullmatch(rf"row {row + 1}, column {column + 1} of the output: ([\d.]+)", said)[1])
    four = []
    for k in range(4):
        y, x = 2 * (2 * row + k // 2), 2 * (2 * column + k % 2)
        four.append((grey[y : y + 3, x : x + 3], (grey[y : y + 3, x : x + 3] * kernel).sum()))
    patch, total = max(four, key=lambda one: one[1])
    assert total > 0 and number == total
    pixels, weights, products = np.split(numbers(page, "#cnn-convolve-desk .conv-nine i"), 3)
    assert (pixels == patch.ravel()).all() and (weights == kernel.ravel()).all()
    assert (products == (patch * kernel).ravel()).all()
    assert numbers(page, ".conv-four .chip").tolist() == [max(0, one[1]) for one in four]
    assert float(page.locator(".conv-four .won").inner_text().split()[0]) == total
    # the mark lies on that patch
    shares = page.locator("#cnn-convolve figure:nth-child(1) .conv-mark").last.evaluate(
        "e => [e.style.top, e.style.left]"
    )
    winner = max(range(4), key=lambda k: four[k][1])
    top = 2 * (2 * row + winner // 2) - 1
    assert abs(float(shares[0].rstrip("%")) / 100 * (grey.shape[0] - 2) - top) < 1e-3


def test_numbers_step_by_key_and_by_play(page):
    page.get_by_role("button", name="numbers", exact=True).click()
    choose(page, "padding", 0)
    patch = numbers(page, "#cnn-convolve figure:nth-child(1) .conv-grid i").reshape(8, 8)
    output = numbers(page, f"{OUTPUT} .conv-grid i").reshape(6, 6)
    kernel = np.array(KERNELS["sobel_x"])
    wanted = [[(patch[y : y + 3, x : x + 3] * kernel).sum() for x in range(6)] for y in range(6)]
    assert (output == np.array(wanted)).all()
    result = page.locator("#cnn-convolve-desk .conv-result")
    page.locator(f"{OUTPUT} .conv-board").focus()
    for _ in range(6):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
    assert "row 1, column 1" in result.inner_text()
    page.keyboard.press("ArrowRight")
    assert result.inner_text().endswith(f"{output[0, 1]:g}".replace("-", "−"))
    page.get_by_role("button", name="slide the kernel").click()
    assert page.locator(f"{OUTPUT} .conv-grid .later").count() == 35
    page.wait_for_function("document.querySelectorAll('#cnn-convolve .conv-grid .later').length < 34", timeout=10_000)
    page.get_by_role("button", name="stop").click()
    assert page.locator(f"{OUTPUT} .conv-grid .later").count() == 0


def test_a_typed_number_counts_and_another_picture_keeps_it(page):
    weight = page.get_by_label("kernel, row 1, column 1")
    weight.fill("x")
    assert "from −99 to 99" in page.locator("#cnn-convolve-desk .conv-trouble").inner_text()
    weight.fill("1/9")
    weight.press("ArrowUp")
    assert weight.input_value() == "10/9"
    answered(page)
    before = page.locator("#cnn-convolve canvas").first.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="coffee").click()
    page.wait_for_function(
        "was => document.querySelector('#cnn-convolve canvas').toDataURL() !== was", arg=before, timeout=30_000
    )
    assert weight.input_value() == "10/9"
    assert page.locator("[data-preset][aria-pressed=true]").count() == 0
