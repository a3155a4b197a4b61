"""Linear and convolutional classifiers on wavelet packets and on pixels: one logit per source.

Architectures of Wolter et al. 2022 (128×128 pixels), generalised to any image size. All convolutional
networks of a study have the same parameter budget: each has the largest width within it, so that packets and
pixels are compared at equal model size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.features.layers import FLOOR, DetailPackets, LogPackets, Pixels
from subband.forensics.features.statistics.layer import Statistics
from subband.forensics.networks.residual import Polyphase, ResidualCNN, SignedPackets
from subband.forensics.networks.small import (
    SHARED,
    DetailCNN,
    FusedCNN,
    FusedFeatures,
    linear,
    packet_cnn,
    pixel_cnn,
)
from subband.training import initialised

PARAMETERS = 60_000
"""Default parameter budget of a convolutional network."""

SMALLEST = 16  # pixels a side; smaller images vanish in the pooling layers of the pixel networks


@dataclass(frozen=True)
class Shape:
    """Input and output dimensions of a classifier.

    Attributes:
        size: side of the square images, in pixels.
        classes: number of sources, "real" among them.
        level: of the wavelet packets.
        wavelet: of the wavelet packets.
        parameters: budget of a convolutional network.
    """

    size: int
    classes: int
    level: int = 3
    wavelet: str = "haar"
    parameters: int = PARAMETERS

    def places(self, level: int) -> int:
        """Side of a packet band: ⌈size / 2^level⌉."""
        return -(-self.size // 2**level)


class Classifier(nn.Module):
    """Features and network: (N, 3, H, W) in 0..255 → (N, classes) logits; class 0 is "real"."""

    def __init__(self, features: nn.Module, net: nn.Module):
        super().__init__()
        self.features, self.net = features, net

    def forward(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n classes"]:
        return self.net(self.features(x))

    def prepare(self, pixels: np.ndarray) -> None:
        """Fit the feature normalisation to the training images, (N, H, W, 3) uint8."""
        for module in self.features.modules():
            if isinstance(module, LogPackets | Pixels | DetailPackets | SignedPackets):
                module.fit(pixels)

    @property
    def parameters_count(self) -> int:
        """Number of trainable parameters."""
        return sum(p.numel() for p in self.parameters())


@dataclass(frozen=True)
class DetectorKind:
    """One kind of detector: its input features and its network.

    Attributes:
        name: in studies, checkpoints and reports.
        input: input representation, "packets" or "pixels"; determines the colour in figures.
        net: network type, "linear", "CNN", "normalised CNN" or "residual CNN"; determines the line style in
            figures.
        build: (shape, width) → untrained classifier.
        sized: whether the width follows from the parameter budget; otherwise the width is 0.
        transforms: (level) → number of packet transforms per image, for the nominal training time.
        studied: whether studies train it by default. A detector that is kept is made for its data, with other
            parameters and another training than the networks of a comparison.
    """

    name: str
    input: str
    net: str
    build: Callable[[Shape, int], Classifier]
    sized: bool = True
    transforms: Callable[[int], int] = lambda level: 0
    studied: bool = True


def _linear_packets(shape: Shape, width: int) -> Classifier:
    features = LogPackets(shape.level, shape.wavelet, FLOOR, SHARED)
    return Classifier(features, linear(3 * (2**shape.level * shape.places(shape.level)) ** 2, shape.classes))


def _cnn_packets(shape: Shape, width: int) -> Classifier:
    features = LogPackets(shape.level, shape.wavelet, FLOOR, SHARED)
    return Classifier(features, packet_cnn(shape.level, shape.places(shape.level), shape.classes, width))


def _fused(shape: Shape, width: int) -> Classifier:
    net = FusedCNN(shape.level, shape.places(shape.level), shape.classes, width)
    return Classifier(FusedFeatures(shape.level, shape.wavelet), net)


def _linear_pixels(shape: Shape, width: int) -> Classifier:
    return Classifier(Pixels(), linear(3 * shape.size**2, shape.classes))


def _cnn_pixels(shape: Shape, width: int) -> Classifier:
    return Classifier(Pixels(), pixel_cnn(shape.size, shape.classes, width))


def _normalised_cnn_pixels(shape: Shape, width: int) -> Classifier:
    return Classifier(Pixels(), pixel_cnn(shape.size, shape.classes, width, normalised=True))


def _details(shape: Shape, width: int) -> Classifier:
    return Classifier(DetailPackets(shape.wavelet), DetailCNN(shape.classes, width))


def _linear_statistics(shape: Shape, width: int) -> Classifier:
    chosen = {"packets": {"wavelet": shape.wavelet, "level": shape.level}, "DCT": {}}
    features = Statistics(chosen)
    with torch.no_grad():
        count = features(torch.zeros(1, 3, SMALLEST, SMALLEST)).shape[1]
    return Classifier(features, linear(count, shape.classes))


def _residual_packets(shape: Shape, width: int) -> Classifier:
    return Classifier(SignedPackets(1, shape.wavelet), ResidualCNN(12, shape.classes, width))


def _residual_pixels(shape: Shape, width: int) -> Classifier:
    return Classifier(nn.Sequential(Pixels(), Polyphase()), ResidualCNN(12, shape.classes, width))


DETECTORS: dict[str, DetectorKind] = {
    kind.name: kind
    for kind in (
        DetectorKind(
            "linear on packets", "packets", "linear", _linear_packets, sized=False, transforms=lambda level: 1
        ),
        DetectorKind("CNN on packets", "packets", "CNN", _cnn_packets, transforms=lambda level: 1),
        DetectorKind(
            "fused CNN on packets", "packets", "normalised CNN", _fused, transforms=lambda level: level
        ),
        DetectorKind("linear on pixels", "pixels", "linear", _linear_pixels, sized=False),
        DetectorKind("CNN on pixels", "pixels", "CNN", _cnn_pixels),
        DetectorKind("normalised CNN on pixels", "pixels", "normalised CNN", _normalised_cnn_pixels),
        DetectorKind(
            "residual CNN on details",
            "packets",
            "normalised CNN",
            _details,
            transforms=lambda level: 2,
            studied=False,
        ),
        DetectorKind(
            "linear on statistics",
            "packets",
            "linear",
            _linear_statistics,
            sized=False,
            transforms=lambda level: level,
            studied=False,
        ),
        DetectorKind(
            "residual CNN on packets",
            "packets",
            "residual CNN",
            _residual_packets,
            transforms=lambda level: 1,
            studied=False,
        ),
        DetectorKind("residual CNN on pixels", "pixels", "residual CNN", _residual_pixels, studied=False),
    )
}
"""Detectors by name: the four of the paper, for either input a CNN with batch normalisation, whose effect
exceeds that of the input; and those that studies don't train: a residual network for pictures with a JPEG history,
a linear one on statistics of packets and of the block DCT, and residual networks for large training sets.
"""


def studied() -> tuple[str, ...]:
    """Names of the kinds that studies train by default.

    Example:
        >>> from subband.forensics import DETECTORS, studied
        >>> studied()[0], set(studied()) < set(DETECTORS)
        ('linear on packets', True)
    """
    return tuple(name for name, kind in DETECTORS.items() if kind.studied)


def build(name: str, shape: Shape, *, seed: int) -> Classifier:
    """Build an untrained classifier.

    Args:
        name: key of `DETECTORS`.
        shape: input and output dimensions, and the parameter budget that sets the width of a convolutional
            net.
        seed: of the initial weights.

    Raises:
        InvalidInput: unknown name, fewer than two classes, images below 16×16, level outside 1 … 5 or too
            high for the size, or a budget below that of the narrowest network.
    """
    if name not in DETECTORS:
        raise InvalidInput(f"unknown detector {name!r}: use one of {', '.join(map(repr, DETECTORS))}")
    if shape.classes < 2:
        raise InvalidInput(f"can't tell {shape.classes} classes apart: need 'real' and a generated source")
    if shape.size < SMALLEST:
        raise InvalidInput(
            f"images of {shape.size}×{shape.size} pixels are too small for the nets: at least {SMALLEST}"
        )
    if not 1 <= shape.level <= 5 or 2**shape.level > shape.size:
        raise InvalidInput(
            f"can't take level {shape.level} of {shape.size} pixels: use 1 to 5 with 2^level ≤ size"
        )
    with initialised(seed):
        kind = DETECTORS[name]
        return kind.build(shape, widest(name, shape) if kind.sized else 0)


def widest(name: str, shape: Shape) -> int:
    """The largest width at which a network stays within the parameter budget, by bisection.

    Raises:
        InvalidInput: a network of width 3 exceeds the budget.
    """

    def size_of(width: int) -> int:
        with torch.device("meta"):
            return DETECTORS[name].build(shape, width).parameters_count

    low, high = 3, 4096
    if (least := size_of(low)) > shape.parameters:
        raise InvalidInput(f"{shape.parameters} parameters are too few for a {name}: at least {least}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size_of(middle) <= shape.parameters else (low, middle)
    return low
