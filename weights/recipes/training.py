"""What all training runs share: where they are kept, how one step goes, and how they are left and taken up again."""

import argparse
import math
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.allocator import keep_freed_memory
from core.models.dropout import dropout

ROOT = Path(__file__).resolve().parents[2]
RUNS = ROOT / "weights" / ".runs"
DEFAULT_DATA = ROOT.parent / "shared" / "data"
EVERY = 120
"""Seconds between two checkpoints."""


def command(doc: str, what: str, names: Iterable[str]) -> argparse.ArgumentParser:
    """The command line of a recipe: one of `names`, called `what`, and where the data are."""
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument(what, choices=names)
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA)
    return parser


def hurry() -> None:
    """Settings of the whole process that make training faster; also for networks of libraries."""
    keep_freed_memory()
    nn.functional.dropout = lambda x, p=0.5, training=True, inplace=False: dropout(x, p, training)
    torch.set_flush_denormal(True)  # numbers below 1e-38 mean nothing here, and processors are slow with them


def in_fp16(model: Any) -> Any:
    """The model with its weights rounded to fp16, as in the file that ships."""
    model.load_state_dict({key: value.half().float() for key, value in model.state_dict().items()})
    return model


def learning_rate(plan: Any, step: int, steps: int) -> float:
    """Linear warm-up over `plan.warm` steps to `plan.lr`, then a half cosine down to a hundredth of it.

    The way down begins after the share `plan.flat` of all steps. A rate that stays flat first does as well as one that
    sinks from the start, and leaves the number of epochs open (Hägele et al. 2024).
    """
    warm = min(1.0, (step + 1) / plan.warm)
    down = min(1.0, max(0.0, step / steps - plan.flat) / (1 - plan.flat))
    return plan.lr * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * down)))


class Training:
    """A model on its way: everything that changes, and how it is kept.

    Attributes:
        model, optimiser: what learns. average: the running average of the weights, which is what ships.
        log: epoch, batch within it, step, seconds, and whatever else a recipe records.

    Args:
        folder: of the checkpoint; one that is there is taken up.
        make: builds the untrained network.
        plan: with `lr`, `weight_decay` and `average`, the decay of the running average.
        betas: of AdamW.
        log: further things to record, at their beginning.
    """

    clip = 1.0
    """Largest norm of a gradient; a longer one is shortened to it."""

    def __init__(
        self, folder: Path, make: Callable[[], nn.Module], plan: Any, betas: tuple[float, float], log: dict[str, Any]
    ):
        self.folder, self.make, self.plan = folder, make, plan
        self.model = make()
        self.average = {key: value.detach().clone() for key, value in self.model.state_dict().items()}
        self.optimiser = self.optimise(betas)
        self.log = {"epoch": 0, "batch": 0, "step": 0, "seconds": 0.0} | log
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.folder / "state.pt").exists():
            saved = torch.load(self.folder / "state.pt", weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.average, self.log = saved["average"], saved["run"]

    def optimise(self, betas: tuple[float, float]) -> torch.optim.Optimizer:
        """The optimiser of `model`. A group of parameters may have a `share`: its rate in units of the others'."""
        plan = self.plan
        return torch.optim.AdamW(self.model.parameters(), lr=plan.lr, betas=betas, weight_decay=plan.weight_decay)

    def save(self) -> None:
        """Writes the checkpoint; a broken-off write leaves the old one."""
        fresh = self.folder / "state.tmp"
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "average": self.average,
                "run": self.log,
            },
            fresh,
        )
        fresh.replace(self.folder / "state.pt")

    def averaged(self) -> Any:
        """A model with the averaged weights, in eval mode."""
        model = self.make()
        model.load_state_dict(self.average)
        return model.eval().requires_grad_(False)

    def begin_with(self, tensors: dict[str, Tensor], log: dict[str, Any], strict: bool = True) -> None:
        """Begins with weights that have learned already, in a course before this one.

        log: of what that one recorded, "step" among it, whatever this one goes on with. strict: no name may be missing.
        """
        self.model.load_state_dict(tensors, strict=strict)
        self.average = {key: value.detach().clone() for key, value in self.model.state_dict().items()}
        self.log |= log | {"before": log["step"]}

    def begin(self) -> None:
        """Starts the clock."""
        self.began, self.saved_at = time.time() - self.log["seconds"], time.time()
        self.model.train()

    def learn(self, loss: Tensor, rate: float) -> None:
        """One step of the optimiser at this rate, and of the average."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group.get("share", 1.0)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimiser.step()
        self.log["step"], self.log["batch"] = self.log["step"] + 1, self.log["batch"] + 1
        decay = min(self.plan.average, self.log["step"] / (self.log["step"] + 10))
        for key, value in self.model.state_dict().items():
            if value.is_floating_point():
                self.average[key].lerp_(value, 1 - decay)

    def checkpoint(self) -> bool:
        """Saves if the last time is EVERY seconds ago; returns whether it did."""
        if time.time() - self.saved_at <= EVERY:
            return False
        self.end()
        self.saved_at = time.time()
        return True

    def end(self) -> None:
        """Saves, with the time that was spent."""
        self.log["seconds"] = time.time() - self.began
        self.save()
