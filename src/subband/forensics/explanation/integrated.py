"""Integrated gradients: attributions that sum to the difference between an image and a baseline.

Source: Sundararajan, Taly & Yan 2017, arXiv:1703.01365. For a path x(t) from a baseline x(0) to the image x(1),

    a_i = ∫₀¹ ∂f/∂x_i (x(t)) · dx_i/dt dt        Σ_i a_i = f(x(1)) − f(x(0))        (completeness)

for any coordinates, so for packets as for pixels.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.explanation.saliency import exactly, generated_logit
from subband.forensics.features import GREY_LEVEL_FLOOR
from subband.transforms.packets import PacketCoefficients, ipackets, packets

STEPS = 64
ZERO = 1e-9  # smaller packets of images in 0..255 are rounding errors of the transform


@dataclass(frozen=True, eq=False)
class IntegratedGradients:
    """Attributions of a difference in the real-versus-generated logit f.

    Attributes:
        packets: (N, 3, F, F, h, w), bands in frequency order.
        pixels: (N, 3, H, W), along the same path.
        difference: (N,), f(image) − f(baseline). Each kind of attribution sums to it, but for `error`.
        error: (N,), sum of the packets' attributions − difference: the error of the quadrature.
    """

    packets: Tensor
    pixels: Tensor
    difference: Tensor
    error: Tensor


def integrated_gradients(
    classifier: nn.Module,
    x: Float[Tensor, "n 3 height width"],
    baseline: Tensor | None = None,
    level: int = 3,
    wavelet: str = "haar",
    *,
    steps: int = STEPS,
) -> IntegratedGradients:
    """Attributions of f(x) − f(baseline), by packet and by pixel.

    With a baseline image the path is the straight line of the paper. Without one, the baseline has the signs of
    the image's packets c and half a grey level as their size, but for those of the lowest band, which stay: no
    detail beyond what rounding to 8 bits leaves. The path is then a straight line in ln|c|,

        c(t) = sign(c) |c|ᵗ ε¹⁻ᵗ,

    for nets look at ln|c|, and along a straight line in c all of its change would lie at t ≈ 0, between two nodes
    of any quadrature. A net that is linear in ln|c| is integrated exactly.

    Args:
        classifier: on the CPU; not modified.
        x: (N, 3, H, W), 0..255.
        baseline: Images of the same shape, or None.
        level: of the packets.
        wavelet: of the packets.
        steps: Nodes of the midpoint rule. Its error falls with their square where f is smooth.

    Raises:
        InvalidInput: steps < 1, or a baseline of another shape.
    """
    if steps < 1 or (baseline is not None and baseline.shape != x.shape):
        raise InvalidInput(
            f"integrated gradients take steps ≥ 1, not {steps}, and a baseline of the shape {tuple(x.shape)}"
        )
    exact, x = exactly(classifier), x.double()
    path = (
        _towards(x, level, wavelet) if baseline is None else _straight(x, baseline.double(), level, wavelet)
    )
    by_packet, by_pixel = torch.zeros(()), torch.zeros(())
    for k in range(steps):
        c, velocity = path((k + 0.5) / steps)
        c = c.replace(c.array.requires_grad_())
        image = ipackets(c)
        slope_by_pixel, slope_by_packet = torch.autograd.grad(
            generated_logit(exact(image)).sum(), (image, c.array)
        )
        by_packet = by_packet + slope_by_packet * velocity / steps
        by_pixel = by_pixel + slope_by_pixel * ipackets(c.replace(velocity)) / steps
    with torch.no_grad():
        ends = [generated_logit(exact(ipackets(path(t)[0]))) for t in (0.0, 1.0)]
    difference = ends[1] - ends[0]
    return IntegratedGradients(by_packet, by_pixel, difference, by_packet.flatten(1).sum(1) - difference)


def _straight(x: Tensor, baseline: Tensor, level: int, wavelet: str):
    """t → packets on the straight line, and their derivative by t."""
    first, last = _packets(baseline, level, wavelet), _packets(x, level, wavelet)
    velocity = last.array - first.array
    return lambda t: (first.replace(first.array + t * velocity), velocity)


def _towards(x: Tensor, level: int, wavelet: str):
    """t → packets on the straight line in ln|c|, and their derivative by t; zeros stay zero."""
    c = _packets(x, level, wavelet)
    size = c.array.abs()
    nats = torch.where(size > ZERO, torch.log(size.clamp_min(ZERO) / GREY_LEVEL_FLOOR), 0.0)
    nats[:, :, 0, 0] = 0

    def at(t: float) -> tuple[PacketCoefficients, Tensor]:
        now = c.array * torch.exp((t - 1) * nats)
        return c.replace(now), now * nats

    return at


def _packets(x: Tensor, level: int, wavelet: str) -> PacketCoefficients:
    with torch.no_grad():
        return packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
