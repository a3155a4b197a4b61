"""Saliency: what a verdict rests on, as the gradient of "generated" against "real" with respect to the input.

Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034, over pixels, and over packets as in Wolter et al. 2022.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.classifiers import Classifier
from subband.forensics.features import chunks
from subband.transforms import ipackets, packets

CHUNK = 64  # images at a time; in float64 and with gradients


@dataclass(frozen=True, eq=False)
class Saliency:
    """Mean absolute gradients over images and colours, not scaled.

    Attributes:
        packets: (F, F, h, w), by ln|c|, in frequency order.
        pixels: (H, W), by grey level.
    """

    packets: np.ndarray
    pixels: np.ndarray


def generated_logit(logits: Float[Tensor, "n classes"]) -> Float[Tensor, " n"]:
    """ln P(generated) − ln P(real) of k-way logits (N, K): (N,)."""
    return torch.logsumexp(logits[:, 1:], dim=1) - logits[:, 0]


def gradients(
    classifier: Classifier, x: Float[Tensor, "n 3 height width"], level: int = 3, wavelet: str = "haar"
) -> tuple[Float[Tensor, "n 3 bands bands h w"], Float[Tensor, "n 3 height width"]]:
    """Gradient of the real-or-generated logit f of each image with respect to its packets and to its pixels.

    With c = W x the gradient by a coefficient is ∂f/∂c = (W⁻¹)ᵀ ∂f/∂x, and by its logarithm c · ∂f/∂c. So
    every classifier can be asked about packets, also one that looks at pixels or at several levels. For one
    that looks at z = ln(|c| + ε) it is ∂f/∂z · |c| / (|c| + ε): the plain gradient, except that coefficients
    that are 0 count for 0.

    In float64: the derivative of ln|c| at small c is large, and its rounding must not leak into other bands.

    Args:
        classifier: on the CPU; unchanged.
        x: (N, 3, H, W), 0..255.
        level: of the packets.
        wavelet: of the packets.

    Returns:
        ∂f/∂ln|c|, (N, 3, F, F, h, w), and ∂f/∂x, (N, 3, H, W), float64.
    """
    exact = copy.deepcopy(classifier).double().eval().requires_grad_(False)
    return _gradients(exact, x.double(), level, wavelet)


def saliency(classifier: Classifier, pixels: np.ndarray, level: int = 3, wavelet: str = "haar") -> Saliency:
    """Average absolute gradients over images (N, H, W, 3) uint8.

    Raises:
        InvalidInput: see `check_pixels`.
    """
    exact = copy.deepcopy(classifier).double().eval().requires_grad_(False)
    of_packets, of_pixels = torch.zeros(()), torch.zeros(())
    for x in chunks(pixels, CHUNK):
        by_packet, by_pixel = _gradients(exact, x.double(), level, wavelet)
        of_packets = of_packets + by_packet.abs().mean(1).sum(0)
        of_pixels = of_pixels + by_pixel.abs().mean(1).sum(0)
    return Saliency((of_packets / len(pixels)).numpy(), (of_pixels / len(pixels)).numpy())


def scaled(plane: np.ndarray) -> np.ndarray:
    """Scale a map to 0..1 by its smallest and largest value; a constant one becomes 0."""
    low, high = float(plane.min()), float(plane.max())
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def _gradients(exact: Classifier, x: Tensor, level: int, wavelet: str) -> tuple[Tensor, Tensor]:
    x = x.requires_grad_()
    (by_pixel,) = torch.autograd.grad(generated_logit(exact(x)).sum(), x)
    with torch.no_grad():
        p = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
    c = p.array.clone().requires_grad_()
    (by_coefficient,) = torch.autograd.grad(ipackets(p.replace(c)), c, by_pixel)
    return c.detach() * by_coefficient, by_pixel
