"""Measures the classifier: one picture through ours, through timm's and through onnxruntime, in one run; what a visitor
waits for it in the browser; and one look at ten thousand small pictures."""

import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import torch

import app
from core import cifar
from core.explain import cam
from demos.cnn import look
from demos.cnn.models import look_at, network
from tests.bench.translation import seconds
from tests.browser.driver import Visitor, chromium, served


def against_the_libraries() -> None:
    """Milliseconds of one picture, batch 1. timm's network is untrained: its weights do not change its time."""
    net, (_, x, _) = network("efficientnet"), look_at("cat", "centre")
    with torch.inference_mode():
        ours = 1000 * seconds(lambda: net(x), 30)
        logits = net(x)
    mapped = 1000 * seconds(lambda: (net(x), cam(net, x, "head", 285)), 20)
    whole = 1000 * seconds(lambda: look.compute("cat"), 10)
    print(f"one picture: {ours:.1f} ms (limit 20), with Grad-CAM {mapped:.1f} ms (limit 60), in all {whole:.0f} ms")
    try:
        import onnxruntime
        import timm
    except ImportError:
        print("  `pip install -r requirements-bench.txt` to see it beside theirs")
        return
    peer = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    with torch.inference_mode():
        theirs = 1000 * seconds(lambda: peer(x), 30)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "net.onnx")
        torch.onnx.export(net, (x,), path, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {session.get_inputs()[0].name: x.numpy()}
    fastest = 1000 * seconds(lambda: session.run(None, given), 30)
    error = abs(session.run(None, given)[0] - logits.numpy()).max()
    print(
        f"  timm {theirs:.1f} ms, ours {theirs / ours:.2f} x as fast; onnxruntime {fastest:.1f} ms, "
        f"ours {fastest / ours:.2f} x as fast (greatest difference of a logit {error:.1e})"
    )


def in_the_browser(rounds: int = 8) -> None:
    """Milliseconds from a click on a photograph to its names on the page, and how many of them are not ours."""
    waits = []
    with served(app.create_app()) as address, chromium() as browser:
        page = Visitor(browser, address).go("tab=cnn")
        verdict = page.locator("#cnn-look .verdict").first
        for turn in range(rounds + 2):
            before, began = verdict.inner_text(), time.perf_counter()
            page.locator("#cnn-intake .intake-photo").nth(turn % 2 + 1).click()
            page.wait_for_function(
                "old => document.querySelector('#cnn-look .verdict')?.innerText !== old", arg=before, polling=5
            )
            waits.append(time.perf_counter() - began)
    ours = 1000 * seconds(lambda: look.compute("coffee"), 10)
    print(
        f"in the browser, from a click to five names and their map: {1000 * median(waits[2:]):.0f} ms (limit 300)",
        end="",
    )
    print(f", of which {ours:.0f} are computing")


def ten_thousand() -> None:
    """One look of the network of ten kinds at as many pictures as its test wall has, and the memory it takes."""
    net, process, seen, done = cifar.reader()[0], psutil.Process(), [], threading.Event()
    pictures = np.random.RandomState(0).randint(0, 256, (1_000, 32, 32, 3)).astype(np.uint8)

    def watch() -> None:
        while not done.wait(0.002):
            seen.append(process.memory_info().rss)

    net.answers(cifar.inputs(pictures[:16]))
    before, watcher = process.memory_info().rss, threading.Thread(target=watch)
    watcher.start()
    spent = seconds(lambda: net.answers(cifar.inputs(pictures)), 2)
    done.set()
    watcher.join()
    more = (max(seen) - before) / 1e6
    print(f"ten thousand small pictures: {10 * spent:.1f} s for all, {more:.0f} MB more at most")
