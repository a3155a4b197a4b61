"""Lifting schemes as data: sequences of predict and update steps.

Daubechies & Sweldens, Factoring wavelet transforms into lifting steps, J. Fourier Anal. Appl. 4(3), 1998, §7; the
interpolating schemes are from Calderbank, Daubechies, Sweldens & Yeo, Wavelet transforms that map integers to
integers, Appl. Comput. Harmon. Anal. 5(3), 1998, §4.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from types import MappingProxyType
from typing import Any, Literal

from subband.arrays.arguments import choice, number, shown
from subband.errors import InvalidInput

Weight = Fraction | float
FIXED = 2**13
"""Denominator of weights rounded for integer transforms, if they are not fractions; as in JPEG 2000 decoders."""


@dataclass(frozen=True)
class Step:
    """A lifting step: d[n] −= Σⱼ w[j] a[n + first + j], or a[n] += Σⱼ w[j] d[n + first + j].

    Attributes:
        kind: "predict" modifies d, the odd samples; "update" modifies a, the even samples.
        first: Offset of the first weight.
        weights: w.
    """

    kind: Literal["predict", "update"]
    first: int
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class LiftingScheme:
    """A biorthogonal wavelet as a sequence of invertible lifting steps.

    Attributes:
        name: Its name, e.g. "cdf2.2".
        steps: Predict and update steps, in order.
        scales: Factors of a and d after the last step, non-zero; not applied to integers.
        wavelet: Name of the same wavelet in PyWavelets, or "" if there is none.

    Raises:
        InvalidInput: fields of another type, or a zero scale.

    Example:
        >>> import subband as sb
        >>> scheme = sb.lifting("cdf2.2")
        >>> [step.kind for step in scheme.steps]
        ['predict', 'update']

    See also: `lifting`, `lift`.
    """

    name: str
    steps: tuple[Step, ...]
    scales: tuple[float, float]
    wavelet: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not isinstance(self.wavelet, str):
            raise InvalidInput(f"name={shown(self.name)}, wavelet={shown(self.wavelet)}: give two strings")
        if not isinstance(self.steps, list | tuple) or not all(isinstance(step, Step) for step in self.steps):
            raise InvalidInput(
                f"steps={shown(self.steps)}: give a tuple of Step, as subband.lifting('haar').steps"
            )
        scales: Any = self.scales
        scales = scales.tolist() if hasattr(scales, "tolist") else scales
        if not isinstance(scales, list | tuple) or len(scales) != 2:
            raise InvalidInput(f"scales={shown(self.scales)}: give two numbers, the factors of a and of d")
        object.__setattr__(self, "steps", tuple(self.steps))
        object.__setattr__(self, "scales", tuple([_factor(scale) for scale in scales]))

    @property
    def taps(self) -> int:
        """Length of the longer analysis filter, rounded up to even."""
        return 2 + 2 * sum(len(step.weights) - 1 for step in self.steps)


def _factor(scale: Any) -> float:
    """A validated non-zero factor."""
    if number("scales", scale, "two numbers other than 0") == 0:
        raise InvalidInput(f"scales={scale!r} must be two numbers other than 0")
    return float(scale)


def lifting(name: str) -> LiftingScheme:
    """The lifting scheme of a name in `subband.SCHEMES`.

    Args:
        name: "haar"; "cdf1.3", "cdf1.5", "cdf2.2", "cdf2.4", "cdf2.6", "cdf3.1" or "cdf3.3", the splines of Cohen,
            Daubechies & Feauveau ("bior1.3", … in PyWavelets); "legall5.3" (cdf2.2) or "cdf9.7" (cdf4.4), the
            wavelets of JPEG 2000; "dd4.2" or "dd4.4", with cubic prediction of Deslauriers & Dubuc.

    Returns:
        The scheme.

    Raises:
        InvalidInput: an unknown name.

    Example:
        >>> import subband as sb
        >>> sb.lifting("legall5.3").wavelet
        'bior2.2'

    See also: `lift`, `lifting_filters`.
    """
    return SCHEMES[choice("lifting scheme", name, SCHEMES)]


def _fractions(denominator: int, *numerators: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(numerator, denominator) for numerator in numerators)


# Steps common to each family, before the last update.
_HAAR = Step("predict", 0, _fractions(1, 1))
_LINE = Step("predict", 0, _fractions(2, 1, 1))
_CUBE = Step("predict", -1, _fractions(16, -1, 9, 9, -1))
_QUADRATIC = (Step("update", -1, _fractions(3, -1)), Step("predict", 0, _fractions(8, 9, 3)))

_ORTHOGONAL = (sqrt(2), -sqrt(0.5))
_ZETA = 1.149604398860241

_ALL = (
    LiftingScheme("haar", (_HAAR, Step("update", 0, _fractions(2, 1))), _ORTHOGONAL, "haar"),
    LiftingScheme("cdf1.3", (_HAAR, Step("update", -1, _fractions(16, 1, 8, -1))), _ORTHOGONAL, "bior1.3"),
    LiftingScheme(
        "cdf1.5", (_HAAR, Step("update", -2, _fractions(256, -3, 22, 128, -22, 3))), _ORTHOGONAL, "bior1.5"
    ),
    LiftingScheme("cdf2.2", (_LINE, Step("update", -1, _fractions(4, 1, 1))), _ORTHOGONAL, "bior2.2"),
    LiftingScheme(
        "cdf2.4", (_LINE, Step("update", -2, _fractions(64, -3, 19, 19, -3))), _ORTHOGONAL, "bior2.4"
    ),
    LiftingScheme(
        "cdf2.6",
        (_LINE, Step("update", -3, _fractions(512, 5, -39, 162, 162, -39, 5))),
        _ORTHOGONAL,
        "bior2.6",
    ),
    LiftingScheme(
        "cdf3.1", (*_QUADRATIC, Step("update", 0, _fractions(9, 4))), (1.5 * sqrt(2), sqrt(2) / 3), "bior3.1"
    ),
    LiftingScheme(
        "cdf3.3",
        (*_QUADRATIC, Step("update", -1, _fractions(36, 3, 16, -3))),
        (1.5 * sqrt(2), sqrt(2) / 3),
        "bior3.3",
    ),
    LiftingScheme(
        "cdf9.7",
        (
            Step("predict", 0, (1.586134342059924,) * 2),
            Step("update", -1, (-0.052980118572961,) * 2),
            Step("predict", 0, (-0.882911075530934,) * 2),
            Step("update", -1, (0.443506852043971,) * 2),
        ),
        (_ZETA, -1 / _ZETA),
        "bior4.4",
    ),
    LiftingScheme("dd4.2", (_CUBE, Step("update", -1, _fractions(4, 1, 1))), _ORTHOGONAL),
    LiftingScheme("dd4.4", (_CUBE, Step("update", -2, _fractions(32, -1, 9, 9, -1))), _ORTHOGONAL),
)

SCHEMES = MappingProxyType(
    {scheme.name: scheme for scheme in _ALL} | {"legall5.3": _ALL[3], "cdf4.4": _ALL[8]}
)
"""Lifting schemes by name."""
