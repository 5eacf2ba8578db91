"""From scores to the next choice: temperature, top-k, nucleus (top-p), and the draw itself."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.complaint import number, whole


@dataclass(frozen=True)
class Sampling:
    """How to choose among candidates.

    temperature: 0 (always the most probable) to 2; scores are divided by it. top_k: only the k most probable stay
    (0: all; Fan et al. 2018). top_p: only the smallest set with at least this probability stays (1: all;
    Holtzman et al. 2020). The three apply in this order.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0

    @classmethod
    def checked(cls, temperature: object, top_k: object, top_p: object) -> "Sampling":
        """From values a client may have sent. Raises Complaint."""
        return cls(
            number(("Temperature", "温度"), temperature, 0, 2),
            whole(("Top-k", "Top-k"), top_k, 0, 10_000),
            number(("Top-p", "Top-p"), top_p, 0.01, 1),
        )

    def probabilities(self, logits: Tensor) -> Tensor:
        """Probabilities (vocab,) after temperature, top-k and top-p, from logits (vocab,). They sum to 1."""
        if self.temperature == 0:
            return torch.nn.functional.one_hot(logits.argmax(), len(logits)).to(logits.dtype)
        p = ((logits - logits.max()) / self.temperature).softmax(0)
        if 0 < self.top_k < len(p):
            p = torch.where(p >= p.topk(self.top_k).values[-1], p, 0.0)
            p = p / p.sum()
        if self.top_p < 1:
            ordered, order = p.sort(descending=True)
            before = ordered.cumsum(0) - ordered  # probability of everything ranked above
            p = torch.zeros_like(p).scatter(0, order, torch.where(before < self.top_p, ordered, 0.0))
            p = p / p.sum()
        return p


def draw(probabilities: Tensor, generator: torch.Generator) -> int:
    """One number drawn from probabilities (n,). Only `generator` decides; the global seed plays no part."""
    return torch.multinomial(probabilities, 1, generator=generator).item()
