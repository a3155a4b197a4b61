"""The stationary transform: PyWavelets' numbers, and the laws of an undecimated transform."""

import copy
import pickle
import warnings

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray

WAVELETS = pywt.wavelist(kind="discrete")
ORTHOGONAL = ("haar", "db3", "sym5", "coif2")
INEXACT = {"dmey"}
"""Wavelets whose tabulated filters reconstruct only to about 1e-2."""
MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}


@pytest.fixture(autouse=True)
def _quiet_peer():
    """PyWavelets warns of norm=True for biorthogonal wavelets."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="norm=True, but the wavelet")
        yield


def listed(c) -> list:
    """The coefficients as PyWavelets lists them."""
    return [c.approx, *(dict(details) for _, details in c)]


def assert_listed(c, peer) -> None:
    np.testing.assert_allclose(c.approx, peer[0], atol=1e-12)
    for (_, ours), theirs in zip(c, peer[1:], strict=True):
        assert set(ours) == set(theirs)
        for name in ours:
            np.testing.assert_allclose(ours[name], theirs[name], atol=1e-12)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("name", WAVELETS)
def test_both_ways_agree_with_pywavelets(name: str, norm: bool, rng) -> None:
    for n in (2, 8, 24, 64):
        level = pywt.swt_max_level(n)
        x = rng.standard_normal((2, n))
        c = sb.swt(x, name, level=level, norm="l1" if norm else "l2")
        peer = pywt.swt(x, name, level, trim_approx=True, norm=norm)
        assert_listed(c, [peer[0], *({"d": d} for d in peer[1:])])
        # Numbers that no signal has: the inverse must be the same mean over shifts.
        r = c.replace(rng.standard_normal(c.array.shape))
        peer = [r.approx, *(details["d"] for _, details in r)]
        np.testing.assert_allclose(sb.iswt(r), pywt.iswt(peer, name, norm=norm), atol=1e-12)


@pytest.mark.parametrize("axes", [(0, 1), (2, 0), (-1, -2), (0, 1, 2)])
def test_several_axes_agree_with_pywavelets(axes, rng) -> None:
    x = rng.standard_normal((8, 16, 12)) + 1j * rng.standard_normal((8, 16, 12))
    names = ("db2", "bior2.2", "haar")[: len(axes)]
    for samples in (x.real, x):
        for norm in (False, True):
            c = sb.swt(samples, names, level=2, axes=axes, norm="l1" if norm else "l2")
            assert_listed(c, pywt.swtn(samples, names, 2, axes=axes, trim_approx=True, norm=norm))
            r = c.replace(c.array + rng.standard_normal(c.array.shape))
            peer = pywt.iswtn(listed(r), names, axes=axes, norm=norm)
            np.testing.assert_allclose(sb.iswt(r), peer, atol=1e-12)


def test_images_agree_with_swt2(rng) -> None:
    x = rng.standard_normal((3, 16, 24))
    c = sb.swt(x, "sym4", level=2, axes=(-2, -1))
    approx, *details = pywt.swt2(x, "sym4", 2, trim_approx=True)
    peer = [{"da": h, "ad": v, "dd": d} for h, v, d in details]
    assert_listed(c, [approx, *peer])


def test_approximations_of_all_levels_come_back(rng) -> None:
    x = rng.standard_normal((3, 32))
    for norm in (False, True):
        c = sb.swt(x, "bior4.4", level=4, norm="l1" if norm else "l2")
        for level, (approx, _) in zip((4, 3, 2, 1), pywt.swt(x, "bior4.4", 4, norm=norm), strict=True):
            np.testing.assert_allclose(sb.iswt(c, level=level), approx, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.lists(st.integers(1, 13), min_size=1, max_size=3),
    data=st.data(),
    name=st.sampled_from([name for name in WAVELETS if name not in INEXACT]),
    norm=st.sampled_from(["l1", "l2"]),
)
def test_every_length_reconstructs(shape, data, name: str, norm: str) -> None:
    axes = data.draw(st.permutations(range(len(shape))).map(lambda p: p[: 1 + len(p) // 2]))
    most = max(1, int(np.log2(min(shape[axis] for axis in axes))))
    level = data.draw(st.integers(1, most))
    x = np.random.default_rng(0).standard_normal(shape)
    c = sb.swt(x, name, level=level, axes=axes, norm=norm)
    bands = 1 + level * (2 ** len(axes) - 1)
    assert c.array.size == bands * x.size
    assert c.approx.shape == x.shape
    np.testing.assert_allclose(sb.iswt(c), x, atol=1e-7)


@pytest.mark.parametrize("name", ORTHOGONAL)
@pytest.mark.parametrize("size", [31, 48])
def test_norm_keeps_energy(name: str, size: int, rng) -> None:
    x = rng.standard_normal((size, size + 3))
    c = sb.swt(x, name, level=4, axes=(0, 1), norm="l1")
    np.testing.assert_allclose((c.array**2).sum(), (x**2).sum(), rtol=1e-11)


@pytest.mark.parametrize("size", [20, 29])
def test_a_shift_of_the_signal_shifts_the_coefficients(size: int, rng) -> None:
    x = rng.standard_normal(size)
    for shift in (1, 7):
        want = np.roll(sb.swt(x, "db3", level=2).array, shift, -1)
        np.testing.assert_allclose(sb.swt(np.roll(x, shift), "db3", level=2).array, want, atol=1e-13)


def test_inverse_of_orthogonal_wavelets_is_least_squares(rng) -> None:
    n = 14
    forward = sb.swt(np.eye(n), "db2", level=1).array.reshape(n, -1).T
    backward = sb.iswt(
        sb.swt(np.ones((2 * n, n)), "db2", level=1).replace(np.eye(2 * n).reshape(2 * n, 2, n))
    ).T
    np.testing.assert_allclose(backward, np.linalg.pinv(forward), atol=1e-12)


@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize("name", ["db3", "bior2.2"])
def test_adjoint_and_derivatives_in_torch(name: str, norm: str) -> None:
    x = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)

    def forward(x):
        return sb.swt(x, name, level=1, axes=(-2, -1), norm=norm).array

    assert torch.autograd.gradcheck(forward, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(lambda x: forward(x) ** 3, x)
    c = sb.swt(x.detach(), name, level=2, axes=(-2, -1), norm=norm)
    assert torch.autograd.gradcheck(lambda a: sb.iswt(c.replace(a)), c.array.clone().requires_grad_())


def test_the_adjoint_is_the_inverse_of_normed_orthogonal_wavelets(rng) -> None:
    x = torch.asarray(rng.standard_normal((2, 21))).requires_grad_()
    c = sb.swt(x, "sym4", level=2, norm="l1")
    y = torch.asarray(rng.standard_normal(tuple(c.array.shape)))
    (adjoint,) = torch.autograd.grad(c.array, x, y)
    torch.testing.assert_close(adjoint, sb.iswt(c.replace(y)).detach(), atol=1e-12, rtol=0)
    torch.testing.assert_close((c.array * y).sum(), (x * adjoint).sum())


@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, rng) -> None:
    x = rng.standard_normal((3, 14, 17)) + 1j * rng.standard_normal((3, 14, 17))
    for samples in (x.real, x):
        given_ = MAKE[kind](samples)
        want = sb.swt(samples, "db2", level=2, axes=(1, 2))
        c = sb.swt(given_, "db2", level=2, axes=(1, 2))
        back = sb.iswt(c)
        for got, numbers in ((c.array, want.array), (back, samples), (c[2]["ad"], want[2]["ad"])):
            assert type(got) is type(given_)
            assert got.dtype == given_.dtype
            np.testing.assert_allclose(np.asarray(got), numbers, atol=1e-11)


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_is_filtered_in_single(kind: str) -> None:
    x = torch.linspace(-1, 1, 64).to(getattr(torch, kind))
    c = sb.swt(x, "db3", level=3)
    assert c.array.dtype == x.dtype
    torch.testing.assert_close(c.array, sb.swt(x.float(), "db3", level=3).array.to(x.dtype))
    torch.testing.assert_close(sb.iswt(c), x, atol=4e-2, rtol=0)
    jax_dtype = getattr(jnp, kind)
    assert sb.swt(jnp.ones(8, jax_dtype), "haar", level=2).array.dtype == jax_dtype


def test_integers_become_floating() -> None:
    c = sb.swt(np.arange(16), "haar", level=1)
    np.testing.assert_allclose(c[1]["d"][:-1], -np.sqrt(0.5))


def test_jit_vmap_and_gradients_of_jax(rng) -> None:
    x = rng.standard_normal((4, 3, 19))
    want = sb.swt(x, "db2", level=2)
    c = jax.jit(lambda x: sb.swt(x, "db2", level=2))(jnp.asarray(x))
    assert isinstance(c, sb.StationaryCoefficients)
    np.testing.assert_allclose(np.asarray(c.array), want.array, atol=1e-12)
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, c)
    np.testing.assert_allclose(np.asarray(jax.jit(sb.iswt)(doubled)), 2 * x, atol=1e-12)
    mapped = jax.vmap(lambda x: sb.swt(x, "db2", level=2).array)(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(mapped), want.array, atol=1e-12)
    each = jax.vmap(lambda x: sb.swt(x, "db2", level=2))(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(jax.vmap(sb.iswt)(each)), x, atol=1e-12)
    there = torch.asarray(x).requires_grad_()
    sb.swt(there, "db2", level=2).array.pow(4).sum().backward()
    here = jax.grad(lambda x: (sb.swt(x, "db2", level=2).array ** 4).sum())(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(here), there.grad.numpy(), rtol=1e-9, atol=1e-9)
    mapped = torch.func.vmap(lambda a: sb.swt(a, "db2", level=2).array)(torch.asarray(x))
    np.testing.assert_allclose(mapped.numpy(), want.array, atol=1e-12)


def test_bands_by_level_and_name(rng) -> None:
    x = rng.standard_normal((2, 16, 3, 12))
    c = sb.swt(x, "haar", level=2, axes=(1, 3))
    assert c.array.shape == (2, 3, 7, 16, 12)
    assert c.names == ("ad", "da", "dd")
    assert c.approx.shape == c[1]["ad"].shape == x.shape
    assert [level for level, _ in c] == [2, 1]
    assert len(c) == 2
    assert c.ravel().shape == (2, 3, 7 * 16 * 12)
    assert repr(c).startswith("StationaryCoefficients(haar, level=2, axes=(1, 3)")
    kept = c.map(lambda band: 0 * band, approx=False)
    np.testing.assert_array_equal(kept.approx, c.approx)
    assert not any(band.any() for _, details in kept for band in details.values())
    np.testing.assert_allclose(sb.iswt(c.map(lambda band: 3 * band)), 3 * x, atol=1e-12)
    assert np.shares_memory(c[1]["dd"], c.array)


def test_containers_travel(rng) -> None:
    c = sb.swt(rng.standard_normal(16), "db2", level=2, norm="l1")
    for twin in (pickle.loads(pickle.dumps(c)), copy.deepcopy(c)):
        assert twin.spec == c.spec
        assert twin.norm
        np.testing.assert_array_equal(sb.iswt(twin), sb.iswt(c))
    from torch.utils import _pytree

    t = sb.swt(torch.ones(2, 16), "haar", level=2, norm="l1")
    halved = _pytree.tree_map(lambda a: a / 2, t)
    torch.testing.assert_close(sb.iswt(halved), torch.full((2, 16), 0.5))


def test_default_level_is_that_of_dwt() -> None:
    x = np.ones((100, 200))
    assert sb.swt(x, "db4", axes=(0, 1)).spec.level == sb.dwt(x, "db4", axes=(0, 1)).spec.level


def test_an_empty_batch_stays_empty() -> None:
    assert sb.iswt(sb.swt(np.ones((0, 16)), "db2", level=1)).shape == (0, 16)


def test_nan_reaches_only_what_reads_it(rng) -> None:
    x = rng.standard_normal(64)
    x[20] = np.nan
    assert np.isnan(sb.swt(x, "db2", level=1).array).sum() == 2 * 4


ERRORS = {
    "unknown wavelet": (lambda x: sb.swt(x, "nope"), "wavelet 'nope' is unknown"),
    "level too high": (
        lambda x: sb.swt(x, "haar", level=5),
        r"can't take 5 stationary levels on 16 samples: at most 4, since 2\^level ≤ 16",
    ),
    "level zero": (lambda x: sb.swt(x, "haar", level=0), "must be a whole number, 1 or more"),
    "empty axis": (lambda x: sb.swt(x[:, :0], "haar"), "axis 1 of an array of shape"),
    "missing axis": (lambda x: sb.swt(x, "haar", axes=2), "give one of -2 … 1"),
    "a single number": (lambda x: sb.swt(np.float64(1), "haar"), "at least one axis"),
    "no such level": (lambda x: sb.swt(x, "haar", level=2)[3], "level 3 does not exist: give one of 1 … 2"),
    "no such stop": (lambda x: sb.iswt(sb.swt(x, "haar", level=2), level=3), "give one of 0 … 2"),
    "other shape": (lambda x: sb.swt(x, "haar", level=2).replace(x), "can't be replaced by"),
    "not coefficients": (lambda x: sb.iswt(x), "can't invert a ndarray: give the StationaryCoefficients"),
    "a pyramid": (lambda x: sb.iswt(sb.dwt(x, "haar", level=1)), "can't invert a Coefficients"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


def test_arrays_that_cannot_be_filtered_are_refused() -> None:
    with pytest.raises(UnsupportedArray, match="dtype object"):
        sb.swt(np.array([object()] * 8), "haar")
