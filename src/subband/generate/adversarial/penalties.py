"""Penalties on the critic's gradient: R1, R2, and WGAN-GP."""

from collections.abc import Callable

import torch
from torch import Tensor

Critic = Callable[[Tensor], Tensor]


def gradient_penalty(critic: Critic, images: Tensor) -> Tensor:
    """Mean of |grad D(x)|^2: R1 on real images, R2 on generated ones.

    Args:
        critic: (N, C, H, W) -> (N,).
        images: (N, C, H, W).

    Source: Mescheder et al. 2018, "Which training methods for GANs do actually converge?", equation 9.

    Example:
        >>> import torch
        >>> from subband.generate.adversarial import gradient_penalty
        >>> slope = torch.tensor([3.0, 4.0]).reshape(2, 1, 1)
        >>> float(gradient_penalty(lambda x: (slope * x).sum((1, 2, 3)), torch.zeros(5, 2, 1, 1)))  # 3² + 4²
        25.0
    """
    x = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.float().square().sum() / len(x)


def interpolated_penalty(
    critic: Critic, real: Tensor, fake: Tensor, random: torch.Generator, *, target: float = 1.0
) -> Tensor:
    """Mean of (|grad D| / target - 1)^2 at random places between real and generated images: WGAN-GP.

    Args:
        critic: (N, C, H, W) -> (N,).
        real, fake: (N, C, H, W).
        random: chooses the places.
        target: the norm that is wanted.

    Source: Gulrajani et al. 2017, "Improved training of Wasserstein GANs", equation 3.

    Example:
        >>> import torch
        >>> from subband.generate.adversarial import interpolated_penalty
        >>> slope, real = torch.tensor([3.0, 4.0]).reshape(2, 1, 1), torch.ones(5, 2, 1, 1)
        >>> random = torch.Generator().manual_seed(0)
        >>> float(interpolated_penalty(lambda x: (slope * x).sum((1, 2, 3)), real, -real, random))  # (5 − 1)²
        16.0
    """
    part = torch.rand(len(real), 1, 1, 1, generator=random).to(real)
    x = torch.lerp(real.detach(), fake.detach().to(real.dtype), part).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    norms = (gradient.float().square().sum(dim=(1, 2, 3)) + 1e-12).sqrt()
    return (norms / target - 1).square().mean()


def lazily(step: int, every: int) -> float:
    """Weight of a penalty that is taken at every `every`-th step only: `every` there, else 0.

    Source: Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN", appendix B.

    Example:
        >>> from subband.generate.adversarial import lazily
        >>> [lazily(step, every=4) for step in range(6)]
        [4.0, 0.0, 0.0, 0.0, 4.0, 0.0]
    """
    return float(every) if step % every == 0 else 0.0
