"""Forged pictures by name, and the shelf on which they are held, with networks that have learned nothing."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.complaint import SEEDS, Complaint
from core.gan import sample
from core.images import from_url
from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from demos.gan import pieces, shelf
from demos.gan.pieces import MOST, Piece

MANY = "_".join(f"{seed}.1.70" for seed in range(MOST + 1))


def untrained(seed=1):
    """A forger and a detective of the right outer shape, as small as can be."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = Generator(Config(z=16, w=16, depth=2, widths=(8, 8, 8, 8, 8)))
        judge = Discriminator(JudgeConfig(widths=(8, 8, 8, 8), answers=8))
    net.centre(torch.Generator().manual_seed(seed), 200)
    return net.eval().requires_grad_(False), judge.eval().requires_grad_(False)


@pytest.fixture(autouse=True)
def players(monkeypatch):
    net, judge = untrained()
    monkeypatch.setattr(pieces, "forger", lambda name: (net, {}))
    monkeypatch.setattr(pieces, "judge", lambda name: (judge, {}))
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    return net, judge


def seen(url):
    return np.array(Image.open(io.BytesIO(from_url(url))))


def bytes_of(x):
    """Pictures (count, 3, side, side) in [-1, 1] as whole steps of brightness."""
    return ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()


def test_names_are_read_and_written_alike():
    text = f"7.1.70_{SEEDS}.2.100_0.0.0"
    held = pieces.pieces(text)
    assert held == [Piece(7, 1, 70), Piece(SEEDS, 2, 100), Piece(0, 0, 0)]
    assert pieces.written(held) == text and pieces.pieces("") == [] == pieces.pieces("___")
    assert pieces.pieces("7.1.70_007.1.70_8.1.70") == [Piece(7, 1, 70), Piece(8, 1, 70)]  # nothing twice


@pytest.mark.parametrize(
    "text",
    [
        *("x", "7", "7.1", "7.1.70.1", "7.3.70", "7.11.70", "7.1.101", f"{SEEDS + 1}.1.70", "-7.1.70", "7.1.7e1"),
        *("7.1.nan", "²7.1.70", "٧.1.70", "7.1.70 ", "<b>.1.70", "9" * 5000, MANY, None, 7, True, 7.5, ["7.1.70"]),
    ],
)
def test_anything_else_is_refused_in_one_sentence(text):
    with pytest.raises(Complaint) as caught:
        pieces.pieces(text)
    assert "\n" not in caught.value.en and len(caught.value.en) < 200
    with pytest.raises(Complaint):
        shelf.compute(text)


def test_too_few_is_said_with_numbers():
    with pytest.raises(Complaint, match="needs 2 held pictures; there are 1"):
        pieces.pieces("7.1.70_7.1.70", least=2)


def test_what_is_taken_comes_first_and_the_oldest_gives_way():
    held = [Piece(seed, 0, 70) for seed in range(MOST)]
    more = pieces.taken(held, Piece(99, 0, 70))
    assert more == [Piece(99, 0, 70), *held[:-1]]
    assert pieces.taken(held, held[3]) == [held[3], *held[:3], *held[4:]]


def test_styles_are_those_of_the_generator_at_each_truncation(players):
    net, _ = players
    held = [Piece(5, 0, 100), Piece(5, 2, 30), Piece(6, 1, 0)]
    w = pieces.styles(held)
    for row, one in zip(w, held, strict=True):
        z, which = pieces.noise([one])
        assert torch.allclose(row, net.styled(z, which, one.percent / 100)[0], atol=1e-5)
    assert torch.allclose(w[2], net.centres[1])
    many = pieces.pictures(pieces.styles([Piece(seed, 1, 70) for seed in range(70)]))  # more than one batch
    assert many.shape == (70, 3, 64, 64) and many.abs().max() <= 1
    assert torch.allclose(many, sample(net, range(70), [1] * 70, 0.7), atol=1e-4)


def test_numbers_of_16_bits_are_near_and_the_same_in_any_company(players, monkeypatch):
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: True)
    held = [Piece(seed, seed % 3, 70) for seed in range(37)]
    many, exact = pieces.pictures(pieces.styles(held)), sample(players[0], range(37), [one.kind for one in held], 0.7)
    assert (many - exact).abs().mean() < 0.01 < (many[0] - exact[1]).abs().mean()
    assert not torch.equal(many, exact)
    for count in (1, 5):
        some = torch.cat([pieces.pictures(pieces.styles(held[i : i + count])) for i in range(0, 37, count)])
        assert torch.equal(some, many)


def test_a_sheet_lays_pictures_row_by_row():
    x = torch.linspace(-1, 1, 5)[:, None, None, None].expand(5, 3, 4, 4) * torch.tensor([1.0, -1, 0.5])[:, None, None]
    whole = np.array(pieces.sheet(x, 3))
    assert whole.shape == (8, 12, 3)
    for i, one in enumerate(bytes_of(x)):
        top, left = i // 3 * 4, i % 3 * 4
        assert (whole[top : top + 4, left : left + 4] == one).all()
    assert (whole[4:, 8:] == 128).all()


def test_the_shelf_shows_what_is_held(players):
    _, judge = players
    held = [Piece(3, 2, 100), Piece(4, 0, 50)]
    found = shelf.compute(pieces.written(held))
    json.dumps(found, allow_nan=False)
    assert found == shelf.compute(pieces.written(held))
    z, which = pieces.noise(held)
    assert found["z"] == pytest.approx(z[0].tolist(), abs=1e-3)
    x = pieces.pictures(pieces.styles(held))
    for row, one, picture, score in zip(found["pieces"], held, bytes_of(x), judge(x, which).tolist(), strict=True):
        assert (row["piece"], row["seed"], row["percent"]) == (one.name, one.seed, one.percent)
        assert row["score"] == pytest.approx(score, abs=1e-3)
        assert abs(seen(row["picture"]).astype(int) - picture).max() <= 1
    assert [row["kind"] for row in found["pieces"]] == ["Open Peeps", "Micah"]
    assert seen(found["large"]).shape == (256, 256, 3)


def test_an_empty_shelf():
    assert shelf.compute("") == dict(example=False, pieces=[], z=[], large=None)
