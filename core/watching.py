"""What can be seen of a network of named stages: what it makes of a picture, its weights, and what pulls at them."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from core.models.staged import Staged


def measure(network: Staged, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Mean loss in nats and share of right answers. y: (count,)."""
    p = network.answers(x).softmax(-1)
    loss = -p.gather(1, y[:, None]).clamp(min=1e-12).log().mean()
    return loss.item(), (p.argmax(1) == y).float().mean().item()


def taken_apart(network: Staged, x: Tensor, y: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """One picture, stage by stage.

    Args:
        x: (1, channels, side, side); y: (1,), its class.

    Returns:
        The probabilities (classes,); what every stage makes of the picture, (channels, rows, columns) or (numbers,);
        and the gradient of the loss for each of these numbers. The gradients of the weights stay as they are.
    """
    network.eval()
    with torch.enable_grad():
        # the picture takes a gradient too: a first layer without weights would give none
        maps = network.features(x.detach().clone().requires_grad_())
        *_, logits = maps.values()
        slopes = torch.autograd.grad(cross_entropy(logits, y), list(maps.values()))
    return (
        logits[0].detach().softmax(-1),
        {name: one[0].detach() for name, one in maps.items()},
        {name: one[0] for name, one in zip(maps, slopes, strict=True)},
    )


def learned(network: Staged) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Copies of the weights of every stage that has any, without biases, and their gradients: zeros where none were
    worked out yet."""
    weights, gradients = {}, {}
    for name, stage in network.stages.items():
        found = [
            module.weight for module in stage.modules() if isinstance(getattr(module, "weight", None), nn.Parameter)
        ]
        if found:
            weights[name] = found[0].detach().clone()
            gradients[name] = torch.zeros_like(weights[name]) if found[0].grad is None else found[0].grad.clone()
    return weights, gradients
