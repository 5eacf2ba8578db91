"""What is said of how a duel stands: each way to win and to fail by its name, and no verdict that comes and goes."""

import math

import pytest
import torch
from torch import nn

from core.arena import EVERY, Arena, run
from core.complaint import Complaint
from core.duel import Settings, begin, take_turn
from core.duel_measures import PROBES, Numbers, diagnosis, heed, look, measured, sign, sure
from core.plane import target

LEAST, MODES, LN4 = 0.01, 8, 2 * math.log(2)
GUESS = dict(d_loss=LN4, g_loss=0.69, of_real=0.5, of_fake=0.5)


def report(**known):
    """Numbers of a game in full swing, but for what is known better."""
    usual = dict(d_loss=0.8, g_loss=1, of_real=0.7, of_fake=0.3, js=0.6, kl=5, modes=1, near=0.1, variety=1)
    return Numbers(**usual | known)


def word(pull=0.005, before="", loss="non-saturating", **known):
    return sign(loss, report(**known), pull, LEAST, MODES, before)


def test_who_only_guesses_is_not_too_good():
    assert word(**GUESS, variety=0.52) == "guessing"
    assert word(**GUESS, variety=0.2) == "collapsed-guessing"
    assert word(**GUESS, pull=0.5) == "learning"  # a small lead whose arrows still lead somewhere
    assert word(**GUESS, js=0.02) == "matched"  # then guessing is all that is left
    assert word(of_real=0.99, of_fake=0.01) == "vanished"
    assert word(of_real=0.99, of_fake=0.01, variety=0.39) == "vanished"
    assert word(of_real=0.99, of_fake=0.01, pull=5) == "learning"
    assert word(of_real=0.6, of_fake=0.01) == word(of_real=0.99, of_fake=0.4) == "learning"


@pytest.mark.parametrize(
    ("loss", "parted", "alike"),
    [
        ("saturating", (0.99, 0.01), (0.5, 0.5)),
        ("least squares", (1.0, 0.02), (0.5, 0.48)),
        ("hinge", (1.3, -1.2), (0.1, 0.08)),
        ("wasserstein", (-3.0, -4.5), (-3.0, -3.02)),
    ],
)
def test_each_loss_has_its_own_way_to_be_sure(loss, parted, alike):
    for pair, expected in ((parted, "vanished"), (alike, "guessing")):
        assert word(loss=loss, of_real=pair[0], of_fake=pair[1]) == expected
    real, fake = sure(loss, *parted)
    assert real >= 0.9 and fake <= 0.1


def test_a_verdict_is_given_up_less_easily_than_it_is_reached():
    assert word(variety=0.39) == "collapsed" and word(variety=0.52) == "learning"
    for before in ("collapsed", "collapsed-guessing"):
        assert word(variety=0.52, before=before) == "collapsed" and word(variety=0.9, before=before) == "learning"
    assert word(modes=8) == "covered" and word(modes=7) == "learning"
    assert word(modes=7, before="covered") == "covered" and word(modes=5, before="covered") == "learning"
    assert word(js=0.03) == "learning" and word(js=0.03, before="matched") == "matched"


def verdicts(reports):
    """The verdict after each of the reports."""
    duel = begin(target("ring"), Settings())
    for part in duel.detective.parameters():
        part.data *= 0.01  # nothing pulls
    found = []
    for one in reports:
        heed(duel, one)
        found.append(duel.word)
    return found


def test_single_reports_do_not_change_the_verdict():
    crowd, smeared, fair = report(**GUESS, variety=0.2), report(**GUESS, variety=3), report(modes=8, js=0.3)
    assert verdicts([crowd] * 4) == ["early"] * 3 + ["collapsed-guessing"]
    assert set(verdicts([crowd] * 4 + [smeared, crowd, report(), crowd, crowd] * 5)[3:]) == {"collapsed-guessing"}
    assert verdicts([crowd] * 5 + [smeared] * 4)[-1] == "guessing"  # what lasts is believed
    assert verdicts([crowd, fair] * 20)[-1] == "early"  # a tie says nothing


class Fixed(nn.Module):
    """A forger that always makes the same points."""

    def __init__(self, points):
        super().__init__()
        self.points = points

    def forward(self, z):
        return self.points[torch.arange(len(z)) % len(self.points)]


def test_each_state_of_a_duel_gets_its_name():
    duel = begin(target("ring"), Settings())

    def said(points=None):
        if points is not None:
            duel.forger = Fixed(points)
            for _ in range(5):
                heed(duel, measured(duel))
        return diagnosis(duel, look(duel))

    assert said() == "ready"
    take_turn(duel, "d")
    assert said() == "early"
    duel.turns = 400
    genuine = duel.target.sample(PROBES, torch.Generator().manual_seed(9))
    heap = 0.5 * torch.rand(PROBES, 2, generator=torch.Generator().manual_seed(0)) - 0.25
    assert said(genuine) == "matched"
    duel.forger = Fixed(heap)
    assert said() == "learning"  # praise is taken back at once
    assert said(duel.target.modes + 0.02) == "covered"
    assert said(duel.target.modes[:1]).startswith("collapsed")
    for part in duel.detective.parameters():
        part.data *= 0.01
    assert said(heap) == "guessing"
    duel.burst = Complaint("a", "b")
    assert said() == "diverged"


def test_a_game_with_too_many_steps_of_the_forger_collapses_and_nobody_calls_its_detective_good():
    arena, found = Arena([begin(target("ring"), Settings(g_steps=5))]), []
    for _ in range(25):
        list(run(arena, 60, EVERY))
        found.append(arena.duels[0].word)
    assert set(found[7:]) == {"collapsed-guessing"}, found
