"""Transforms in JAX programs: jit, vmap, derivatives, export, sharding."""

import os
import subprocess
import sys
from functools import partial
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from maps import PAIR, TRANSFORMS, gradient

import subband as sb
from subband.kernels.filterbank import compiled as filterbank_compiled
from subband.kernels.filterbank import jax as filterbank_jax
from subband.kernels.filterbank.operations import OPERATIONS


@pytest.mark.parametrize("name", ["dwt", "ipackets", "lift", "shift", "stft"])
def test_jax_compiles_maps_and_differentiates(name: str, images) -> None:
    f = TRANSFORMS[name]
    x = jnp.asarray(images.numpy())

    def energy(x):
        return (jnp.abs(f(x)) ** 2).sum()

    value, slope = jax.jit(jax.vmap(jax.value_and_grad(energy)))(x)
    np.testing.assert_allclose(
        value, f(images).abs().square().sum(tuple(range(1, f(images).ndim))), rtol=1e-9
    )
    np.testing.assert_allclose(slope, gradient(f, images).numpy(), rtol=1e-9, atol=1e-9)


def test_jax_knows_the_leaves_by_name() -> None:
    c = sb.stft(jnp.ones(16), jnp.ones(8), 4)
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(c)]
    assert paths == [".array", ".learnt"]


BANKS = {
    "pyramid_analysis": lambda x, impl: sb.dwt(x, "db2", level=2, axes=PAIR, impl=impl).array,
    "pyramid_synthesis": lambda x, impl: sb.idwt(
        sb.dwt(x, "db2", level=2, mode="smooth", impl="reference"), impl=impl
    ),
    "tree_analysis": lambda x, impl: sb.packets(x, "bior2.2", level=1, mode="orthogonal", impl=impl).array,
    "tree_synthesis": lambda x, impl: sb.ipackets(
        sb.packets(x, "haar", level=2, impl="reference"), impl=impl
    ),
}
"""The four maps of `subband.kernels.filterbank`, with the surrounding operations by the reference."""


@pytest.fixture(autouse=True)
def _short_signals_go_through_the_kernel(monkeypatch) -> None:
    monkeypatch.setattr(filterbank_jax, "SHORT", 0)
    jax.clear_caches()


@pytest.fixture
def signals(rng) -> jax.Array:
    return jnp.asarray(rng.standard_normal((2, 13, 12)))


def same(f, *given) -> None:
    """Assert that f(impl) is equal for the compiled kernels and the reference."""
    for fast, slow in zip(*(jax.tree.leaves(f(impl)(*given)) for impl in ("fast", "reference")), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_primitive_is_its_reference_under_every_transformation(name: str, signals) -> None:
    def energy(x, impl):
        return (jnp.cosh(BANKS[name](x, impl))).sum()

    def both_modes(x, tangent, impl):
        return jax.jvp(jax.grad(partial(energy, impl=impl)), (x,), (tangent,))

    same(lambda impl: partial(BANKS[name], impl=impl), signals)
    same(lambda impl: jax.jit(partial(both_modes, impl=impl)), signals, signals + 1)
    same(lambda impl: jax.vmap(partial(BANKS[name], impl=impl), 1), jnp.stack([signals, signals + 1], 1))


def test_second_derivatives_are_of_the_compiled_map(signals) -> None:
    def hessian(impl):
        return jax.hessian(lambda x: (sb.dwt(x, "db2", level=1, impl=impl).array ** 4).sum())

    same(hessian, signals[0, 0])


def test_programs_call_the_kernel_and_exported_ones_do_not(signals) -> None:
    def f(x):
        return sb.dwt(x, "db2", level=2).array

    call = f"custom_call @{filterbank_jax.NAME}"
    assert call in jax.jit(f).lower(signals).as_text()
    (batch,) = jax.export.symbolic_shape("batch")
    shape = jax.ShapeDtypeStruct((batch, 12), signals.dtype)
    program = jax.export.export(jax.jit(f), platforms=["cpu", "cuda"])(shape)
    assert call not in program.mlir_module()
    np.testing.assert_allclose(program.call(signals[0]), f(signals[0]), atol=1e-12)


def test_short_signals_are_left_to_xla(signals, monkeypatch) -> None:
    monkeypatch.setattr(filterbank_jax, "SHORT", 2 * 13 * 12 + 1)
    along_one, along_two = (
        jax.jit(lambda x, a=a: sb.dwt(x, "haar", level=1, axes=a).array) for a in (-1, PAIR)
    )
    assert "custom_call" not in along_one.lower(signals).as_text()
    assert "custom_call" in along_two.lower(signals).as_text()


def test_what_fails_inside_a_program_is_raised(signals) -> None:
    with (
        patch.object(filterbank_compiled, "apply", side_effect=MemoryError("no room")),
        pytest.raises(jax.errors.JaxRuntimeError, match="MemoryError: no room"),
    ):
        sb.dwt(signals, "db3", level=1).array.block_until_ready()


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16, jnp.complex64])
def test_other_numbers_pass_through_the_kernel(dtype, signals) -> None:
    x = signals.astype(dtype)
    got = sb.dwt(x, "db2", level=2).array
    assert got.dtype == dtype
    want = sb.dwt(x.astype(jnp.promote_types(dtype, jnp.float32)), "db2", level=2, impl="reference").array
    np.testing.assert_allclose(got.astype(want.dtype), want, rtol=2 * float(jnp.finfo(dtype).eps), atol=1e-2)


def test_programs_may_be_spread_over_devices() -> None:
    code = """
import jax, jax.numpy as jnp, numpy as np, subband as sb
from jax.sharding import NamedSharding, PartitionSpec
x = jnp.asarray(np.random.default_rng(0).standard_normal((4, 16)))
mesh = jax.make_mesh((2,), ("i",), axis_types=(jax.sharding.AxisType.Auto,))
f = lambda x: sb.dwt(x, "db2", 1).array
want = np.asarray(f(x))
for spec in (PartitionSpec("i"), PartitionSpec(None, "i")):
    got = jax.jit(f)(jax.device_put(x, NamedSharding(mesh, spec)))
    np.testing.assert_allclose(np.asarray(got), want, atol=1e-12)
g = jax.shard_map(f, mesh=mesh, in_specs=PartitionSpec("i"), out_specs=PartitionSpec("i"))
np.testing.assert_allclose(np.asarray(jax.jit(g)(x)), want, atol=1e-12)
slopes = [np.asarray(jax.jit(jax.grad(lambda x: (h(x) ** 2).sum()))(x)) for h in (f, g)]
np.testing.assert_allclose(*slopes, atol=1e-12)
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
