"""Points of the plane, the duel over them, and what is measured of it: against brute force, autograd and the papers."""

import math

import pytest
import torch
from torch import nn

from core import arena as arenas
from core import gan_losses
from core.arena import Arena, halt, run, single, still
from core.complaint import Complaint
from core.duel import BATCH, NOISES, Settings, begin, network, noise, settings, take_turn
from core.duel_measures import (
    CELLS,
    FOLD,
    FOLD_LINE,
    MAP,
    PROBES,
    SHOWN,
    SURE,
    coverage,
    divergences,
    floor,
    look,
    masses,
    measured,
    net,
    places,
    probes,
    pulls,
    shares,
    spread,
    trust,
)
from core.plane import MOST_STATIONS, NAMES, REACH, SIDE, Target, drawn, target

SMALL = dict(d_width=8, g_width=8, d_depth=1, g_depth=1)
KINDS = [name for name in NAMES if name != "drawn"]


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def made(place="ring", seed=1, **wishes):
    return begin(target(place), settings(SMALL | wishes), seed)


def trained(duel, iterations):
    for _ in range(iterations):
        take_turn(duel, "d")
        take_turn(duel, "g")
    return duel


def weights(duel):
    return torch.cat([part.flatten() for part in [*duel.forger.parameters(), *duel.detective.parameters()]]).detach()


@pytest.mark.parametrize("name", KINDS)
def test_points_lie_near_their_modes_and_inside(name):
    place = target(name)
    points = place.sample(2_000, dice())
    assert points.shape == (2_000, 2) and points.abs().max() < SIDE
    served, near = coverage(points, place)
    assert served.all() and near > 0.97
    assert torch.equal(points, place.sample(2_000, dice()))
    assert math.isclose(float(place.shares.sum()), 1, abs_tol=1e-5)


def test_the_ring_has_eight_modes_with_an_eighth_of_the_points_each():
    place = target("ring")
    assert torch.allclose(place.modes.norm(dim=1), torch.tensor(0.8)) and len(place.modes) == 8
    nearest = torch.cdist(place.sample(8_000, dice()), place.modes).argmin(1)
    assert torch.bincount(nearest).min() > 800
    assert len(target("grid").modes) == 25 and len(target("blobs").modes) == 3


def test_a_drawing_is_even_along_its_strokes():
    place = drawn([[[0, 0], [0.1, 0], [1, 0]], [[-1, -1]]])
    points = place.sample(20_000, dice())
    dot = (points - torch.tensor([-1.0, -1.0])).norm(dim=1) < 0.2
    assert dot.float().mean() == pytest.approx(0.15 / 1.15, abs=0.01)
    x = points[~dot, 0]
    assert torch.histc(x, 5, 0.1, 0.9).std() / torch.histc(x, 5, 0.1, 0.9).mean() < 0.05
    assert points[~dot, 1].std() == pytest.approx(place.spread, rel=0.05)


@pytest.mark.parametrize(
    ("strokes", "modes"), [([[[0.5, 0.5]]], 1), ([[[0, 0]], [[0, 0]], [[1, 1]]], 2), ([[], [[0, 0]]], 1)]
)
def test_dots_are_their_own_modes(strokes, modes):
    assert len(drawn(strokes).modes) == modes


def test_stations_leave_no_point_out():
    scribble = [[[math.cos(a) * a / 30, math.sin(a) * a / 30] for a in torch.linspace(0, 36, 900).tolist()]]
    place = drawn(scribble)
    assert place.reach > REACH and 8 < len(place.modes) <= MOST_STATIONS
    short = drawn([[[0, 0], [0.5, 0]]])
    assert short.reach == pytest.approx(math.hypot(REACH, 0.09))
    assert coverage(short.sample(1_000, dice()), short)[1] > 0.98


@pytest.mark.parametrize(
    ("strokes", "sentence"),
    [
        ([], "Nothing is drawn"),
        ([[], []], "Nothing is drawn"),
        ([[[0, 0]] * 1_000_000], "at most 4,000 points; this has 1,000,000"),
        ("ring", "list of strokes"),
        (None, "list of strokes"),
        ([[0, 0]], "two numbers"),
        ([[[0, 0, 0]]], "two numbers"),
        ([[[float("nan"), 0]]], "two numbers"),
        ([[["0", 0]]], "two numbers"),
        ([[[True, 0]]], "two numbers"),
        ([[[2, 0]]], "two numbers"),
        ([[[10**400, 0]]], "two numbers"),
    ],
)
def test_impossible_drawings_get_a_sentence(strokes, sentence):
    with pytest.raises(Complaint, match=sentence):
        drawn(strokes)


def test_shares_are_those_of_counting_by_hand():
    points = 2 * SIDE * torch.rand(300, 2, generator=dice()) - SIDE
    points[:5] = torch.tensor([[SIDE + 0.1, 0], [float("nan"), 0], [0, -9], [-SIDE, -SIDE], [1e30, 0]])
    counts, side = [0] * (CELLS**2 + 1), 2 * SIDE / CELLS
    for x, y in points.tolist():
        inside = -SIDE <= x < SIDE and -SIDE <= y < SIDE
        counts[int((y + SIDE) / side) * CELLS + int((x + SIDE) / side) if inside else -1] += 1
    assert torch.equal((shares(points) * 300).round().long(), torch.tensor(counts))


def test_divergences_are_those_of_the_definition():
    p, q = torch.rand(2, 50, generator=dice())
    p[:10] = 0
    q[5:20] = 0
    p, q = p / p.sum(), q / q.sum()

    def kl(a, b):
        return sum(x * math.log(x / y) for x, y in zip(a.tolist(), b.tolist(), strict=True) if x > 0)

    js, forward = divergences(p, q)
    assert js == pytest.approx((kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2, abs=1e-5)
    assert forward == pytest.approx(kl(p, q.clamp(min=SURE)), rel=1e-4)
    assert divergences(p, p) == (pytest.approx(0, abs=1e-6), pytest.approx(0, abs=1e-6))
    apart = divergences(torch.tensor([1.0, 0]), torch.tensor([0, 1.0]))
    assert apart == (pytest.approx(math.log(2)), pytest.approx(-math.log(SURE)))


def test_coverage_is_that_of_counting_by_hand():
    place = target("ring")
    points = torch.cat([place.modes[0].repeat(90, 1), place.modes[3].repeat(9, 1), torch.zeros(1, 2)])
    served, near = coverage(points, place)
    assert served.tolist() == [True, False, False, True, False, False, False, False]
    assert near == pytest.approx(0.99)
    assert not coverage(points[:91], place)[0][3]  # one of 91 is less than a fifth of an eighth


def test_spread_counts_cells():
    assert spread(torch.tensor([0.25, 0.25, 0.25, 0.25, 0])) == pytest.approx(4)
    assert spread(torch.tensor([1.0, 0])) == pytest.approx(1)


@pytest.mark.parametrize("kind", gan_losses.KINDS)
def test_pulls_are_what_autograd_and_finite_differences_say(kind):
    duel = trained(made(loss=kind), 3)
    points = target("ring").sample(6, dice())
    found = pulls(duel, points)
    judge, bump = duel.detective.double(), 1e-6
    for i in range(6):
        for k in range(2):
            there = points[i : i + 1].double().repeat(2, 1)
            there[:, k] += torch.tensor([bump, -bump])
            with torch.no_grad():
                losses = [gan_losses.generator_loss(kind, judge(one[None])) for one in there]
            assert float(found[i, k]) == pytest.approx(-float(losses[0] - losses[1]) / (2 * bump), rel=1e-3, abs=1e-6)


def test_a_point_moved_along_its_pull_is_believed_more():
    duel = trained(made(), 20)
    points = still(Arena([duel])).looks[0].points
    pull = pulls(duel, points)
    with torch.no_grad():
        before, after = (duel.detective(points + step * pull) for step in (0, 0.001))
    assert (after >= before - 1e-6).all() and (after > before).float().mean() > 0.9


@pytest.mark.parametrize("kind", gan_losses.KINDS)
def test_a_turn_is_a_step_down_the_loss(kind):
    duel = made(loss=kind, d_optimiser="sgd", g_optimiser="sgd", d_rate=0.1, g_rate=0.1)
    twin = made(loss=kind)
    start = [part.detach().clone() for part in twin.detective.parameters()]
    take_turn(duel, "d")
    real = twin.target.sample(BATCH, twin.reals)
    with torch.no_grad():
        fake = twin.forger(noise("uniform 2", BATCH, twin.noises))
    loss = gan_losses.discriminator_loss(kind, twin.detective(real), twin.detective(fake))
    if kind == "wasserstein":
        loss = loss + 0.1 * gan_losses.gradient_penalty(twin.detective, real, fake, twin.noises)
    slopes = torch.autograd.grad(loss, list(twin.detective.parameters()))
    for now, before, slope in zip(duel.detective.parameters(), start, slopes, strict=True):
        assert torch.allclose(now, before - 0.1 * slope, atol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(duel.forger.parameters(), twin.forger.parameters(), strict=True))
    take_turn(duel, "g")
    assert not torch.equal(duel.forger[0].weight, twin.forger[0].weight)
    assert (duel.turns, duel.iterations, duel.last) == (2, 1, "g")


def test_r1_is_part_of_the_detectives_step():
    plain, calm = made(r1=0.0, d_optimiser="sgd"), made(r1=50.0, d_optimiser="sgd")
    for duel in (plain, calm):
        trained(duel, 30)
    slopes = [float(gan_losses.r1(duel.detective, duel.target.sample(200, dice())).detach()) for duel in (plain, calm)]
    assert slopes[1] < slopes[0]


def test_weights_come_from_the_seed_alone_and_as_torch_draws_them():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    first, second, other = trained(made(), 5), trained(made(), 5), trained(made(seed=2), 5)
    assert torch.equal(torch.rand(3), wanted)
    assert torch.equal(weights(first), weights(second)) and not torch.equal(weights(first), weights(other))
    wide = network(2, 1, 1, 4_000, dice())[0].weight
    assert float(wide.detach().std()) == pytest.approx(1 / math.sqrt(6), rel=0.05)  # uniform within 1 / sqrt(2)
    assert float(nn.Linear(2, 4_000).weight.detach().std()) == pytest.approx(1 / math.sqrt(6), rel=0.05)


def test_looking_changes_nothing_and_is_the_same_twice():
    looked, alone = made(), made()
    for _ in range(4):
        trained(looked, 1)
        trained(alone, 1)
        a, b = look(looked), look(looked)
        assert torch.equal(a.points, b.points) and a.numbers == b.numbers == measured(looked)
    assert torch.equal(weights(looked), weights(alone))


@pytest.mark.parametrize("kind", NOISES)
def test_what_is_seen_has_its_shape(kind):
    seen = look(made(noise=kind))
    assert seen.points.shape == seen.pulls.shape == (SHOWN, 2) and seen.heat.shape == (MAP, MAP)
    assert seen.fold.shape == ((FOLD, FOLD, 2) if kind.endswith("2") else (FOLD_LINE, 2))
    assert len(seen.served) == 8 and 0 <= seen.heat.min() <= seen.heat.max() <= 1


def test_the_map_stands_upright():
    duel = made()
    at = (10, 40)  # row, column
    x, y = ((k + 0.5) / MAP * 2 * SIDE - SIDE for k in (at[1], at[0]))
    with torch.no_grad():
        raw = duel.detective(torch.tensor([[x, y]]))
    assert float(look(duel).heat[at]) == pytest.approx(float(raw.sigmoid()), abs=1e-5)
    assert places().shape == (MAP * MAP, 2)


def test_meshes_of_the_net_hold_the_same_share():
    corners = net("gaussian 1")[:, 0]
    p = torch.special.ndtr(corners).diff()
    assert p.max() - p.min() < 1e-4
    assert torch.allclose(net("uniform 2")[0, :, 0].diff(), torch.tensor(2 / (FOLD - 1)))


def test_trust_runs_from_forged_to_genuine():
    raw = torch.tensor([-3.0, 0.0, 0.5, 1.0, 4.0])
    assert trust("hinge", raw).tolist() == [0, 0.5, 0.75, 1, 1]
    assert trust("least squares", raw).tolist() == [0, 0, 0.5, 1, 1]
    assert trust("wasserstein", raw).tolist() == pytest.approx([0, 3 / 7, 0.5, 4 / 7, 1])
    assert torch.equal(trust("saturating", raw), raw.sigmoid())


def test_a_sample_of_the_target_itself_is_matched():
    place = target("moons")
    js, kl, cells = floor(place)
    assert 0 < js < 0.06 and kl > 0 and cells > 10
    assert float(masses(place).sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "momentum"])
@pytest.mark.parametrize("kind", gan_losses.KINDS)
def test_a_rate_of_a_billion_diverges_and_says_so(kind, optimiser):
    duel = made(loss=kind, d_rate=1e9, g_rate=1e9, d_optimiser=optimiser, g_optimiser=optimiser)
    frames = list(run(Arena([duel]), 60, 300))
    assert "has diverged at iteration" in duel.burst.en and "发散" in duel.burst.zh
    assert frames[-1].over and weights(duel).isfinite().all()
    assert len(list(run(Arena([duel]), 60, 300))) == 2  # nothing moves any more, one can still look


def test_of_two_runs_one_may_diverge():
    sane, mad = made(), made(d_rate=1e9, g_rate=1e9)
    *_, last = run(Arena([mad, sane]), 60, 40)
    assert mad.burst and not sane.burst and sane.iterations == 40 and last.over


def test_the_course_does_not_depend_on_who_runs_beside_or_when_one_looks(monkeypatch):
    monkeypatch.setattr(arenas, "FRAME", 0)
    pair = [made(), made(loss="hinge")]
    list(run(Arena(pair), 60, 12))
    alone = [made(), made(loss="hinge")]
    for duel in alone:
        trained(duel, 12)
    assert all(torch.equal(weights(a), weights(b)) for a, b in zip(pair, alone, strict=True))
    twins = [made(), made()]
    list(run(Arena(twins), 60, 5))
    assert torch.equal(weights(twins[0]), weights(twins[1]))


def test_left_and_taken_up_it_takes_the_course_of_one_run():
    parts, whole = Arena([made()]), Arena([made()])
    opened = run(parts, 60)
    next(opened)
    assert parts.running
    opened.close()
    assert not parts.running and parts.duels[0].turns == 0
    for count in (2, 3, 4):
        list(run(parts, 60, count))
    single(parts, "d"), single(parts, "g")
    list(run(whole, 60, 10))
    assert torch.equal(weights(parts.duels[0]), weights(whole.duels[0]))


def test_a_run_ends_when_halted_or_when_another_begins():
    arena = Arena([made()])
    first = run(arena, 60)
    next(first)
    halt(arena)
    assert list(first) == [] and not arena.running
    second, third = run(arena, 60), run(arena, 60, 2)
    next(second), next(third)
    assert list(second) == [] and arena.running
    assert list(third)[-1].over and not arena.running


def test_time_is_bounded(monkeypatch):
    clock = iter(range(0, 100_000, 3))
    monkeypatch.setattr(arenas.time, "perf_counter", lambda: next(clock))
    arena = Arena([made()])
    *_, last = run(arena, 10_000)
    assert last.over and 2 <= arena.duels[0].iterations <= 60


def test_slow_motion_shows_every_turn(monkeypatch):
    monkeypatch.setattr(arenas, "SLOW", 0)
    frames = list(run(Arena([made()], slow=True), 60, 3))
    assert [frame.side for frame in frames] == ["", "d", "g", "d", "g", "d", "g"]


def test_curves_have_points_at_fixed_iterations():
    arena = Arena([made()])
    list(run(arena, 60, 45))
    assert [row[0] for row in arena.duels[0].curve] == [20, 40]


def test_settings_and_target_may_change_while_it_runs():
    duel, other = made(), made()
    for one in (duel, other):
        trained(one, 2)
    duel.wanted = settings(SMALL | dict(loss="hinge", d_rate=0.0, g_rate=0.0, d_optimiser="sgd"))
    duel.target = drawn([[[0, 0], [1, 1]]])
    kept = weights(duel)
    trained(duel, 1)
    assert torch.equal(kept, weights(duel)) and duel.applied.loss == "hinge"
    assert type(duel.optimisers["d"]).__name__ == "SGD"
    duel.wanted = settings(SMALL | dict(noise="uniform 1"))
    trained(duel, 1)
    assert duel.applied.noise == "uniform 2" and probes(duel).shape == (PROBES, 2)  # built in


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        (dict(loss="magic"), "The loss must be one of"),
        (dict(noise="uniform 3"), "The noise"),
        (dict(r1=float("nan")), "R1"),
        (dict(d_rate=float("nan")), "detective's learning rate"),
        (dict(g_rate=1e10), "forger's learning rate must be a number from 0 to 1,000,000,000"),
        (dict(g_rate="0.1"), "forger's learning rate"),
        (dict(d_steps=0), "detective's steps"),
        (dict(g_steps=11), "forger's steps"),
        (dict(d_depth=5), "hidden layers"),
        (dict(g_width=129), "width"),
        (dict(g_width=4.5), "whole"),
        (dict(d_optimiser="lion"), "optimiser"),
        (dict(colour="red"), "no setting 'colour'"),
        ({1: 2}, "no setting"),
        ("loss=hinge", "names with values"),
    ],
)
def test_impossible_settings_get_a_sentence(wishes, sentence):
    with pytest.raises(Complaint, match=sentence) as caught:
        settings(wishes)
    assert caught.value.zh


def test_what_is_not_named_is_as_usual():
    assert settings({}) == Settings()
    assert isinstance(target("line"), Target)
    with pytest.raises(Complaint, match="distribution"):
        target("swiss roll")
    with pytest.raises(Complaint, match="seed"):
        begin(target("line"), Settings(), -1)
