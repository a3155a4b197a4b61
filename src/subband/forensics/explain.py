"""Saliency maps: gradients of the real-versus-generated logit with respect to pixels and wavelet packets.

Source: Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034 (pixels); Wolter et al. 2022 (packets).
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.classifiers import Classifier
from subband.forensics.features import chunks
from subband.transforms.packets import ipackets, packets

CHUNK = 64  # images per batch, in float64 and with gradients


@dataclass(frozen=True, eq=False)
class Saliency:
    """Absolute gradients of the real-versus-generated logit, averaged over images and colours.

    Attributes:
        packets: (F, F, h, w) with respect to ln|c|, bands in frequency order.
        pixels: (H, W) with respect to pixel values, per grey level.
    """

    packets: np.ndarray
    pixels: np.ndarray


def generated_logit(logits: Float[Tensor, "n classes"]) -> Float[Tensor, " n"]:
    """ln P(generated) − ln P(real), (N,), of K-way logits (N, K)."""
    return torch.logsumexp(logits[:, 1:], dim=1) - logits[:, 0]


def gradients(
    classifier: Classifier, x: Float[Tensor, "n 3 height width"], level: int = 3, wavelet: str = "haar"
) -> tuple[Float[Tensor, "n 3 bands bands h w"], Float[Tensor, "n 3 height width"]]:
    """Gradients of the real-versus-generated logit f of each image with respect to packets and pixels.

    For packet coefficients c = W x, ∂f/∂c = (W⁻¹)ᵀ ∂f/∂x and ∂f/∂ln|c| = c · ∂f/∂c. This is defined for every
    classifier, those on pixels or on several packet levels included. For a classifier on z = ln(|c| + ε) it
    equals ∂f/∂z · |c| / (|c| + ε): the gradient of its input, but 0 where c = 0.

    Computed in float64: the derivative of ln|c| is large at small c, and its rounding errors would leak into
    other bands.

    Args:
        classifier: on the CPU; not modified.
        x: (N, 3, H, W), 0..255.
        level: of the packets.
        wavelet: of the packets.

    Returns:
        ∂f/∂ln|c|, (N, 3, F, F, h, w), and ∂f/∂x, (N, 3, H, W), float64.
    """
    exact = copy.deepcopy(classifier).double().eval().requires_grad_(False)
    return _gradients(exact, x.double(), level, wavelet)


def saliency(classifier: Classifier, pixels: np.ndarray, level: int = 3, wavelet: str = "haar") -> Saliency:
    """Saliency maps averaged over images (N, H, W, 3) uint8; see `gradients`.

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
    """Min–max normalise a map to [0, 1]; a constant map becomes 0."""
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
