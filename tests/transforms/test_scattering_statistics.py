"""Statistics of fields: definitions as plain loops, closed forms of Gaussian fields, invariances, gradients."""

from math import pi

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.special import ellipe, hyp2f1

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.scattering.statistics.fields import family

ALL = (sb.wavelet_moments, sb.scattering_covariance, sb.wavelet_phase_harmonics)
IMAGES = {"J": 3, "L": 3}
SIGNALS = {"J": 4, "Q": 2, "axes": -1}
CASES = [((20, 24), IMAGES), ((60,), SIGNALS)]
BANKS = [((16, 16), {"J": 2, "L": 4, "bank": "steerable"}), ((64,), {**SIGNALS, "bank": "gammatone"})]


def wavelets(shape, J, L=4, Q=1, axes=None, bank="morlet"):
    of = family(shape, J, L, Q, bank)
    return of, of.wavelets


def convolve(x, filter_):
    return np.fft.ifftn(np.fft.fftn(x) * filter_)


def covary(a, b):
    return np.mean(a * np.conj(b)) - np.mean(a) * np.conj(np.mean(b))


def field(shape, rng):
    """Not Gaussian, not symmetric, and with a mean."""
    return np.exp(rng.standard_normal(shape)) + 0.3


@pytest.mark.parametrize(("shape", "options"), CASES)
def test_moments_are_their_definition(shape, options, rng) -> None:
    x, (_, bank) = field(shape, rng), wavelets(shape, **options)
    got = sb.wavelet_moments(x, **options)
    assert got["mean"] == pytest.approx(x.mean())
    assert got["l1 order 0"] == pytest.approx(np.abs(x).mean())
    assert got["l2 order 0"] == pytest.approx((x**2).mean())
    u1 = [np.abs(convolve(x, psi)) for psi in bank.filters]
    np.testing.assert_allclose(got["l1 order 1"], [u.mean() for u in u1])
    np.testing.assert_allclose(got["l2 order 1"], [(u**2).mean() for u in u1])
    u2 = [
        np.abs(convolve(u1[a], bank.filters[b]))
        for a, fine in enumerate(bank.scales)
        for b, coarse in enumerate(bank.scales)
        if coarse > fine
    ]
    np.testing.assert_allclose(got["l1 order 2"], [u.mean() for u in u2])
    np.testing.assert_allclose(got["l2 order 2"], [(u**2).mean() for u in u2])
    if len(shape) == 2:
        J, L = options["J"], options["L"]
        assert got["l1 order 2"].shape == (L * L * J * (J - 1) // 2,)


def loops(x, y, shape, options, crossed):
    """The scattering covariance as it is written in the paper."""
    of, bank = wavelets(shape, **options)
    n, order = len(of.orders), of.orders
    psi, found = bank.filters, {}
    wx, wy = [convolve(x, f) for f in psi], [convolve(y, f) for f in psi]
    found["mean"] = [x.mean(), y.mean()] if crossed else [x.mean()]
    found["low"] = [covary(convolve(x, bank.low), convolve(y, bank.low))]
    found["S1"] = [np.abs(w).mean() for w in ((wx + wy) if crossed else wx)]
    found["S2"] = [covary(a, b) for a, b in zip(wx, wy, strict=True)]
    pairs = [(a, b) for a in range(n) for b in range(n) if order[a] >= order[b]]
    found["S3"] = [covary(wx[a], convolve(np.abs(wy[b]), psi[a])) for a, b in pairs]
    if crossed:
        found["S3"] += [covary(wy[a], convolve(np.abs(wx[b]), psi[a])) for a, b in pairs]
    found["S4"] = [
        covary(convolve(np.abs(wx[b]), psi[a]), convolve(np.abs(wy[c]), psi[a]))
        for a in range(n)
        for b in range(n)
        for c in range(n)
        if order[a] >= order[b] and order[a] >= order[c] and (crossed or b >= c)
    ]
    return found


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize(("shape", "options"), [*CASES, *BANKS])
def test_covariance_is_its_definition(shape, options, crossed, rng) -> None:
    x, y = field(shape, rng), field(shape, rng)
    got = sb.scattering_covariance(x, y if crossed else None, **options, reference=None)
    want = loops(x, y if crossed else x, shape, options, crossed)
    assert set(got.names) == set(want)
    for name, numbers in want.items():
        np.testing.assert_allclose(got[name], numbers, rtol=1e-9, atol=1e-13, err_msg=name)


def harmonic(z, p):
    return np.abs(z) * np.exp(1j * p * np.angle(z))


@pytest.mark.parametrize(("shape", "options"), CASES)
def test_phase_harmonics_are_their_definition(shape, options, rng) -> None:
    x, (_, bank) = field(shape, rng), wavelets(shape, **options)
    got = sb.wavelet_phase_harmonics(x, **options, shifts=1, reference=None)
    waves = {}
    for place, psi in enumerate(bank.filters):
        waves[bank.frequencies[place], bank.angles[place] if len(shape) == 2 else 0.0] = convolve(x, psi)
    axes = tuple(range(len(shape)))
    for name in got.names[1:]:
        want = []
        for entry in got.entries(name):
            angles = entry.angles or (0.0, 0.0)
            a, b = (
                harmonic(waves[f, angle], p)
                for f, angle, p in zip(entry.frequencies, angles, entry.powers, strict=True)
            )
            want.append(covary(a, np.roll(b, [-tau for tau in entry.shift], axes)))
        np.testing.assert_allclose(got[name], want, rtol=1e-9, atol=1e-13, err_msg=name)
    # The lowest filters of a signal stand at equal steps, not at whole octaves.
    locked = {(e.scales, e.powers) for e in got.entries("Cphase")}
    assert all(powers == (1, 2 ** (scales[1] - scales[0])) for scales, powers in locked)
    octaves = len(set(bank.scales))
    assert {scales for scales, _ in locked} == {(a, b) for b in range(octaves) for a in range(b)}


def mean_modulus(psi: np.ndarray) -> float:
    """E|x⋆ψ| of white noise: √(2a/π) E(1 − b/a), with a ≥ b the variances along the axes of the ellipse of z.

    They are (E|z|² ± |E z²|)/2, and the second moment vanishes but for wavelets that respond to k and to −k.
    """
    opposite = np.roll(np.flip(psi), 1, tuple(range(psi.ndim)))
    power, square = np.mean(psi**2), abs(np.mean(psi * opposite))
    a, b = (power + square) / 2, (power - square) / 2
    return float(np.sqrt(2 * a / pi) * ellipe(1 - b / a))


def test_white_noise_has_the_moments_of_a_gaussian(rng) -> None:
    x = rng.standard_normal((200, 32, 32))
    got, (_, bank) = sb.wavelet_moments(x, **IMAGES), wavelets((32, 32), **IMAGES)
    for name, want in (
        ("l2 order 1", np.mean(bank.filters**2, axis=(-2, -1))),
        ("l1 order 1", np.array([mean_modulus(psi) for psi in bank.filters])),
    ):
        error = got[name].std(axis=0) / np.sqrt(len(x))
        assert np.all(np.abs(got[name].mean(0) - want) < 5 * error)
        assert np.all(error < 0.03 * want)


@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_covariance_of_a_gaussian_field(slope, rng) -> None:
    """S3 vanishes, S1 = √(π S2)/2, and S4 follows from the covariance of envelopes of Gaussian variables.

    Circular Gaussian z₂, z₃ with correlation ρ have E|z₂||z₃| = π/4 σ₂σ₃ ₂F₁(−½, −½; 1; |ρ|²). Of
    directions nearly half a turn apart, it is z₂ and z₃* that are correlated.
    """
    shape, options, count = (32, 32), {"J": 3, "L": 4}, 300
    _, bank = wavelets(shape, **options)
    k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n) for n in shape], indexing="ij"))
    spectrum = 1 / np.maximum(k, 1 / 32) ** slope
    noise = rng.standard_normal((count, *shape))
    x = np.fft.ifftn(np.fft.fftn(noise, axes=(1, 2)) * np.sqrt(spectrum), axes=(1, 2)).real
    got, raw = (sb.scattering_covariance(x, **options, reference=r) for r in (x, None))
    power = np.array([np.mean(psi**2 * spectrum) for psi in bank.filters])

    def near(numbers, want, margin=0.0):
        """Within five standard errors of the mean over realisations."""
        error = 5 * np.sqrt(np.mean(np.abs(numbers - numbers.mean(0)) ** 2, axis=0) / count)
        return np.all(np.abs(numbers.mean(0) - want) < error + margin * np.abs(want))

    assert near(raw["S2"], power)
    assert near(raw["S1"], np.sqrt(pi * power) / 2, 0.03)
    assert near(got["S3"], 0)

    def lagged(product, two, three):
        rho = np.abs(np.fft.ifftn(product * spectrum)) ** 2 / (power[two] * power[three])
        return pi / 4 * (hyp2f1(-0.5, -0.5, 1, np.minimum(rho, 1)) - 1)

    order = {place: n for n, place in enumerate(zip(bank.scales, bank.angles, strict=True))}
    # The finest wavelets respond at both ends of an axis, so that their coefficients are not circular.
    circular = [(k, e) for k, e in enumerate(got.entries("S4")) if min(e.scales) > 0]
    want = []
    for _, entry in circular:
        one, two, three = (order[place] for place in zip(entry.scales, entry.angles, strict=True))
        a, b = bank.filters[two], bank.filters[three]
        covariance = lagged(a * b, two, three) + lagged(a * np.roll(np.flip(b), 1, (0, 1)), two, three)
        want.append(np.mean(np.fft.fftn(covariance) * bank.filters[one] ** 2))
    assert near(got["S4"][:, [k for k, _ in circular]], np.real(want), 0.02)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(("shape", "options"), CASES)
def test_translations_change_nothing(function, shape, options, rng) -> None:
    x = field(shape, rng)
    moved = np.roll(x, [7, 3][: len(shape)], tuple(range(len(shape))))
    want = function(x, **options).real_vector()
    np.testing.assert_allclose(function(moved, **options).real_vector(), want, rtol=1e-8, atol=1e-12)


def test_sign_and_scale(rng) -> None:
    x = field((32, 32), rng)
    s, negative, louder = (sb.scattering_covariance(a * x, **IMAGES) for a in (1, -1, 3))
    for name, parity in (("S1", 1), ("S2", 1), ("S3", -1), ("S4", 1)):
        np.testing.assert_allclose(negative[name], parity * s[name], atol=1e-12)
    for name in ("S1", "S3", "S4"):
        np.testing.assert_allclose(louder[name], s[name], atol=1e-12)
    np.testing.assert_allclose(louder["S2"], 9 * s["S2"])
    h, louder = (sb.wavelet_phase_harmonics(a * x, **IMAGES) for a in (1, 3))
    np.testing.assert_allclose(louder["C01"], h["C01"], atol=1e-12)
    # Against its own power as a reference everything is the same, S2 too, which is then 1.
    same = sb.scattering_covariance(x, **IMAGES, reference=x)
    np.testing.assert_allclose(same["S2"], 1)
    np.testing.assert_allclose(same["S4"], s["S4"], atol=1e-13)


def test_two_fields(rng) -> None:
    x, y = field((32, 32), rng), field((32, 32), rng)
    same, one = sb.scattering_covariance(x, x, **IMAGES), sb.scattering_covariance(x, **IMAGES)
    np.testing.assert_allclose(same["S2"], one["S2"], atol=1e-13)
    np.testing.assert_allclose(same["S3"], np.concat([one["S3"]] * 2), atol=1e-13)
    whole = dict(
        zip([e._replace(fields="", symmetric=False) for e in same.entries("S4")], same["S4"], strict=True)
    )
    half = [e._replace(fields="", symmetric=False) for e in one.entries("S4")]
    np.testing.assert_allclose([whole[e] for e in half], one["S4"], atol=1e-13)
    # Exchanging the fields exchanges the two sides of every covariance.
    ab, ba = sb.scattering_covariance(x, y, **IMAGES), sb.scattering_covariance(y, x, **IMAGES)
    np.testing.assert_allclose(ab["S2"], ba["S2"].conj(), atol=1e-13)
    third = len(ab["S3"]) // 2
    np.testing.assert_allclose(ab["S3"][:third], ba["S3"][third:], atol=1e-13)


@pytest.mark.parametrize("function", ALL)
def test_chunks_change_nothing(function, rng, monkeypatch) -> None:
    x = field((3, 2, 16, 16), rng)
    want = function(x, **IMAGES).real_vector()
    assert want.shape[:2] == (3, 2)
    for chunk in (1, 4, 100):
        np.testing.assert_allclose(
            function(x, **IMAGES, chunk=chunk).real_vector(), want, rtol=1e-10, atol=1e-14
        )
    # A budget smaller than one field's transform splits the wavelets, too.
    monkeypatch.setattr("subband.transforms.scattering.statistics.fields.BUDGET", 16 * 16 * 16 * 2)
    np.testing.assert_allclose(function(x, **IMAGES).real_vector(), want, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("function", ALL)
def test_the_index_names_every_number(function, rng) -> None:
    s = function(field((2, 16, 16), rng), **IMAGES)
    vector, index = s.real_vector(), s.index
    assert vector.shape == (2, len(index))
    assert len(set(index)) == len(index)
    for name in s.names:
        entries = s.entries(name)
        for part, of in (("real", np.real), ("imaginary", np.imag)):
            places = [k for k, e in enumerate(index) if e.statistic == name and e.part == part]
            kept = [k for k, e in enumerate(entries) if part == "real" or not e.symmetric]
            if np.iscomplexobj(s[name]):
                np.testing.assert_array_equal(vector[:, places], of(s[name])[:, kept])
        zero = [k for k, e in enumerate(entries) if e.symmetric]
        np.testing.assert_allclose(np.imag(s[name])[:, zero], 0, atol=1e-12)


@pytest.mark.parametrize("function", ALL)
def test_libraries_and_axes(function, rng) -> None:
    x, few = field((8, 2, 12), rng), {"J": 2, "L": 2}
    want = function(np.moveaxis(x, 1, 0), **few).real_vector()
    for make in (torch.asarray, array_api_strict.asarray):
        got = function(make(x), **few, axes=(0, 2)).real_vector()
        assert type(got) is type(make(x))
        np.testing.assert_allclose(np.asarray(got), want, rtol=1e-9, atol=1e-12)
    single = function(torch.asarray(x, dtype=torch.float32), **few, axes=(0, 2))
    assert single.real.dtype == torch.float32
    np.testing.assert_allclose(single.real_vector(), want, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("function", ALL)
def test_gradients(function, rng) -> None:
    x = torch.tensor(field((6, 4), rng), requires_grad=True)
    torch.autograd.gradcheck(lambda x: function(x, J=2, L=2).real_vector(), (x,), atol=1e-5)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("value", [0.0, 1.5])
def test_constant_fields_have_finite_gradients(function, value) -> None:
    x = torch.full((2, 8, 8), value, dtype=torch.float64, requires_grad=True)
    s = function(x, J=2, L=2).real_vector()
    assert bool(s.isfinite().all())
    (gradient,) = torch.autograd.grad(s.sum(), x)
    assert bool(gradient.isfinite().all())


def test_jax_agrees_and_has_finite_gradients(rng) -> None:
    few = {"J": 2, "L": 1}

    def total(x):
        return sum(jnp.sum(jnp.sin(f(x, **few).real_vector())) for f in ALL)

    gradient = jax.jit(jax.grad(total))
    x = field((8, 8), rng)
    t = torch.tensor(x, requires_grad=True)
    sum(torch.sin(f(t, **few).real_vector()).sum() for f in ALL).backward()
    np.testing.assert_allclose(gradient(jnp.asarray(x)), t.grad, rtol=1e-7, atol=1e-12)
    assert np.all(np.isfinite(gradient(jnp.zeros((8, 8)))))


def test_errors_say_what_to_type(rng) -> None:
    x = rng.standard_normal((16, 16))
    with pytest.raises(InvalidInput, match="at most 4"):
        sb.scattering_covariance(x, J=5)
    with pytest.raises(InvalidInput, match="real and imaginary parts"):
        sb.wavelet_moments(x + 1j, J=2)
    with pytest.raises(InvalidInput, match="one shape"):
        sb.scattering_covariance(x, x[:8], J=2)
    with pytest.raises(InvalidInput, match=r"'own', None, or an array"):
        sb.wavelet_phase_harmonics(x, J=2, reference="target")
    with pytest.raises(InvalidInput, match=r"fields of \(16, 16\)"):
        sb.scattering_covariance(x, J=2, reference=x[:8, :8])
    with pytest.raises(InvalidInput, match="a pair for x and y"):
        sb.scattering_covariance(x, x, J=2, reference=x)
    with pytest.raises(InvalidInput, match="chunk=0"):
        sb.wavelet_moments(x, J=2, chunk=0)
    with pytest.raises(InvalidInput, match="no statistic 'S5': give one of mean, low, S1"):
        sb.scattering_covariance(x, J=2)["S5"]
    with pytest.raises(InvalidInput, match=r"one axis.* or images"):
        sb.wavelet_moments(np.zeros((4, 4, 4)), J=1, axes=(0, 1, 2))
