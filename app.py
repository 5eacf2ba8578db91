"""The gallery: one page, one tab for each idea. `python app.py` starts it and prints its address."""

import argparse
import os

# Before gradio and numpy are imported. Nothing is counted, nothing is fetched, everything works with the network
# unplugged. One thread reads a character model's weights at the full speed of the memory; a second is in its way.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import gradio as gr
import torch

from core.cifar import DATA
from demos import DEMOS
from demos.early import early_script
from demos.shell import connect, furnish, header
from demos.theme import Museum
from demos.views import styles
from demos.wording import say, translations


def create_app() -> gr.Blocks:
    """Builds the page. Loads no model and opens no socket."""
    with gr.Blocks(title="Open the network", analytics_enabled=False, delete_cache=(600, 3600)) as app:
        header()
        rooms, doors = {}, {}
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            for demo in DEMOS:
                with gr.Tab(say(f"{demo.slug}.title"), id=demo.slug) as doors[demo.slug]:
                    rooms[demo.slug] = furnish(demo)
        connect(app, tabs, DEMOS, rooms, doors)
    return app.queue(max_size=64)


def launch_options() -> dict:
    """How this app must be launched, wherever that happens."""
    return dict(
        theme=Museum(),
        css=styles(),
        app_kwargs={"middleware": [early_script()]},
        i18n=translations(tuple(demo.slug for demo in DEMOS)),
        run_history=False,
        enable_monitoring=False,
        footer_links=["api"],
        show_error=True,
        strict_cors=True,
        ssr_mode=False,
        pwa=False,
        state_session_capacity=64,  # a visitor's own model takes up to 16 MB
        max_file_size="5mb",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="folder with data that may not be shipped, such as images/cifar10-jpg.tar")
    if data := parser.parse_args().data:
        os.environ[DATA] = data
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    create_app().launch(**launch_options())


if __name__ == "__main__":
    main()
