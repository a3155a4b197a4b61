"""The dual tree: a tight frame that can be inverted, sees directions, and hardly minds shifts."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray

SHORT = sb.hilbert_pair(1, 1, "haar")
"""Filters of four taps, for what would be slow with more."""
PAIRS = [(moments, delay) for moments in range(1, 6) for delay in range(1, 6)]


def energy(x) -> float:
    return float((np.abs(np.asarray(x)) ** 2).sum())


def equivalent(filters: sb.DualTreeFilters, tree: int, level: int, w: np.ndarray) -> np.ndarray:
    """Frequency response of one tree from the samples to its details of one level."""

    def response(taps, w):
        return np.exp(-1j * np.outer(w, np.arange(len(taps)))) @ np.array(taps)

    total = np.ones(w.shape, complex)
    for depth in range(1, level + 1):
        bank = (filters.first if depth == 1 else filters.later)[tree]
        total = total * response(bank.dec_hi if depth == level else bank.dec_lo, 2 ** (depth - 1) * w)
    return total


@pytest.mark.parametrize(("moments", "delay"), PAIRS)
def test_filters_are_orthonormal_and_nearly_a_hilbert_pair(moments: int, delay: int) -> None:
    filters = sb.hilbert_pair(moments, delay)
    a, b = filters.later
    assert a.taps == 2 * (moments + delay)
    for bank in (*filters.first, *filters.later):
        h, g = np.array(bank.dec_lo), np.array(bank.dec_hi)
        for one, other, at_zero in ((h, h, 1.0), (g, g, 1.0), (h, g, 0.0)):
            even_shifts = np.correlate(one, other, "full")[len(h) - 1 :: 2]
            np.testing.assert_allclose(even_shifts[0], at_zero, atol=1e-12)
            np.testing.assert_allclose(even_shifts[1:], 0, atol=1e-12)
    n = np.arange(a.taps)
    for bank in (a, b):
        for power in range(moments):
            assert abs((n / a.taps) ** power @ np.array(bank.dec_hi)) < 1e-12
    # Tree b is half a sample late where the signal is slow, the better the higher the degree.
    w = np.array([0.01])
    ratio = np.exp(-1j * np.outer(w, n)) @ np.array([b.dec_lo, a.dec_lo]).T
    assert np.angle(ratio[0, 0] / ratio[0, 1]) == pytest.approx(-w[0] / 2, abs=1e-6)


# Largest share of a detail's energy at frequencies of the wrong sign, levels 2 … 6, measured and rounded up.
LEAKS = {(2, 2): 1.1e-3, (3, 3): 6.6e-5, (4, 3): 3.4e-5, (4, 4): 4.4e-6, (5, 5): 3.1e-7}


@pytest.mark.parametrize(("moments", "delay"), LEAKS)
def test_wavelets_answer_to_one_sign_of_the_frequency(moments: int, delay: int) -> None:
    filters = sb.hilbert_pair(moments, delay)
    w = 2 * np.pi * np.fft.fftfreq(4096)
    for level in range(2, 7):
        power = np.abs(equivalent(filters, 0, level, w) + 1j * equivalent(filters, 1, level, w)) ** 2
        assert power[w < 0].sum() / power.sum() < LEAKS[moments, delay]


def test_coefficients_of_a_rotating_phasor_have_one_direction() -> None:
    t = np.arange(512)
    for sign, name, other in ((1, "+d", "-d"), (-1, "-d", "+d")):
        c = sb.dtcwt(np.exp(sign * 2j * np.pi * 24 / 128 * t), level=3)
        assert energy(c[2][other]) < 1e-4 * energy(c[2][name])


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize(
    ("shape", "axes", "level"), [((2, 64), -1, 5), ((32, 3, 48), (0, 2), 4), ((8, 16, 24), (2, 0, 1), 3)]
)
def test_the_frame_is_tight_and_inverted_exactly(shape, axes, level: int, is_complex: bool, rng) -> None:
    x = rng.standard_normal(shape)
    if is_complex:
        x = x + 1j * rng.standard_normal(shape)
    c = sb.dtcwt(x, level=level, axes=axes)
    rank = 1 if isinstance(axes, int) else len(axes)
    # 2^(d−1) (2^d − 1) directions: 1, 6, 28; opposite ones too for complex samples.
    assert len(c[1]) == 2 ** (rank - 1) * (2**rank - 1) * (2 if is_complex else 1)
    assert energy(c.array) == pytest.approx((4 if is_complex else 2) * energy(x), rel=1e-12)
    y = sb.idtcwt(c)
    assert y.dtype == x.dtype
    np.testing.assert_allclose(y, x, atol=1e-12)
    # In a tight frame the inverse is the adjoint over the bound: ⟨T x, z⟩ = bound ⟨x, T⁺ z⟩.
    z = c.replace(rng.standard_normal(c.array.shape) + 1j * rng.standard_normal(c.array.shape))
    left, right = np.vdot(z.array, c.array), c.spec.bound * np.vdot(sb.idtcwt(z), x)
    assert left.real == pytest.approx(right.real, rel=1e-10)


def test_real_signals_are_complex_signals_with_conjugate_opposites(rng) -> None:
    x = rng.standard_normal((2, 32, 24))
    real, whole = (sb.dtcwt(s, level=2, axes=(1, 2)) for s in (x, x.astype(complex)))
    for (_, fewer), (_, more) in zip(real, whole, strict=True):
        for name, band in fewer.items():
            opposite = name.translate(str.maketrans("+-", "-+"))
            np.testing.assert_allclose(more[name], band, atol=1e-12)
            np.testing.assert_allclose(more[opposite], band.conj(), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    data=st.data(),
    mode=st.sampled_from(sb.MODES),
    pair=st.sampled_from([(1, 1), (2, 2)]),
    kind=st.sampled_from(["f4", "f8", "c8", "c16"]),
)
def test_any_shape_comes_back_exactly(shape, data, mode, pair, kind) -> None:
    axes = data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=2, unique=True))
    most = max(1, int(np.ceil(np.log2(min(shape[a] for a in axes)))))
    level = data.draw(st.integers(1, most))
    rng = np.random.default_rng(0)
    x = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    x = (x if kind[0] == "c" else x.real).astype(kind)
    c = sb.dtcwt(x, level=level, axes=axes, mode=mode, filters=sb.hilbert_pair(*pair))
    y = sb.idtcwt(c)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    # Extrapolating modes make large coefficients of short signals.
    scale = max(1.0, float(np.abs(c.array).max()))
    np.testing.assert_allclose(y, x, atol=(1e-5 if kind in ("f4", "c8") else 1e-12) * scale)


def test_level_one_is_the_transform_of_a_signal_and_of_its_shift(rng) -> None:
    """Against an oracle: tree a is `dwt` with the first wavelet, tree b the same one sample later."""
    x, first = rng.standard_normal(64), sb.hilbert_pair(first="sym5").first[0]
    c = sb.dtcwt(x, level=1, filters=sb.hilbert_pair(first="sym5"))
    for part, samples in ((c[1]["+d"].real, x), (c[1]["+d"].imag, np.roll(x, 1))):
        np.testing.assert_allclose(
            part, sb.dwt(samples, first, level=1, mode="periodization")[1]["d"], atol=1e-12
        )


def test_deeper_levels_are_two_transforms(rng) -> None:
    """Against an oracle: the approximation goes on through `dwt` with the later wavelets."""
    x, filters = rng.standard_normal((32, 32)), sb.hilbert_pair()
    c = sb.dtcwt(x, level=3, axes=(0, 1), filters=filters)
    later = {}
    for tree in ((0, 0), (0, 1), (1, 0), (1, 1)):
        first = tuple(filters.first[t] for t in tree)
        low = sb.dwt(x, first, level=1, mode="periodization", axes=(0, 1)).approx
        second = tuple(filters.later[t] for t in tree)
        later[tree] = sb.dwt(low, second, level=1, mode="periodization", axes=(0, 1))[1]["ad"]
    # (a ± ib)(a ± ib) over 2: Selesnick, Baraniuk & Kingsbury 2005.
    difference, total = later[0, 0] - later[1, 1], later[0, 0] + later[1, 1]
    np.testing.assert_allclose(c[2]["+a+d"].real, difference / 2, atol=1e-12)
    np.testing.assert_allclose(c[2]["+a-d"].real, total / 2, atol=1e-12)
    np.testing.assert_allclose(c[2]["+a+d"].imag, (later[0, 1] + later[1, 0]) / 2, atol=1e-12)


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_gratings_appear_in_the_band_of_their_direction(level: int) -> None:
    rows, columns = np.mgrid[:128, :128]
    names = list(sb.dtcwt(np.ones((128, 128)), level=4, axes=(0, 1))[level])
    assert len(names) == 6
    for name in names:
        k = np.array(sb.band_direction(name))
        k = k / np.abs(k).max() * 0.75 * np.pi / 2 ** (level - 1)
        window = np.exp(-((rows - 64) ** 2 + (columns - 64) ** 2) / (2 * 24**2))
        c = sb.dtcwt(window * np.cos(k[0] * rows + k[1] * columns), level=4, axes=(0, 1))
        energies = {other: energy(band) for other, band in c[level].items()}
        ranked = sorted(energies, key=energies.__getitem__, reverse=True)
        assert ranked[0] == name
        # Real separable wavelets cannot tell a direction from its mirror image. A low-pass leans to one sign of
        # the frequency, as does level 1; a later high-pass has one only.
        mirrored = name.replace("-", "+") if "-" in name else name[:2] + "-" + name[3:]
        bound = 0.5 if level == 1 else 0.3 if "a" in name else 0.001
        assert energies[mirrored] < bound * energies[name]


@pytest.mark.parametrize("level", [2, 3, 4])
def test_directions_are_the_centres_of_the_wavelets(level: int) -> None:
    """15°, 45°, 75°, … to a degree, by the centre of the energy of each wavelet's spectrum."""
    c = sb.dtcwt(np.zeros((128, 128)), level=4, axes=(0, 1))
    frequency = np.fft.fftfreq(128)
    for place, name in enumerate(c[level]):
        single = c.replace(np.zeros_like(c.array))
        wavelet = 0
        for value in (1, 1j):
            single = c.replace(np.zeros_like(c.array))
            band = single[level][name]
            band[band.shape[0] // 2, band.shape[1] // 2] = value  # a view of single.array
            # Re(conj(T) value) for value 1 and i: the wavelet's real and imaginary part.
            wavelet = wavelet + value * sb.idtcwt(single)
        power = np.abs(np.fft.fft2(wavelet)) ** 2
        centre = np.array([(power.sum(1) * frequency).sum(), (power.sum(0) * frequency).sum()])
        # The frame's wavelets have the filters' directions.
        angle = np.degrees(np.arctan2(*centre)) % 180
        assert angle == pytest.approx(np.degrees(np.arctan2(*sb.band_direction(name))) % 180, abs=1)
        assert round(angle / 15) * 15 == (15, 165, 75, 105, 45, 135)[place]


def test_directions_in_space(rng) -> None:
    z, y, x = np.mgrid[:32, :32, :32]
    for name in ("+a+a+d", "+d-a+a", "+d-d+d", "+a-d-d"):
        k = np.array(sb.band_direction(name))
        k = k / np.abs(k).max() * 0.75 * np.pi / 2
        c = sb.dtcwt(np.cos(k[0] * z + k[1] * y + k[2] * x), level=2, axes=(0, 1, 2))
        energies = {other: energy(band) for other, band in c[2].items()}
        assert max(energies, key=energies.__getitem__) == name


def test_energy_minds_shifts_ten_times_less_than_the_dwt() -> None:
    t = np.arange(512)
    steps = np.stack([1.0 * ((t >= 250 + s) & (t < 380 + s)) for s in range(16)])
    tree, pyramid = sb.dtcwt(steps, level=4), sb.dwt(steps, "sym7", level=4, mode="periodization")
    for level in (2, 3, 4):
        here = (np.abs(tree[level]["+d"]) ** 2).sum(axis=1)
        there = (pyramid[level]["d"] ** 2).sum(axis=1)
        assert here.std() / here.mean() < 0.1 * there.std() / there.mean()
        assert here.max() / here.min() < 1.1


@pytest.mark.parametrize(
    "make",
    [np.asarray, torch.asarray, pytest.param(jnp.asarray, marks=pytest.mark.slow), array_api_strict.asarray],
)
@pytest.mark.parametrize("mode", ["periodization", "symmetric"])
def test_one_mathematics_in_any_library(make, mode: str, rng) -> None:
    x = rng.standard_normal((3, 13, 16)) + 1j * rng.standard_normal((3, 13, 16))
    for samples in (x.real.copy(), x):
        given_ = make(samples)
        # JAX compiles each operation of each shape, so it gets fewer.
        axes = (2,) if make is jnp.asarray else (1, 2)
        want, c = (sb.dtcwt(s, level=2, axes=axes, mode=mode, filters=SHORT) for s in (samples, given_))
        assert type(c.array) is type(given_)
        np.testing.assert_allclose(np.asarray(c.array), want.array, atol=1e-12)
        y = sb.idtcwt(c)
        assert y.dtype == given_.dtype
        np.testing.assert_allclose(np.asarray(y), samples, atol=1e-12)


def test_precisions(rng) -> None:
    x = torch.as_tensor(rng.standard_normal(64))
    for given_, want in ((torch.float32, torch.complex64), (torch.bfloat16, torch.complex64)):
        c = sb.dtcwt(x.to(given_), level=2)
        assert c.array.dtype == want
        assert sb.idtcwt(c).dtype == torch.float32
    assert sb.dtcwt(np.arange(16), level=1).array.dtype == np.complex128


@pytest.mark.compiled
def test_both_twins_agree(rng) -> None:
    x = torch.as_tensor(rng.standard_normal(64))
    np.testing.assert_array_equal(
        sb.dtcwt(x.numpy(), level=2, impl="fast").array.round(12),
        sb.dtcwt(x.numpy(), level=2, impl="reference").array.round(12),
    )


def test_derivatives_jit_and_vmap(rng) -> None:
    x = torch.randn(2, 6, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda x: sb.dtcwt(x, level=2, axes=(1, 2)).array, x, check_forward_ad=True
    )
    c = sb.dtcwt(x.detach(), level=2, axes=(1, 2))
    assert torch.autograd.gradcheck(lambda a: sb.idtcwt(c.replace(a)), c.array.clone().requires_grad_())
    # Magnitudes, which are what one trains on, have derivatives of second order too.
    assert torch.autograd.gradgradcheck(lambda x: sb.dtcwt(x, level=1).array.abs().square(), x[0, :2])

    y = jnp.asarray(rng.standard_normal((3, 20)))
    compiled = jax.jit(lambda y: sb.dtcwt(y, level=2, filters=SHORT))(y)
    assert isinstance(compiled, sb.DualTreeCoefficients)
    np.testing.assert_allclose(jax.jit(sb.idtcwt)(compiled), y, atol=1e-12)
    mapped = jax.jit(jax.vmap(lambda y: sb.dtcwt(y, level=2, filters=SHORT).array))(y)
    np.testing.assert_allclose(mapped, compiled.array, atol=1e-12)
    gradient = jax.jit(jax.grad(lambda y: (jnp.abs(sb.dtcwt(y, level=2, filters=SHORT).array) ** 4).sum()))(y)
    z = torch.asarray(np.array(y)).requires_grad_()
    sb.dtcwt(z, level=2, filters=SHORT).array.abs().pow(4).sum().backward()
    np.testing.assert_allclose(gradient, z.grad, atol=1e-9)
    over = torch.func.vmap(lambda z: sb.dtcwt(z, level=2, filters=SHORT).array)(z.detach())
    np.testing.assert_allclose(over, np.asarray(compiled.array), atol=1e-12)


def test_the_container(rng) -> None:
    x = rng.standard_normal((2, 20, 3, 24))
    c = sb.dtcwt(x, level=2, axes=(3, 1))
    assert c.array.shape == (2, 3, 2, 480 // 16 * 16)
    assert c.approx["+a-a"].shape == (2, 5, 3, 6)
    assert c[1]["+d-a"].shape == (2, 10, 3, 12)
    assert list(c[1]) == ["+a+d", "+a-d", "+d+a", "+d-a", "+d+d", "+d-d"]
    assert [level for level, _ in c] == [2, 1]
    assert len(c) == 2
    assert "hilbert4.3, level=2" in repr(c)
    np.testing.assert_allclose(sb.idtcwt(c.map(lambda band: 3 * band)), 3 * x, atol=1e-11)
    kept = c.map(lambda band: 0 * band, approx=False)
    assert not np.any(kept[2]["+d-d"])
    np.testing.assert_array_equal(kept.approx["+a+a"], c.approx["+a+a"])
    axes_swapped = sb.dtcwt(x, level=2, axes=(1, 3))
    np.testing.assert_allclose(axes_swapped[1]["+a+d"], c[1]["+d+a"], atol=1e-12)


ERRORS = {
    "level too high": (
        lambda x: sb.dtcwt(x, level=5),
        "can't take 5 levels of the dual tree on 16 samples: give 1 … 4",
    ),
    "level zero": (lambda x: sb.dtcwt(x, level=0), "level=0 must be a whole number, 1 or more"),
    "unknown mode": (lambda x: sb.dtcwt(x, level=1, mode="mirror"), "give one of zero, "),
    "a name for filters": (
        lambda x: sb.dtcwt(x, level=1, filters="qshift"),
        r"such as subband.hilbert_pair\(4, 3\)",
    ),
    "no such axis": (lambda x: sb.dtcwt(x, level=1, axes=2), "give one of -2 … 1"),
    "empty axis": (lambda x: sb.dtcwt(x[:, :0], level=1), "axis 1 of an array of shape"),
    "no such level": (lambda x: sb.dtcwt(x, level=2)[3], "give one of 1 … 2, 1 the finest"),
    "another shape": (lambda x: sb.dtcwt(x, level=2).replace(x), "can't be replaced by"),
    "not coefficients": (lambda x: sb.idtcwt(x), "can't invert a ndarray"),
    "too many moments": (lambda x: sb.hilbert_pair(9, 3), "moments=9 must be a whole number, 1 … 5"),
    "first not orthonormal": (lambda x: sb.hilbert_pair(first="bior2.2"), "'bior2.2' is not orthonormal"),
    "unequal lengths": (
        lambda x: sb.DualTreeFilters((sb.wavelet("db2"), sb.wavelet("db3")), sb.hilbert_pair().later),
        "4 and 6 taps: give pairs of one length",
    ),
    "no direction": (lambda x: sb.band_direction("ad"), "give a sign and a letter per axis"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(UnsupportedArray, match="dtype object"):
        sb.dtcwt(np.array([object()] * 4))
