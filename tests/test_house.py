"""Rules of the house: import direction, quiet imports, truthful manifest, complete words, the contract of every tab."""

import ast
import hashlib
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from core import cards, weights
from core.gan import READER
from core.models.char_rnn import CharRNN, Config
from core.models.cifar import CIFARNet
from core.models.cifar import Config as CIFARConfig
from core.models.cnn import EfficientNetLite
from core.models.gan import Config as GeneratorConfig
from core.models.gan import Discriminator, Generator, JudgeConfig
from core.models.small_cnn import Config as SmallConfig
from core.models.small_cnn import SmallCNN
from core.models.vgg import VGG
from core.translators import interpreter
from demos import DEMOS, wording

ROOT = Path(__file__).resolve().parents[1]
ALLOWED = {"core": {"core"}, "demos": {"core", "demos"}, "weights": {"core", "weights"}}
SOURCES = [path for top in (*ALLOWED, "tests") for path in sorted((ROOT / top).rglob("*.py"))] + [ROOT / "app.py"]
ENTRIES = weights.manifest()


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path):
    top = path.relative_to(ROOT).parts[0]
    house = {"core", "demos", "weights", "tests", "app"}
    names = imported(path)
    if top in ALLOWED:
        assert names & house <= ALLOWED[top]
    if top in ("core", "weights"):
        assert "gradio" not in names


@pytest.mark.parametrize("path", [p for p in SOURCES if "tests" not in p.parts], ids=lambda p: str(p.relative_to(ROOT)))
def test_files_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_importing_and_building_opens_no_socket_and_loads_no_model():
    code = """
import socket, sys
def refuse(*_, **__): raise AssertionError("a socket was opened")
import app
import core.weights, core.reading
socket.socket.connect = socket.socket.bind = refuse
def unread(*_, **__): raise AssertionError("weights were read")
core.weights.read = unread
app.create_app()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def made(name: str, entry: dict) -> torch.nn.Module | None:
    """An untrained network as the entry describes it; None for those that others look after, or that have no shape."""
    config = entry.get("config", {})
    if name.startswith("gan"):
        sizes = config | {"widths": tuple(config["widths"])}
        judge = name.endswith("judge.safetensors")
        return Discriminator(JudgeConfig(**sizes)) if judge else Generator(GeneratorConfig(**sizes))
    if name in (READER, "digits.safetensors"):
        return SmallCNN(SmallConfig(**config))
    if name == "cifar10.safetensors":
        return CIFARNet(CIFARConfig(**config))
    if name == "efficientnet_lite0.safetensors":
        return EfficientNetLite()
    return VGG() if name == "vgg16_relu4_1.safetensors" else None


@pytest.mark.parametrize("name", ENTRIES)
def test_manifest_is_true(name):
    entry, path = ENTRIES[name], weights.FOLDER / name
    data = path.read_bytes()
    assert len(data) == entry["size"] <= weights.LIMIT
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    with safe_open(path, "pt") as file:
        held = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (not a dict)
    assert sum(tensor.numel() for tensor in held.values()) == entry["numbers"]
    numbers = sum(tensor.numel() for tensor in weights.unpacked(held).values())
    if name.startswith("char_rnn") and "config" in entry:
        model = CharRNN(Config(**entry["config"]))
        assert sum(parameter.numel() for parameter in model.parameters()) == entry["parameters"]
        assert sum(value.numel() for value in model.state_dict().values()) == numbers  # a start is not learned
        assert len(entry["vocabulary"]) == entry["config"]["vocab"]
    built = made(name, entry)
    if built is not None:
        assert sum(parameter.numel() for parameter in built.parameters()) == entry["parameters"]
        assert sum(value.numel() for value in built.state_dict().values()) == numbers
    if "languages" in entry:
        who = interpreter(name)
        mine = sum(parameter.numel() for parameter in who.net.model.parameters())
        assert entry["parameters"] == numbers <= mine  # the library also counts positions, which are not learned
        assert len(who.pieces) == 4000
    for key in (
        "title",
        "network",
        "preprocessing",
        "data",
        "licence",
        "recipe",
        "metrics",
        "limits",
        "origin",
    ):
        assert entry[key], key
    assert "seed" in entry or entry["origin"].startswith("converted")
    for row in entry["metrics"]:
        assert isinstance(row["value"], (int, float))
        assert row["how"]


def test_no_file_without_an_entry_and_all_under_the_limit():
    files = {str(path.relative_to(weights.FOLDER)) for path in weights.FOLDER.rglob("*.safetensors")}
    assert files == set(ENTRIES)
    assert sum(entry["size"] for entry in ENTRIES.values()) < 100_000_000
    assert not [
        path
        for path in weights.FOLDER.rglob("*")
        if path.suffix in {".pt", ".pth", ".pkl", ".bin", ".onnx"} and ".runs" not in path.parts
    ]


@pytest.mark.parametrize(("path", "text"), cards.pages().items(), ids=lambda value: getattr(value, "name", ""))
def test_cards_are_what_the_manifest_says(path, text):
    assert path.read_text(encoding="utf-8") == text, "run: python -m core.cards"


@pytest.mark.parametrize("name", [name for name in ENTRIES if "config" in ENTRIES[name]])
def test_recipes_of_the_manifest_exist(name):
    module = ENTRIES[name]["recipe"].split()[2]
    assert importlib.util.find_spec(module)


def test_every_label_is_there_in_both_languages_and_used():
    labels = wording.labels()
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "demos").rglob("*.py"))
    source += (ROOT / "app.py").read_text(encoding="utf-8")
    for key, both in labels.items():
        assert len(both) == 2
        assert all(text.strip() for text in both), key
        assert re.search(r"[\u4e00-\u9fff]", both[1]) or key == "char.part_write", key
        prefix = key.rsplit("_", 1)[0] + "_"
        assert key in source or "{name}" in source or prefix in source, f"{key} is not used"


def test_a_label_that_does_not_exist_stops_the_start():
    with pytest.raises(KeyError):
        wording.say("no.such.label")


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.slug)
class TestContract:
    """What every tab owes; a new tab is tested unasked."""

    def test_words(self, demo):
        parts = [wording.prose(demo.slug, language) for language in wording.LANGUAGES]
        assert set(parts[0]) == set(parts[1]) >= {"lead", "lesson"}
        assert all(text for part in parts for text in part.values())
        assert f"{demo.slug}.title" in wording.labels()

    def test_weights_are_in_the_manifest(self, demo):
        for name in demo.weights:
            weights.check(name)

    def test_sample_works_and_is_plain(self, demo):
        result = demo.compute(**demo.sample)
        if inspect.isgenerator(result):
            *_, result = result
        json.dumps(result)

    def test_same_sample_same_result(self, demo):
        def last():
            result = demo.compute(**demo.sample)
            return [*result][-1] if inspect.isgenerator(result) else result

        a, b = last(), last()
        for timing in ("rate",):
            a.pop(timing, None), b.pop(timing, None)
        assert a == b

    def test_compute_is_documented(self, demo):
        for heading in ("Args:", "Raises:"):
            assert heading in inspect.getdoc(demo.compute)
