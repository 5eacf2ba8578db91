"""A canvas: what shall be painted on it, and all that has been done so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from torch import Tensor
from torch.optim import Optimizer

from core.complaint import Complaint, choice, number, whole
from core.gram import CONTENT, STYLE

STAGES = tuple(f"relu{block}_{one}" for block, ones in enumerate((2, 2, 3, 1), 1) for one in range(1, ones + 1))
"""All stages of VGG that can be tapped."""
OPTIMISERS = ("lbfgs", "adam")
STARTS = ("content", "noise")
CLIMB = ((96, 60), (144, 50), (192, 30), (256, 35), (384, 25))
"""Longer side in pixels and steps: what is coarse is settled where steps are cheap."""
SIDES = {128: 60, 256: 35, 384: 25}
"""Sizes that can be asked for, and the steps of the last rung."""
MOST_WEIGHT, SEEDS = 1000, 2**31 - 1


@dataclass(frozen=True)
class Wishes:
    """alpha, beta, gamma: weights of content, style and roughness. content: the stage whose maps stand for the content.
    style: the share of each stage of the style, by name. start: one of STARTS. side: one of SIDES. colour: keep the
    photograph's, paint its brightness only. seed: of the noise. half: run VGG in bfloat16."""

    alpha: float = 1.0
    beta: float = 5.0
    gamma: float = 10.0
    content: str = CONTENT
    style: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(STYLE, 1.0))
    optimiser: str = "lbfgs"
    start: str = "content"
    side: int = 256
    colour: bool = False
    seed: int = 1
    half: bool = False

    def __post_init__(self):
        """Raises Complaint for whatever cannot be wished."""
        for name, value in ((("α", "α"), self.alpha), (("β", "β"), self.beta), (("γ", "γ"), self.gamma)):
            number(name, value, 0, MOST_WEIGHT)
        if not self.alpha and not self.beta:
            raise Complaint(
                "α and β are both 0, so there is nothing to paint for.", "α 和 β 都是 0，没有可以追求的目标。"
            )
        choice(("The content layer", "内容层"), self.content, STAGES)
        for stage, share in self.style.items():
            choice(("A style layer", "风格层"), stage, STAGES)
            number((f"The weight of {stage}", f"{stage} 的权重"), share, 0, MOST_WEIGHT)
        if self.beta and not sum(self.style.values()) > 0:
            raise Complaint("The weights of the style layers sum to zero.", "各风格层的权重之和为零。")
        choice(("The optimiser", "优化器"), self.optimiser, OPTIMISERS)
        choice(("The start", "起点"), self.start, STARTS)
        choice(("The size", "大小"), str(self.side), tuple(map(str, SIDES)))
        whole(("The seed", "种子"), self.seed, 0, SEEDS)

    def shares(self) -> dict[str, float]:
        """The style stages that count for anything."""
        return {stage: share for stage, share in self.style.items() if share > 0}

    def rungs(self) -> list[tuple[int, int]]:
        """Longer side and steps of every rung of the ladder, the smallest first."""
        return [rung for rung in CLIMB if rung[0] < self.side] + [(self.side, SIDES[self.side])]


@dataclass(eq=False)
class Canvas:
    """A picture being painted, and what it takes to go on.

    photo: (1, 3, height, width) in [-1, 1], None for a texture. painting: the same. rung: place on the ladder, -1
    before the first step; climbed: steps on it. values: what is changed, (1, 3 or 1, height, width) of this rung.
    aims: maps and Gram matrices to be reached. curve: (step, content, style) for each report. turn: whoever paints
    raises it, and paints only as long as nobody else does. lock: held while one does.
    """

    wishes: Wishes
    photo: Tensor | None
    painting: Tensor
    rung: int = -1
    climbed: int = 0
    values: Tensor | None = None
    optimiser: Optimizer | None = None
    aims: tuple[dict[str, Tensor], dict[str, Tensor]] = ({}, {})
    steps: int = 0
    seconds: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    turn: int = 0
    lock: Lock = field(default_factory=Lock, repr=False)

    def planned(self) -> int:
        """Steps to the end of the ladder; one may go on all the same."""
        return sum(steps for _, steps in self.wishes.rungs())
