"""Transforms in JAX programs: jit, vmap, derivatives, export, sharding."""

import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from maps import PAIR, TRANSFORMS, gradient

import subband as sb
from subband.kernels.filterbank import jax as filterbank_jax
from subband.kernels.filterbank.operations import OPERATIONS
from subband.kernels.threads import WORTH_SHARING

filterbank_compiled = pytest.importorskip(
    "subband.kernels.filterbank.compiled", reason="no compiled kernels", exc_type=ImportError
)


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


@pytest.fixture
def signals(rng) -> jax.Array:
    return jnp.asarray(rng.standard_normal((2, 13, 12)))


def same(f, *given) -> None:
    """Assert that f(impl) is equal for the compiled kernels and the reference."""
    for fast, slow in zip(*(jax.tree.leaves(f(impl)(*given)) for impl in ("fast", "reference")), strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-12, atol=1e-12)


@pytest.mark.compiled
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if "pyramid" in name else name for name in OPERATIONS],
)
def test_the_primitive_is_its_reference_under_every_transformation(name: str, signals) -> None:
    def energy(x, impl):
        return (jnp.cosh(BANKS[name](x, impl))).sum()

    def both_modes(x, tangent, impl):
        return jax.jvp(jax.grad(partial(energy, impl=impl)), (x,), (tangent,))

    same(lambda impl: partial(BANKS[name], impl=impl), signals)
    same(lambda impl: jax.jit(partial(both_modes, impl=impl)), signals, signals + 1)
    same(lambda impl: jax.vmap(partial(BANKS[name], impl=impl), 1), jnp.stack([signals, signals + 1], 1))


@pytest.mark.slow
def test_second_derivatives_are_of_the_compiled_map(signals) -> None:
    def hessian(impl):
        return jax.hessian(lambda x: (sb.dwt(x, "db2", level=1, impl=impl).array ** 4).sum())

    same(hessian, signals[0, 0])


@pytest.mark.compiled
def test_programs_call_the_kernel_and_exported_ones_do_not(signals) -> None:
    def f(x):
        return sb.dwt(x, "db2", level=2).array

    call = f"custom_call @{filterbank_jax.NAME}_float64"
    assert call in jax.jit(f).lower(signals).as_text()
    (batch,) = jax.export.symbolic_shape("batch")
    shape = jax.ShapeDtypeStruct((batch, 12), signals.dtype)
    program = jax.export.export(jax.jit(f), platforms=["cpu", "cuda"])(shape)
    assert call not in program.mlir_module()
    np.testing.assert_allclose(program.call(signals[0]), f(signals[0]), atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "level", "mode"),
    [((1, 4 * WORTH_SHARING + 5), 4, "zero"), ((40, 4096), 2, "symmetric"), ((3, 5), 1, "smooth")],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_signals_shared_by_threads_and_those_shorter_than_filters(
    shape, level: int, mode: str, dtype, rng, monkeypatch
) -> None:
    monkeypatch.setattr(filterbank_compiled, "threads", lambda: 3)
    x = rng.standard_normal(shape).astype(dtype)
    for given in (x, jnp.asarray(x)):
        c = sb.dwt(given, "db4", level=level, mode=mode)
        want = sb.dwt(x.astype(float), "db4", level=level, mode=mode, impl="reference").array
        np.testing.assert_allclose(c.array, want, atol=30 * np.finfo(dtype).eps * np.abs(want).max())
        np.testing.assert_allclose(sb.idwt(c), x, atol=3e3 * np.finfo(dtype).eps)


def test_programs_are_kept_from_one_process_to_the_next(tmp_path) -> None:
    code = """
import jax, jax.numpy as jnp, numpy as np, subband as sb
x = jnp.asarray(np.random.default_rng(0).standard_normal((4, 64)))
y = jax.jit(lambda x: sb.dwt(x, "db2", level=3).array)(x)
np.testing.assert_allclose(y, sb.dwt(np.asarray(x), "db2", level=3).array, rtol=1e-5, atol=1e-5)
"""
    given = {
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    kept = []
    for _ in range(2):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        kept.append({file.name for file in tmp_path.iterdir() if file.name.endswith("-cache")})
    assert kept[0] == kept[1]
    assert any("lambda" in name for name in kept[0])


@pytest.mark.compiled
def test_tables_of_other_signals_are_refused_inside_a_program(signals, monkeypatch) -> None:
    given = filterbank_jax.tables

    def shorter(plan, dtype):
        t = given(plan, dtype)
        return t._replace(sizes=t.sizes - 1)

    monkeypatch.setattr(filterbank_jax, "tables", shorter)
    with pytest.raises(jax.errors.JaxRuntimeError, match="do not fit"):
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
