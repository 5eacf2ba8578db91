"""What a part of this tab hands to the room, and what stands in the place of one whose weights are missing."""

from collections.abc import Iterator

import gradio as gr

from core.weights import WeightsError
from demos.cnn.part import Part

__all__ = ["Part", "closed"]


def closed(error: WeightsError) -> Part:
    """A notice that names the file; the rest of the tab stays open."""
    gr.Markdown(f"### ⚠ {error.en}\n\n### {error.zh}", elem_classes="notice")

    def answer(*_) -> Iterator[dict]:
        yield {}

    return Part(answer)
