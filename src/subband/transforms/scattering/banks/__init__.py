"""Filter banks of scattering transforms."""

from typing import Any

from subband.arrays.arguments import choice, integer, shown
from subband.errors import InvalidInput
from subband.transforms.scattering.banks.bank import (
    NORMALISATIONS,
    BandPass,
    Family,
    FilterBank,
    plain_count,
    plain_scale,
)
from subband.transforms.scattering.banks.line import Gabor, Gammatone, Meyer, Morlet, Shannon, octaves
from subband.transforms.scattering.banks.plane import Gabor2D, Morlet2D, Steerable, directions

BANKS: dict[int, dict[str, type[Family]]] = {
    1: {"morlet": Morlet, "gabor": Gabor, "gammatone": Gammatone, "meyer": Meyer, "shannon": Shannon},
    2: {"morlet": Morlet2D, "gabor": Gabor2D, "steerable": Steerable},
}
"""Filter families by number of axes and name."""

__all__ = [
    "BANKS",
    "NORMALISATIONS",
    "BandPass",
    "Family",
    "FilterBank",
    "Gabor",
    "Gabor2D",
    "Gammatone",
    "Meyer",
    "Morlet",
    "Morlet2D",
    "Shannon",
    "Steerable",
    "filter_bank",
]


def filter_bank(
    name: str = "morlet",
    *,
    J: int,
    Q: int = 1,
    L: int = 8,
    ndim: int = 1,
    normalise: str | None = None,
    r_psi: float = 0.5**0.5,
    slant: float | None = None,
    order: int = 4,
) -> FilterBank:
    """Band-pass filters ψ and low-pass φ of one order of scattering.

    Args:
        name: Family in `BANKS[ndim]`. One axis: "morlet", "gabor", "gammatone", "meyer", "shannon"; two axes:
            "morlet", "gabor", "steerable".
        J: log₂ of the largest scale in samples.
        Q: Filters per octave (one axis).
        L: Number of directions over half of the plane (two axes).
        ndim: Number of axes of the signals, 1 or 2.
        normalise: "none", "max" or "tight" (see `FilterBank`); by default "none" for Morlet, Gabor and Gammatone,
            as in kymatio, and "tight" for the others.
        r_psi: Relative height at which adjacent filters cross (one axis).
        slant: Ratio of width to length of the envelopes of "morlet" and "gabor" with two axes; 4/L by default.
        order: Order of "gammatone".

    Returns:
        The bank. `dataclasses.replace(bank, filters=…)` returns a modified one.

    Raises:
        InvalidInput: an unknown name, or a number out of range.

    Example:
        >>> import subband as sb
        >>> sb.filter_bank("meyer", J=3)
        FilterBank(Meyer(), 4 filters from 0.04375 to 0.35 cycles a sample, J=3, normalise='tight')
        >>> sb.filter_bank(J=3, Q=2).spectra(64).shape
        (7, 64)

    See also: `subband.FilterBank`, `subband.Scattering`.
    """
    ndim = integer("ndim", ndim, 1, 2, "1 for signals or 2 for images")
    if not isinstance(name, str) or name not in BANKS[ndim]:
        known = "; ".join([f"{', '.join(names)} for {n} axes" for n, names in BANKS.items()])
        raise InvalidInput(f"bank {shown(name)} of {ndim} axes is unknown: give one of {known}")
    J, L, kind = plain_scale("J", J), plain_count("L", L), BANKS[ndim][name]
    if ndim == 1:
        filters = octaves(J, Q, r_psi)
    else:
        # Steerable filters are centred at 0.85 π (Zhang & Mallat 2021).
        filters = directions(J, L, 0.425) if kind is Steerable else directions(J, L)
    parameters: dict[type[Family], dict[str, Any]] = {
        Gammatone: {"order": order},
        Steerable: {"directions": L},
        Morlet2D: {"slant": 4 / L if slant is None else slant},
        Gabor2D: {"slant": 4 / L if slant is None else slant},
    }
    if normalise is not None:
        normalise = choice("normalise", normalise, NORMALISATIONS)
    family = kind(**parameters.get(kind, {}))
    return FilterBank(family, filters, J, family.normalise if normalise is None else normalise)
