"""What a generator and a discriminator minimise: five ways to play the game, and two ways to keep the judge calm.

    kind            the discriminator minimises the mean of       the generator minimises the mean of
    saturating      -log s(real) - log(1 - s(fake))               log(1 - s(fake))      (Goodfellow et al. 2014, eq. 1)
    non-saturating  the same                                      -log s(fake)          (the same, end of section 3)
    least squares   (real - 1)^2 / 2 + fake^2 / 2                 (fake - 1)^2 / 2      (Mao et al. 2017, eq. 9)
    wasserstein     fake - real                                   -fake                 (Arjovsky et al. 2017, alg. 1)
    hinge           max(0, 1 - real) + max(0, 1 + fake)           -fake                 (Miyato et al. 2018, eq. 16, 17)

`real` and `fake` are what the discriminator says, raw: nothing is squashed before; s is the logistic function. The
fake samples of a discriminator's step are detached by the caller, who knows whose step it is.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

KINDS = ("saturating", "non-saturating", "least squares", "wasserstein", "hinge")


def discriminator_loss(kind: str, real: Tensor, fake: Tensor) -> Tensor:
    """What the discriminator minimises, one number.

    Args:
        kind: one of KINDS.
        real, fake: raw outputs for true and for generated samples, any shapes.

    Raises:
        KeyError: another kind.
    """
    of_real, of_fake = {
        "saturating": (softplus(-real), softplus(fake)),
        "non-saturating": (softplus(-real), softplus(fake)),
        "least squares": ((real - 1).square() / 2, fake.square() / 2),
        "wasserstein": (-real, fake),
        "hinge": ((1 - real).relu(), (1 + fake).relu()),
    }[kind]
    return of_real.mean() + of_fake.mean()


def generator_loss(kind: str, fake: Tensor) -> Tensor:
    """What the generator minimises, one number.

    Args:
        kind: one of KINDS.
        fake: raw outputs for generated samples, any shape.

    Raises:
        KeyError: another kind.
    """
    return {
        "saturating": -softplus(fake),
        "non-saturating": softplus(-fake),
        "least squares": (fake - 1).square() / 2,
        "wasserstein": -fake,
        "hinge": -fake,
    }[kind].mean()


def slopes(discriminator: Callable[[Tensor], Tensor], samples: Tensor) -> Tensor:
    """The squared length of the gradient of every output by its own sample: (batch,). Can be differentiated again.

    Args:
        discriminator: (batch, ...) -> (batch,) or (batch, 1), no sample's answer depending on another's.
        samples: (batch, ...).
    """
    samples = samples.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(samples).sum(), samples, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def gradient_penalty(
    discriminator: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, generator: torch.Generator
) -> Tensor:
    """How far the slope is from 1 at random places between true and generated samples: the mean of (slope - 1)^2.

    Belongs to "wasserstein", times 10 (Gulrajani et al. 2017, eq. 3).

    Args:
        discriminator: see `slopes`.
        real, fake: (batch, ...) of one shape.
        generator: draws the places.
    """
    share = torch.rand(len(real), *[1] * (real.dim() - 1), generator=generator, dtype=real.dtype)
    squared = slopes(discriminator, real.lerp(fake.detach(), share))
    return ((squared + 1e-12).sqrt() - 1).square().mean()  # the root has no gradient at 0


def r1(discriminator: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """The mean squared slope at true samples, where a converged discriminator is flat.

    The loss takes gamma / 2 times this (Mescheder et al. 2018, eq. 9).

    Args:
        discriminator: see `slopes`.
        real: (batch, ...).
    """
    return slopes(discriminator, real).mean()
