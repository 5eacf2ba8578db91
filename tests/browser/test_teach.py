"""Teaching one's own classes in a real browser: the part alone on a page, with a camera that sees a painted sheet."""

import io
import re

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demos.cnn import teach
from tests.browser.driver import served, visiting

CAMERA = """
window.sheet = document.createElement('canvas');
sheet.width = 320; sheet.height = 240;
window.paint = (colour) => { window.colour = colour; };
setInterval(() => { const pen = sheet.getContext('2d'); pen.fillStyle = window.colour || 'rgb(30,30,200)';
  pen.fillRect(0, 0, 320, 240); pen.fillStyle = 'white'; pen.fillRect(Math.random() * 300, 20, 9, 9); }, 40);
navigator.mediaDevices.getUserMedia = async () => sheet.captureStream(25);
"""
NAME = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def part():
    """Address of a page that holds just this part and a picture."""
    with gr.Blocks(analytics_enabled=False) as page:
        picture, way = gr.State("cat"), gr.State("centre")
        with gr.Tabs(), gr.Tab("teach"):
            made = teach.lay(picture, way)
        page.load(made.answer, [picture, *made.inputs], [*made.outputs])
    with served(page) as address:
        yield address


@pytest.fixture
def page(browser, part):
    with visiting(browser, part) as visitor:
        visitor.page.set_default_timeout(90_000)
        visitor.page.add_init_script(CAMERA)
        visitor.page.goto(f"{part}?lang=en")
        visitor.page.locator("#cnn-teach .teach-shot").first.wait_for()
        yield visitor.page


def blots(colour: tuple[int, int, int], count: int) -> list[dict]:
    """Noisy pictures of one colour as files that a person picks."""
    files = []
    for k in range(count):
        noise = np.random.default_rng(k).normal(0, 30, (64, 64, 3))
        buffer = io.BytesIO()
        Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
        files.append({"name": f"{k}.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    return files


def column(page, number):
    return page.locator("#cnn-teach .teach-class").nth(number)


def shots(page, number, count):
    """Waits until a class holds exactly `count` pictures."""
    page.wait_for_function(
        "([n, count]) => document.querySelectorAll('#cnn-teach .teach-class')[n]"
        "?.querySelectorAll('.teach-shot').length === count",
        arg=[number, count],
    )


def begin_empty(page):
    page.get_by_role("button", name="Begin empty").click()
    page.locator("#cnn-teach-live .verdict").wait_for(state="detached")
    shots(page, 0, 0)


def train(page):
    """Trains and waits for the end: the table, and what the head says of the picture above."""
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator("#cnn-teach-learned .teach-table").wait_for()
    page.locator("#cnn-teach-live .verdict").wait_for()


def verdict(page, text):
    page.locator("#cnn-teach-live .verdict").filter(has_text=text).wait_for()


def test_the_example_is_learned_unasked(page):
    page.locator("#cnn-teach-learned .teach-table").wait_for()
    verdict(page, "cat")
    assert page.locator("#cnn-teach-learned .verdict").inner_text().startswith("24 of 24 right")
    page.locator("#cnn-teach-learned .teach-cell").first.click()
    assert page.locator("#cnn-teach-learned .teach-gallery img").count() == 8
    assert page.locator("#cnn-teach-live .teach-gallery img").count() == 6
    column(page, 2).get_by_role("button", name="remove class").click()
    page.locator("#cnn-teach-learned .teach-stale").wait_for()


def test_an_emptied_desk_can_be_had_back(page):
    verdict(page, "cat")
    begin_empty(page)
    page.get_by_role("button", name="Bring the 24 pictures back").click()
    for number in range(3):
        shots(page, number, 8)
    assert page.get_by_role("button", name=re.compile("Bring the")).count() == 0
    train(page)
    verdict(page, "cat")


def test_files_are_learned_named_saved_and_loaded_again(page, tmp_path):
    verdict(page, "cat")
    begin_empty(page)
    title = column(page, 0).locator(".teach-name")
    title.fill(NAME)
    title.press("Tab")
    column(page, 0).locator("input[type=file]").set_input_files(blots((200, 30, 30), 7))
    shots(page, 0, 7)
    assert title.input_value() == NAME
    column(page, 1).locator("input[type=file]").set_input_files(blots((30, 30, 200), 3))
    shots(page, 1, 3)
    column(page, 0).locator(".teach-shot").first.click()
    shots(page, 0, 6)
    train(page)
    assert page.locator("#cnn-teach-learned .verdict").inner_text().startswith("9 of 9 right")
    page.locator("#cnn-teach-live input[type=file]").set_input_files(blots((190, 40, 20), 1))
    verdict(page, NAME)
    assert page.locator("#cnn-teach-live img[onerror]").count() == 0
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a zip").click()
    saved = tmp_path / "my-classes.zip"
    download.value.save_as(saved)
    begin_empty(page)
    page.locator("input[type=file][accept='.zip']").set_input_files(saved)
    page.locator("#cnn-teach-learned").get_by_text("Its 9 pictures lie on the desk again").wait_for()
    shots(page, 0, 6)
    shots(page, 1, 3)
    assert column(page, 0).locator(".teach-name").input_value() == NAME
    page.locator("#cnn-teach-live input[type=file]").set_input_files(blots((190, 40, 20), 1))
    verdict(page, NAME)
    column(page, 1).locator("input[type=file]").set_input_files(blots((30, 120, 200), 2))  # and it goes on from there
    shots(page, 1, 5)
    train(page)
    assert page.locator("#cnn-teach-learned .verdict").inner_text().startswith("11 of 11 right")


def test_the_camera_teaches_and_asks(page):
    verdict(page, "cat")
    begin_empty(page)
    for number, colour in enumerate(("rgb(200,30,30)", "rgb(30,30,200)")):
        page.evaluate("colour => paint(colour)", colour)
        column(page, number).get_by_role("button", name="Camera", exact=True).click()
        page.wait_for_function("document.querySelector('.teach-camera video')?.videoWidth > 0")
        page.wait_for_timeout(300)  # the sheet has its new colour
        record = page.get_by_role("button", name="Hold to record")
        record.hover()
        page.mouse.down()
        page.wait_for_timeout(900)
        page.mouse.up()
        page.wait_for_function(
            "n => document.querySelectorAll('#cnn-teach .teach-class')[n].querySelectorAll('.teach-shot').length >= 3",
            arg=number,
        )
    page.get_by_role("button", name="Close camera").click()
    page.wait_for_timeout(500)  # the last recorded pictures arrive
    train(page)
    page.get_by_role("button", name="Live from the camera").click()
    verdict(page, "class 2")
    page.evaluate("paint('rgb(200,30,30)')")
    verdict(page, "class 1")
    page.locator("#cnn-teach-live .teach-count").filter(has_text="answers a second").wait_for()
    page.get_by_role("button", name="Stop the camera").click()
    page.locator("#cnn-teach-live video").wait_for(state="detached")


def test_pictures_are_pasted_into_the_class_under_the_pointer(page):
    verdict(page, "cat")
    begin_empty(page)
    column(page, 1).hover()
    page.evaluate("""async () => {
      const canvas = new OffscreenCanvas(64, 64);
      canvas.getContext('2d').fillRect(0, 0, 64, 64);
      const files = new DataTransfer();
      files.items.add(new File([await canvas.convertToBlob()], 'x.png', { type: 'image/png' }));
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files }));
    }""")
    shots(page, 1, 1)
    column(page, 0).get_by_role("button", name="From the wall").click()
    column(page, 0).get_by_role("button", name="coffee").click()
    shots(page, 0, 1)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("each class needs 2 to 40").wait_for()


def test_begin_empty_ends_a_training(page):
    verdict(page, "cat")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator("#cnn-teach-learned .teach-table").wait_for(state="detached")  # the curve begins anew
    begin_empty(page)
    page.wait_for_timeout(2500)
    assert page.locator("#cnn-teach-live .verdict").count() == 0
    assert page.locator("#cnn-teach-learned .chart").count() == 0
