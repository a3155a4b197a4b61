"""MATLAB's answers, which PyWavelets carries with its own tests: every wavelet, mode and length that it has.

MATLAB R2012a's `dwt` and R2015b's `cwt` (Wavelet Toolbox) on normal noise. `ma` and `md` come of MATLAB's own
filter tables, which agree with PyWavelets' to 5e-5 only; `ma_pywtCoeffs` and `md_pywtCoeffs` come of PyWavelets'.
"""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import pywt

import subband as sb
from subband.compat import pywt as ours

DATA = Path(pywt.__file__).parent / "tests" / "data"

MODES = {
    "zero": "zpd",
    "constant": "sp0",
    "symmetric": "sym",
    "reflect": "symw",
    "periodic": "ppd",
    "smooth": "sp1",
    "periodization": "per",
    "antisymmetric": "asym",
    "antireflect": "asymw",
}
"""Our names and MATLAB's."""

DISCRETE = [name for family in ("db", "sym", "coif", "bior", "rbio") for name in pywt.wavelist(family)]
CONTINUOUS = [
    name
    for family in ("gaus", "mexh", "morl", "cgau", "shan", "fbsp", "cmor")
    for name in pywt.wavelist(family)
]

TOLERANCES = {"": 5e-5, "_pywtCoeffs": 1e-10}
"""Of the root of the mean square, by whose filters MATLAB took."""


def _of_subband(impl: str) -> Callable:
    def transform(x, wavelet, mode):
        c = sb.dwt(x, wavelet, level=1, mode=mode, impl=impl)
        return c.approx, c[1]["d"]

    return transform


TRANSFORMS = {"compat": ours.dwt, "fast": _of_subband("fast"), "reference": _of_subband("reference")}


@cache
def answers(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"{name}.npz") as stored:
        return dict(stored)


@cache
def discrete_signals() -> dict[tuple[str, int], np.ndarray]:
    """What MATLAB was given: two lengths for each wavelet, drawn one after the other."""
    draw, lengths = np.random.RandomState(1234), {name: pywt.Wavelet(name).dec_len for name in DISCRETE}
    return {(name, n): draw.randn(n) for name in DISCRETE for n in (lengths[name], lengths[name] + 1)}


@cache
def continuous_signals() -> dict[tuple[str, int], np.ndarray]:
    draw = np.random.RandomState(1234)
    return {(name, n): draw.randn(n) for name in CONTINUOUS for n in (1000, 1001)}


def rms(error: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.abs(error) ** 2)))


def test_all_answers_are_asked_for() -> None:
    asked = {
        f"{matlab}_{name}_{n}_{band}{whose}"
        for name, n in discrete_signals()
        for matlab in MODES.values()
        for band in ("ma", "md")
        for whose in TOLERANCES
    }
    assert asked == set(answers("dwt_matlabR2012a_result"))
    asked = {f"{many}_{name}_{n}_coefs" for name, n in continuous_signals() for many in (1, 2)}
    assert asked | {f"{name}_psi" for name in CONTINUOUS} == set(answers("cwt_matlabR2015b_result"))


@pytest.mark.parametrize(
    "transform", ["compat", pytest.param("fast", marks=pytest.mark.compiled), "reference"]
)
@pytest.mark.parametrize("mode", MODES)
def test_dwt(mode: str, transform: str) -> None:
    stored = answers("dwt_matlabR2012a_result")
    for (name, n), x in discrete_signals().items():
        for band, found in zip(("ma", "md"), TRANSFORMS[transform](x, name, mode), strict=True):
            for whose, tolerance in TOLERANCES.items():
                error = rms(found - stored[f"{MODES[mode]}_{name}_{n}_{band}{whose}"])
                assert error < tolerance, f"{name}, {n} samples, {band}{whose}: {error:.2g}"


@pytest.mark.parametrize("name", CONTINUOUS)
def test_cwt(name: str) -> None:
    """Up to the rounding of three Fourier transforms, each of log₂ n steps, of numbers about 1."""
    stored = answers("cwt_matlabR2015b_result")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # default parameters in a name are deprecated
        wavelet = ours.ContinuousWavelet(name)
    for n in (1000, 1001):
        x = continuous_signals()[name, n]
        for many, scales in enumerate((1, [1, 2]), start=1):
            # MATLAB's release left out the conjugate of Torrence & Compo 1998, eq. 2.
            want = np.conj(stored[f"{many}_{name}_{n}_coefs"])
            for dtype in ("f8", "f4"):
                found = ours.cwt(x.astype(dtype), scales, wavelet, precision=10)[0]
                assert rms(found - want) < 3 * np.log2(n) * np.finfo(dtype).eps


@pytest.mark.parametrize("name", sorted(answers("wavelab_test_signals")))
def test_wavelab_signals_go_there_and_back(name: str) -> None:
    x = np.ravel(answers("wavelab_test_signals")[name])
    c = sb.dwt(x, "sym8")
    for band, want in zip(
        (c.approx, *(bands["d"] for _, bands in c)), pywt.wavedec(x, "sym8", level=len(c)), strict=True
    ):
        np.testing.assert_allclose(band, want, atol=1e-10 * abs(x).max())
    np.testing.assert_allclose(sb.idwt(c), x, atol=1e-10 * abs(x).max())
    np.testing.assert_allclose(ours.waverec(ours.wavedec(x, "sym8"), "sym8"), x, atol=1e-10 * abs(x).max())
