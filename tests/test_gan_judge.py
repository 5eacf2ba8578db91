"""Judge the forger and the quiz: shares and histograms against loops, order, refusals, and who knows the truth when."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from core.complaint import SEEDS, Complaint
from core.explain import cam
from core.models.gan import Config, Discriminator, Generator, JudgeConfig
from demos.avatars import avatars
from demos.cnn.models import network
from demos.gan import judge, memory, pieces, quiz, verdicts
from demos.gan.pieces import Piece
from demos.gan.quiz import Game, dealt
from demos.gan.verdicts import bins, painted, scores, series, values

BARE = {"loop": 1, "background": (255, 255, 255, 255)}
"""What Pillow finds beside the pixels in a WebP file that has nothing there."""


def forget():
    for kept in (judge.forged, judge.genuine, judge.examined, memory.forged, memory.neighbours):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def players(monkeypatch):
    """A forger and a detective that have learned nothing, so that nothing here depends on what they learned."""
    torch.manual_seed(1)
    forger = Generator(Config(z=8, w=8, widths=(8,) * 5)).eval().requires_grad_(False)
    forger.centre(torch.Generator().manual_seed(2), 100)
    detective = Discriminator(JudgeConfig(widths=(8,) * 4, answers=8)).eval().requires_grad_(False)
    with torch.no_grad():
        real = avatars("held")
        detective.score.bias -= detective(values(real.pictures[::16]), real.kinds[::16]).median()
    monkeypatch.setattr(pieces, "forger", lambda name: (forger, {}))
    monkeypatch.setattr(pieces, "has_bfloat16", lambda: False)  # references are exact
    monkeypatch.setattr(verdicts, "judge", lambda name: (detective, {}))
    monkeypatch.setattr(judge, "COUNT", 64)
    forget()
    yield detective
    forget()


def last(**wishes):
    *_, state = judge.compute(**wishes)
    return state


def opened(url):
    """A `data:` address as pixels (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def test_shares_that_are_right_are_those_of_a_loop():
    chance = np.random.RandomState(0)
    real, fake = [*chance.randn(37).round(1).tolist(), 0.0], [*(chance.randn(53) - 0.5).round(1).tolist(), 0.0]
    wins = sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in real for b in fake)
    found = judge.right(real, fake)
    assert found["genuine"] == pytest.approx(sum(1 for a in real if a > 0) / len(real))
    assert found["forged"] == pytest.approx(sum(1 for b in fake if not b > 0) / len(fake))
    assert found["both"] == pytest.approx((found["genuine"] + found["forged"]) / 2)
    assert found["apart"] == pytest.approx(wins / (len(real) * len(fake)))


@pytest.mark.parametrize("rows", [([0.0, 1.0, 2.0, 4.0], [1.0, 3.9]), ([-1.5, 7.25, 0.1], [2.0]), ([5.0, 5.0], [5.0])])
def test_histograms_count_as_a_loop_does(rows):
    borders, counts = bins(rows, 4)
    assert len(borders) == 5
    assert borders[0] == min(map(min, rows))
    for row, found in zip(rows, counts, strict=True):
        expected = [0] * 4
        for value in row:
            at = next(k for k in range(4) if value < borders[k + 1] or k == 3)
            expected[at] += 1
        assert found == expected
        assert sum(found) == len(row)


def test_scores_are_those_of_every_picture_alone(players):
    state = last(held="7.1.70", seed=SEEDS - 3, percent=60)
    json.dumps(state, allow_nan=False)
    every = series(SEEDS - 3, 60, 64)
    assert [one.seed for one in every[:6]] == [SEEDS - 3, SEEDS - 2, SEEDS - 1, SEEDS, 0, 1]
    for number in (0, 3, 40, 63):
        one = every[number]
        alone = players(values(painted([one])), torch.tensor([one.kind])).item()
        assert state["forged"][number] == pytest.approx(alone, abs=1e-3)
    held = avatars("held")
    place = held.some(64)[5]
    alone = players(values(held.pictures[place][None]), held.kinds[place][None]).item()
    assert state["genuine"][5] == pytest.approx(alone, abs=1e-3)
    assert state["right"] == judge.right(state["genuine"], state["forged"])
    assert [sum(row) for row in state["counts"]] == [64, 64]
    assert (state["borders"], state["counts"]) == bins((state["genuine"], state["forged"]), judge.BINS)


def test_learned_pictures_are_judged_apart_from_held_out_ones(players):
    learned = avatars("learned")
    some = learned.some(64)
    said = players(values(learned.pictures[some]), learned.kinds[some])
    assert last()["learned"] == pytest.approx((said > 0).double().mean().item(), abs=0.02)


def test_the_best_and_the_worst_are_in_order_and_on_the_sheet():
    state = last(seed=5)
    ranked = sorted(state["forged"], reverse=True)
    assert [score for _, score in state["best"]] == ranked[:8]
    assert [score for _, score in state["worst"]] == ranked[:-9:-1]
    by_name = {one.name: score for one, score in zip(series(5, judge.USUAL, 64), state["forged"], strict=True)}
    for name, score in state["best"] + state["worst"]:
        assert by_name[name] == score
    pixels = opened(state["sheet"])
    assert pixels.shape == (128, 512, 3)
    second = painted([pieces.piece(state["worst"][1][0])])[0].permute(1, 2, 0).numpy()
    assert np.abs(pixels[64:, 64:128].astype(int) - second).max() <= 1


def test_what_the_networks_see_in_the_hand():
    hand = last(held="11.2.50_3.0.70")["hand"]
    one = Piece(11, 2, 50)
    x = judge.wide(painted([one]))
    p = network("efficientnet")(x)[0].softmax(-1)
    order = sorted(range(1000), key=lambda k: -p[k].item())[:5]
    assert [row[0] for row in hand["top"]] == order
    assert (hand["piece"], hand["kind"]) == ("11.2.50", "Open Peeps")
    assert hand["score"] == pytest.approx(scores(painted([one]), torch.tensor([2])).item(), abs=1e-3)
    for number, maps in zip(order, hand["evidence"], strict=True):
        expected = cam(network("efficientnet"), x, "head", number).clamp(min=0)
        assert maps["high"] == pytest.approx(expected.max().item(), rel=1e-3)
        bytes_ = np.frombuffer(base64.b64decode(maps["bytes"]), np.uint8)
        assert int(bytes_.argmax()) == int(expected.argmax()) or expected.max() == 0
    read = judge.reader()(values(painted([one])))
    for column, first, share, second, less in hand["read"]:
        chances = dict(zip(judge.reader().columns[column], read[column][0].tolist(), strict=True))
        assert share == pytest.approx(max(chances.values()), abs=1e-3)
        assert chances[second] == pytest.approx(less, abs=1e-3)
        assert first != second and share >= less


def test_same_seed_same_answer_and_another_truncation_another_one():
    a = last(seed=4, percent=30)
    forget()
    assert last(seed=4, percent=30) == a
    assert last(seed=4, percent=90)["forged"] != a["forged"]
    assert last(held="")["hand"] is None


def test_progress_grows_when_it_takes_time(monkeypatch):
    monkeypatch.setattr(judge, "PACE", -1)
    *shares, end = judge.compute(seed=9)
    assert [state["progress"] for state in shares] == [0.5, 1.0]
    assert "right" in end


@pytest.mark.parametrize(
    "wishes",
    [
        dict(held=None),
        dict(held="7.3.70"),
        dict(held="<b>"),
        dict(seed=-1),
        dict(seed=SEEDS + 1),
        dict(seed="7"),
        dict(seed=1.5),
        dict(percent=float("nan")),
        dict(percent=101),
        dict(percent="70"),
        dict(percent=True),
    ],
)
def test_whatever_is_out_of_range_is_refused(wishes):
    with pytest.raises(Complaint):
        next(iter(judge.compute(**wishes)))


def test_a_quiz_is_what_it_says(players):
    made = quiz.compute(seed=3, rounds=24, percent=40)
    json.dumps(made)
    forget()
    assert quiz.compute(seed=3, rounds=24, percent=40) == made
    assert quiz.compute(seed=4, rounds=24, percent=40)["rounds"] != made["rounds"]
    held = avatars("held")
    for one in made["rounds"]:
        pixels = torch.from_numpy(opened(one["picture"]).copy()).permute(2, 0, 1)[None]
        if one["genuine"]:
            place = held.numbers.tolist().index(int(one["name"]))
            assert torch.equal(pixels[0], held.pictures[place])
            kind = int(held.kinds[place])
        else:
            kind = pieces.piece(one["name"]).kind
            assert (pixels.int() - painted([pieces.piece(one["name"])]).int()).abs().max() <= 1
        assert one["kind"] == pieces.kinds()[kind]
        score = players(values(pixels), torch.tensor([kind])).item()
        assert one["score"] == pytest.approx(score, abs=5e-3)
        assert one["machine"] == (one["score"] > 0) or abs(score) < 5e-3
    assert 4 < sum(one["genuine"] for one in made["rounds"]) < 20


def test_the_page_learns_the_truth_of_what_it_has_answered_and_no_more():
    game = Game(6, dealt(6, 5, 70))
    before = game.page()
    assert before.keys() == {"seed", "rounds", "sheet", "told"}
    assert before["told"] == [] and before["rounds"] == 5
    pixels = opened(before["sheet"])
    for k, card in enumerate(game.cards):
        assert np.array_equal(pixels[:, 64 * k : 64 * k + 64], card.picture.permute(1, 2, 0).numpy())
    # the file itself holds pixels and nothing beside them
    assert Image.open(io.BytesIO(base64.b64decode(before["sheet"].partition(",")[2]))).info == BARE
    game.answer(0, True)
    (told,) = game.page()["told"]
    assert told["said"] is True and told["genuine"] == game.cards[0].genuine
    assert game.page()["sheet"] == before["sheet"]
    text = json.dumps(game.page())
    assert not any(f'"{card.name}"' in text for card in game.cards[1:])


def test_the_first_answer_counts_and_none_can_be_skipped():
    game = Game(6, dealt(6, 2, 70))
    game.answer(0, True)
    game.answer(0, False)
    assert game.said == [True]
    for number, genuine in ((2, True), (-1, True), ("1", True), (1, "yes"), (1, None), (float("nan"), True)):
        with pytest.raises(Complaint):
            game.answer(number, genuine)
    game.answer(1, False)
    assert len(game.page()["told"]) == 2
    with pytest.raises(Complaint):
        game.answer(2, True)


@pytest.mark.parametrize(
    "wishes", [dict(seed=-1), dict(seed="1"), dict(rounds=0), dict(rounds=10**6), dict(rounds=2.5), dict(percent=-1)]
)
def test_a_quiz_that_cannot_be_is_refused(wishes):
    with pytest.raises(Complaint):
        quiz.compute(**wishes)
