"""Agreement of results between NumPy, PyTorch, JAX and the strict array API."""

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}


def forward(x, mode: str):
    c = sb.dwt(x, "db2", level=2, mode=mode, axes=(-2, -1))
    p = sb.packets(x, "haar", level=2, mode=mode, axes=(-1,))
    return c, p


@pytest.mark.parametrize("mode", sb.MODES)
@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, mode: str, rng) -> None:
    x = rng.standard_normal((3, 14, 17)) + 1j * rng.standard_normal((3, 14, 17))
    for samples in (x.real, x):
        given = MAKE[kind](samples)
        want_c, want_p = forward(samples, mode)
        c, p = forward(given, mode)
        for got, want in ((c.array, want_c.array), (p.array, want_p.array), (sb.idwt(c), samples)):
            assert type(got) is type(given)
            assert got.dtype == given.dtype
            np.testing.assert_allclose(np.asarray(got), want, atol=1e-11)
        np.testing.assert_allclose(np.asarray(sb.ipackets(p)), samples, atol=1e-11)


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_precision_is_filtered_in_single(kind: str) -> None:
    x = torch.linspace(-1, 1, 64).to(getattr(torch, kind))
    c = sb.dwt(x, "db3", level=2)
    assert c.array.dtype == x.dtype
    torch.testing.assert_close(sb.idwt(c), x, atol=2e-2, rtol=0)
    torch.testing.assert_close(c.array, sb.dwt(x.float(), "db3", level=2).array.to(x.dtype))


@pytest.mark.parametrize("kind", ["numpy", "torch", "jax"])
def test_integers_become_floating(kind: str) -> None:
    x = MAKE[kind](np.arange(16))
    c = sb.dwt(x, "haar", level=1)
    assert "float" in str(c.array.dtype)
    np.testing.assert_allclose(np.asarray(c[1]["d"]), -np.sqrt(0.5), rtol=1e-6)


def test_a_list_is_an_array() -> None:
    np.testing.assert_allclose(sb.dwt([1.0, 1.0, 1.0, 1.0], "haar", level=2).approx, [2.0])


@pytest.mark.parametrize("mode", sb.MODES)
def test_first_and_second_derivatives_in_torch(mode: str) -> None:
    x = torch.randn(2, 6, 7, dtype=torch.float64, requires_grad=True)

    def pyramid(x):
        return sb.dwt(x, "db2", level=1, mode=mode, axes=(-2, -1)).array

    def tree(x):
        return sb.packets(x, "haar", level=2, mode=mode, axes=(-2, -1)).array

    for f in (pyramid, tree):
        assert torch.autograd.gradcheck(f, x, check_forward_ad=True)
        # A linear map has no second derivative of its own, so give it one.
        assert torch.autograd.gradgradcheck(lambda x, f=f: f(x) ** 3, x)
    c = sb.dwt(x.detach(), "db2", level=1, mode=mode, axes=(-2, -1))
    assert torch.autograd.gradcheck(lambda a: sb.idwt(c.replace(a)), c.array.clone().requires_grad_())


@pytest.mark.parametrize("mode", sb.MODES)
def test_gradients_agree_between_torch_and_jax(mode: str, rng) -> None:
    x = rng.standard_normal((2, 13))
    there = torch.asarray(x).requires_grad_()
    sb.packets(there, "db2", level=2, mode=mode).array.pow(4).sum().backward()
    here = jax.grad(lambda x: (sb.packets(x, "db2", level=2, mode=mode).array ** 4).sum())(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(here), there.grad.numpy(), rtol=1e-9, atol=1e-9)


def test_vmap_maps_over_any_axis() -> None:
    x = torch.randn(4, 3, 16, dtype=torch.float64)
    want = sb.dwt(x, "db2", level=2).array
    torch.testing.assert_close(torch.func.vmap(lambda a: sb.dwt(a, "db2", level=2).array)(x), want)
    over_last = torch.func.vmap(lambda a: sb.dwt(a, "db2", level=2, axes=0).array, in_dims=0)(
        x.transpose(1, 2)
    )
    torch.testing.assert_close(over_last, want)
    y = jax.vmap(lambda a: sb.dwt(a, "db2", level=2).array)(jnp.asarray(x.numpy()))
    np.testing.assert_allclose(np.asarray(y), want.numpy(), atol=1e-12)


def test_containers_pass_through_jit_and_tree_maps() -> None:
    x = jnp.arange(32.0).reshape(2, 16)
    c = jax.jit(lambda x: sb.dwt(x, "db2", level=2))(x)
    assert isinstance(c, sb.Coefficients)
    doubled = jax.tree_util.tree_map(lambda a: 2 * a, c)
    np.testing.assert_allclose(np.asarray(sb.idwt(doubled)), 2 * np.asarray(x), atol=1e-10)
    back = jax.jit(sb.ipackets)(sb.packets(x, "haar", level=2))
    np.testing.assert_allclose(np.asarray(back), np.asarray(x), atol=1e-12)

    from torch.utils import _pytree

    p = sb.packets(torch.ones(2, 16), "haar", level=2)
    halved = _pytree.tree_map(lambda a: a / 2, p)
    torch.testing.assert_close(sb.ipackets(halved), torch.full((2, 16), 0.5))


def test_complex_and_negated_views_of_torch(rng) -> None:
    x = torch.randn(3, 16, dtype=torch.complex128)
    torch.testing.assert_close(sb.idwt(sb.dwt(x.conj(), "db2", level=1)), x.conj().resolve_conj())
    torch.testing.assert_close(
        sb.dwt(x.conj().imag, "db2", level=1).array, -sb.dwt(x.imag, "db2", level=1).array
    )
