"""Every public transform through the programs of PyTorch and JAX: as item by item, or one clear line."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from public import MAPS

from subband.errors import InvalidInput

CHOOSING = {
    "basis_cost", "best_basis", "extract_ridge", "extract_ridges", "fit_red_noise", "scattering_energy",
    "wavelet_variance",
}  # fmt: skip
"""Maps that read the numbers of a signal, which programs that are traced do not know yet."""
FOLLOWING = [name for name in MAPS if name not in CHOOSING]


def images() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 16, 16))


def mapped(name: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda x: MAPS[name].f(x, 1.0)


def energy(name: str) -> Callable[[Any], Any]:
    """The sum of all squared moduli, of which gradients are taken."""

    def total(x: Any) -> Any:
        return sum((abs(part) ** 2).sum() for part in MAPS[name].f(x, 1.0))

    return total


def gradient(name: str, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(energy(name)(x), x)[0]


def agree(got: tuple[Any, ...], want: tuple[Any, ...]) -> None:
    for one, other in zip(got, want, strict=True):
        a, b = np.asarray(one), np.asarray(other)
        # Sums of a few thousand numbers in other orders, of values that may nearly cancel.
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * np.abs(b).max(initial=0.0))


def item_by_item(name: str, make: Callable[[np.ndarray], Any]) -> tuple[np.ndarray, ...]:
    each = [mapped(name)(make(x)) for x in images()]
    return tuple(np.stack([np.asarray(part) for part in same]) for same in zip(*each, strict=True))


@pytest.mark.parametrize("name", FOLLOWING)
def test_torch_maps_over_items(name: str) -> None:
    agree(torch.func.vmap(mapped(name))(torch.asarray(images())), item_by_item(name, torch.asarray))


@pytest.mark.parametrize("name", FOLLOWING)
def test_torch_maps_gradients_over_items(name: str) -> None:
    x = torch.asarray(images())
    want = torch.stack([gradient(name, one) for one in x])
    assert torch.isfinite(want).all()
    agree((torch.func.vmap(torch.func.grad(energy(name)))(x),), (want,))


@pytest.mark.slow
@pytest.mark.parametrize("name", MAPS)
def test_torch_compiles(name: str) -> None:
    torch._dynamo.reset()
    x = torch.asarray(images())
    agree(torch.compile(mapped(name), backend="aot_eager")(x), mapped(name)(x))


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLLOWING)
def test_jax_compiles(name: str) -> None:
    agree(jax.jit(mapped(name))(jnp.asarray(images())), mapped(name)(images()))


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLLOWING)
def test_jax_maps_over_items(name: str) -> None:
    agree(jax.jit(jax.vmap(mapped(name)))(jnp.asarray(images())), item_by_item(name, np.asarray))


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLLOWING)
def test_jax_maps_gradients_over_items(name: str) -> None:
    got = jax.jit(jax.vmap(jax.grad(energy(name))))(jnp.asarray(images()))
    want = torch.stack([gradient(name, torch.asarray(one)) for one in images()])
    agree((got,), (want,))


@pytest.mark.parametrize("name", sorted(CHOOSING))
def test_what_reads_numbers_says_so_where_there_are_none(name: str) -> None:
    there, here = torch.asarray(images()), jnp.asarray(images())
    for program, x in (
        (torch.func.vmap(mapped(name)), there),
        (jax.jit(mapped(name)), here),
        (jax.vmap(mapped(name)), here),
    ):
        with pytest.raises(InvalidInput, match="make it outside of jit, vmap and grad"):
            program(x)
