"""Measures the gallery: `make bench`. Peers and ceilings are measured in the same run, so the ratios mean something
on any computer; absolute times depend on what else it is doing."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.py does

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median

import numpy as np
import psutil
import torch

from core import weights
from tests.bench.gan import against_dcgan, laboratory
from tests.bench.pictures import against_the_libraries, in_the_browser, ten_thousand
from tests.bench.style import against_other_painters
from tests.bench.translation import against_the_library, waiting

ROOT = Path(__file__).resolve().parents[2]
STEPS = 600


def rate(step, steps: int = STEPS, rounds: int = 5) -> float:
    """Calls of `step` a second: the median of several rounds, after one to warm up."""
    rates = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        for _ in range(steps):
            step()
        rates.append(steps / (time.perf_counter() - began))
    return median(rates[1:])


def start_up() -> None:
    """Seconds from `python app.py` until the page answers."""
    port = "7999"
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env={**os.environ, "GRADIO_SERVER_PORT": port},
            stdout=subprocess.DEVNULL,
        )
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.05)
        seconds.append(time.perf_counter() - began)
        process.terminate()
        process.wait()
    print(
        f"start to first page: {min(seconds):.1f} s warm ({', '.join(f'{value:.1f}' for value in seconds)}); limit 6 s"
    )


def memory_and_disk() -> None:
    """Resident memory with every model loaded, and sizes of the weight files."""
    from core import digits, gan, painting
    from core.quoting import reference
    from core.reading import author
    from core.translators import interpreter
    from demos.char_rnn.authors import SHIPPED
    from demos.cnn.models import FILES as CLASSIFIERS
    from demos.cnn.models import network
    from demos.gan.learn import MAKERS, available
    from demos.style.models import eye
    from demos.translation.models import FILES

    process = psutil.Process()
    for file in SHIPPED.values():
        began = time.perf_counter()
        reference(author(file))
        print(f"load {file}: {time.perf_counter() - began:.2f} s")
    for file in FILES.values():
        began = time.perf_counter()
        interpreter(file)
        print(f"load {file}: {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    held = [network(name) for name in CLASSIFIERS] + [digits.reader(), painting.hands(), painting.anyone(), eye()]
    held += [gan.forger("cifar"), *(gan.judge(name) for name in gan.NAMES), gan.reader(), available(MAKERS)]
    print(f"load {len(held)} networks of pictures: {time.perf_counter() - began:.2f} s")
    print(f"resident memory with every model loaded: {process.memory_info().rss / 1e6:.0f} MB; limit 1,500 MB")
    sizes = {name: entry["size"] for name, entry in weights.manifest().items()}
    print(f"weights on disk: {sum(sizes.values()) / 1e6:.1f} MB in {len(sizes)} files; limit 100 MB, 10 MB each")


def characters() -> None:
    """Characters a second, one after the other, against eager nn.LSTM and against the speed of the memory."""
    from core.reading import author, write
    from core.sampling import Sampling

    who = author("char_rnn_shakespeare.safetensors")
    head = who.head.copy()
    ours = rate(lambda: head.read(3))

    config = head.model.config
    eager = torch.nn.LSTM(config.embed, config.hidden, config.layers)
    table, output = torch.nn.Embedding(config.vocab, config.embed), torch.nn.Linear(config.hidden, config.vocab)
    state = None

    def one():
        nonlocal state
        x, state = eager(table(torch.tensor([[3]])), state)
        output(x)

    peers = {}
    with torch.inference_mode():
        for threads in (1, 2):
            torch.set_num_threads(threads)
            peers[threads] = rate(one, 200)
    best = max(peers.values())

    matrices = [matrix for layer in head.weights for matrix in layer if matrix is not None and matrix.ndim == 2]
    matrices = matrices[1:]  # of the first layer's table only one row is read
    vectors = [np.ones(matrix.shape[1], np.float32) for matrix in matrices]
    read_bytes = sum(matrix.nbytes for matrix in matrices)
    ceiling = rate(lambda: [matrix @ vector for matrix, vector in zip(matrices, vectors, strict=True)])

    size, speed = read_bytes / 1e6, ceiling * read_bytes / 1e9
    print(f"step of {config.layers}x{config.hidden}: {ours:,.0f} characters/s")
    print(f"  eager nn.LSTM: {peers[1]:,.0f} with one thread, {peers[2]:,.0f} with two")
    print(f"  ours is {ours / best:.1f} x the better of them; aim 5 x")
    print(f"  ceiling, the bare matrix-vector products ({size:.1f} MB at {speed:.0f} GB/s): {ceiling:,.0f}")
    print(f"  ours reaches {ours / ceiling:.0%} of it")
    began = time.perf_counter()
    count = sum(1 for _ in write(who, [], Sampling(0.8, 40, 0.95), 2000, torch.Generator().manual_seed(1)))
    seconds = time.perf_counter() - began
    print(f"  with sampling, and candidates for the row view: {count / seconds:,.0f} characters/s; limit 500")


if __name__ == "__main__":
    start_up()
    memory_and_disk()
    characters()
    torch.set_num_threads(2)
    against_the_library()
    waiting()
    against_the_libraries()
    in_the_browser()
    ten_thousand()
    against_other_painters()
    against_dcgan()
    laboratory()
