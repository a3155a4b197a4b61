"""Saliency maps: gradients of the real-versus-generated logit with respect to pixels and wavelet packets.

Sources: Simonyan, Vedaldi & Zisserman 2014, arXiv:1312.6034 (pixels); Wolter et al. 2022 (packets); Smilkov et al.
2017, arXiv:1706.03825 (SmoothGrad).
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.features.images import chunks
from subband.forensics.networks.predict import generated_logit
from subband.transforms.packets import ipackets, packets

CHUNK = 64  # images per batch, in float64 and with gradients


@dataclass(frozen=True, eq=False)
class Saliency:
    """Absolute gradients of the real-versus-generated logit, averaged over images and colours.

    Attributes:
        packets: (F, F, h, w) with respect to ln|c|, bands in frequency order.
        pixels: (H, W) with respect to pixel values, per grey level.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Shape, build, saliency
        >>> found = saliency(build("linear on pixels", Shape(16, 2), seed=0), np.zeros((1, 16, 16, 3), np.uint8))
        >>> found.pixels.shape, float(found.packets.max())  # a black image has no packets
        ((16, 16), 0.0)
    """

    packets: np.ndarray
    pixels: np.ndarray


def gradients(
    classifier: nn.Module, x: Float[Tensor, "n 3 height width"], level: int = 3, wavelet: str = "haar"
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

    Example:
        >>> import torch
        >>> from subband.forensics import Shape, build, gradients
        >>> net = build("linear on pixels", Shape(16, 2), seed=0)
        >>> by_packet, by_pixel = gradients(net, torch.full((1, 3, 16, 16), 100.0), level=1)
        >>> by_packet.shape, by_pixel.shape
        (torch.Size([1, 3, 2, 2, 8, 8]), torch.Size([1, 3, 16, 16]))
        >>> float(by_packet[:, :, 1, 1].abs().max()) < 1e-9  # a grey image has no details to change
        True
    """
    return _gradients(exactly(classifier), x.double(), level, wavelet)


def smooth_gradients(
    classifier: nn.Module,
    x: Float[Tensor, "n 3 height width"],
    level: int = 3,
    wavelet: str = "haar",
    *,
    samples: int = 16,
    spread: float = 0.5,
    seed: int = 0,
) -> tuple[Float[Tensor, "n 3 bands bands h w"], Float[Tensor, "n 3 height width"]]:
    """SmoothGrad: the mean of `gradients` over noisy copies of the images.

    A net's gradient jumps from one pixel to the next; its mean over a neighbourhood of the image is the gradient
    of a smoothed net, ∇(f ∗ N(0, σ²)). The noise is much weaker than that of the paper (10–20 % of the range): it
    would cover the finest bands, which a detector looks at.

    Args:
        classifier: as in `gradients`.
        x: (N, 3, H, W), 0..255.
        level: of the packets.
        wavelet: of the packets.
        samples: Number of copies.
        spread: σ, in grey levels. Half a level is about what rounding to 8 bits adds.
        seed: of the noise.

    Returns:
        As `gradients`.

    Raises:
        InvalidInput: no copies, or negative noise.

    Example:
        >>> import torch
        >>> from subband.forensics import Shape, build, gradients, smooth_gradients
        >>> net = build("linear on pixels", Shape(16, 2), seed=0)
        >>> x = torch.full((1, 3, 16, 16), 100.0)
        >>> _, smooth = smooth_gradients(net, x, level=1, samples=4)
        >>> torch.allclose(smooth, gradients(net, x, level=1)[1])  # a linear net has the same gradient everywhere
        True
    """
    if samples < 1 or not spread >= 0:
        raise InvalidInput(f"SmoothGrad takes samples ≥ 1 and spread ≥ 0, not {samples} and {spread}")
    exact, noise = exactly(classifier), torch.Generator().manual_seed(seed)
    by_packet, by_pixel = torch.zeros(()), torch.zeros(())
    for _ in range(samples):
        noisy = x.double() + spread * torch.randn(x.shape, dtype=torch.float64, generator=noise)
        found = _gradients(exact, noisy, level, wavelet)
        by_packet, by_pixel = by_packet + found[0] / samples, by_pixel + found[1] / samples
    return by_packet, by_pixel


def saliency(classifier: nn.Module, pixels: np.ndarray, level: int = 3, wavelet: str = "haar") -> Saliency:
    """Saliency maps averaged over images (N, H, W, 3) uint8; see `gradients`.

    Raises:
        InvalidInput: see `check_pixels`.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import Shape, build, saliency
        >>> net = build("linear on packets", Shape(16, 2, level=2), seed=0)
        >>> pixels = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
        >>> saliency(net, pixels, level=2).packets.shape
        (4, 4, 4, 4)
    """
    exact = exactly(classifier)
    of_packets, of_pixels = torch.zeros(()), torch.zeros(())
    for x in chunks(pixels, CHUNK):
        by_packet, by_pixel = _gradients(exact, x.double(), level, wavelet)
        of_packets = of_packets + by_packet.abs().mean(1).sum(0)
        of_pixels = of_pixels + by_pixel.abs().mean(1).sum(0)
    return Saliency((of_packets / len(pixels)).numpy(), (of_pixels / len(pixels)).numpy())


def scaled(plane: np.ndarray) -> np.ndarray:
    """Min–max normalise a map to [0, 1]; a constant map becomes 0.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import scaled
        >>> scaled(np.array([[2.0, 4.0], [3.0, 6.0]])).tolist()
        [[0.0, 0.5], [0.25, 1.0]]
    """
    low, high = float(plane.min()), float(plane.max())
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def exactly(classifier: nn.Module) -> nn.Module:
    """A copy of a net in float64, for inference."""
    return copy.deepcopy(classifier).double().eval().requires_grad_(False)


def _gradients(exact: nn.Module, x: Tensor, level: int, wavelet: str) -> tuple[Tensor, Tensor]:
    x = x.requires_grad_()
    (by_pixel,) = torch.autograd.grad(generated_logit(exact(x)).sum(), x)
    with torch.no_grad():
        p = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
    c = p.array.clone().requires_grad_()
    (by_coefficient,) = torch.autograd.grad(ipackets(p.replace(c)), c, by_pixel)
    return c.detach() * by_coefficient, by_pixel
