"""How alike two sets of pictures are, in the features of a classifier: what generated pictures are measured with.

All but `features` work on features: rows of numbers, one for each picture. None says how good one picture is, and all
depend on how many pictures there are; so the same measure between two sets of true pictures stands beside them.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from core.models.cnn import SIDE
from core.models.staged import Staged

NEIGHBOURS = 3
"""k of precision and recall (Kynkäänniemi et al. 2019, section 3)."""


@torch.inference_mode()
def features(classifier: Staged, pictures: Tensor, together: int = 32) -> Tensor:
    """What the classifier of ImageNet makes of pictures before it names them: (count, 1280).

    Args:
        classifier: `EfficientNetLite` in eval mode.
        pictures: (count, 3, side, side) in [-1, 1], any side; they are scaled to 224 (bicubic).
        together: pictures at a time.
    """
    out = []
    for part in pictures.split(together):
        larger = interpolate(part, size=(SIDE, SIDE), mode="bicubic", align_corners=False, antialias=True)
        out.append(classifier.until("mean", larger.clamp(-1, 1).contiguous(memory_format=torch.channels_last)))
    return torch.cat(out)


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a positive semidefinite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.t()


def frechet(a: Tensor, b: Tensor) -> float:
    """The squared Fréchet distance of the Gaussians with the means and covariances of a and b (Heusel et al. 2017).

    a, b: (count, size), at least two rows each. Too large for few rows: compare equal counts only.
    """
    a, b = a.double(), b.double()
    apart = (a.mean(0) - b.mean(0)).square().sum()
    one, other = a.t().cov(), b.t().cov()
    half = _root(one)
    # tr (AB)^(1/2) is the sum of the roots of the eigenvalues of A^(1/2) B A^(1/2), which is symmetric
    shared = torch.linalg.eigvalsh(half @ other @ half).clamp_min(0).sqrt().sum()
    return (apart + one.trace() + other.trace() - 2 * shared).clamp_min(0).item()


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """The squared maximum mean discrepancy under the kernel (x.y / size + 1)^3, estimated without bias, so that it
    may be below 0 (Binkowski et al. 2018, section 4).

    a, b: (count, size), at least two rows each.
    """
    a, b = a.double(), b.double()

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.t() / x.shape[1] + 1) ** 3

    def within(x: Tensor) -> Tensor:
        """The mean over pairs of different rows."""
        values = kernel(x, x)
        return (values.sum() - values.trace()) / (len(x) * (len(x) - 1))

    return (within(a) + within(b) - 2 * kernel(a, b).mean()).item()


def reach(x: Tensor, k: int = NEIGHBOURS) -> Tensor:
    """How far it is from each row to its k-th nearest other row: (count,). x: (count, size), more than k rows."""
    return torch.cat([torch.cdist(part, x).kthvalue(k + 1).values for part in x.split(500)])  # the row itself is one


def covered(x: Tensor, by: Tensor, radius: Tensor) -> float:
    """The share of rows of x that lie within `radius` of at least one row of `by`. radius: (rows of by,)."""
    return torch.cat([(torch.cdist(part, by) <= radius).any(1) for part in x.split(500)]).double().mean().item()


def precision_recall(real: Tensor, fake: Tensor, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Which share of generated pictures could be real, and which share of real ones could have been generated, 0 to 1.

    "Could be" means: nearer to a picture of the other set than that one's k-th neighbour in its own set
    (Kynkäänniemi et al. 2019, eq. 1 and 2). real, fake: (count, size), equal counts.
    """
    return covered(fake, real, reach(real, k)), covered(real, fake, reach(fake, k))


@dataclass(frozen=True)
class Coverage:
    """counts: pictures of each class. missing: classes that have none. effective: how many equally frequent classes
    would be as varied, exp(entropy)."""

    counts: list[int]
    missing: int
    effective: float


def coverage(labels: Tensor, classes: int) -> Coverage:
    """How many pictures there are of each class. labels: (count,), integers from 0."""
    counts = labels.bincount(minlength=classes)
    shares = counts.double() / max(1, len(labels))
    entropy = -torch.special.xlogy(shares, shares).sum()
    return Coverage(counts.tolist(), int((counts == 0).sum()), entropy.exp().item())


def spread(x: Tensor) -> float:
    """The mean distance between two different rows. x: (count, size), at least two rows."""
    return torch.pdist(x.double()).mean().item()


def nearest(x: Tensor, among: Tensor, count: int = 1) -> tuple[Tensor, Tensor]:
    """Distances and numbers of the rows of `among` that are nearest to each row of x, nearest first: (rows, count)."""
    found = [torch.cdist(part, among).topk(count, largest=False) for part in x.split(500)]
    return torch.cat([values for values, _ in found]), torch.cat([numbers for _, numbers in found])
