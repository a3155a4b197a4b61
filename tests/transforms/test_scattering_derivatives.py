"""Scattering in each library, and its derivatives."""

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


@pytest.mark.parametrize("library", ["torch", "jax", "strict"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_libraries_agree(library, dtype, rng) -> None:
    line, plane = sb.Scattering(J=3, Q=2, bank="gammatone"), sb.Scattering(2, J=2, L=2)
    for scattering, shape in ((line, (50,)), (plane, (9, 12))):
        x = rng.standard_normal((2, 1, *shape)).astype(dtype)
        made = MAKE[library](x)
        # Call by call, JAX compiles each operation of each size.
        ours = jax.jit(scattering.__call__)(made) if library == "jax" else scattering(made)
        assert type(ours.array) is type(made)
        assert ours.array.dtype == made.dtype
        np.testing.assert_allclose(
            np.asarray(ours.array), scattering(x).array, atol=1e-6 if dtype == "float32" else 1e-14
        )


@pytest.mark.parametrize(
    "scattering",
    [
        sb.Scattering(J=3, Q=2, bank="gammatone"),
        sb.Scattering(J=4, Q=1, order=3),
        sb.Scattering(J=2, Q=1, average=False),
        sb.Scattering(2, J=2, L=2, average="global"),
    ],
    ids=repr,
)
def test_derivatives_are_exact(scattering, rng) -> None:
    shape = (2**scattering.J + 1,) if scattering.ndim == 1 else (5, 6)
    x = torch.tensor(rng.standard_normal(shape), requires_grad=True)

    def flat(x):
        out = scattering(x).array
        return torch.cat([u.flatten() for u in out]) if isinstance(out, tuple) else out.flatten()

    assert torch.autograd.gradcheck(flat, x)
    assert torch.autograd.gradgradcheck(flat, x, fast_mode=True)


def test_the_gradient_of_silence_is_finite_and_that_of_jax_is_torchs(rng) -> None:
    scattering = sb.Scattering(2, J=2, L=2)
    weights = rng.standard_normal((3, *scattering(np.zeros((8, 12))).array.shape))
    noise = rng.standard_normal((8, 12))
    x = np.stack([noise, np.zeros((8, 12)), np.ones((8, 12))])
    t = torch.tensor(x, requires_grad=True)
    (torch.asarray(weights) * scattering(t).array).sum().backward()
    assert t.grad is not None
    assert torch.isfinite(t.grad).all()
    same = jax.jit(jax.grad(lambda x: jnp.sum(weights * scattering(x).array)))(x)
    assert np.isfinite(same).all()
    # Where a modulus is 0 but for rounding, its phase is anyone's guess.
    np.testing.assert_allclose(same[0], t.grad[0].numpy(), atol=1e-12)


@pytest.mark.parametrize("pad_mode", ["reflect", "zero"])
def test_pytorch_compiles_it_whole(pad_mode, rng) -> None:
    scattering, x = sb.Scattering(J=2, Q=1, pad_mode=pad_mode), torch.tensor(rng.standard_normal((2, 20)))
    compiled = torch.compile(lambda x: scattering(x).array, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x), scattering(x).array)
