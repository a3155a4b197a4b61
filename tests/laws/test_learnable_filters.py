"""Learnable filters: agreement with fixed filters, gradients, and wavelet losses and parametrisations."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch

import subband as sb
from subband.errors import InvalidInput
from subband.kernels.filterbank import pyramid_analysis
from subband.transforms.wavelets.lattice import nearest_angles

WAVELETS = pywt.wavelist(kind="discrete")
INEXACT = {"dmey"}
DIRECTIONS = ((sb.dwt, sb.idwt), (sb.packets, sb.ipackets))


def leaves(name: str, dtype=torch.float64) -> list[torch.Tensor]:
    """Four generic filters that are no wavelet's, to exclude accidental cancellation."""
    filters = sb.Filters.of(name, like=torch.empty(0, dtype=dtype))
    noise = torch.Generator().manual_seed(0)
    return [(t + 0.1 * torch.randn(t.shape, generator=noise, dtype=dtype)).requires_grad_() for t in filters]


def orthonormality(lo: np.ndarray) -> float:
    """max over m of |Σₙ h[n] h[n + 2m] − δ[m]|, independently of the library, by autocorrelation."""
    around = np.correlate(lo, lo, "full")[len(lo) - 1 :: 2]
    return float(np.abs(around - (np.arange(len(around)) == 0)).max())


@pytest.mark.parametrize("mode", pywt.Modes.modes)
@pytest.mark.parametrize("name", ["haar", "db3", "bior2.2"])
@pytest.mark.parametrize("impl", [pytest.param("fast", marks=pytest.mark.compiled), "reference"])
def test_learnable_filters_give_what_fixed_ones_give(impl: str, name: str, mode: str, rng) -> None:
    x = torch.from_numpy(rng.standard_normal((2, 18, 21)))
    filters = sb.Filters.of(name, like=x)
    for axes in (-1, (1, 2) if impl == "fast" else (2, 1)):
        for forward, back in DIRECTIONS:
            fixed, learnt = (
                forward(x, wavelet, level=1, mode=mode, axes=axes, impl=how)
                for wavelet, how in ((name, None), (filters, impl))
            )
            torch.testing.assert_close(learnt.array, fixed.array, atol=1e-12, rtol=0)
            assert learnt.filters == (filters,)
            assert fixed.filters == ()
            other = fixed.array + 1  # no signal's coefficients, so that the inverse is seen at work
            torch.testing.assert_close(
                back(learnt.replace(other), impl=impl), back(fixed.replace(other)), atol=1e-12, rtol=0
            )


@pytest.mark.parametrize(
    ("impl", "mode"),
    [
        *(pytest.param("fast", mode, marks=pytest.mark.compiled) for mode in pywt.Modes.modes),
        ("reference", "antireflect"),
        ("reference", "zero"),
    ],
)
def test_gradients_to_filters_along_one_axis(impl: str, mode: str) -> None:
    x = torch.randn(2, 13, dtype=torch.float64, requires_grad=True)
    for forward, back in DIRECTIONS:

        def there(x, *taps, forward=forward):
            return forward(x, sb.Filters(*taps), level=2, mode=mode, impl=impl).array

        def round_trip(x, *taps, forward=forward, back=back):
            return back(forward(x, sb.Filters(*taps), level=2, mode=mode, impl=impl), impl=impl)

        for f in (there, round_trip):
            assert torch.autograd.gradcheck(f, (x, *leaves("db2")), fast_mode=True)
            assert torch.autograd.gradgradcheck(f, (x, *leaves("db2")), fast_mode=True)


@pytest.mark.parametrize(("forward", "back"), DIRECTIONS)
def test_gradients_to_filters_one_by_one(forward, back) -> None:
    x = torch.randn(1, 7, dtype=torch.float64, requires_grad=True)
    c = forward(x, sb.Filters(*leaves("db2")), level=1)
    array = c.array.detach().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x, *t: forward(x, sb.Filters(*t), level=1).array, (x, *leaves("db2"))
    )
    assert torch.autograd.gradgradcheck(
        lambda x, *t: forward(x, sb.Filters(*t), level=1).array, (x, *leaves("db2"))
    )

    def inverse(array, *taps):
        return back(type(c)(array, c.spec, (sb.Filters(*taps),)))

    assert torch.autograd.gradcheck(inverse, (array, *leaves("db2")))
    assert torch.autograd.gradgradcheck(inverse, (array, *leaves("db2")))


def test_gradients_to_filters_along_several_axes() -> None:
    x = torch.randn(2, 6, 5, dtype=torch.float64, requires_grad=True)
    for forward, back in DIRECTIONS:
        # One bank along two axes, and one along the first only.
        def alike(x, *taps, forward=forward, back=back):
            return back(forward(x, sb.Filters(*taps), level=1, axes=(1, 2)))

        def mixed(x, *taps, forward=forward, back=back):
            return back(
                forward(x, (sb.Filters(*taps), "haar"), level=1, mode=("zero", "periodic"), axes=(2, 1))
            )

        for f in (alike, mixed):
            assert torch.autograd.gradcheck(f, (x, *leaves("db2")), fast_mode=True)
            assert torch.autograd.gradgradcheck(f, (x, *leaves("haar")), fast_mode=True)


def test_complex_and_half_samples(rng) -> None:
    z = torch.from_numpy(rng.standard_normal((2, 16)) + 1j * rng.standard_normal((2, 16))).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda z, *t: sb.dwt(z, sb.Filters(*t), level=2).array, (z, *leaves("db2"))
    )
    x = torch.linspace(-1, 1, 64).to(torch.bfloat16)
    filters = sb.Filters(*leaves("db2", torch.float32))
    c = sb.dwt(x, filters, level=2)
    assert c.array.dtype == torch.bfloat16
    c.array.float().sum().backward()
    assert filters.dec_lo.grad.dtype == torch.float32
    want = sb.dwt(x.float(), filters, level=2).array.to(x.dtype)
    torch.testing.assert_close(c.array, want)


def test_gradients_agree_between_torch_and_jax(rng) -> None:
    x, taps = rng.standard_normal((2, 13)), leaves("db2")

    def cost(x, filters):
        c = sb.dwt(x, filters, level=2)
        return (sb.idwt(c.replace(c.array**3)) ** 2).sum() + sb.perfect_reconstruction_loss(filters)

    cost(torch.from_numpy(x), sb.Filters(*taps)).backward()
    here = sb.Filters(*(jnp.asarray(t.detach().numpy()) for t in taps))
    gradient = jax.jit(jax.grad(lambda f: cost(jnp.asarray(x), f)))(here)
    for ours, theirs in zip(gradient, taps, strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs.grad.numpy(), rtol=1e-9, atol=1e-9)


def test_the_strict_array_api_is_enough(rng) -> None:
    x = array_api_strict.asarray(rng.standard_normal((2, 20)))
    filters = sb.lattice_filters(array_api_strict.asarray([0.1, 0.2, 0.5]))
    for forward, back in DIRECTIONS:
        c = forward(x, filters, level=1, axes=(0, 1))
        assert len(c.filters) == 1
        np.testing.assert_allclose(np.asarray(back(c)), np.asarray(x), atol=1e-12)
    weights = [array_api_strict.asarray([0.5, 0.4]), array_api_strict.asarray([0.3, 0.2])]
    assert float(sb.perfect_reconstruction_loss(sb.lifting_filters("cdf2.2", weights=weights))) < 1e-24
    assert float(sb.orthogonality_loss(filters)) == 0


@pytest.mark.compiled
def test_vmap_over_signals_and_by_the_reference_over_filters() -> None:
    x, taps = torch.randn(3, 2, 20, dtype=torch.float64), leaves("db2")
    want = sb.dwt(x, sb.Filters(*taps), level=2).array
    torch.testing.assert_close(
        torch.func.vmap(lambda x: sb.dwt(x, sb.Filters(*taps), level=2).array)(x), want
    )

    def of_low(lo, impl):
        return sb.dwt(x, sb.Filters(lo, *taps[1:]), level=2, impl=impl).array

    many = torch.stack([taps[0], 2 * taps[0]])
    torch.testing.assert_close(torch.func.vmap(lambda lo: of_low(lo, "reference"))(many)[0], want)
    with pytest.raises(InvalidInput, match="reference"):
        torch.func.vmap(lambda lo: of_low(lo, "fast"))(many)


def test_containers_carry_filters_as_leaves() -> None:
    from torch.utils import _pytree

    x = torch.randn(3, 16, dtype=torch.float64)
    filters = sb.Filters.of("db2", like=x)
    for c in (sb.dwt(x, filters, level=2), sb.packets(x, (filters,), level=2)):
        flat, spec = _pytree.tree_flatten(c)
        assert len(flat) == 5
        again = _pytree.tree_unflatten(flat, spec)
        assert again.filters[0].rec_hi is filters.rec_hi
        assert again.spec == c.spec
    assert len(_pytree.tree_leaves(sb.dwt(x, "db2", level=2))) == 1
    both = sb.dwt(x, (filters, filters), level=1, axes=(0, 1))
    assert len(both.filters) == 1
    assert "learnable" in repr(both)


def test_filters_known_beforehand_are_plain_wavelets() -> None:
    x = np.linspace(0, 1, 32) ** 2
    filters = sb.Filters.of("db3")
    assert sb.wavelet(filters).dec_lo == sb.wavelet("db3").dec_lo
    assert sb.dwt(x, filters, level=2).filters == ()
    np.testing.assert_array_equal(sb.swt(x, filters, level=2).array, sb.swt(x, "db3", level=2).array)
    fixed = sb.Filters(*leaves("db3")).fixed("mine")
    assert (fixed.name, fixed.taps) == ("mine", 6)
    four = tuple(leaves("db3"))
    assert sb.dwt(torch.from_numpy(x), four, level=1).filters[0].rec_hi is four[3]
    assert sb.dwt(torch.from_numpy(x), [np.asarray(t) for t in filters], level=1).filters == ()


def test_components_of_learnable_filters_sum_to_the_signal() -> None:
    x = torch.randn(2, 32, dtype=torch.float64)
    filters = sb.Filters.of("db2", like=x)
    torch.testing.assert_close(sb.imra(sb.mra(x, filters, level=2, transform="dwt")), x)


def test_says_what_filters_must_be() -> None:
    x, f = torch.ones(16), sb.Filters.of("db2", like=torch.empty(0))
    with pytest.raises(InvalidInput, match="L even"):
        sb.Filters(*(t[:3] for t in f))
    with pytest.raises(InvalidInput, match="one library"):
        sb.Filters(f.dec_lo, f.dec_hi, f.rec_lo, np.ones(4))
    with pytest.raises(InvalidInput, match="real floating"):
        sb.Filters(*(t.to(torch.int64) for t in f))
    with pytest.raises(InvalidInput, match="arrays of numpy"):
        sb.dwt(np.ones(16), f)
    with pytest.raises(InvalidInput, match="fixed"):
        sb.swt(x, f)
    with pytest.raises(InvalidInput, match="at most 2"):
        sb.dwt(x, f, level=3)
    with pytest.raises(InvalidInput, match="one, for gradients"):
        sb.dwt(torch.ones(8, 8), sb.Filters(*leaves("haar")), level=1, axes=(0, 1), impl="fast")
    c = sb.dwt(x, f, level=1)
    # Static data alone can't filter: its taps are not numbers.
    assert torch.isnan(pyramid_analysis(x[None], c.spec.analysis)).all()


@pytest.mark.parametrize("name", [w for w in WAVELETS if w not in INEXACT])
def test_losses_vanish_for_wavelets(name: str) -> None:
    assert sb.perfect_reconstruction_loss(name) < 1e-18
    assert sb.alias_cancellation_loss(name) < 1e-18
    assert sb.alias_cancellation_loss(name, strict=True) < 1e-18
    orthonormal = pywt.Wavelet(name).orthogonal or name in ("bior1.1", "rbio1.1")  # which are Haar
    assert (sb.orthogonality_loss(name) < 1e-18) == orthonormal


@pytest.mark.parametrize("name", ["haar", "db4", "bior4.4"])
@pytest.mark.parametrize("which", range(4))
def test_losses_of_a_wrong_tap_are_as_predicted(which: int, name: str) -> None:
    # A tap that is wrong by ε adds ε times the filter that it meets, delayed, to either sum.
    epsilon, taps = 0.01, [np.array(t) for t in sb.Filters.of(name)]
    partner = taps[(which + 2) % 4]
    taps[which][1] += epsilon
    filters, energy = sb.Filters(*taps), epsilon**2 * (partner**2).sum()
    assert sb.perfect_reconstruction_loss(filters) == pytest.approx(energy, rel=1e-6)
    assert sb.alias_cancellation_loss(filters) == pytest.approx(energy, rel=1e-6)
    assert sb.alias_cancellation_loss(filters, strict=True) == pytest.approx(epsilon**2, rel=1e-6)
    if name != "bior4.4":
        assert sb.orthogonality_loss(filters) == pytest.approx(epsilon**2, rel=1e-6)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_any_angles_make_an_orthonormal_bank(count: int, rng) -> None:
    for _ in range(5):
        filters = sb.lattice_filters(rng.uniform(-np.pi, np.pi, count))
        assert filters.taps == 2 * count
        assert max(orthonormality(t) for t in filters) <= 1e-12
        assert sb.perfect_reconstruction_loss(filters) <= 1e-24
        assert sb.alias_cancellation_loss(filters) <= 1e-24
        assert sb.orthogonality_loss(filters) == 0
        x = rng.standard_normal(50)
        np.testing.assert_allclose(sb.idwt(sb.dwt(x, filters, level=1)), x, atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_angles_that_sum_to_an_eighth_of_a_turn_make_a_vanishing_moment(count: int, rng) -> None:
    angles = rng.uniform(-np.pi, np.pi, count)
    angles[-1] += np.pi / 4 - angles.sum()
    filters = sb.lattice_filters(angles)
    assert filters.dec_lo.sum() == pytest.approx(np.sqrt(2), abs=1e-12)
    assert filters.dec_hi.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["haar", "db2", "db4", "db8", "db19", "sym5", "sym20", "coif3", "coif11"])
def test_orthogonal_wavelets_have_angles(name: str) -> None:
    # Tabulated filters are orthonormal only to some 1e-11, and the lattice's exactly.
    wanted = sb.Filters.of(name)
    for made, want in zip(sb.lattice_filters(sb.lattice_angles(name)), wanted, strict=True):
        np.testing.assert_allclose(
            made, want, atol=max(1e-12, 10 * orthonormality(np.asarray(wanted.dec_lo)))
        )
    turns = (sb.lattice_angles(name).sum() - np.pi / 4) / (2 * np.pi)
    assert turns == pytest.approx(round(turns), abs=1e-10)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_random_lattices_come_back(count: int, rng) -> None:
    for _ in range(5):
        filters = sb.lattice_filters(rng.uniform(-np.pi, np.pi, count))
        again = sb.lattice_filters(sb.lattice_angles(filters))
        np.testing.assert_allclose(again.dec_lo, filters.dec_lo, atol=1e-12)
        padded = np.concatenate([np.zeros(2), filters.dec_lo])  # outer taps of nothing
        np.testing.assert_allclose(sb.lattice_filters(nearest_angles(padded)).dec_lo, padded, atol=1e-12)


def test_says_what_has_no_angles() -> None:
    with pytest.raises(InvalidInput, match="off by"):
        sb.lattice_angles("bior4.4")
    with pytest.raises(InvalidInput, match="near"):
        nearest_angles(np.zeros(6))
    with pytest.raises(InvalidInput, match="L even"):
        nearest_angles(np.ones(3))
    with pytest.raises(InvalidInput, match="no lattice"):
        sb.lattice_filters(np.ones((2, 2)))


@pytest.mark.parametrize("name", sb.SCHEMES)
def test_lifting_steps_make_the_wavelet_that_they_factor(name: str, rng) -> None:
    scheme, filters = sb.SCHEMES[name], sb.lifting_filters(name)
    if scheme.wavelet:
        for made, want in zip(filters, sb.Filters.of(scheme.wavelet), strict=True):
            np.testing.assert_allclose(made, want, atol=1e-11)
    x = rng.standard_normal((2, 64))
    lifted, banked = (
        sb.lift(x, name, level=2, mode="periodization"),
        sb.dwt(x, filters, level=2, mode="periodization"),
    )
    np.testing.assert_allclose(banked.array, lifted.array, atol=1e-12)


@pytest.mark.parametrize("name", sb.SCHEMES)
def test_any_lifting_weights_reconstruct(name: str, rng) -> None:
    weights = [rng.standard_normal(len(step.weights)) for step in sb.SCHEMES[name].steps]
    filters = sb.lifting_filters(name, weights=weights, scales=np.array([1.3, -0.4]))
    assert sb.perfect_reconstruction_loss(filters) < 1e-20
    assert sb.alias_cancellation_loss(filters) < 1e-20
    x = rng.standard_normal(50)
    np.testing.assert_allclose(sb.idwt(sb.dwt(x, filters, level=1)), x, atol=1e-10)
    with pytest.raises(InvalidInput, match="fit"):
        sb.lifting_filters(name, weights=weights[1:])


def test_ends_that_depend_on_the_values_are_refused() -> None:
    x = torch.randn(16, dtype=torch.float64)
    with pytest.raises(InvalidInput, match="fixed"):
        sb.dwt(x, sb.Filters.of("db2", like=x), level=2, mode="orthogonal")
