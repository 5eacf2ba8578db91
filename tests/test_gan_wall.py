"""The wall: which pictures hang there, in which order, and that a seed gives the same one in whatever company."""

import json

import numpy as np
import pytest
import torch

from core import weights
from core.complaint import SEEDS, Complaint
from core.gan import READER, drawn
from demos.gan import DEMO, wall
from demos.gan.wall import ATTRIBUTES, COUNTS, LOOKED, compute
from tests.test_gan_pieces import bytes_of, players, seen  # noqa: F401  (a fixture)


def last(**wishes):
    *_, state = compute(**wishes)
    return state


def cut(state):
    """The pictures of a wall, one by one: (count, side, side, 3)."""
    whole, side, columns = seen(state["sheet"]), state["side"], state["columns"]
    places = [(i // columns * side, i % columns * side) for i in range(len(state["hung"]))]
    return np.stack([whole[top : top + side, left : left + side] for top, left in places]).astype(int)


class Told:
    """A reader that sees glasses in bright pictures."""

    def __init__(self, middle):
        self.columns = dict(glasses=["none", "glasses"], hair=["none", "short", "long"])
        self.middle = middle

    def __call__(self, x):
        yes = (x.mean((1, 2, 3)) > self.middle).float()
        return dict(glasses=torch.stack([1 - yes, yes], 1), hair=torch.tensor([[0.4, 0.2, 0.4]]).expand(len(x), 3))


def test_seeds_follow_each_other_and_decide_their_design(players):  # noqa: F811
    net, _ = players
    state = last(seed=5, count=7)
    assert [row[1] for row in state["hung"]] == [*range(5, 12)]
    assert [row[2] for row in state["hung"]] == drawn(range(5, 12), net.config)[1].tolist()
    assert [row[0] for row in state["hung"]] == [f"{seed}.{kind}.100" for _, seed, kind in state["hung"]]
    assert state["columns"] == 3 and state["done"] and state["scores"] is None and state["looked"] is None
    assert {row[2] for row in last(seed=5, kind="adventurer")["hung"]} == {1}
    assert [row[1] for row in last(seed=SEEDS, count=2)["hung"]] == [SEEDS, 0]
    json.dumps(state, allow_nan=False)


def test_a_seed_gives_the_same_picture_in_any_grid():
    many, few, one = (cut(last(seed=seed, count=count)) for seed, count in ((1, 64), (40, 9), (44, 1)))
    assert (many[39:48] == few).all() and (few[4] == one[0]).all()
    assert abs(many[0] - many[1]).max() > 8  # and others differ


def test_a_wall_is_what_its_pieces_are():
    from demos.gan.pieces import pictures, pieces, styles

    state = last(seed=9, count=4, kind="micah", truncation=0.314)
    names = "_".join(row[0] for row in state["hung"])
    assert names.startswith("9.0.31_")
    assert abs(cut(state) - bytes_of(pictures(styles(pieces(names))))).max() <= 1


def test_at_truncation_zero_all_of_a_design_are_alike():
    same = cut(last(count=4, kind="micah", truncation=0))
    assert abs(same - same[0]).max() <= 1


def test_the_detective_scores_and_ranks(players):  # noqa: F811
    _, judge = players
    first, second = compute(count=9, scores=True)
    assert first["scores"] is None and not first["done"] and first["sheet"] == second["sheet"] and second["done"]
    x = torch.tensor(cut(second)).permute(0, 3, 1, 2) / 127.5 - 1
    kinds = torch.tensor([row[2] for row in second["hung"]])
    assert second["scores"] == pytest.approx(judge(x, kinds).tolist(), abs=0.05)
    (ranked,) = compute(count=9, order="score")
    assert ranked["scores"] == sorted(second["scores"], reverse=True)
    place = [second["hung"].index(row) for row in ranked["hung"]]
    assert sorted(place) == [*range(9)] and place != [*range(9)]
    assert [second["scores"][i] for i in place] == ranked["scores"]
    assert (cut(ranked) == cut(second)[place]).all()


def test_only_pictures_with_the_attribute_hang(monkeypatch):
    every = np.concatenate([cut(last(seed=1 + 64 * i, count=64)) for i in range(LOOKED // 64)]) / 127.5 - 1
    bright = every.mean((1, 2, 3))
    middle = float(np.sort(bright)[-20] + np.sort(bright)[-21]) / 2
    monkeypatch.setattr(wall, "reader", lambda: Told(middle))
    want = [1 + i for i in range(LOOKED) if bright[i] > middle]
    assert len(want) == 20
    *before, end = compute(count=16, attribute="glasses")
    assert [row[1] for row in end["hung"]] == want[:16] and end["looked"] == want[15] and end["done"]
    assert len(before) == (want[15] - 1) // 64 and not any(state["done"] for state in before)
    assert all(state["hung"] == end["hung"][: len(state["hung"])] for state in before)
    some = last(count=64, attribute="glasses")  # not so many can be found
    assert [row[1] for row in some["hung"]] == want and some["looked"] == LOOKED and some["done"]
    assert last(seed=want[0], count=1, attribute="glasses")["looked"] == 1


@pytest.mark.parametrize("wishes", [{}, dict(scores=True), dict(order="score")])
def test_nothing_found_is_no_mistake(monkeypatch, wishes):
    monkeypatch.setattr(wall, "reader", lambda: Told(9))
    state = last(attribute="glasses", **wishes)
    assert state["hung"] == [] and state["sheet"] is None and state["looked"] == LOOKED and state["done"]
    monkeypatch.setattr(wall, "reader", lambda: Told(-9))
    assert last(attribute="bald")["hung"] == []  # a share of 0.4 is not enough


def test_attributes_are_ones_that_the_reader_tells():
    columns = weights.check(READER)["columns"]
    for column, values in ATTRIBUTES.values():
        assert set(values) <= set(columns[column])


@pytest.mark.parametrize(
    "wishes",
    [dict(seed=seed) for seed in (-1, SEEDS + 1, 10**400, "7", None, True, 3.5, float("nan"), [1])]
    + [dict(count=count) for count in (0, -1, 65, 10**6, 3.5, "9", None, True)]
    + [dict(truncation=cut) for cut in (float("nan"), float("inf"), -1, 2, "0.5", None, True)]
    + [dict(kind=kind) for kind in ("manga", "Micah", "", 11, 0, True, ["micah"])]
    + [dict(attribute=one) for one in ("wings", "", 11, True, ["glasses"])]
    + [dict(order=one) for one in ("best", "", 11, None, True)],
    ids=lambda wishes: f"{wishes}"[:40],
)
def test_bad_input_gets_one_sentence(wishes):
    with pytest.raises(Complaint) as caught:
        last(**wishes)
    assert "\n" not in caught.value.en and len(caught.value.en) < 250 and caught.value.zh


def test_the_room_publishes_the_wall():
    assert DEMO.compute is compute and wall.ENDPOINTS["gan"] == (compute, "torch")
    assert max(COUNTS) == 64
    assert last(**DEMO.sample) == last(**DEMO.sample)
