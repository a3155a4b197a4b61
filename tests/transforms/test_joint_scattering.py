"""Joint time–frequency scattering: its definition as plain loops, spins, transposition, energy, gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput

SMALL = {"J": 4, "J_fr": 2, "Q": 3}


def chirp(samples: int, octaves: float, start: float = 0.02) -> np.ndarray:
    """A tone whose frequency rises by so many octaves, in cycles a sample; falls, for negative ones."""
    t = np.arange(samples) / samples
    low = start if octaves > 0 else start * 2**-octaves
    phase = low * samples * (2 ** (octaves * t) - 1) / (octaves * np.log(2))
    return np.cos(2 * np.pi * phase)


def subsampled(filter_: np.ndarray, stride: int) -> np.ndarray:
    """The filter of a signal that was subsampled: its spectrum's frequencies that coincide, added."""
    return filter_.reshape(2**stride, -1).sum(axis=0)


def convolve(x: np.ndarray, filter_: np.ndarray, stride: int) -> np.ndarray:
    """Along the last axis, and every 2^stride-th sample of it."""
    return np.fft.ifft(np.fft.fft(x) * filter_)[..., :: 2**stride]


def loops(x: np.ndarray, spec: sb.JointScattering) -> tuple[np.ndarray, np.ndarray]:
    """Order 0 and all paths (C, rows, frames) of one signal, written out; everything averaged locally."""
    plan = spec.plan(len(x))
    time, frequency = plan.time, plan.frequency
    (before, after), stride, size = time.padding[0], time.stride, frequency.shape[0]
    n = len(time.filters[0])
    kept = slice(-(-before // 2**stride), -(-(before + len(x)) // 2**stride))
    first, second = spec.time.banks
    phi_t, phi_f = first.lowpass(n, spec.time.width), spec.bank_fr.lowpass(size, spec.width_fr)
    rising = spec.bank_fr.spectra(size, 2**spec.J_fr)
    log2_f = int(np.log2(spec.width_fr))
    across = [(spec.bank_fr.lowpass(size, 2**spec.J_fr), min(spec.J_fr, log2_f), 0)]
    for spin in (1, -1):
        for psi, one in zip(rising, spec.bank_fr.filters, strict=True):
            turned = psi if spin == 1 else np.array([psi[-k % size] for k in range(size)])
            across.append((turned, min(one.j, log2_f), spin))

    def along(y: np.ndarray, psi: np.ndarray, j_fr: int) -> np.ndarray:
        """(λ, t) → |y ⋆_λ ψ_fr| at every 2^j_fr-th λ."""
        padded = np.zeros((size, y.shape[1]), dtype=complex)
        padded[: len(y)] = y
        return np.abs(convolve(padded.T, psi, j_fr).T)

    def average_frames(u: np.ndarray, j: int) -> np.ndarray:
        return convolve(u, subsampled(phi_t, j), stride - j).real[..., kept]

    def average_rows(u: np.ndarray, j_fr: int, spin: int) -> np.ndarray:
        if spin == 0 and j_fr == log2_f:
            return u
        return convolve(u.T, subsampled(phi_f, j_fr), log2_f - j_fr).real.T

    padded = np.pad(x, (before, after), mode="reflect")
    u1 = [
        np.abs(convolve(padded, psi, min(one.j, stride)))
        for psi, one in zip(first.spectra(n), first.filters, strict=True)
    ]
    s1 = np.stack([average_frames(u, min(one.j, stride)) for u, one in zip(u1, first.filters, strict=True)])
    out = [average_rows(along(s1, psi, j), j, spin) for psi, j, spin in across if spin >= 0]
    for psi2, two in zip(second.spectra(n), second.filters, strict=True):
        seen, j2 = (
            [(u, one.j) for u, one in zip(u1, first.filters, strict=True) if one.j < two.j],
            min(two.j, stride),
        )
        if not seen:
            continue
        y2 = np.stack([convolve(u, subsampled(psi2, min(j, stride)), j2 - min(j, stride)) for u, j in seen])
        out += [average_rows(average_frames(along(y2, psi, j), j2), j, spin) for psi, j, spin in across]
    rows = -(-len(first.filters) // 2**log2_f)
    return average_frames(padded, 0), np.stack([one[:rows] for one in out])


@pytest.mark.parametrize(
    "options",
    [
        SMALL,
        {**SMALL, "T": 8},
        {**SMALL, "F": 2},
        {**SMALL, "J_fr": 1, "F": 6.0},
        {"J": 4, "Q": (4, 2), "J_fr": 2, "Q_fr": 2},
    ],
    ids=str,
)
def test_is_its_definition(options, rng) -> None:
    x, spec = rng.standard_normal((2, 300)), sb.JointScattering(**options)
    y = spec(x, impl="reference")
    for k, signal in enumerate(x):
        zeroth, paths = loops(signal, spec)
        np.testing.assert_allclose(y.zeroth[k], zeroth, atol=1e-12)
        np.testing.assert_allclose(y.array[k], paths, atol=1e-12)
    assert len(y.paths) == y.array.shape[1]
    assert len(y.frequencies) == y.array.shape[2]
    assert len(y.positions) == y.array.shape[3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "options",
    [
        SMALL,
        {**SMALL, "T": 3},
        {**SMALL, "T": 1000},
        {**SMALL, "J_fr": 1, "F": 6.0, "pad_mode": "zero"},
        {**SMALL, "average": "global", "average_fr": "global"},
        {"J": 6, "Q": (8, 2), "average_fr": False},
    ],
    ids=str,
)
@pytest.mark.compiled
def test_compiled_twin_agrees(options, dtype, rng) -> None:
    x, spec = rng.standard_normal((3, 1000)).astype(dtype), sb.JointScattering(**options)
    want, got = spec(x, impl="reference"), spec(x, impl="fast")
    tolerance = 1e-12 if dtype == np.float64 else 2e-6
    for a, b in zip(jax.tree.leaves(want), jax.tree.leaves(got), strict=True):
        assert b.dtype == dtype
        np.testing.assert_allclose(b, a, atol=tolerance * np.abs(a).max(), rtol=tolerance)
    plain = spec(torch.asarray(x), impl="fast")
    np.testing.assert_array_equal(
        jax.tree.leaves(got)[0], plain.array if not isinstance(plain.array, tuple) else plain.array[0]
    )


@pytest.mark.parametrize("samples", [16, 24, 50])
@pytest.mark.compiled
def test_compiled_twin_agrees_where_the_average_reaches_all_round(samples, rng) -> None:
    x, spec = rng.standard_normal((2, samples)), sb.JointScattering(**SMALL)
    np.testing.assert_allclose(spec(x, impl="fast").array, spec(x, impl="reference").array, atol=1e-13)


def test_formats_and_averages_are_one_transform(rng) -> None:
    """Whatever is left out of averaging is what the average is of, and formats hold the same numbers."""
    x = rng.standard_normal((2, 300))
    plain = sb.JointScattering(**SMALL)(x)
    split = sb.JointScattering(**SMALL, format="time")(x)
    np.testing.assert_array_equal(split.array[:, 0], plain.zeroth)
    for place, path in enumerate(split.paths.tuples[1:], 1):
        joint = [k for k, p in enumerate(plain.paths) if p[2:] == path[2:]]
        np.testing.assert_array_equal(split.array[:, place], plain.array[:, joint[0], path.n1 // 4])
    whole = sb.JointScattering(**SMALL, average="global")(x)
    moving = sb.JointScattering(**SMALL, average=False)(x)
    assert whole.array.shape == plain.array.shape[:-1]
    for k in range(len(whole)):
        np.testing.assert_allclose(whole.array[:, k], moving.array[k].mean(-1), atol=1e-12)
    spread = sb.JointScattering(**SMALL, average_fr="global")(x)
    assert spread.array.shape == (*plain.array.shape[:2], plain.array.shape[-1])
    every = sb.JointScattering(**SMALL, average=False, average_fr=False, format="time")(x)
    assert len(every.array) == len(every.paths)


@pytest.mark.parametrize(("octaves", "spin"), [(3, 1), (-3, -1)])
def test_chirps_have_a_spin(octaves, spin) -> None:
    y = sb.JointScattering(J=8, Q=8, average="global")(chirp(8192, octaves))
    energy = {s: np.sum(y.array[y.paths.where(order=2, spin=s)] ** 2) for s in (1, -1)}
    assert energy[spin] > 5 * energy[-spin]


def test_time_reversal_exchanges_spins() -> None:
    spec = sb.JointScattering(J=6, Q=8, average="global", pad_mode="periodic")
    x = chirp(4096, 3)
    there, back = spec(x).array, spec(np.roll(x[::-1], 1)).array  # sample 0 stays
    paths = spec.paths
    for spin in (1, -1):
        one, other = paths.where(order=2, spin=spin), paths.where(order=2, spin=-spin)
        np.testing.assert_allclose(there[one], back[other], rtol=1e-6, atol=1e-9)


def test_rates_and_scales_are_in_hertz_and_octaves() -> None:
    """A tone of frequency 2^(a sin 2πt·rate)… answers most where the table says its vibrato is."""
    fs, rate, n = 8000.0, 31.25, 1 << 14
    t = np.arange(n) / fs
    x = np.cos(2 * np.pi * 1000 * t) * (1 + np.cos(2 * np.pi * rate * t))
    y = sb.JointScattering(J=10, Q=8, average="global", fs=fs)(x)
    place = y.paths.where(order=2, spin=0)
    loudest = place[np.argmax(y.array[place].max(axis=-1))]
    assert y.paths["rate"][loudest] == pytest.approx(rate, rel=0.45)
    rows = y.array[loudest]
    assert abs(np.log2(y.frequencies[np.argmax(rows)] / 1000)) <= 1
    np.testing.assert_allclose(y.paths["scale"][:5], [0, 2.8, 1.4, 0.7, 0.35], rtol=1e-9)


@pytest.mark.parametrize("average", [True, "global"])
def test_rate_scale_is_the_mean_by_direction(average, rng) -> None:
    spec = sb.JointScattering(**SMALL, average=average)
    y = spec(rng.standard_normal((2, 300)))
    made = y.rate_scale()
    assert made.plane.shape == (2, 2, len(made.scales), len(made.rates))
    table = y.paths.table
    for k, spin in enumerate((-1, 1)):
        for i, scale in enumerate(made.scales):
            for j, rate in enumerate(made.rates):
                (place,) = np.flatnonzero(
                    (table["spin"] == spin) & (table["scale"] == scale) & (table["rate"] == rate)
                )
                np.testing.assert_allclose(
                    made.plane[:, k, i, j], y.array[:, place].reshape(2, -1).mean(axis=1)
                )
    with pytest.raises(InvalidInput, match="joint format"):
        sb.JointScattering(**SMALL, format="time")(np.zeros(300)).rate_scale()


def test_transposition_matters_less_the_larger_f() -> None:
    """A minor third changes less the more filters are averaged over, and a delay less the more samples."""

    def distance(a: np.ndarray, b: np.ndarray, **options) -> float:
        spec = sb.JointScattering(J=6, Q=8, J_fr=2, **options)
        a, b = (spec(one).array[spec.paths.where(order=2)] for one in (a, b))
        return float(np.linalg.norm(a - b) / np.linalg.norm(a))

    low, high = chirp(2048, 2, 0.03), chirp(2048, 2, 0.03 * 2**0.25)
    far, middle, near = (distance(low, high, F=f, average="global") for f in (1, 4, 16))
    assert far > 1.3 * middle > 1.3 * 1.3 * near
    early, late = (np.pad(low * np.hanning(2048), (before, 1024 - before)) for before in (480, 544))
    assert distance(early, late, T=16) > 3 * distance(early, late, T=1024)


def test_energy_does_not_grow(rng) -> None:
    """‖U₂‖² is at most ‖x‖² times the largest Littlewood–Paley sums of the three banks (2 for one-sided ones)."""
    x = rng.standard_normal((4, 4096))
    spec = sb.JointScattering(J=6, Q=4, J_fr=2, pad_mode="periodic", average=False, average_fr=False)
    y, plan = spec(x), spec.plan(4096)
    frequency = plan.frequency
    first = 2 * spec.time.banks[0].littlewood_paley(4096).max()
    second = 2 * spec.time.banks[1].littlewood_paley(4096).max()
    across = sum(psi**2 for psi in frequency.filters).max()
    energy = 0.0
    for path, u in zip(y.paths, y.array, strict=True):
        if path.order == 2:
            step = 4096 // u.shape[-1] * 2 ** spec.paths.strides[spec.paths.nodes.index(path)]
            energy += step * np.sum(np.asarray(u) ** 2)
    assert 0.01 * np.sum(x**2) < energy < first * second * across * np.sum(x**2)


def test_libraries_agree_and_gradients_are_finite(rng) -> None:
    spec, x = sb.JointScattering(J=3, J_fr=1, Q=1), rng.standard_normal((2, 24))
    want = spec(x)
    given = torch.tensor(x, requires_grad=True)
    got = spec(given)
    np.testing.assert_allclose(got.array.detach(), want.array, atol=1e-12)
    torch.autograd.gradcheck(lambda x: spec(x).array, (given,), atol=1e-5)
    silent = torch.zeros((1, 24), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(spec(silent).array.sum(), silent)
    assert bool((gradient == 0).all())
    slope = jax.jit(jax.grad(lambda x: jnp.sum(jnp.sin(spec(x).array))))
    torch.sin(got.array).sum().backward()
    np.testing.assert_allclose(slope(jnp.asarray(x)), given.grad, atol=1e-10)
    assert np.all(np.isfinite(slope(jnp.zeros((1, 24)))))
    np.testing.assert_allclose(spec(x.astype(np.float32)).array, want.array, atol=1e-5)
    assert spec(x[0]).array.shape == want.array.shape[1:]
    assert jax.tree.structure(want).num_leaves == 2


def test_errors_say_what_to_type() -> None:
    x = np.zeros(256)
    with pytest.raises(InvalidInput, match="J=9 needs signals of at least 512"):
        sb.JointScattering(J=9)(x)
    with pytest.raises(InvalidInput, match="F of at most"):
        sb.JointScattering(J=4, F=100)(x)
    with pytest.raises(InvalidInput, match="real and imaginary parts"):
        sb.JointScattering(J=4)(x + 1j)
    with pytest.raises(InvalidInput, match="give one of joint, time"):
        sb.JointScattering(J=4, format="array")
    with pytest.raises(InvalidInput, match="give one of global, True or False"):
        sb.JointScattering(J=4, average="local")
    with pytest.raises(InvalidInput, match="J_fr=0"):
        sb.JointScattering(J=4, J_fr=0)
    with pytest.raises(InvalidInput, match="paths' column 'rates' is unknown: give one of order, n1"):
        sb.JointScattering(J=4).paths.where(rates=1)
    with pytest.raises(InvalidInput, match="no compiled kernel"):
        sb.JointScattering(J=4, average=False)(x, impl="fast")
    with pytest.raises(InvalidInput, match="average_fr=True has common rows"):
        _ = sb.JointScattering(J=4, average_fr=False)(x).frequencies
