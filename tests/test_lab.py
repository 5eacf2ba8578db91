"""The laboratory in the plane: what it refuses, what it yields, whose run is whose, and that it ends when it should."""

import base64
import json
from threading import Thread

import gradio as gr
import numpy as np
import pytest
import torch

from core import arena as arenas
from core.complaint import Complaint
from core.duel import Settings
from core.duel_measures import MAP, SHOWN, genuine
from core.plane import SIDE, target
from demos.gan import lab
from demos.gan import moment as moments
from demos.gan.lab import Bench, fits, refused, rested
from demos.gan.moment import UNIT, bundled, floats, offered, read, shorts, watched, written

SMALL = dict(d_width=8, g_width=8, d_depth=1, g_depth=1)
PICKED, DESK = dict(target="ring", strokes=[]), dict(game=SMALL, rival=None, seed=1)


def places(text):
    """What `shorts` packed, (count, 2)."""
    return np.frombuffer(base64.b64decode(text), "<i2").reshape(-1, 2) / UNIT


def last(**wishes):
    *_, state = lab.compute(**(dict(settings=SMALL, iterations=3) | wishes))
    return state


def test_a_run_from_the_first_moment_to_the_last(monkeypatch):
    monkeypatch.setattr(arenas, "FRAME", 0)
    first, *_, end = states = list(lab.compute(settings=SMALL, iterations=5))
    json.dumps(states, allow_nan=False)
    assert [state["runs"][0]["iterations"] for state in states] == [0, 1, 2, 3, 4, 5]
    assert (first["phase"], end["phase"]) == ("running", "rest")
    assert end["runs"][0]["settings"]["d_width"] == 8 and end["runs"][0]["settings"]["loss"] == "non-saturating"
    assert np.allclose(places(end["genuine"]), genuine(target("ring")), atol=1 / UNIT)
    assert places(end["runs"][0]["points"]).shape == places(end["runs"][0]["pulls"]).shape == (SHOWN, 2)
    assert len(base64.b64decode(end["runs"][0]["heat"]["bytes"])) == MAP * MAP
    assert len(json.dumps(end)) < 16_000  # 25 times a second


def test_a_run_repeats_itself():
    def state():
        *_, found = lab.compute(target="ring", settings=SMALL, iterations=40, seconds=60)
        found.pop("rate")
        return found

    assert state() == state()


def test_two_runs_in_step():
    state = last(rival=SMALL | dict(loss="hinge"))
    one, other = state["runs"]
    assert one["iterations"] == other["iterations"] == 3 and one["points"] != other["points"]
    twins = last(rival=SMALL)["runs"]
    assert twins[0] == twins[1] == one  # the same seed, the same course


def test_two_visitors_at_once_do_not_meet():
    alone = [last(seed=seed, iterations=8)["runs"] for seed in (1, 2)]
    runs = [lab.compute(settings=SMALL, seed=seed, iterations=8) for seed in (1, 2)]
    for _ in zip(*runs, strict=False):
        pass  # by turns
    found = {}

    def visit(seed):
        found[seed] = last(seed=seed, iterations=8)["runs"]

    threads = [Thread(target=visit, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[1], found[2]] == alone


@pytest.mark.parametrize("loss", ["non-saturating", "wasserstein"])
def test_a_learning_rate_of_a_billion_says_that_it_diverged(loss):
    states = []
    with pytest.raises(Complaint, match="diverged at iteration"):
        for state in lab.compute(settings=SMALL | dict(loss=loss, d_rate=1e9, g_rate=1e9), iterations=500):
            states.append(state)
    assert states[-1]["phase"] == "burst" and states[-1]["runs"][0]["word"] == "diverged"
    assert "smaller learning rates" in states[-1]["runs"][0]["said"][0]
    json.dumps(states, allow_nan=False)
    assert last()["phase"] == "rest"  # the laboratory lives on


def test_one_point_is_a_distribution():
    state = last(target="drawn", strokes=[[[0.5, -0.5]]])
    assert places(state["modes"]).tolist() == [[0.5, -0.5]] and state["runs"][0]["served"] == "0"


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        (dict(target="drawn"), "Nothing is drawn"),
        (dict(target="drawn", strokes=[[[0, 0]] * 10**6]), "at most 4,000 points"),
        (dict(target="drawn", strokes=[[[0, 9]]]), "two numbers"),
        (dict(target="swiss roll"), "distribution must be one of"),
        (dict(target=None), "distribution"),
        (dict(settings=dict(d_rate=float("nan"))), "learning rate"),
        (dict(settings=dict(g_rate=-1)), "learning rate"),
        (dict(settings=dict(g_rate=1e10)), "learning rate"),
        (dict(settings=[1]), "names with values"),
        (dict(rival=dict(loss="x")), "loss"),
        (dict(seed=-1), "seed"),
        (dict(seed="1"), "seed"),
        (dict(seconds=61), "1 to 60"),
        (dict(seconds=float("nan")), "seconds"),
        (dict(iterations=0), "iterations"),
        (dict(iterations=10**6), "iterations"),
    ],
)
def test_what_cannot_be_gets_one_sentence(wishes, sentence):
    with pytest.raises(Complaint, match=sentence) as caught:
        next(lab.compute(**wishes))
    assert caught.value.zh and "\n" not in caught.value.en


def test_a_run_can_be_closed_at_any_moment():
    bench = Bench()
    run = bundled(watched(bench.take(PICKED, DESK, False), 60))
    next(run)
    assert bench.arena.running
    run.close()  # what Gradio does when a page is closed
    assert not bench.arena.running


def test_a_bench_goes_on_where_it_can_and_begins_anew_where_it_must():
    bench = Bench()
    first = bench.take(PICKED, DESK, False)
    live = DESK | dict(game=SMALL | dict(loss="hinge", d_rate=0.1, r1=1))
    assert bench.take(PICKED, live, True) is first and first.slow and first.duels[0].wanted.loss == "hinge"
    for picked, desk in (
        (dict(target="grid"), DESK),
        (PICKED, DESK | dict(seed=2)),
        (PICKED, DESK | dict(rival=SMALL)),
        (PICKED, DESK | dict(game=SMALL | dict(noise="uniform 1"))),
    ):
        before = bench.take(PICKED, DESK, False)
        run = arenas.run(before, 60)
        next(run)
        assert bench.take(picked, desk, False) is not before
        assert not before.running and list(run) == []  # who trained the old one has stopped
    drawn = dict(target="drawn", strokes=[[[0, 0]]])
    arena = bench.take(drawn, DESK, False)
    assert bench.take(drawn | dict(strokes=[[[0, 0]], [[1, 1]]]), DESK, False) is arena
    assert len(arena.duels[0].target.modes) == 2  # drawn on while it runs
    assert not fits(None, target("ring"), [Settings()], 1)


@pytest.mark.parametrize("junk", [None, [], "x", dict(game="x"), dict(game={}, seed="x")])
def test_junk_from_a_page_gets_a_sentence_or_the_usual(junk):
    with pytest.raises(Complaint):
        Bench().take(junk, dict(game=SMALL), False)
    if junk and isinstance(junk, dict):
        with pytest.raises(Complaint):
            Bench().take(PICKED, junk, False)
    else:
        assert Bench().take(PICKED, junk, "no").duels[0].wanted == Settings()


def test_what_is_refused_stops_the_game_and_says_why():
    bench = Bench()
    run = watched(bench.take(PICKED, DESK, False), 60)
    running = next(run)
    with pytest.raises(Complaint, match="from 0 to 1,000,000,000; it was 'abc'") as caught:
        bench.take(PICKED, DESK | dict(game=SMALL | dict(d_rate="abc")), False)
    state = json.loads(refused(bench, caught.value)["moments"])[0]
    assert state["phase"] == "refused" and state["why"] == [caught.value.en, caught.value.zh]
    assert state["order"] > running["order"] and not bench.arena.running and list(run) == []
    arena = bench.take(PICKED, DESK, False)  # a rate that can be: the game goes on
    assert json.loads(rested(arena)["moments"])[0]["phase"] == "ready"
    with pytest.raises(Complaint):
        refused(Bench(), caught.value)  # nothing that could be shown


def test_what_comes_often_comes_in_bundles(monkeypatch):
    monkeypatch.setattr(arenas, "FRAME", 0)
    monkeypatch.setattr(moments, "BUNDLE", 60)  # however slow the machine is
    arena = Bench().take(PICKED, DESK, False)
    bundles = [json.loads(one["moments"]) for one in bundled(watched(arena, 60, 12))]
    assert [len(bundle) for bundle in bundles] == [1, 12]  # the first at once
    assert bundles[-1][-1]["phase"] == "rest" and bundles[0][0]["order"] == [arena.number, arena.turn]
    assert bundles[-1][-1]["runs"][0]["curve"] is not None
    monkeypatch.setattr(arenas, "SLOW", 0)
    arena.slow = True
    assert all(len(json.loads(one["moments"])) == 1 for one in bundled(watched(arena, 60, 3)))


def test_a_later_moment_has_a_higher_order():
    bench = Bench()
    arena = bench.take(PICKED, DESK, False)
    run = watched(arena, 60)
    running = next(run)
    bench.leave()
    still = json.loads(rested(arena)["moments"])[0]
    assert still["order"] > running["order"] and still["phase"] == "ready"
    assert bench.take(PICKED, DESK | dict(seed=5), False).number > arena.number


def test_numbers_are_packed_as_the_page_unpacks_them():
    values = torch.tensor([[0.5, -1.25], [9.0, float("nan")]])
    assert np.allclose(places(shorts(values)), [[0.5, -1.25], [3.2767, 0]])
    rows = [(20.0, 1.5, 1e-9), (40.0, float("inf"), 2)]
    assert np.frombuffer(base64.b64decode(floats(rows)), "<f4").reshape(2, 3)[0].tolist() == pytest.approx(rows[0])
    for text in offered("ring")["shapes"].values():
        assert 0 < np.abs(places(text)).max() < SIDE


def test_addresses_carry_the_game():
    assert written(Settings()) == "" and written(Settings(), True) == "loss=non-saturating"
    some = Settings(loss="least squares", d_rate=0.01, g_steps=5, noise="gaussian 1")
    assert written(some) == "loss=least squares,noise=gaussian 1,d_rate=0.01,g_steps=5"
    assert read(written(some)) == some and read("") == Settings()
    with gr.Blocks(analytics_enabled=False):
        links = lab.lay().links
    assert links["game"].parse("g_steps=5") == "g_steps=5"
    assert links["plane"].parse("moons") == "moons" and links["plane_seed"].parse("7") == "7"
    for name, hostile in (
        ("game", "<script>"),
        ("game", "g_steps=99"),
        ("game", "g_steps"),
        ("game", "colour=red"),
        ("rival", "d_rate=x"),
        ("plane", "drawn"),
        ("plane_seed", "-1"),
        ("plane_seed", "1e9"),
    ):
        with pytest.raises(ValueError):
            links[name].parse(hostile)
