"""Client-side views: what is explored under the pointer is drawn and answered in the browser.

A view is one file `<name>.js` here. Its code runs once for each place it appears, with `element` (its own DOM node),
`props.value` (the data, plain JSON) and `watch` given by Gradio. Views build DOM nodes with `textContent` and never
join user text into HTML. What several views need stands in `page.js`, which the page runs once (see
`demos/early.py`), as `window.gallery`.
"""

from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent
START = {"start": True}
"""Value of a view that asks for its first result as soon as it is seen."""


@cache
def source(file: str) -> str:
    """Text of one file of this folder."""
    return (FOLDER / file).read_text(encoding="utf-8")


def view(name: str, value: Any = None, **options: Any) -> gr.HTML:
    """A `gr.HTML` that is drawn by `views/<name>.js`; its value is JSON, not HTML.

    A function, not a subclass: Gradio writes a stub file beside every subclass of a component when it is imported.
    """
    template = f'<div class="view {name}"></div>'
    return gr.HTML(value, html_template=template, js_on_load=source(f"{name}.js"), apply_default_css=False, **options)


def styles() -> str:
    """The style sheets of the page and of all views, in one text."""
    return "\n".join(source(path.name) for path in sorted(FOLDER.glob("*.css")))
