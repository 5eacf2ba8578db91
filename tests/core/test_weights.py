"""Weight files: what is written comes back, and whatever is wrong is refused with one sentence."""

import json
import pickle

import pytest
import torch
from torch import nn

from core import weights
from core.weights import WeightsError

NAME = "toy.safetensors"


@pytest.fixture
def folder(tmp_path):
    weights.write(NAME, {"a": torch.arange(6.0).view(2, 3), "n": torch.arange(4)}, {"recipe": "make toy"}, tmp_path)
    return tmp_path


def test_round_trip(folder):
    tensors, entry = weights.read(NAME, folder)
    assert torch.equal(tensors["a"], torch.arange(6.0).view(2, 3))
    assert tensors["a"].dtype == torch.float32
    assert tensors["n"].dtype == torch.int64
    assert entry["numbers"] == 10
    assert entry["recipe"] == "make toy"


def forge(folder, data: bytes):
    """Puts other bytes in place, with an entry that agrees with them."""
    import hashlib

    (folder / NAME).write_bytes(data)
    entries = weights.manifest(folder)
    entries[NAME] |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(entries))


def refuse(folder, match):
    with pytest.raises(WeightsError, match=match) as caught:
        weights.read(NAME, folder)
    assert NAME in str(caught.value)
    assert "\n" not in str(caught.value)
    assert NAME in caught.value.zh


def test_missing_file(folder):
    (folder / NAME).unlink()
    refuse(folder, "is missing.*make toy")


def test_wrong_size(folder):
    with open(folder / NAME, "ab") as file:
        file.write(b"x")
    refuse(folder, "bytes instead of")


def test_wrong_hash(folder):
    data = bytearray((folder / NAME).read_bytes())
    data[-1] ^= 1
    (folder / NAME).write_bytes(bytes(data))
    refuse(folder, "SHA-256")


def test_pickle_is_never_opened(folder):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    forge(folder, pickle.dumps(Bomb()))
    refuse(folder, "not a safetensors file")


@pytest.mark.parametrize("data", [b"", b"\x00" * 7, b"\xff" * 64, b"\x10" + b"\x00" * 7 + b"{not json}      "])
def test_garbage(folder, data):
    forge(folder, data)
    refuse(folder, "not a safetensors file")


def test_no_entry(folder):
    with pytest.raises(WeightsError, match=r"other\.safetensors"):
        weights.read("other.safetensors", folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": torch.zeros(2, 3)},
        {"weight": torch.zeros(2, 3), "bias": torch.zeros(3)},
        {"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "more": torch.zeros(1)},
    ],
)
def test_missing_left_over_or_misshapen_keys(tensors):
    with pytest.raises(WeightsError, match="does not fit"):
        weights.fill(torch.nn.Linear(3, 2), tensors, NAME)


def test_filled_models_are_read_only():
    model = weights.fill(torch.nn.Linear(3, 2), {"weight": torch.zeros(2, 3), "bias": torch.zeros(2)}, NAME)
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_what_overflows_fp16_or_is_too_large_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="fp16"):
        weights.write(NAME, {"a": torch.tensor([1e6])}, {}, tmp_path)
    with pytest.raises(ValueError, match="more than"):
        weights.write(NAME, {"a": torch.zeros(6_000_000)}, {}, tmp_path)
    assert not (tmp_path / NAME).exists()


def test_companions_come_back_and_are_checked(tmp_path):
    texts = {"toy.tokenizer.json": '{"é": 1}'}
    weights.write("toys/toy.safetensors", {"a": torch.ones(2)}, {"recipe": "make toy"}, tmp_path, texts)
    assert weights.companion("toys/toy.safetensors", "toy.tokenizer.json", tmp_path) == texts["toy.tokenizer.json"]
    with pytest.raises(WeightsError, match=r"other\.json"):
        weights.companion("toys/toy.safetensors", "other.json", tmp_path)
    (tmp_path / "toy.tokenizer.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"toy.tokenizer.json is damaged.*make toy"):
        weights.companion("toys/toy.safetensors", "toy.tokenizer.json", tmp_path)
    (tmp_path / "toy.tokenizer.json").unlink()
    with pytest.raises(WeightsError, match=r"toy.tokenizer.json is missing.*make toy"):
        weights.check("toys/toy.safetensors", tmp_path)


def test_packed_weights_are_off_by_half_a_step_at_most(tmp_path):
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 4))
    before = {key: value for key, value in net.state_dict().items() if value.is_floating_point()}
    small = weights.packed(before)
    assert all(value.dtype == torch.int8 for key, value in small.items() if not key.endswith(".scale"))
    after = weights.unpacked(small)
    assert set(after) == set(before)
    for key, value in before.items():
        rows = value.flatten(1) if value.dim() > 1 else value[None]
        step = rows.abs().amax(1, keepdim=True) / 127
        gap = after[key].flatten(1) - rows if value.dim() > 1 else after[key][None] - rows
        assert (gap.abs() <= 0.51 * step + 1e-7).all(), key
    assert weights.unpacked(before).keys() == before.keys()  # what is not packed passes through
    alone = {"row.scale": torch.ones(3), "row": torch.ones(2), "other.scale": torch.ones(4)}
    assert weights.unpacked(alone) == alone  # scales of another sort
    weights.write(NAME, small, dict(title="small"), tmp_path)
    found, _ = weights.read(NAME, tmp_path)
    for key, value in after.items():
        torch.testing.assert_close(found[key], value, rtol=2e-3, atol=0)  # scales are kept in fp16
    assert (tmp_path / NAME).stat().st_size < 0.9 * sum(2 * value.numel() for value in before.values()) + 2_000
