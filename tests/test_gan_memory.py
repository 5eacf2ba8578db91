"""Does it memorise? Nearest neighbours, shares and histograms against loops; and the genuine pictures that ship."""

import json

import numpy as np
import pytest
import torch

from core.complaint import Complaint
from core.likeness import features
from core.models.gan import Config, Generator
from demos import avatars as shipped
from demos.avatars import FOLDER, PARTS, Lens, avatars, credit, lens, page
from demos.cnn.models import network
from demos.gan import memory, pieces
from demos.gan.pieces import Piece
from demos.gan.verdicts import bins, painted, series, values
from weights.recipes import gan_gallery
from weights.recipes.gan import HELD_OUT
from weights.recipes.gan_gallery import LIMIT, basis, chosen, pack, same_nearest

SEVEN = "_".join(f"7.1.{percent}" for percent in range(7))


def forget():
    for kept in (memory.forged, memory.neighbours, memory.genuine):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def players(monkeypatch):
    """A forger that has learned nothing, and few pictures to compare it by."""
    torch.manual_seed(1)
    forger = Generator(Config(z=8, w=8, widths=(8,) * 5)).eval().requires_grad_(False)
    forger.centre(torch.Generator().manual_seed(2), 100)
    monkeypatch.setattr(pieces, "forger", lambda name: (forger, {}))
    monkeypatch.setattr(memory, "COUNT", 16)
    forget()
    yield
    forget()


def last(**wishes):
    *_, state = memory.compute(**wishes)
    return state


def measured(picture):
    """Distances of one picture, uint8, to all learned ones, one after the other."""
    here = lens()(features(network("efficientnet"), values(picture)))[0].double()
    return [(each.double() - here).square().sum().sqrt().item() for each in avatars("learned").features]


def test_the_nearest_are_those_of_a_loop():
    state, learned = last(held="7.1.70_23.0.70"), avatars("learned")
    json.dumps(state, allow_nan=False)
    far = measured(painted([Piece(7, 1, 70)]))
    order = sorted(range(len(far)), key=far.__getitem__)[:5]
    assert [number for number, _, _ in state["near"]] == learned.numbers[order].tolist()
    assert [kind for _, kind, _ in state["near"]] == [pieces.kinds()[k] for k in learned.kinds[order].tolist()]
    assert [distance for _, _, distance in state["near"]] == pytest.approx([far[k] for k in order], abs=0.01)
    assert state["distance"] == pytest.approx(far[order[0]], abs=0.01)


def test_distances_of_forged_and_of_genuine_pictures_are_those_of_a_loop():
    state, held = last(held="7.1.50"), avatars("held")
    every = series(memory.SEED, 50, 16)
    for number in (0, 9, 15):
        assert state["forged"][number] == pytest.approx(min(measured(painted([every[number]]))), abs=0.02)
    for number, place in enumerate(held.some(16).tolist()):
        far = (avatars("learned").features - held.features[place]).square().sum(1).sqrt()
        assert state["genuine"][number] == pytest.approx(far.min().item(), abs=0.02)
    assert state["further"] == sum(1 for each in state["genuine"] if each < state["distance"]) / 16
    assert state["closer"] == sum(1 for each in state["forged"] if each < min(state["genuine"])) / 16
    borders, counts = bins((state["genuine"], state["forged"], [state["distance"]]), memory.BINS)
    assert (state["borders"], state["counts"]) == (borders, counts[:2])
    assert [sum(row) for row in state["counts"]] == [16, 16]


def test_the_picture_for_comparison_lies_about_as_far():
    state, held = last(), avatars("held")
    apart = [abs(each - state["distance"]) for each in state["genuine"]]
    twin = held.some(16)[apart.index(min(apart))]
    assert state["beside"]["number"] == held.numbers[twin]
    far = (avatars("learned").features - held.features[twin]).square().sum(1)
    assert state["beside"]["near"] == avatars("learned").numbers[far.argmin()]


def test_a_copy_would_be_found(monkeypatch):
    """Were a learned picture forged, it would be its own nearest one, and nearer than genuine pictures are."""
    learned = avatars("learned")
    monkeypatch.setattr(memory, "painted", lambda these: learned.pictures[[50 + k for k in range(len(these))]])
    state = last(held="1.0.0")
    assert state["near"][0][0] == learned.numbers[50]
    assert state["distance"] < min(sorted(state["genuine"])[1:])
    assert max(state["forged"]) < np.median(state["genuine"]) / 3


def test_same_again_and_progress(monkeypatch):
    monkeypatch.setattr(memory, "PACE", -1)
    *shares, end = memory.compute("3.2.70")
    assert [state["progress"] for state in shares] == [0.5, 1.0]
    forget()
    assert last(held="3.2.70") == end
    assert last(held="3.2.10")["forged"] != end["forged"]


@pytest.mark.parametrize("held", ["", None, 7, "7.1", "7.1.101", "-1.0.5", "a" * 300, SEVEN])
def test_what_is_not_held_is_refused(held):
    with pytest.raises(Complaint):
        next(iter(memory.compute(held)))


def test_the_genuine_pictures_that_ship():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < LIMIT
    learned, held = (avatars(part) for part in PARTS)
    for part in (learned, held):
        assert part.pictures.shape == (len(part), 3, 64, 64) and part.pictures.dtype == torch.uint8
        assert len(set(part.numbers.tolist())) == len(part) == len(part.kinds) == len(part.features)
        assert set(part.kinds.tolist()) == {0, 1, 2}
        assert part.pictures.float().std((1, 2, 3)).min() > 5  # none is empty
    assert max(learned.numbers) < learned.among <= min(held.numbers) and held.among == HELD_OUT
    assert "Micah Lanier (CC BY 4.0)" in credit()[0] and "DiceBear" in credit()[1]
    assert 0.5 < lens().variance <= 1 and 0.5 < lens().same <= 1
    assert held.some(4).tolist() == [0, 170, 340, 511] and len(held.some(10**6)) == len(held)


def test_features_that_ship_are_those_of_the_pictures_that_ship():
    for part in PARTS:
        some = avatars(part).some(6)
        here = memory.places(avatars(part).pictures[some])
        apart = (here - avatars(part).features[some]).norm(dim=1)
        assert apart.max() < 0.25, "a quarter of a unit; neighbours lie some four units apart"


def test_packed_pictures_come_back_as_they_were(monkeypatch, tmp_path):
    chance = torch.Generator().manual_seed(0)
    pictures = torch.randint(256, (200, 3, 4, 4), generator=chance).repeat_interleave(16, 2).repeat_interleave(16, 3)
    known = {name: torch.randint(3, (200,), generator=chance) for name in gan_gallery.ALIKE}
    mixing = torch.randn(48, 1280, generator=chance)
    monkeypatch.setattr(
        gan_gallery, "seen", lambda classifier, x: x[:, :, ::16, ::16].float().flatten(1) / 255 @ mixing
    )
    monkeypatch.setattr(gan_gallery, "NUMBERS", 48)
    told = pack(pictures.byte(), known, 70, {"learned": 128, "held": 64}, None, tmp_path)
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    kept = page, shipped.arrays, avatars, lens
    for each in kept:
        each.cache_clear()
    try:
        for part, low, high in (("learned", 0, 130), ("held", 130, 200)):
            found = avatars(part)
            assert low <= min(found.numbers) and max(found.numbers) < high
            assert torch.equal(found.pictures, pictures[found.numbers].byte())
            assert torch.equal(found.kinds, known["style"][found.numbers])
            exact = gan_gallery.seen(None, found.pictures)
            assert (lens()(exact) - found.features).norm(dim=1).max() < 0.05 * exact.norm(dim=1).mean()
        assert told["variance"] == pytest.approx(1, abs=1e-3) and told["same"] > 0.9
    finally:
        for each in kept:
            each.cache_clear()


def test_components_and_choice():
    chance = torch.Generator().manual_seed(3)
    x = torch.randn(60, 9, generator=chance) * torch.arange(1, 10)
    mean, directions, share = basis(x, 4)
    torch.testing.assert_close(directions.t() @ directions, torch.eye(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(mean, x.mean(0))
    values_, vectors = torch.linalg.eigh(x.t().cov())
    assert share == pytest.approx((values_[-4:].sum() / values_.sum()).item(), rel=1e-4)
    torch.testing.assert_close((directions.t() @ vectors[:, -4:].flip(1)).abs(), torch.eye(4), atol=1e-3, rtol=0)
    short = Lens(mean, directions, share, 1)(x)
    alike = sum(
        min((k for k in range(40)), key=lambda k: (x[row] - x[k]).norm().item())
        == min((k for k in range(40)), key=lambda k: (short[row] - short[k]).norm().item())
        for row in range(40, 60)
    )
    assert same_nearest(x[40:], x[:40], short[40:], short[:40]) == pytest.approx(alike / 20)
    known = {name: torch.randint(2, (90,), generator=chance) for name in gan_gallery.ALIKE}
    found = chosen(known, 10, 80, 30, chance).tolist()
    rows = [[known[name][one].item() for name in gan_gallery.ALIKE] for one in found]
    assert len(set(found)) == 30 and min(found) >= 10 and max(found) < 80 and rows == sorted(rows)
