"""Laws of all measurements of images, over a list that new operators are added to."""

import pickle
from dataclasses import replace
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.linear.operators.blur import MODES
from subband.transforms.linear.operators.downsample import KERNELS

RNG = np.random.default_rng(7)
KERNEL = RNG.standard_normal((4, 5))
KNOWN = RNG.random((9, 8)) < 0.4
SMALL = sb.Blur((9, 8), KERNEL, "zero")

OPERATORS = {
    "radon": sb.Radon((9, 12)),
    "radon of odd sizes": sb.Radon((11, 7), angles=[0, 90, 45, -30.5, 200], spacing=0.7),
    "radon, few detectors": sb.Radon(
        (8, 8), angles=range(20, 120, 13), detectors=5, spacing=1.6, centre=(4, 4)
    ),
    "fan": sb.Radon((9, 12), angles=range(0, 360, 24), beam="fan", distance=25),
    "fan, limited": sb.Radon((8, 8), angles=(-20, 0, 3.5), beam="fan", distance=9, detectors=7),
    **{
        f"blur, {mode}, {how}": sb.Blur((9, 8), KERNEL, mode, how)
        for mode in MODES
        for how in ("fft", "direct")
    },
    "blur of lines": sb.Blur((3, 10), [1.0, 2.0, -1.0], "reflect"),
    "blur wider than the image": sb.Blur((4, 3), np.ones((7, 8)), "symmetric", "fft"),
    **{f"downsample, {name}": sb.Downsample((9, 8), 2, name) for name in (*KERNELS, "none")},
    "downsample, uneven": sb.Downsample((10, 8), (3, 2), axes=(0, 1), mode="periodic"),
    "downsample a line": sb.Downsample(17, 4),
    "mask": sb.Mask(KNOWN),
    "fourier": sb.FourierSamples(KNOWN),
    "fourier of complex": sb.FourierSamples(KNOWN, dtype=complex),
    "blur of complex": sb.Blur((9, 8), KERNEL, "periodic", "fft", dtype=complex),
    "radon of complex": sb.Radon((6, 6), dtype="complex64"),
    "product": sb.Downsample((9, 8), 2) @ SMALL,
    "product, to complex": sb.FourierSamples(KNOWN) @ SMALL,
    "sum": SMALL + 2 * sb.Mask(KNOWN),
    "difference": -SMALL - sb.Mask(KNOWN) / 3,
    "adjoint": SMALL.H @ SMALL,
    "of coefficients": SMALL @ sb.linear_map(sb.idwt, (9, 8), "db2", level=1, mode="symmetric", axes=(0, 1)),
    "to coefficients": sb.linear_map(sb.dtcwt, (8, 8), level=1, axes=(0, 1)) @ sb.Mask(np.eye(8)),
    "stack": sb.stack_maps([SMALL, sb.Mask(KNOWN), sb.Downsample((9, 8), 3)]),
    "stack of complex": sb.stack_maps([sb.FourierSamples(KNOWN), sb.FourierSamples(~KNOWN)]),
}

every = pytest.mark.parametrize("A", OPERATORS.values(), ids=OPERATORS.keys())


def draw(space, rng: np.random.Generator, batch: tuple[int, ...] = ()) -> np.ndarray:
    x = rng.standard_normal((*batch, *space.shape))
    return x + 1j * rng.standard_normal(x.shape) if space.is_complex else x


def plain(vector) -> np.ndarray:
    return np.asarray(getattr(vector, "array", vector))


def dense(A: sb.Operator) -> np.ndarray:
    """The matrix over the real numbers."""
    space = A._single.input
    units = np.eye(prod(space.shape)).reshape(-1, *space.shape)
    rows = plain(A.forward(np.concat([units, 1j * units]) if space.is_complex else units))
    rows = rows.reshape(len(rows), -1)
    return np.concat([rows.real, rows.imag], axis=1) if np.iscomplexobj(rows) else rows


@every
def test_dot_products_agree_in_both_precisions(A: sb.Operator) -> None:
    for operator in (A, A.H):
        assert operator.check("float64") <= 1e-12
        assert operator.check("float32") <= 1e-6


@every
def test_adjoint_is_the_transposed_matrix_and_the_norm_its_largest_singular_value(A: sb.Operator) -> None:
    matrix = dense(A)
    np.testing.assert_allclose(dense(A.H), matrix.T, atol=1e-12 * (1 + np.abs(matrix).max()))
    assert A.norm() == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-6)
    assert A.H.norm() == A.norm()
    scipy = A.scipy()
    assert scipy.shape == matrix.T.shape or scipy.dtype.kind == "c"


@every
def test_leading_axes_are_a_batch_and_pickles_compute_the_same(A: sb.Operator, rng) -> None:
    x, y = draw(A._single.input, rng, (2, 3)), draw(A._single.output, rng, (2, 3))
    again = pickle.loads(pickle.dumps(A))
    np.testing.assert_allclose(plain(A(x))[1, 2], plain(again(x[1, 2])), atol=1e-12)
    np.testing.assert_allclose(plain(A.adjoint(y))[1, 2], plain(again.adjoint(y[1, 2])), atol=1e-12)


@every
def test_torch_gives_the_same_and_differentiates_to_the_adjoint(A: sb.Operator, rng) -> None:
    x, y = draw(A._single.input, rng), draw(A._single.output, rng)
    t = torch.asarray(x).requires_grad_()
    forward = A(t)
    forward = getattr(forward, "array", forward)
    np.testing.assert_allclose(forward.detach().numpy(), plain(A(x)), atol=1e-10)
    (gradient,) = torch.autograd.grad(forward, t, torch.asarray(y))
    np.testing.assert_allclose(gradient.numpy(), plain(A.adjoint(y)), atol=1e-10)
    np.testing.assert_allclose(plain(A.adjoint(torch.asarray(y))), plain(A.adjoint(y)), atol=1e-10)


IN_JAX = (
    "radon",
    "fan",
    "blur, symmetric, fft",
    "blur, zero, direct",
    "downsample, cubic",
    "mask",
    "stack",
    "product",
)


@pytest.mark.parametrize("name", IN_JAX)
def test_jax_gives_the_same_and_differentiates_to_the_adjoint(name: str, rng) -> None:
    A = OPERATORS[name]
    x, y = draw(A._single.input, rng), draw(A._single.output, rng)

    @jax.jit
    def both(x, y):
        forward, pull = jax.vjp(A.forward, x)
        return forward, pull(y)[0], A.adjoint(y)

    forward, gradient, back = both(jnp.asarray(x), jnp.asarray(y))
    np.testing.assert_allclose(forward, A(x), atol=1e-10)
    np.testing.assert_allclose(back, A.adjoint(y), atol=1e-10)
    np.testing.assert_allclose(gradient, A.adjoint(y), atol=1e-10)


@pytest.mark.parametrize(
    "name", ["radon", "fan", "blur, symmetric, fft", "downsample, cubic", "fourier", "product"]
)
def test_second_derivatives_and_forward_mode(name: str, rng) -> None:
    A = OPERATORS[name]
    x = torch.asarray(draw(A._single.input, rng)).requires_grad_()

    def energy(x: torch.Tensor) -> torch.Tensor:
        return A(x).abs().pow(4).mean()  # of order 1, as the tolerances of finite differences expect

    assert torch.autograd.gradcheck(energy, x)
    assert torch.autograd.gradgradcheck(energy, x)
    tangent = torch.asarray(draw(A._single.input, rng))
    _, out = torch.func.jvp(A.forward, (x.detach(),), (tangent,))
    torch.testing.assert_close(out, A(tangent))
    many = torch.stack([tangent, 2 * tangent])
    torch.testing.assert_close(torch.func.vmap(A.forward)(many), A(many))


@pytest.mark.parametrize("name", ["radon", "fan"])
def test_the_reference_of_the_rays_is_differentiated_and_mapped(name: str, rng) -> None:
    A = replace(OPERATORS[name], impl="reference")
    x, tangent = (torch.asarray(draw(A._single.input, rng)) for _ in range(2))
    want, out = torch.func.jvp(A.forward, (x,), (tangent,))
    torch.testing.assert_close(want, OPERATORS[name](x))
    torch.testing.assert_close(out, A(tangent))
    many = torch.stack([tangent, 2 * tangent])
    torch.testing.assert_close(torch.func.vmap(A.forward)(many), A(many))
    torch.testing.assert_close(torch.func.vmap(A.adjoint)(A(many)), A.adjoint(A(many)))


@pytest.mark.compiled
def test_torch_compiles_the_rays_into_one_graph(rng) -> None:
    A = OPERATORS["radon"]
    x = torch.asarray(draw(A._single.input, rng))
    f = torch.compile(lambda x: A.adjoint(A(x)), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(f(x), A.adjoint(A(x)))


def test_sums_products_and_stacks_are_those_of_matrices(rng) -> None:
    a, b, c = SMALL, sb.Mask(KNOWN), sb.Downsample((9, 8), 2)
    A, B, C = dense(a).T, dense(b).T, dense(c).T
    for operator, matrix in (
        (c @ a, C @ A),
        (a + b, A + B),
        (a - b, A - B),
        (3 * a / 2, 1.5 * A),
        (a.H @ a, A.T @ A),
        (sb.stack_maps([a, c]), np.concat([A, C])),
        (sb.stack_maps([a, c]).H, np.concat([A, C]).T),
    ):
        np.testing.assert_allclose(dense(operator).T, matrix, atol=1e-12)
    both = sb.stack_maps([a, c])
    x = rng.standard_normal((2, 9, 8))
    for part, operator in zip(both.split(both(x)), (a, c), strict=True):
        np.testing.assert_allclose(part, operator(x))


def test_bad_combinations_say_what_does_not_fit() -> None:
    a = sb.Blur((9, 8), KERNEL)
    with pytest.raises(InvalidInput, match=r"gives arrays of shape \(9, 8\), this takes \(5, 5\)"):
        sb.Mask(np.eye(5)) @ a
    with pytest.raises(InvalidInput, match="can't add"):
        a + sb.Mask(np.eye(5))
    with pytest.raises(InvalidInput, match="type A @ B"):
        a * a
    with pytest.raises(InvalidInput, match="can't stack no operators"):
        sb.stack_maps([])
    with pytest.raises(InvalidInput, match="can't stack"):
        sb.stack_maps([a, sb.FourierSamples(KNOWN)])
    with pytest.raises(InvalidInput, match="complex128"):
        a @ sb.FourierSamples(KNOWN, dtype=complex).H
    with pytest.raises(InvalidInput, match="by 0"):
        a / 0
