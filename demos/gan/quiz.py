"""A quiz for the class: genuine or forged? The class plays against the detective."""

from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from core.complaint import SEEDS, Complaint, checked_seed, whole
from core.images import to_url
from core.seeing import as_image
from demos.avatars import avatars
from demos.contract import Link
from demos.gan.part import Forged
from demos.gan.pieces import Piece, kinds, model
from demos.gan.verdicts import painted, scores, share, sheet
from demos.views import view
from demos.wiring import wire
from demos.wording import say

ROUNDS, MOST = 10, 40
USUAL = 100
"""Truncation in percent."""
OVER = ("There is no such question now: begin a quiz.", "现在没有这道题：请先开始测验。")


@dataclass(frozen=True)
class Card:
    """A question with its answer. picture: (3, side, side), uint8. name: of a forged piece; of a genuine avatar the
    number in its data set. kind: number of the design. score: what the detective gives it."""

    picture: Tensor
    genuine: bool
    name: str
    kind: int
    score: float

    def truth(self) -> dict[str, Any]:
        """What is told after the answer; machine: whether the detective takes it for genuine."""
        return dict(
            genuine=self.genuine,
            name=self.name,
            kind=kinds()[self.kind],
            score=round(self.score, 3),
            machine=self.score > 0,
        )


@dataclass(eq=False)
class Game:
    """A visitor's quiz. said: whether they took each picture for genuine, as far as they have come."""

    seed: int
    cards: list[Card]
    said: list[bool] = field(default_factory=list)

    def answer(self, number: object, genuine: object) -> None:
        """Takes the answer to a question; one that is answered already keeps its first. Raises Complaint."""
        number = whole(("The question", "题号"), number, 0, MOST)
        if not isinstance(genuine, bool) or number > len(self.said) or number >= len(self.cards):
            raise Complaint(*OVER)
        if number == len(self.said):
            self.said.append(genuine)

    def page(self) -> dict[str, Any]:
        """What the page may know: all pictures on one sheet in a row, and the truth of what has been answered."""
        told = [dict(said=said, **card.truth()) for said, card in zip(self.said, self.cards, strict=False)]
        count = len(self.cards)
        row = sheet(torch.stack([card.picture for card in self.cards]), count)
        return dict(seed=self.seed, rounds=count, sheet=row, told=told)


def dealt(seed: int, rounds: int, percent: int) -> list[Card]:
    """Questions. A coin decides for each whether it is genuine (held out: neither the forger nor the detective has
    seen it) or forged at this truncation; so those that went before tell nothing about the next."""
    chance = torch.Generator().manual_seed(seed)
    held, real = avatars("held"), torch.randint(2, (rounds,), generator=chance).bool().tolist()
    places = torch.randperm(len(held), generator=chance)[:rounds].tolist()
    seeds = torch.randint(SEEDS + 1, (rounds,), generator=chance).tolist()
    which = torch.randint(model().config.classes, (rounds,), generator=chance).tolist()
    fakes = [Piece(*both, percent) for both in zip(seeds, which, strict=True)]
    shown = torch.where(torch.tensor(real)[:, None, None, None], held.pictures[places], painted(fakes))
    designs = [int(held.kinds[places[k]]) if real[k] else which[k] for k in range(rounds)]
    found = scores(shown, torch.tensor(designs)).tolist()
    names = [f"{held.numbers[places[k]]}" if real[k] else fakes[k].name for k in range(rounds)]
    return [Card(*row) for row in zip(shown, real, names, designs, found, strict=True)]


def compute(seed: int = 1, rounds: int = ROUNDS, percent: int = USUAL) -> dict[str, Any]:
    """Questions of the quiz with their answers.

    Args:
        seed: 0 to 2,147,483,647. rounds: 1 to 40. percent: truncation of the forged pictures, 0 to 100.

    Returns:
        seed; rounds: a list of picture, a `data:` address; genuine, true or false; name: of the piece, or the number of
        the avatar in its data set; kind: its design; score: what the detective gives, above 0 for genuine; machine:
        whether it does.

    Raises:
        Complaint: whatever is outside these ranges. WeightsError: a network is missing.
    """
    seed = checked_seed(seed)
    cards = dealt(seed, whole(("The number of rounds", "题数"), rounds, 1, MOST), share(percent))
    told = [dict(picture=to_url(as_image(card.picture[None])), **card.truth()) for card in cards]
    return dict(seed=seed, rounds=told)


def lay(held: gr.Textbox) -> Forged:
    """Builds the part inside an opened tab. It asks nothing of what is held, but a forged picture may be taken."""
    gr.Markdown(say("gan.quiz_hint"))
    own = gr.State(None)
    seed = gr.Textbox("1", show_label=False, container=False, elem_classes="unseen")
    shown = view("gan_quiz", {}, elem_id="gan-quiz")

    def began(event: gr.EventData, seed):
        """Deals; `seed` of the event is None for the one in the address."""
        asked = event._data.get("seed")
        number = checked_seed(int(seed) if asked is None else asked)
        game = Game(number, dealt(number, ROUNDS, USUAL))
        return game, str(number), game.page()

    def answered(event: gr.EventData, game: Game | None):
        if game is None:
            raise Complaint(*OVER)
        game.answer(event._data.get("round"), event._data.get("genuine"))
        return game.page()

    wire(shown.begin, began, [seed], [own, seed, shown], show_progress="hidden")
    wire(shown.answer, answered, [own], [shown], show_progress="hidden")
    return Forged(
        lambda now: iter(()), (), (), {"quiz": Link(seed, lambda raw: str(checked_seed(int(raw))))}, holds=(shown.hold,)
    )


ENDPOINTS = {"gan_quiz": (compute, "torch")}
