"""The shell: a missing weight file closes one tab only, a bug closes the house, and every colour pair can be read."""

import gradio as gr
import pytest

import app
from core import weights
from demos import DEMOS
from demos.theme import Museum
from demos.wiring import language, manners, never_empty

AA = 4.5


def notices(gallery) -> list[str]:
    return [
        str(block["props"].get("value"))
        for block in gallery.config["components"]
        if "notice" in (block["props"].get("elem_classes") or [])
    ]


def test_all_is_well_without_notices():
    assert notices(app.create_app()) == []


@pytest.mark.parametrize(
    ("fault", "words"), [("missing", ("is missing", "不存在")), ("damaged", ("is damaged", "已损坏"))]
)
@pytest.mark.parametrize("number", [0, -1])
def test_a_file_at_fault_leaves_a_notice_that_names_it_and_its_recipe(number, fault, words, monkeypatch, tmp_path):
    name = DEMOS[0].weights[number]
    (tmp_path / "manifest.json").write_bytes((weights.FOLDER / "manifest.json").read_bytes())
    if fault == "damaged":
        data = bytearray((weights.FOLDER / name).read_bytes())
        data[-1] ^= 1  # the size stays
        (tmp_path / name).write_bytes(data)
    real = weights.intact
    monkeypatch.setattr(weights, "intact", lambda wanted: real(wanted, *[tmp_path] * (wanted == name)))
    (notice,) = notices(app.create_app())
    assert name in notice
    assert all(word in notice for word in words)
    assert "python -m weights.recipes" in notice


def test_a_bug_in_a_tab_stops_the_start(monkeypatch):
    import dataclasses

    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr(app, "DEMOS", (dataclasses.replace(DEMOS[0], build=broken),))
    with pytest.raises(ZeroDivisionError):
        app.create_app()


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colour(theme: Museum, name: str, dark: bool) -> str:
    """The #rrggbb that a theme variable comes down to."""
    value = getattr(theme, f"{name}_dark", None) if dark else None
    value = value or getattr(theme, name)
    while value.startswith("*"):
        return colour(theme, value[1:], dark)
    return {"white": "#ffffff", "black": "#000000"}.get(value, value)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("body_text_color", "body_background_fill"),
        ("body_text_color", "background_fill_primary"),
        ("body_text_color_subdued", "body_background_fill"),
        ("body_text_color_subdued", "background_fill_secondary"),
        ("block_label_text_color", "body_background_fill"),
        ("block_title_text_color", "body_background_fill"),
        ("block_info_text_color", "body_background_fill"),
        ("input_placeholder_color", "input_background_fill"),
        ("button_primary_text_color", "button_primary_background_fill"),
        ("button_primary_text_color", "button_primary_background_fill_hover"),
        ("button_secondary_text_color", "button_secondary_background_fill"),
        ("checkbox_label_text_color", "checkbox_label_background_fill_selected"),
        ("link_text_color", "body_background_fill"),
        ("error_text_color", "body_background_fill"),
    ],
)
def test_every_pair_of_colours_can_be_read(text, ground, dark):
    theme = Museum()
    assert contrast(colour(theme, text, dark), colour(theme, ground, dark)) >= AA


def test_the_language_of_errors_follows_the_page():
    class Request:
        def __init__(self, **headers):
            self.headers = headers

    assert language(None) == "en"
    assert language(Request(**{"accept-language": "zh-CN,zh;q=0.9"})) == "zh"
    assert language(Request(**{"accept-language": "de"})) == "en"
    assert language(Request(referer="http://x/?lang=zh&tab=y", **{"accept-language": "en"})) == "zh"
    assert language(Request(referer="http://x/?lang=en", **{"accept-language": "zh"})) == "en"


def test_every_run_with_outputs_tells_its_progress_somewhere():
    runs = [run for run in app.create_app().config["dependencies"] if run["backend_fn"] and run["outputs"]]
    assert len(runs) > 100
    assert all(run["show_progress_on"] != [] for run in runs)


def test_what_is_set_is_never_dropped_and_a_button_counts_once():
    with gr.Blocks():
        shown = gr.HTML(js_on_load="trigger('frame'); trigger('start')")
        assert [manners(event) for event in (shown.frame, shown.start)] == ["multiple", "once"]
        settings = gr.Radio().input, gr.Textbox().submit, gr.Slider().release, gr.Slider().change
        assert {manners(event) for event in settings} == {"always_last"}
        assert manners(gr.Button().click) == manners(gr.UploadButton().upload) == "once"


def test_updates_pass_as_they_are_and_none_at_all_changes_nothing():
    closed = []

    def updates(*values):
        try:
            yield from values
        finally:
            closed.append(values)

    assert list(never_empty(updates(1, 2, 3))) == [1, 2, 3]
    assert list(never_empty(updates())) == [gr.skip()]
    begun = never_empty(updates(4, 5))
    assert next(begun) == 4
    begun.close()
    assert closed == [(1, 2, 3), (), (4, 5)]
