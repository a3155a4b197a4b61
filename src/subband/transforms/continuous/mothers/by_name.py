"""Mother wavelets by the names that this library, PyWavelets, MATLAB, ssqueezepy and pycwt give them."""

import re
from collections.abc import Callable
from math import pi
from typing import Any

from subband.arrays.arguments import choice
from subband.arrays.compilers import static
from subband.errors import InvalidInput
from subband.transforms.continuous.mothers.bspline import BSpline
from subband.transforms.continuous.mothers.bump import Bump
from subband.transforms.continuous.mothers.gaussian import DOG, ComplexGaussian, GaussianDerivative
from subband.transforms.continuous.mothers.morlet import Morlet, RealMorlet
from subband.transforms.continuous.mothers.morse import Morse, Paul
from subband.transforms.continuous.mothers.mother import Mother

MOTHERS: dict[str, Mother] = {
    "morlet": Morlet(),
    "morse": Morse(),
    "ricker": DOG(2),
    "dog": DOG(6),
    "bspline": BSpline(),
    "bump": Bump(),
    "paul": Paul(),
    "amor": Morlet(),
    "gmw": Morse(beta=60, gamma=3),
    "mexh": DOG(2),
    "morl": RealMorlet(),
}
"""Mother wavelets by name, with default parameters. "amor" is MATLAB's, "gmw" ssqueezepy's, "mexh" and "morl" are
PyWavelets' and MATLAB's."""

FAMILIES: dict[str, tuple[str, Callable[..., Mother]]] = {
    "cmor": ("cmor1.5-1.0", lambda bandwidth, centre: Morlet(2 * pi * centre, bandwidth)),
    "shan": ("shan1.5-1.0", lambda bandwidth, centre: BSpline(1, bandwidth, centre)),
    "fbsp": ("fbsp2-1.5-1.0", BSpline),
    "gaus": ("gaus2", GaussianDerivative),
    "cgau": ("cgau4", ComplexGaussian),
    "paul": ("paul4", Paul),
    "dog": ("dog6", DOG),
}
"""Letters before the numbers in a name → an example, and the function of these numbers. In "cmorB-C" and its like
B is the bandwidth and C the centre in hertz, as in PyWavelets."""


def mother(given: Any) -> Mother:
    """The mother wavelet of a name in `MOTHERS`, or of a name with numbers as in `FAMILIES`; case does not matter.

    A `Mother` is returned unchanged.

    Raises:
        InvalidInput: neither a known name nor a `Mother`, or numbers that the wavelet can't have.

    Example:
        >>> from subband.transforms.continuous import mother
        >>> morse = mother("morse")
        >>> morse.analytic, round(morse.frequency(morse.scale(50.0)), 6)
        (True, 50.0)
    """
    if isinstance(given, Mother):
        return given
    if isinstance(given, str):
        name = given.lower()
        if name in MOTHERS:
            return MOTHERS[name]
        family, *numbers = _split(name)
        if family:
            return FAMILIES[family][1](*numbers)
    examples = [example for example, _ in FAMILIES.values()]
    also = " with numbers of your choice, or an object such as subband.Morse(beta=20, gamma=3)"
    return MOTHERS[choice("continuous wavelet", given, [*MOTHERS, *examples], also)]


@static
def _split(name: str) -> tuple[Any, ...]:
    """("cmor", 1.5, 1.0) of "cmor1.5-1.0"; ("",) if the letters are no family's.

    Raises:
        InvalidInput: a family's letters, without as many numbers as its example.
    """
    letters = re.split(r"[\W\d_]", name, maxsplit=1)[0]
    if letters not in FAMILIES:
        return ("",)
    example = FAMILIES[letters][0]
    found = name.removeprefix(letters).split("-")
    if len(found) != example.count("-") + 1 or not all(
        re.fullmatch(r"\d+\.?\d*|\.\d+", one) for one in found
    ):
        raise InvalidInput(
            f"continuous wavelet {name!r} needs {example.count('-') + 1} numbers after {letters!r}, joined by '-': "
            f"give e.g. {example!r}"
        )
    return (letters, *(float(one) for one in found))
