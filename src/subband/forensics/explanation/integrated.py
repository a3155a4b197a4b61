"""Integrated gradients: attributions that sum to the difference between an image and a baseline.

Source: Sundararajan, Taly & Yan 2017, arXiv:1703.01365. For a path x(t) from a baseline x(0) to the image x(1),

    a_i = ∫₀¹ ∂f/∂x_i (x(t)) · dx_i/dt dt        Σ_i a_i = f(x(1)) − f(x(0))        (completeness)

for any coordinates, so for packets as for pixels.

Completeness holds on every panel of the path, too, so the error of the quadrature is known panel by panel. The
panel with the largest one is divided next: f of a net bends at each ReLU that switches, and where the argument of a
logarithm passes zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.explanation.saliency import exactly
from subband.forensics.features.layers import GREY_LEVEL_FLOOR
from subband.forensics.networks.predict import generated_logit
from subband.transforms.packets import PacketCoefficients, ipackets, packets

STEPS = 64
ZERO = 1e-9  # smaller packets of images in 0..255 are rounding errors of the transform
EXACT = 1e-7  # nats: panels with a smaller error are not divided

Path = Callable[[Tensor], tuple[PacketCoefficients, Tensor]]
"""t, (N,) → packets on the path, and their derivative by t."""


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
        steps: Most nodes of each image's path: gradients to compute. Memory holds one gradient a node.

    Raises:
        InvalidInput: steps < 1, or a baseline of another shape.

    Example:
        >>> import torch
        >>> from subband.forensics import Shape, build, integrated_gradients
        >>> net = build("linear on pixels", Shape(16, 2), seed=0)
        >>> x = 255 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> found = integrated_gradients(net, x, torch.zeros_like(x), level=1)
        >>> found.packets.shape
        torch.Size([1, 3, 2, 2, 8, 8])
        >>> float((found.pixels.sum() - found.difference).abs()) < 1e-6  # completeness
        True
    """
    if steps < 1 or (baseline is not None and baseline.shape != x.shape):
        raise InvalidInput(
            f"integrated gradients take steps ≥ 1, not {steps}, and a baseline of the shape {tuple(x.shape)}"
        )
    exact, x = exactly(classifier), x.double()
    path = (
        _towards(x, level, wavelet) if baseline is None else _straight(x, baseline.double(), level, wavelet)
    )
    found = _panels(exact, path, len(x), steps)
    by_packet, by_pixel = torch.zeros(()), torch.zeros(())
    for left, right, slope in zip(found.left, found.right, found.slopes, strict=True):
        c, velocity = path((left + right) / 2)
        width = _along(right - left, velocity)
        by_packet = by_packet + _by_packet(c, slope) * velocity * width
        by_pixel = by_pixel + slope * ipackets(c.replace(velocity * width))
    difference = found.difference
    return IntegratedGradients(by_packet, by_pixel, difference, by_packet.flatten(1).sum(1) - difference)


@dataclass(eq=False)
class _Panels:
    """Panels of the paths of N images, P each, with one node in the middle.

    Attributes:
        left: (P, N), t of the left ends.
        right: (P, N), t of the right ends.
        f: (2, P, N), f at both ends.
        speed: (P, N), df/dt at the nodes, by the chain rule.
        slopes: P times (N, 3, H, W), ∂f/∂x at the nodes.
    """

    left: Tensor
    right: Tensor
    f: Tensor
    speed: Tensor
    slopes: list[Tensor]

    @property
    def errors(self) -> Tensor:
        """(P, N): of the midpoint rule on each panel."""
        return self.speed * (self.right - self.left) - (self.f[1] - self.f[0])

    @property
    def difference(self) -> Tensor:
        """(N,): f at the end of the path less f at its beginning."""
        return (self.f[1] - self.f[0]).sum(0)


def _panels(exact: nn.Module, path: Path, n: int, steps: int) -> _Panels:
    """Divide each image's worst panel into three, again and again; the middle one keeps its node."""
    zero, one = torch.zeros(n, dtype=torch.float64), torch.ones(n, dtype=torch.float64)
    slope, speed = _slope(exact, path, one / 2)
    ends = torch.stack([_value(exact, path, zero), _value(exact, path, one)])
    found = _Panels(zero[None], one[None], ends[:, None], speed[None], [slope])
    each = torch.arange(n)
    while len(found.slopes) + 2 <= steps:
        errors = found.errors.abs()
        if errors.max() <= EXACT:
            break
        worst = errors.argmax(0)
        left, right, f = found.left[worst, each], found.right[worst, each], found.f[:, worst, each]
        first, second = (2 * left + right) / 3, (left + 2 * right) / 3
        cuts = [_value(exact, path, t) for t in (first, second)]
        found.left[worst, each], found.right[worst, each] = first, second
        found.f[:, worst, each] = torch.stack(cuts)
        for a, b, values in ((left, first, (f[0], cuts[0])), (second, right, (cuts[1], f[1]))):
            slope, speed = _slope(exact, path, (a + b) / 2)
            found.left, found.right = torch.cat([found.left, a[None]]), torch.cat([found.right, b[None]])
            found.f = torch.cat([found.f, torch.stack(values)[:, None]], 1)
            found.speed = torch.cat([found.speed, speed[None]])
            found.slopes.append(slope)
    return found


@torch.no_grad()
def _value(exact: nn.Module, path: Path, t: Tensor) -> Tensor:
    """f on the path, (N,)."""
    return generated_logit(exact(ipackets(path(t)[0])))


def _slope(exact: nn.Module, path: Path, t: Tensor) -> tuple[Tensor, Tensor]:
    """∂f/∂x on the path, (N, 3, H, W), and df/dt, (N,)."""
    c, velocity = path(t)
    image = ipackets(c).requires_grad_()
    (slope,) = torch.autograd.grad(generated_logit(exact(image)).sum(), image)
    return slope, (slope * ipackets(c.replace(velocity))).flatten(1).sum(1)


def _by_packet(c: PacketCoefficients, slope: Tensor) -> Tensor:
    """∂f/∂c = (W⁻¹)ᵀ ∂f/∂x."""
    array = c.array.clone().requires_grad_()
    return torch.autograd.grad(ipackets(c.replace(array)), array, slope)[0]


def _straight(x: Tensor, baseline: Tensor, level: int, wavelet: str) -> Path:
    """The straight line between two images."""
    first, last = _packets(baseline, level, wavelet), _packets(x, level, wavelet)
    velocity = last.array - first.array
    return lambda t: (first.replace(first.array + _along(t, velocity) * velocity), velocity)


def _towards(x: Tensor, level: int, wavelet: str) -> Path:
    """The straight line in ln|c|; zeros stay zero."""
    c = _packets(x, level, wavelet)
    size = c.array.abs()
    nats = torch.where(size > ZERO, torch.log(size.clamp_min(ZERO) / GREY_LEVEL_FLOOR), 0.0)
    nats[:, :, 0, 0] = 0

    def at(t: Tensor) -> tuple[PacketCoefficients, Tensor]:
        now = c.array * torch.exp((_along(t, nats) - 1) * nats)
        return c.replace(now), now * nats

    return at


def _along(t: Tensor, array: Tensor) -> Tensor:
    """One number an image, (N,), to be multiplied with arrays (N, ...)."""
    return t.reshape(-1, *[1] * (array.ndim - 1))


def _packets(x: Tensor, level: int, wavelet: str) -> PacketCoefficients:
    with torch.no_grad():
        return packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency")
