"""The classifiers: pixels in, one logit per source out. Linear and convolutional, on packets and on pixels.

Shapes of Wolter et al. 2022 at 128×128 pixels, carried over to any size. The convolutional nets of one study
get one budget of parameters: their widths are the largest that it allows, so that packets and pixels are
compared at equal size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.features import FLOOR, LogPackets, Pixels
from subband.forensics.nets import SHARED, FusedCNN, FusedFeatures, linear, packet_cnn, pixel_cnn
from subband.training import initialised

PARAMETERS = 60_000
"""Default budget of a convolutional net."""

SMALLEST = 16  # pixels; below, the pooling of the nets on pixels leaves nothing


@dataclass(frozen=True)
class Shape:
    """What a net is built for: square images of `size` pixels, `classes` sources, packets of a wavelet."""

    size: int
    classes: int
    level: int = 3
    wavelet: str = "haar"
    parameters: int = PARAMETERS

    def places(self, level: int) -> int:
        """Side of a packet band: ⌈size / 2^level⌉."""
        return -(-self.size // 2**level)


class Classifier(nn.Module):
    """Features, then a net: (N, 3, H, W) in 0..255 → (N, classes) logits. Class 0 is "real"."""

    def __init__(self, features: nn.Module, net: nn.Module):
        super().__init__()
        self.features, self.net = features, net

    def forward(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n classes"]:
        return self.net(self.features(x))

    def prepare(self, pixels: np.ndarray) -> None:
        """Fit the normalisation to the training images, (N, H, W, 3) uint8."""
        for module in self.features.modules():
            if isinstance(module, LogPackets | Pixels):
                module.fit(pixels)

    @property
    def parameters_count(self) -> int:
        """Number of trained parameters."""
        return sum(p.numel() for p in self.parameters())


@dataclass(frozen=True)
class DetectorKind:
    """One kind of detector: what it looks at, and which network decides.

    Attributes:
        name: in studies, checkpoints and reports.
        input: what it looks at, "packets" or "pixels"; figures give each its colour.
        net: of which kind its network is, "linear", "CNN" or "normalised CNN"; figures give each its line style.
        build: (shape, width) → untrained classifier.
        sized: whether the width follows from the budget of parameters; the width of others is 0.
        transforms: (level) → how many packet transforms of an image it computes, for its nominal time.
    """

    name: str
    input: str
    net: str
    build: Callable[[Shape, int], Classifier]
    sized: bool = True
    transforms: Callable[[int], int] = lambda level: 0


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
    )
}
"""The paper's four, and after each kind a net with batch normalisation: it changes more than the input does."""


def build(name: str, shape: Shape, *, seed: int) -> Classifier:
    """Make an untrained classifier.

    Args:
        name: one of `DETECTORS`.
        shape: size, classes, packets, and the budget that sets the width of a convolutional net.
        seed: of the initial weights.

    Raises:
        InvalidInput: unknown name, fewer than two classes, images below 16×16, level below 1 or too high
            for the size, or a budget that not even the narrowest net keeps to.
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
    """The largest width at which a net of a sized kind keeps to the budget of parameters.

    Raises:
        InvalidInput: not even a width of 3 does.
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
