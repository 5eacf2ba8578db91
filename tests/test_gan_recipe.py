"""The recipes of the forgers: they run, resume, move in turn, and draw the avatars that they say."""

from dataclasses import replace

import pytest
import torch

from core.models.gan import TOGETHER, Discriminator, Generator, unit
from weights.recipes import gan, gan_data, training
from weights.recipes.gan import NOTED, PLANS, Run, begin
from weights.recipes.gan_data import COLUMNS, NONE, WISHES, rows, shows
from weights.recipes.gan_wishes import COARSE, apart, asked_of, listening, said, unlike


@pytest.fixture(autouse=True)
def runs(monkeypatch, tmp_path):
    """Made-up pictures instead of avatars and archive, and a folder of runs of its own."""

    def made(name, data):
        plan, chance = PLANS[name], torch.Generator().manual_seed(0)
        pictures = torch.randint(256, (30, 3, plan.forger.side, plan.forger.side), generator=chance).to(torch.uint8)
        kinds = torch.arange(30) % plan.forger.classes
        known = {column: torch.arange(30) % len(values) for column, values in COLUMNS.items()}
        rows = pictures, kinds, asked_of(known)
        return {"learned": tuple(row[:20] for row in rows), "held": tuple(row[20:] for row in rows)}

    monkeypatch.setattr(gan, "material", made)
    monkeypatch.setattr(gan, "RUNS", tmp_path)
    monkeypatch.setattr(gan, "hurry", lambda: None)  # it changes the whole process
    return tmp_path


@pytest.mark.parametrize("name", PLANS)
def test_a_smoke_run_reaches_its_end(name, runs):
    gan.main([name, "--smoke"])
    run = begin(name, runs, smoke=True)
    assert run.log["step"] == run.plan.steps
    assert (run.folder / "step_000000.pt").exists()
    kept = torch.load(run.folder / f"step_{run.plan.steps:06}.pt", weights_only=True)
    assert all(value.dtype == torch.float16 and value.isfinite().all() for value in kept.values())
    forger = run.averaged().forger
    assert kept.keys() == forger.state_dict().keys()


def test_a_run_that_is_left_goes_on_as_if_nothing_had_been(runs, monkeypatch):
    monkeypatch.setattr(gan, "LAZY", 3)
    plan = begin("avatars", runs, smoke=True, steps=8).plan
    parts = gan.material("avatars", runs)
    whole = Run("whole", plan, parts)
    whole.train()
    broken = Run("broken", plan, parts)
    monkeypatch.setattr(training, "EVERY", -1)  # saves after every step

    def stop(self, chance, rate, step=Run.step):
        if self.log["step"] == 5:
            raise KeyboardInterrupt
        return step(self, chance, rate)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Run, "step", stop)
        broken.train()
    again = Run("broken", plan, parts)
    assert again.log["step"] == 5
    again.train()
    for key, value in whole.average.items():
        torch.testing.assert_close(again.average[key], value, msg=key)


def weights_of(run: Run, player: str) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in getattr(run.model, player).parameters()]).clone()


def test_both_move_in_every_step_until_the_game_is_spoilt(runs, monkeypatch):
    monkeypatch.setattr(gan, "LAG", 3)
    plan = replace(begin("avatars", runs, smoke=True).plan, sabotage=4, warm=1)
    run = Run("spoilt", plan, gan.material("avatars", runs))
    run.model.train()
    for step in range(10):
        before = {player: weights_of(run, player) for player in ("forger", "judge")}
        told = run.step(torch.Generator().manual_seed(step), 1e-3)
        assert len(told) == len(NOTED)
        assert all(0 <= share <= 1 for share in told[2:])
        assert (weights_of(run, "forger") != before["forger"]).any()
        moved = (weights_of(run, "judge") != before["judge"]).any().item()
        assert moved == (step in (1, 2, 3, 6, 9))  # in the first step its rate is still 0


def test_pictures_of_one_kind_are_wished_to_differ(runs, monkeypatch):
    pictures = torch.zeros(4, 3, 8, 8)
    pictures[1:2] += 0.4  # the first two differ, the others do not
    expected = -(torch.tensor([0.4, 0.0]) + gan.DUPLICATE).log().mean()
    torch.testing.assert_close(gan.alike(pictures), expected)
    asked, gammas, alike, slope = [], [], gan.alike, gan.r1
    monkeypatch.setattr(gan, "LAZY", 1)
    monkeypatch.setattr(gan, "alike", lambda forged: asked.append(1) or alike(forged))
    monkeypatch.setattr(gan, "r1", lambda *given: gammas.append(1) or slope(*given))
    plan = replace(begin("avatars", runs, smoke=True).plan, firm=(3, 5.0, 0.3))
    parts = gan.material("avatars", runs)
    firm, loose = Run("firm", plan, parts), Run("loose", replace(plan, firm=None), parts)
    for run in (firm, loose):
        run.train()
    assert len(asked) == 1 and len(gammas) == 8  # in the fourth step of the one run alone
    same = [torch.equal(a, b) for a, b in zip(firm.model.parameters(), loose.model.parameters(), strict=True)]
    assert not all(same)


def test_a_second_course_begins_anew_and_brings_a_critic(runs, monkeypatch):
    run = begin("avatars", runs, smoke=True, steps=8)
    rates, asked = [], []
    monkeypatch.setattr(gan, "maps", lambda *given, look=gan.maps: asked.append(run.log["step"]) or look(*given))
    monkeypatch.setattr(Run, "rate", lambda self, rate=Run.rate: rates.append(rate(self)) or rates[-1])
    before = [look.spread.clone() for look in run.model.critic.looks]
    run.train()
    peak = run.plan.lr
    assert rates[:4] == [peak / 2, peak, peak / 4, peak / 2] and rates[-1] < peak / 4
    assert asked == [2, *(step for step in range(2, 8) for _ in "abc")]  # true and forged ones, and those to be better
    assert all((look.spread != old).any() for look, old in zip(run.model.critic.looks, before, strict=True))


def test_a_critic_moves_the_forger_and_is_not_moved_by_it(runs):
    run = begin("avatars", runs, smoke=True)
    run.plan = replace(run.plan, again=(0,))
    run.model.judge.requires_grad_(False)
    run.settle()
    run.model.train()
    critic = [p.detach().clone() for p in run.model.critic.parameters()]
    run.step(torch.Generator().manual_seed(0), 1e-3)  # the judges move at the rate of the last move, which is 0
    assert all(torch.equal(*pair) for pair in zip(critic, run.model.critic.parameters(), strict=True))
    run.step(torch.Generator().manual_seed(1), 1e-3)
    assert not all(torch.equal(*pair) for pair in zip(critic, run.model.critic.parameters(), strict=True))
    forged, kinds = run.forged(torch.Generator().manual_seed(2))
    seen = gan.maps(run.classifier, forged.float())
    gan.mean_loss(gan.generator_loss, run.model.critic(seen, kinds)).backward()
    assert all(p.grad.abs().sum() > 0 for p in run.model.forger.paint.parameters())
    assert [x.shape[1:] for x in seen] == [(24, 32, 32), (40, 16, 16), (112, 8, 8)]
    assert not any(p.requires_grad for p in run.classifier.parameters())


def test_a_run_can_begin_with_what_ships(runs, monkeypatch):
    run = begin("avatars", runs, smoke=True)
    torch.manual_seed(5)
    maker, detective = Generator(run.plan.forger), Discriminator(run.plan.judge)
    entry = {"training": {"steps": 3, "minutes": 2.0}}
    (runs / "timelines").mkdir()
    (runs / "timelines" / "gan_avatars.json").write_text('{"curve": [[0, 1, 2, 3, 4, 5]]}', encoding="utf-8")
    monkeypatch.setattr(gan.weights, "FOLDER", runs)
    monkeypatch.setattr(gan, "forger", lambda name: (maker, entry))
    monkeypatch.setattr(gan, "judge", lambda name: (detective, entry))
    run.onward("avatars")
    assert run.log["step"] == 3 and run.log["seconds"] == 120 and run.log["curve"] == [[0, 1, 2, 3, 4, 5]]
    for key, value in maker.state_dict().items():
        assert torch.equal(run.average[f"forger.{key}"], value) and torch.equal(
            run.model.forger.state_dict()[key], value
        )
    run.train()
    assert run.log["step"] == run.plan.steps == 4 and not (run.folder / "step_000000.pt").exists()


def test_a_third_course_begins_anew_too(runs):
    run = begin("avatars", runs, smoke=True)
    run.plan, peak = replace(run.plan, steps=12, again=(4, 8)), run.plan.lr
    rates = []
    for run.log["step"] in range(12):
        rates.append(run.rate())
    assert rates[1] == peak and rates[5] == rates[9] == peak / 2
    assert rates[3] < peak and rates[7] == rates[11] < peak / 2


def test_wishes_that_are_new_change_no_picture_at_first(runs):
    plan = begin("avatars", runs, smoke=True).plan
    torch.manual_seed(8)
    before, after = Generator(replace(plan.forger, attributes=())), Generator(plan.forger)
    after.load_state_dict(listening(before.state_dict(), after.state_dict()))
    z, kinds = torch.randn(5, plan.forger.z), torch.arange(5) % 3
    torch.testing.assert_close(after.styled(z, kinds), before.styled(z, kinds))
    judge = Discriminator(replace(plan.judge, values=0))
    both = listening(judge.state_dict(), Discriminator(plan.judge).state_dict())
    assert both["wishes.weight"].std() > 0 and torch.equal(both["gather.weight"], judge.gather.weight)


def test_what_is_asked_for_is_what_avatars_have():
    """Noise decides each attribute as often as the avatars show it, of each design."""
    known, _ = rows(6_000)
    kinds, hair = (torch.tensor([COLUMNS[name].index(row[name]) for row in known]) for name in ("style", "hair"))
    for (name, shares), shown in zip(WISHES.items(), shows(kinds, hair).t(), strict=True):
        values = torch.tensor([COLUMNS[name].index(row[name]) for row in known])[shown]
        lacking = len(COLUMNS[name]) - len(shares)
        assert values.min() >= lacking
        found = torch.bincount(values - lacking) / len(values)
        torch.testing.assert_close(found, torch.tensor(shares), atol=0.03, rtol=0, msg=name)


def test_what_was_asked_of_an_avatar_is_said_in_ones():
    known, _ = rows(200)
    numbers = {name: torch.tensor([values.index(row[name]) for row in known]) for name, values in COLUMNS.items()}
    told = apart(said(asked_of(numbers)))
    for number, row in enumerate(known):
        for name, ones in told.items():
            able = not (
                (name == "earrings" and row["style"] == "open-peeps")
                or (name == "clothes" and row["style"] == "adventurer")
                or (name == "hair colour" and (row["style"] == "open-peeps" or row["hair"] == NONE))
            )
            values = COLUMNS[name][-len(WISHES[name]) :]
            assert ones[number].tolist() == [float(able and value == row[name]) for value in values]


def test_forgeries_are_compared_with_true_ones_in_coarse_squares():
    x = torch.rand(3, 3, 64, 64)
    patch = torch.randn(3, 3, 64, 64)
    patch -= torch.nn.functional.avg_pool2d(patch, COARSE).repeat_interleave(COARSE, 2).repeat_interleave(COARSE, 3)
    assert unlike(x, x + patch) < 1e-6  # what is fine is left to the game
    torch.testing.assert_close(unlike(x, x + 0.25), torch.tensor(0.25))


def test_in_the_last_course_forgeries_are_asked_for_what_true_avatars_have(runs, monkeypatch):
    run = begin("avatars", runs, smoke=True, steps=6)
    asked, compared, told = [], [], []
    monkeypatch.setattr(gan, "asking", lambda z, *given, do=gan.asking: asked.append((z, *given)) or do(z, *given))
    monkeypatch.setattr(gan, "unlike", lambda *given: compared.append(given) or unlike(*given))
    judge = run.model.judge.forward
    monkeypatch.setattr(run.model.judge, "forward", lambda x, *given: told.append(given) or judge(x, *given))
    run.train()
    assert run.plan.again == (2,) and len(compared) == 4  # in the steps from 2 on
    assert all(values is None for _, values in told[:6]) and all(values is not None for _, values in told[7:])
    for _, config, wanted, place in asked:
        assert config is run.plan.forger and place.shape == wanted.shape and place.min() >= 0 and place.max() <= 1
    for forged, true in compared:
        assert forged.shape == true.shape == (4, 3, 64, 64)
    wanted = asked[-1][2]
    pictures, _, all_asked = run.parts["learned"]
    for row, picture in zip(wanted, compared[-1][1], strict=True):  # what is asked for is what this avatar has
        (number,) = (
            ((pictures.float() / 127.5 - 1 - picture.float()).abs().amax((1, 2, 3)) < 0.02).nonzero()[:, 0]
        ).tolist()
        assert torch.equal(all_asked[number], row)
    z = gan.asking(*asked[-1])
    heard = [part.argmax(1) for part in apart(run.model.forger.mapping.wishes(unit(z))).values()]
    for column, (found, want) in enumerate(zip(heard, wanted.t(), strict=True)):
        assert torch.equal(found[want >= 0], want[want >= 0]), column


def test_rates_are_in_proportion_to_the_spread_of_weights(runs):
    run = begin("avatars", runs, smoke=True)
    shares = {name: group["share"] for (name, _), group in zip(
        run.model.named_parameters(), run.optimiser.param_groups, strict=True)}  # fmt: skip
    assert shares["forger.levels.0.refine.weight"] == pytest.approx((9 * 8) ** -0.5, rel=0.2)
    assert shares["forger.levels.0.refine.bias"] == 1
    assert shares["forger.mapping.layers.1.weight"] == pytest.approx(8**-0.5, rel=0.4)


def test_neighbours_in_a_batch_are_of_one_kind(runs):
    run = begin("avatars", runs, smoke=True)
    run.plan = replace(run.plan, batch=64)
    x, kinds, _ = run.truth(torch.Generator().manual_seed(1))
    assert (kinds.view(-1, TOGETHER) == kinds.view(-1, TOGETHER)[:, :1]).all() and len(kinds.unique()) == 3
    pictures, learned, _ = run.parts["learned"]
    for one, kind in zip(x.float(), kinds, strict=True):
        alike = (pictures[learned == kind].float() / 127.5 - 1 - one).abs().amax((1, 2, 3))
        assert alike.min() < 0.01  # rounded to bfloat16


def test_the_judge_is_shown_true_pictures_mirrored_only_where_planned(runs):
    for name, mirrored in (("avatars", False), ("cifar", True)):
        run = begin(name, runs, smoke=True)
        true = run.parts["learned"][0].float() / 127.5 - 1
        x, *_ = run.truth(torch.Generator().manual_seed(3))
        x = torch.cat([x, run.truth(torch.Generator().manual_seed(4))[0]]).float()
        away = lambda one: (true - one).abs().amax((1, 2, 3)).min() > 0.01  # noqa: E731, B023
        assert any(away(one) for one in x) == mirrored
        assert not any(away(one) and away(one.flip(-1)) for one in x)


def test_avatars_have_the_attributes_that_are_written_down():
    known, asked = rows(300)
    assert rows(3) == (known[:3], asked[:3])  # whatever the count
    for row, line in zip(known, asked, strict=True):
        options = line["options"]
        assert all(row[name] in values for name, values in COLUMNS.items())
        assert line["style"] == row["style"]
        assert options["backgroundColor"] == [gan_data.GROUNDS[row["background"]]]
        assert (row["hair colour"] == NONE) == (row["hair"] == NONE)
        if row["style"] == "adventurer":
            assert row["clothes"] == NONE
            assert options["featuresProbability"] == 100 * (row["beard"] != NONE)
        if row["style"] == "open-peeps":
            assert row["earrings"] == NONE
            assert options["accessoriesProbability"] == 100 * (row["glasses"] != NONE)
            assert options["head"][0] not in gan_data.BLACK or row["hair colour"] == "black"
    for name, values in COLUMNS.items():
        assert {row[name] for row in known} == set(values), name


def test_without_node_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(gan_data.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"dicebear\.com"):
        gan_data.prepare()


def test_a_sheet_has_its_pictures_in_reading_order():
    pictures = torch.arange(6, dtype=torch.uint8)[:, None, None, None].expand(6, 3, 4, 4).contiguous()
    image = gan_data.sheet(pictures, 3)
    assert image.size == (12, 8)
    assert [image.getpixel((4 * column, 4 * row))[0] for row in range(2) for column in range(3)] == [*range(6)]
