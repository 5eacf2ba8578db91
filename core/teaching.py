"""Teach it your own classes: a linear head on frozen features learns from a handful of pictures.

The network stays as it is; of each picture only the 1,280 numbers behind its last convolution are kept, made one long.
On them stands multinomial logistic regression with L2:

    p(class | x) = softmax(W x + b)        loss = mean(-log p(label)) + decay / 2 * |W|^2

With n pictures W is a weighted sum of the pictures themselves, so the work is done on their n x n products, and n
trainings more are cheap: leave-one-out means here that for every picture a head is trained from zero without it, all
of them in step with the real one. Nothing is approximated (the loss is no square, so there is no closed form).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from core.calibration import confusion
from core.complaint import Complaint

WIDTH = 1280
FEATURES = "efficientnet_lite0/mean"
"""Where the features come from; a head means nothing on others."""
LEAST_CLASSES, MOST_CLASSES = 2, 8
LEAST_PICTURES, MOST_PICTURES = 2, 40
"""Pictures of one class. One alone would leave its class unknown when it is left out."""
LONGEST_NAME = 40
DECAY = 1e-3
STEPS, REPORTS = 400, 20


@dataclass(frozen=True, eq=False)
class Head:
    """names: of the classes. weight: (classes, 1280). bias: (classes,). Both act on features of length one."""

    names: tuple[str, ...]
    weight: Tensor
    bias: Tensor

    def probabilities(self, features: Tensor) -> Tensor:
        """Features (n, 1280) as they come -> (n, classes), rows sum to 1."""
        return (unit(features) @ self.weight.T + self.bias).softmax(-1)

    def evidence(self, maps: Tensor, number: int) -> Tensor:
        """What every place says for one class against the mean of all (class activation map, Zhou et al. 2016).

        maps: (1280, height, width), before the mean over the places; not all zero. Returns (height, width): its mean
        plus the same difference of the biases is exactly the difference of the scores.
        """
        apart = self.weight[number] - self.weight.mean(0)
        return torch.einsum("c,chw->hw", apart, maps) / maps.mean((1, 2)).norm().clamp(min=1e-12)


@dataclass(frozen=True, eq=False)
class Report:
    """How far the training has come.

    step: 0 to STEPS. loss: mean nats per picture, without the penalty; left_out_loss: the same of pictures that their
    head has not seen. p: (n, classes) for the pictures as the head sees them; left_out: (n, classes), row i by the
    head that has learned without picture i.
    """

    step: int
    loss: float
    left_out_loss: float
    p: Tensor
    left_out: Tensor
    head: Head

    def mixed_up(self, labels: Tensor) -> list[list[int]]:
        """How often pictures of a class (row) were taken for another (column) by heads that had not seen them."""
        return confusion(self.left_out.argmax(1).numpy(), labels.numpy(), len(self.head.names)).tolist()


def unit(features: Tensor) -> Tensor:
    """Rows (n, 1280) made one long; a row of zeros stays. No number of other pictures goes into it, so leaving one
    out leaves nothing of it behind."""
    return normalize(features, dim=-1)


def learn(features: Tensor, labels: Tensor, names: tuple[str, ...], decay: float = DECAY) -> Iterator[Report]:
    """Trains a head, and beside it one for each picture left out, from zero with Nesterov's accelerated gradient on
    all pictures at once. Steps are as long as the curvature allows, so there is no rate to choose.

    Args:
        features: (n, 1280), finite. labels: (n,) integers from 0. names: of the classes; every one needs at least
            LEAST_PICTURES pictures. decay: strength of the penalty, above 0.

    Yields:
        REPORTS + 1 reports, at first closer together, the last at STEPS. May be closed at any of them.

    Raises:
        Complaint: too few or too many classes or pictures.
    """
    names = checked_names(names)
    counts = torch.bincount(labels, minlength=len(names)).tolist()
    for name, count in zip(names, counts, strict=True):
        check_count(name, count)
    x, n, classes = unit(features), len(labels), len(names)
    middle = x.mean(0)  # is taken off for speed alone: the bias, which costs nothing, makes up for it
    centred = x - middle
    gram = centred @ centred.T
    wanted = one_hot(labels, classes).to(x)[:, None]  # (n, 1, classes)
    # problem 0 has every picture, problem i + 1 all but picture i: (n, problems, 1), each problem's shares sum to 1
    share = torch.cat([torch.ones(n, 1), 1 - torch.eye(n)], 1).to(x)
    share = (share / share.sum(0))[..., None]
    # the softmax bends by 1/2 at most, the pictures by the largest eigenvalue of their mean product (with the bias: 1)
    bend = 0.5 * max(1.0, torch.linalg.eigvalsh(gram)[-1].item() / n) * n / (n - 1) + decay
    a = a_before = scores = scores_before = x.new_zeros(n, n + 1, classes)  # each problem's W is a^T centred
    b = b_before = x.new_zeros(1, n + 1, classes)
    run = x.new_zeros(1, n + 1, 1)  # steps since a problem's momentum was taken away
    told = {round(STEPS * (k / REPORTS) ** 2) for k in range(REPORTS + 1)}
    for step in range(STEPS + 1):
        if step in told:
            weight = a[:, 0].T @ centred
            head = Head(names, weight, b[0, 0] - weight @ middle)
            yield _report(step, (scores + b).softmax(-1), labels, head)
        pull = run / (run + 3)
        ahead, b_ahead = a + pull * (a - a_before), b + pull * (b - b_before)
        error = share * ((scores + pull * (scores - scores_before) + b_ahead).softmax(-1) - wanted)
        slope, b_slope = error + decay * ahead, error.sum(0, keepdim=True)
        a_before, b_before, scores_before = a, b, scores
        a, b = ahead - slope / bend, b_ahead - b_slope / bend
        scores = (gram @ a.flatten(1)).view_as(a)
        # where step and slope point the same way, the momentum has gone too far (O'Donoghue & Candès 2015)
        uphill = (slope * (scores - scores_before)).sum((0, 2)) + (b_slope * (b - b_before)).sum((0, 2))
        run = torch.where(uphill[None, :, None] > 0, 0, run + 1)


def _report(step: int, p: Tensor, labels: Tensor, head: Head) -> Report:
    """p: (n, problems, classes), as in `learn`."""
    p, left_out = p[:, 0], p[:, 1:].diagonal(dim1=0, dim2=1).T
    loss, left_out_loss = (
        -rows.gather(1, labels[:, None]).clamp(min=1e-9).log().mean().item() for rows in (p, left_out)
    )
    return Report(step, loss, left_out_loss, p, left_out, head)


def check_count(name: str, count: int) -> None:
    """Raises Complaint unless a class can be learned from so many pictures."""
    if not LEAST_PICTURES <= count <= MOST_PICTURES:
        raise Complaint(
            f"“{name}” has {count} pictures; each class needs {LEAST_PICTURES} to {MOST_PICTURES}.",
            f"“{name}”有 {count} 张图片；每个类别需要 {LEAST_PICTURES} 到 {MOST_PICTURES} 张。",
        )


def checked_name(name: object) -> str:
    """A name of a class, trimmed. Raises Complaint unless it has 1 to LONGEST_NAME characters in one line, something
    of it can be seen, and no invisible sign turns the writing round."""
    name = unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else ""
    kinds = [unicodedata.category(char) for char in name]
    # of the invisible signs only the joiners of emoji and some scripts are let in
    hidden = any(
        kind in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or (kind == "Cf" and char not in "\u200c\u200d")
        for char, kind in zip(name, kinds, strict=True)
    )
    if len(name) > LONGEST_NAME or hidden or not any(kind[0] in "LNPS" for kind in kinds):
        raise Complaint(
            f"A class needs a name of 1 to {LONGEST_NAME} visible characters.",
            f"类别需要 1 到 {LONGEST_NAME} 个看得见的字符作名称。",
        )
    return name


def checked_names(names: object) -> tuple[str, ...]:
    """The names of all classes. Raises Complaint unless there are 2 to 8, all different."""
    if not isinstance(names, (list, tuple)) or not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        raise Complaint(
            f"There must be {LEAST_CLASSES} to {MOST_CLASSES} classes.",
            f"类别数必须是 {LEAST_CLASSES} 到 {MOST_CLASSES} 个。",
        )
    checked = tuple(map(checked_name, names))
    if len(set(checked)) < len(checked):
        raise Complaint("Two classes have the same name.", "有两个类别同名。")
    return checked
