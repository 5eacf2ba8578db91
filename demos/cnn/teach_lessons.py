"""What was learned from a visitor's pictures: how the training goes, and what the head says of another picture."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from core.images import packed, to_url
from core.teaching import STEPS, WIDTH, Head, Report, check_count, checked_names, learn, unit
from demos.cnn.models import look_at, network
from demos.cnn.teach_desk import Shot, Taught

TWICE = 0.999
"""Cosine of the features from which two pictures count as the same one."""
PACE = 0.07
"""Seconds between two points of the curve, so that an eye can follow; the learning itself is faster."""


@dataclass(frozen=True, eq=False)
class Learned:
    """A head and, unless it came from a file, the pictures it has learned from, class by class.

    kinds: numbers of the classes in the order of the head's. alike: for each picture, how like its nearest fellow it
    is, (n,).
    """

    head: Head
    kinds: tuple[int, ...] = ()
    shots: tuple[Shot, ...] = ()
    alike: Tensor | None = None


def ordered(taught: Taught) -> tuple[list[Shot], Tensor]:
    """The pictures class by class, and their labels (n,)."""
    shots = [(shot, label) for label, (kind, _) in enumerate(taught.kinds) for shot in taught.of(kind)]
    return [shot for shot, _ in shots], torch.tensor([label for _, label in shots], dtype=torch.long)


def lesson(taught: Taught) -> Iterator[tuple[float, Report]]:
    """Learns what was gathered. Yields the seconds that the learning took so far, and the report. Raises Complaint."""
    names = checked_names([name for _, name in taught.kinds])
    for kind, name in taught.kinds:
        check_count(name, len(taught.of(kind)))
    shots, labels = ordered(taught)
    spent, began = 0.0, time.perf_counter()
    for report in learn(torch.stack([shot.features for shot in shots]), labels, names):
        spent += time.perf_counter() - began
        yield spent, report
        began = time.perf_counter()


def finish(taught: Taught, head: Head) -> Learned:
    """A head with the pictures it has learned from."""
    shots, _ = ordered(taught)
    rows = unit(torch.stack([shot.features for shot in shots]))
    alike = (rows @ rows.T).fill_diagonal_(-1).amax(1)
    return Learned(head, tuple(kind for kind, _ in taught.kinds), tuple(shots), alike)


def run(taught: Taught, pace: float = PACE) -> Iterator[tuple[Learned, dict[str, Any]]]:
    """Trains. Yields the head as it is by then, and what the view of the training shows. Raises Complaint."""
    shots, labels = ordered(taught)
    names = [name for _, name in taught.kinds]
    reports, learned = [], None
    for spent, report in lesson(taught):
        reports.append(report)
        learned = replace(learned, head=report.head) if learned else finish(taught, report.head)
        done = report.step == STEPS
        guess = report.left_out.argmax(1)
        shown = dict(
            names=names,
            curve=curve(reports),
            step=report.step,
            seconds=round(spent, 2),
            right=int((guess == labels).sum()),
            right_seen=int((report.p.argmax(1) == labels).sum()),
            total=len(labels),
            version=taught.version(),
            done=done,
        )
        if done:
            shown |= dict(
                table=report.mixed_up(labels),
                pictures=[
                    [shot.small, int(label), int(k), round(p[k].item(), 4)]
                    for shot, label, k, p in zip(shots, labels, guess, report.left_out, strict=True)
                ],
                alike=round(learned.alike.median().item(), 3),
                twice=int((learned.alike > TWICE).sum()),
            )
        yield learned, shown
        if pace and not done:
            time.sleep(pace)


def curve(reports: list[Report]) -> list[list[float]]:
    return [[report.step, round(report.loss, 4), round(report.left_out_loss, 4)] for report in reports]


def renamed(known: Learned, gathered: Taught | None) -> Learned:
    """What was learned, with the names that its classes have by now."""
    now = dict(gathered.kinds) if gathered else {}
    names = tuple(now.get(kind, name) for kind, name in zip(known.kinds, known.head.names, strict=False))
    fine = len(names) == len(known.head.names) == len(set(names))
    return replace(known, head=replace(known.head, names=names)) if fine else known


def answer_for(picture: str, way: str, learned: Learned, plain: bool = False) -> dict[str, Any]:
    """What a head says of one picture.

    Returns:
        top and nearest, see `compute`; unless `plain`, nearest as [thumbnail, class, similarity], and: image, what the
        network saw; evidence of the best class against the mean of all, packed, with its peak; usual: similarity of
        the training pictures to their nearest fellows, [least, median], or None; milliseconds of the network and head.
    """
    image, x, _ = look_at(picture, way)
    net, head, began = network("efficientnet"), learned.head, time.perf_counter()
    with torch.inference_mode():
        maps = net.until("head", x)
        features = net.stages["mean"](maps)
        p = head.probabilities(features)[0]
        evidence = head.evidence(maps[0], int(p.argmax())).clamp(min=0)
        spent = time.perf_counter() - began
        rows = unit(torch.stack([shot.features for shot in learned.shots])) if learned.shots else x.new_zeros(0, WIDTH)
        near, which = (rows @ unit(features)[0]).topk(min(6, len(rows)))
    order = p.argsort(descending=True).tolist()
    top = [[k, head.names[k], head.names[k], round(p[k].item(), 5)] for k in order]
    pairs = list(zip(which.tolist(), (round(value, 4) for value in near.tolist()), strict=True))
    if plain:
        return dict(top=top, nearest=[list(pair) for pair in pairs])
    kinds = dict(zip(learned.kinds, head.names, strict=False))
    return dict(
        top=top,
        nearest=[[learned.shots[k].small, kinds[learned.shots[k].kind], value] for k, value in pairs],
        image=to_url(image, "jpeg"),
        evidence=packed(evidence[None].numpy(), low=0.0),
        peak=evidence.max().item(),
        usual=None if learned.alike is None else [learned.alike.min().item(), learned.alike.median().item()],
        milliseconds=round(1000 * spent, 1),
    )
