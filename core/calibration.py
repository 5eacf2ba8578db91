"""Whether a network's probabilities can be taken at their word, and the one number that mends most of it.

Dividing all logits by a temperature changes no answer, only how sure it sounds (Guo et al. 2017).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence is within (low, high]: how many, their mean confidence, and the share that is right.
    Both are 0 where there are none."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def fitted_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature, 0.05 to 20, with the least cross-entropy of softmax(logits / temperature).

    Args:
        logits: (count, classes). labels: (count,).
    """
    low, high = np.log(0.05), np.log(20.0)
    for _ in range(60):  # it is unimodal in the temperature's logarithm: take away a third each time
        left, right = low + (high - low) / 3, high - (high - low) / 3
        losses = [cross_entropy(logits.double() / np.exp(t), labels) for t in (left, right)]
        low, high = (low, right) if losses[0] < losses[1] else (left, high)
    return float(np.exp((low + high) / 2))


def reliability(confidence: NDArray, right: NDArray, bins: int = BINS) -> list[Bin]:
    """Answers sorted into equal bins of confidence.

    Args:
        confidence: (count,), probability of the answer, within (0, 1]. right: (count,), whether it was right.
    """
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.ceil(np.asarray(confidence, float) * bins).astype(int) - 1, 0, bins - 1)
    out = []
    for number in range(bins):
        here = which == number
        count = int(here.sum())
        means = (float(confidence[here].mean()), float(right[here].mean())) if count else (0.0, 0.0)
        out.append(Bin(float(edges[number]), float(edges[number + 1]), count, *means))
    return out


def expected_error(bins: list[Bin]) -> float:
    """Expected calibration error, 0 to 1: how far confidence and accuracy are apart, on average over all answers."""
    total = sum(bin.count for bin in bins)
    return sum(bin.count * abs(bin.confidence - bin.accuracy) for bin in bins) / total if total else 0.0


def confusion(answers: NDArray, labels: NDArray, classes: int) -> NDArray:
    """How often pictures of a class (row) were taken for another (column): (classes, classes).

    answers, labels: (count,) integers from 0.
    """
    return np.bincount(labels * classes + answers, minlength=classes**2).reshape(classes, classes)


def probabilities(logits: Tensor, temperature: float) -> Tensor:
    """(..., classes) -> the same shape, sums to 1."""
    return torch.softmax(logits / temperature, -1)
