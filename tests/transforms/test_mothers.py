"""Mother wavelets: time-domain formulas, PyWavelets' samples, Torrence & Compo's table, widths, names."""

from itertools import pairwise
from math import factorial, inf, log, pi, sqrt

import numpy as np
import pytest
import pywt
from scipy.integrate import quad
from scipy.special import gamma

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.continuous.mothers import FAMILIES, MOTHERS, mother

T = np.linspace(-8, 8, 161)


def in_time(wavelet, t: np.ndarray) -> np.ndarray:
    """ψ(t) by quadrature of the inverse Fourier transform."""
    ends = wavelet.knots or tuple(wavelet.peak * np.array([0.0, 0.5, 1, 1.5, 2, 4, 12, 40]))
    nodes, weights = np.polynomial.legendre.leggauss(200)
    total = np.zeros(len(t), complex)
    for low, high in pairwise(ends):
        omega = (low + high) / 2 + (high - low) / 2 * nodes
        total += np.exp(1j * np.outer(t, omega)) @ (weights * wavelet.response(omega)) * (high - low) / 2
    psi = wavelet.phase * total / (2 * pi)
    return psi if wavelet.analytic else 2 * psi.real


def proportional(ours: np.ndarray, theirs: np.ndarray, atol: float) -> complex:
    """The constant c of ours ≈ c theirs, after a check that there is one, to `atol` of the largest."""
    c = np.vdot(theirs, ours) / np.vdot(theirs, theirs)
    np.testing.assert_allclose(ours, c * theirs, atol=atol * np.abs(ours).max())
    return c


FORMULAS = {
    "cmor1.5-1.0": lambda t: np.exp(2j * pi * t - t**2 / 1.5),
    "morl": lambda t: np.exp(-(t**2) / 2) * (np.cos(5 * t) - np.exp(-12.5)),
    "mexh": lambda t: (1 - t**2) * np.exp(-(t**2) / 2),
    "gaus1": lambda t: -t * np.exp(-(t**2)),
    "gaus2": lambda t: (1 - 2 * t**2) * np.exp(-(t**2)),
    "dog3": lambda t: (3 * t - t**3) * np.exp(-(t**2) / 2),
    "paul4": lambda t: (1 - 1j * t) ** -5,
    "paul1": lambda t: (1 - 1j * t) ** -2,
    "shan1.5-1.0": lambda t: np.sinc(1.5 * t) * np.exp(2j * pi * t),
    "fbsp3-1.5-1.0": lambda t: np.sinc(0.5 * t) ** 3 * np.exp(2j * pi * t),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_spectra_are_those_of_the_formulas_in_time(name: str) -> None:
    # Morlet's correction and its zeros at negative frequencies are of relative size exp(−ω₀²/2) = 4e-7.
    c = proportional(in_time(mother(name), T), FORMULAS[name](T), 1e-6 if "mor" in name else 1e-12)
    assert c.real > 0
    assert c.imag == pytest.approx(0, abs=1e-9 * c.real)


@pytest.mark.parametrize(
    "name",
    [
        "mexh",
        "morl",
        "cmor1.5-1.0",
        "cmor2.5-0.8",
        "shan1.5-1.0",
        "fbsp2-1.5-1.0",
        *(f"gaus{m}" for m in range(1, 9)),
    ],
)
def test_wavelets_are_those_of_pywavelets(name: str) -> None:
    """Up to a positive factor; PyWavelets' "morl" and "cmor" have a mean, up to 10⁻⁵ here, and ours have none."""
    psi, t = pywt.ContinuousWavelet(name).wavefun(8)
    c = proportional(in_time(mother(name), t), psi, 2e-5 if "mor" in name else 1e-10)
    assert c.real > 0
    assert abs(c.imag) < 1e-9 * c.real


@pytest.mark.parametrize("order", range(1, 9))
def test_cgau_is_the_analytic_part_of_pywavelets_conjugate(order: int) -> None:
    psi, t = pywt.ContinuousWavelet(f"cgau{order}").wavefun(10)
    omega = np.linspace(0, 15, 301)
    wavelet = mother(f"cgau{order}")
    spectrum, mirror = (np.exp(side * 1j * np.outer(omega, t)) @ psi for side in (1, -1))
    c = proportional(wavelet.response(omega), spectrum, 1e-7)  # their samples end at t = ±5
    assert np.abs(c * mirror).max() <= {1: 0.24, 3: 0.085, 8: 0.0182}.get(order, 1)


@pytest.mark.parametrize("name", ["cmor1.5-1.0", "fbsp3-1.5-1.0", "morl", "gaus2", "gaus3"])
def test_transforms_are_those_of_pywavelets(name: str, rng) -> None:
    """PyWavelets' filters are means over a sample, half a sample late (see `test_continuous`)."""
    x, f = rng.standard_normal(4096), np.fft.rfftfreq(4096)
    late = np.fft.irfft(np.fft.rfft(x) * np.sinc(f) * np.exp(-1j * pi * f), 4096)
    scales = np.array([4.0, 9.0, 32.0])
    theirs, _ = pywt.cwt(x, scales, name, precision=18)
    ours = sb.cwt(late, name, frequencies=mother(name).frequency(scales), norm="l2").array
    inside = slice(1000, 3000)
    assert proportional(ours[:, inside], theirs[:, inside], 3e-3).real > 0


@pytest.mark.parametrize(
    ("name", "at_zero", "c_delta", "within"),
    [
        ("morlet", pi**-0.25, 0.776, 4e-3),
        ("paul4", 1.079, 1.132, 1e-3),
        ("dog2", 0.867, 3.541, 3e-2),  # of sums over finitely many scales, which cost the DOGs 2 %
        ("dog6", 0.884, 1.966, 3e-2),
    ],
)
def test_constants_are_those_of_torrence_and_compo(
    name: str, at_zero: float, c_delta: float, within: float
) -> None:
    """Table 2, with ψ̂₀ of ∫ |ψ̂₀|² dω = 1, and C_δ = √(π/2) ∫ ψ̂₀ dω/ω / (ln 2 ψ₀(0)) of eq. 13, in the limit."""
    wavelet = mother(name)
    sides = 1 if wavelet.analytic else 2
    height = 1 / sqrt(2 * pi * sides * wavelet.energy)
    psi = sides * height * quad(wavelet.response, 0, 40)[0] / sqrt(2 * pi)
    assert psi == pytest.approx(at_zero, abs=6e-4)
    found = sides * sqrt(pi / 2) * height * wavelet.delta / (log(2) * psi)
    assert found == pytest.approx(c_delta, rel=within)


def test_closed_forms_of_paul() -> None:
    for m in (1, 4, 20):
        wavelet = sb.Paul(m)
        top = m**m * np.exp(-m)
        assert wavelet.delta == pytest.approx(factorial(m - 1) / top, rel=1e-12)
        assert wavelet.energy == pytest.approx(
            factorial(2 * m) / 2 ** (2 * m + 1) / top**2 / (2 * pi), rel=1e-12
        )
        assert wavelet.frequency_width == pytest.approx(sqrt(2 * m + 1) / 2, rel=1e-9)
        assert wavelet.time_width == pytest.approx(1 / sqrt(2 * m - 1), rel=1e-9)
        assert abs(1 - 1j * wavelet.e_folding) ** -(m + 1) == pytest.approx(np.exp(-1), rel=1e-12)
        np.testing.assert_allclose(wavelet.response(T**2), sb.Morse(m, 1).response(T**2), rtol=1e-12)


def test_widths_in_time_and_frequency() -> None:
    assert sb.Morlet(20, 1.5).frequency_width == pytest.approx(1 / sqrt(1.5), rel=1e-9)
    assert sb.Morlet(20, 1.5).time_width == pytest.approx(sqrt(1.5) / 2, rel=1e-9)
    for m in (1, 2, 6):
        wavelet, mean = sb.DOG(m), gamma(m + 1) / gamma(m + 0.5)
        assert wavelet.frequency_width == pytest.approx(sqrt(m + 0.5 - mean**2), rel=1e-9)
        assert wavelet.time_width == pytest.approx(sqrt((4 * m - 1) / (4 * m - 2)), rel=1e-9)
        assert sb.GaussianDerivative(m).time_width == pytest.approx(wavelet.time_width / sqrt(2), rel=1e-9)
    for b, g in ((20, 3), (3, 1), (2, 5)):

        def integral(p: float, g=g) -> float:
            return gamma((p + 1) / g) / g / 2 ** ((p + 1) / g)

        energy, mean = integral(2 * b), integral(2 * b + 1) / integral(2 * b)
        steep = b**2 * integral(2 * b - 2) - 2 * b * g * integral(2 * b + g - 2)
        steep += g**2 * integral(2 * b + 2 * g - 2)
        assert sb.Morse(b, g).frequency_width == pytest.approx(
            sqrt(integral(2 * b + 2) / energy - mean**2), rel=1e-9
        )
        assert sb.Morse(b, g).time_width == pytest.approx(sqrt(steep / energy), rel=1e-8)
    assert sb.BSpline(1).time_width == sb.Morse(0.5, 3).time_width == inf
    assert sb.BSpline(1, 2, 3).frequency_width == pytest.approx(4 * pi / sqrt(12), rel=1e-12)
    # A triangle of slopes ±1 over 2 Hz has energy 2/3. Slopes are differences over 10⁻⁶ of ω, across the knots too.
    assert sb.BSpline(2, 2, 3).time_width == pytest.approx(sqrt(2 / (2 / 3)) / (2 * pi), rel=5e-6)
    for wavelet in {*MOTHERS.values(), sb.ComplexGaussian(3)}:
        if wavelet.analytic:
            assert wavelet.time_width * wavelet.frequency_width >= 0.5 - 1e-9


def test_peaks_are_closed_forms() -> None:
    assert sb.Bump(4, 0.5).peak == 4
    assert sb.ComplexGaussian(3).peak == 3
    assert sb.GaussianDerivative(8).peak == 4
    assert sb.Morlet(2 * pi, 1.5).peak == pytest.approx(2 * pi, rel=1e-6)
    assert sb.Morlet(3, 8).peak == sb.Morlet(6, 2).peak / 2
    assert sb.RealMorlet(1e-3).peak == pytest.approx(sqrt(2), rel=1e-6)  # the Ricker wavelet, in the limit
    w = sb.RealMorlet(1.0).peak
    assert w * np.tanh(w / 2) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("wavelet", [sb.Bump(), sb.Paul(4), sb.Paul(1), sb.Morlet(6, 3)], ids=str)
def test_cones_are_e_folding_times(wavelet) -> None:
    at = np.abs(in_time(wavelet, np.array([0.0, wavelet.e_folding])))
    assert at[1] == pytest.approx(at[0] / np.e, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "wavelet"),
    [
        ("amor", sb.Morlet(6.0)),
        ("gmw", sb.Morse(beta=60, gamma=3)),
        ("MEXH", sb.DOG(2)),
        ("bump", sb.Bump(5, 0.6)),
        ("paul", sb.Paul(4)),
        ("Paul6", sb.Paul(6)),
        ("cmor1-.5", sb.Morlet(pi, 1)),
        ("cmor2.-1", sb.Morlet(2 * pi, 2)),
        ("shan1-2", sb.BSpline(1, 1, 2)),
        ("fbsp4-1-2.5", sb.BSpline(4, 1, 2.5)),
        ("gaus5", sb.GaussianDerivative(5)),
        ("cgau5", sb.ComplexGaussian(5)),
        ("dog4", sb.DOG(4)),
        ("morlet", sb.Morlet(6.0)),
        ("morse", sb.Morse(20, 3)),
        ("ricker", sb.DOG(2)),
        ("dog", sb.DOG(6)),
    ],
)
def test_names_that_people_type(name: str, wavelet) -> None:
    assert mother(name) == wavelet
    x = np.random.default_rng(0).standard_normal(64)
    np.testing.assert_array_equal(sb.cwt(x, name, voices=3).array, sb.cwt(x, wavelet, voices=3).array)
    np.testing.assert_array_equal(sb.log_frequencies(name, 64), sb.log_frequencies(wavelet, 64))


def test_examples_in_messages_are_names() -> None:
    for letters, (example, _) in FAMILIES.items():
        assert mother(example).response(np.asarray(mother(example).peak)) == pytest.approx(1, abs=1e-12)
        assert example.startswith(letters)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cmr1.5-1.0", "unknown: give one of morlet, .* did you mean 'cmor1.5-1.0'"),
        ("mexhat", "did you mean 'mexh'"),
        ("gauss2", "did you mean 'gaus2'"),
        ("bumb", "did you mean 'bump'"),
        ("cmor", "'cmor' needs 2 numbers after 'cmor', joined by '-': give e.g. 'cmor1.5-1.0'"),
        ("cmor1.5", "needs 2 numbers"),
        ("cmor1,5-1", "needs 2 numbers"),
        ("shan-1.5-1.0", "needs 2 numbers"),
        ("gaus", "needs 1 numbers? after 'gaus'"),
        ("fbsp1.5-1.0", "needs 3 numbers"),
        ("gaus2.5", "order=2.5 must be a whole number"),
        ("cgau0", "order=0"),
        ("cmor0-1", "bandwidth=0.0 must be a positive number"),
        ("shan2-0.5", "give a centre of at least 1.0"),
        (b"morl", "unknown"),
        (None, "unknown"),
    ],
)
def test_misspelt_names_are_explained(name, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        sb.cwt(np.ones(16), name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sb.Bump(5, 6), "give a sigma of at most 5"),
        (lambda: sb.Bump(0), "Bump's mu=0 must be a positive number"),
        (lambda: sb.Paul(1001), "Paul's order=1001 must be a whole number, 1 … 1000"),
        (lambda: sb.Morlet(6, -1), "Morlet's bandwidth=-1 must be a positive number"),
        (lambda: sb.RealMorlet("5"), "RealMorlet's centre"),
    ],
)
def test_bad_parameters_are_explained(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
