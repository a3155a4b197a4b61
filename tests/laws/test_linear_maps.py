"""Properties of all linear transforms as linear maps, swept over a list that new transforms are added to."""

import pickle
from itertools import product
from math import prod, sqrt

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh, lsqr, svds

import subband as sb
from subband.errors import InvalidInput
from subband.transforms.linear.linear_map import ANALYSES
from subband.transforms.linear.views import PAIRS
from subband.transforms.resample.tables import MODES

IMAGE = (2, 13, 12)
PAIR = {"axes": (-2, -1)}

CASES = [
    *((sb.dwt, IMAGE, ("rbio3.1",), {"level": 2, "mode": mode, **PAIR}) for mode in sb.MODES),
    *((sb.dwt, (13, 2), ("db3",), {"level": 1, "mode": mode, "axes": 0}) for mode in sb.MODES),
    *((sb.packets, IMAGE, ("db2",), {"level": 1, "mode": mode, **PAIR}) for mode in sb.MODES),
    *((sb.packets, (21,), ("rbio3.1",), {"level": 2, "mode": mode, "order": "natural"}) for mode in sb.MODES),
    (sb.dwt, (8, 9), (["haar", "db2"],), {"level": 1, "mode": ["reflect", "zero"], "axes": (1, 0)}),
    (sb.swt, IMAGE, ("bior2.2",), {"level": 2, **PAIR}),
    (sb.swt, (19, 2), ("db3",), {"level": 3, "axes": 0, "norm": "l1"}),
    (sb.mra, IMAGE, ("bior2.2",), {"level": 2, **PAIR}),
    (sb.mra, (17,), ("db2",), {"level": 3}),
    *((sb.mra, (2, 18), ("rbio3.1",), {"level": 2, "transform": "dwt", "mode": mode}) for mode in sb.MODES),
    (sb.mra, IMAGE, ("db2",), {"level": 1, "transform": "dwt", "mode": "zero", **PAIR}),
    *((sb.dtcwt, (2, 27), (), {"level": 2, "mode": mode}) for mode in sb.MODES),
    (sb.dtcwt, (6, 8), (), {"level": 2, **PAIR}),
    (sb.dtcwt, (4, 2, 6), (), {"level": 1, "axes": (0, 1, 2)}),
    *((sb.cwt, (2, n), (name,), {"frequencies": [0.05, 0.2, 0.1, 0.4], "mode": mode})
      for n in (24, 25) for name in ("morlet", sb.DOG(3)) for mode in ("symmetric", "periodic", "zero")),
    (sb.cwt, (25, 2), ("morse",), {"frequencies": [0.3, -0.1, 0.5], "axis": 0, "norm": "l2"}),
    (sb.stft, (2, 37), ("hann",), {"hop": 4}),
    (sb.stft, (37, 2), ("blackman",), {"hop": 5, "axis": 0, "n_fft": 21}),
    (sb.stft, (30,), (np.arange(1.0, 8.0),), {"hop": 3, "n_fft": 16}),
    (sb.stft, (3,), ("hamming",), {"hop": 8}),
    *((sb.lift, shape, (scheme,), {"level": 2, "axes": axes, "mode": mode})
      for scheme in ("cdf9.7", "cdf3.3", "dd4.4") for mode in ("reflect", "periodization")
      for shape, axes in (((2, 22), -1), ((7, 9), (0, 1)))),
    (sb.lift, (1,), ("cdf2.2",), {"level": 1}),
    (sb.shift, (3, 9), (2.5,), {}),
    (sb.shift, (3, 8, 10), ((0.25, -1.7),), PAIR),
    (sb.shift, (3, 8), (np.array([0.5, 1.5, 2.25]),), {}),
    (sb.rotate, (2, 7, 7), (0.4,), {}),
    (sb.rotate, (6, 9), (2.9,), {}),
    *((sb.resample, (2, 19), (3, 2), {"mode": mode}) for mode in MODES),
    (sb.resample, (12, 15), (4, 3), {"filter": "ideal", **PAIR}),
    (sb.resample, (400,), (3, 4), {"mode": "reflect", "filter": sb.kaiser_filter(9, 0.1, 0.1)}),
    *((sb.upsample, (n, 2), (2,), {"axes": 0, "filter": "ideal"}) for n in (7, 8)),
    (sb.upsample, (300, 2), (2,), {"axes": 0}),
    *((sb.downsample, (2, n), (2,), {"filter": "ideal"}) for n in (14, 16)),
    (sb.downsample, IMAGE, (2,), {"mode": "zero", **PAIR}),
    *((sb.lowpass, (2, n), (0.2,), {}) for n in (15, 16)),
    *((sb.lowpass, (2, 23), (0.2,), {"width": 0.2, "mode": mode}) for mode in MODES),
    *((sb.lowpass, (9, 8), (0.3,), {"radial": True, "width": width, **PAIR}) for width in (0.0, 0.3)),
    *((sb.lanczos_shift, (3, 9), (2.5,), {"mode": mode}) for mode in MODES),
    (sb.lanczos_shift, (3, 8, 10), ((0.25, -1.7),), {"a": 2, **PAIR}),
    *((sb.lanczos_rotate, (2, 7, 9), (0.4,), {"mode": mode}) for mode in MODES),
]  # fmt: skip

INVERSES = {analysis: inverse for inverse, analysis in ANALYSES.items()}
MAPS = [
    sb.linear_map(transform, shape, *given, dtype=dtype, **named)
    for analysis, shape, given, named in CASES
    for transform in (analysis, INVERSES.get(analysis))
    for dtype in ("float64", "complex128")
    if transform is not None
]
NEW_MATRIX_OVER_C = (sb.dtcwt, sb.idtcwt, sb.cwt, sb.icwt, sb.stft, sb.istft)
"""Transforms that don't treat complex signals as pairs of real ones."""


def sweep(maps: list[sb.LinearMap]):
    return pytest.mark.parametrize("A", maps, ids=lambda A: f"{A!r}")


every_map = sweep(MAPS)
every_matrix = sweep([A for A in MAPS if A.dtype.kind == "f" or A.transform in NEW_MATRIX_OVER_C])
every_kind = sweep(list({(A.transform, A.dtype): A for A in MAPS}.values()))
every_analysis = sweep([A for A in MAPS if A.dtype.kind == "f" and A.transform in PAIRS])


def draw(space, rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal(space.shape)
    return x + 1j * rng.standard_normal(space.shape) if space.is_complex else x


def numbers(vector) -> np.ndarray:
    return np.asarray(getattr(vector, "array", vector))


def inner(a, b) -> float:
    return float(np.vdot(numbers(b), numbers(a)).real)


def size(a) -> float:
    return float(np.linalg.norm(numbers(a)))


def dense(A: sb.LinearMap) -> np.ndarray:
    """The matrix of a map over the real numbers."""
    space = A._single.input
    units = np.eye(prod(space.shape)).reshape(-1, *space.shape)
    units = np.concat([units, 1j * units]) if space.is_complex else units
    rows = numbers(A.forward(units)).reshape(len(units), -1)
    return np.concat([rows.real, rows.imag], axis=1) if np.iscomplexobj(rows) else rows


def test_the_list_has_every_transform() -> None:
    assert {A.transform for A in MAPS} == {*PAIRS, *ANALYSES}


@every_map
def test_dot_products_agree_and_the_map_is_linear(A: sb.LinearMap, rng) -> None:
    view = A._single
    x, z, y = draw(view.input, rng), draw(view.input, rng), draw(view.output, rng)
    forward, back = A.forward(x), A.adjoint(y)
    assert numbers(forward).shape == A.output_shape
    assert numbers(back).shape == A.input_shape
    scale = size(forward) * size(y) + size(x) * size(back)
    assert abs(inner(forward, y) - inner(x, back)) <= 1e-12 * scale
    # Over the complex numbers where signals are complex.
    factor = 2 - 3j if A.dtype.kind == "c" else -3
    if A.dtype.kind == "c":
        assert np.vdot(numbers(y), numbers(forward)) == pytest.approx(
            np.vdot(numbers(back), x), abs=1e-12 * scale
        )
    together = numbers(A.forward(factor * x + z))
    np.testing.assert_allclose(
        together, factor * numbers(forward) + numbers(A.forward(z)), atol=1e-12 * (1 + size(together))
    )


@every_analysis
def test_forward_is_the_transform_and_the_inverse_its_left_inverse(A: sb.LinearMap, rng) -> None:
    x = draw(A._single.input, rng)
    c = A.forward(x)
    want = A.transform(x, **A.arguments)
    assert type(c) is type(want)
    np.testing.assert_array_equal(numbers(c), numbers(want))
    if A.transform in INVERSES:
        np.testing.assert_array_equal(A.inverse(c), INVERSES[A.transform](want))
        np.testing.assert_array_equal(A.inverse(numbers(c)), A.inverse(c))
    if PAIRS[A.transform][0] is not None and A.transform is not sb.cwt:
        np.testing.assert_allclose(A.inverse(c), x, atol=1e-9)


@every_matrix
def test_the_norm_is_the_largest_singular_value(A: sb.LinearMap) -> None:
    want = np.linalg.norm(dense(A), 2)
    assert A.norm() == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("name", ["haar", "db4", "sym6", "coif2"])
def test_orthonormal_wavelets_that_wrap_or_end_in_zeros_are_isometries(name: str, rng) -> None:
    x = rng.standard_normal((3, 32, 16))
    # Beyond zeros there is nothing to count twice, and all coefficients that are not zero are kept.
    for transform, mode in product(
        (sb.dwt, sb.packets), ("periodization", "zero", ("zero", "periodization"))
    ):
        A = sb.linear_map(transform, x.shape, name, level=1, mode=mode, axes=(1, 2))
        assert A.norm() == A.H.norm() == 1.0
        c = A.forward(x)
        assert size(c) == pytest.approx(size(x), rel=1e-11)
        np.testing.assert_allclose(A.adjoint(c), A.inverse(c), atol=1e-10)
        np.testing.assert_allclose(A.adjoint(c), x, atol=1e-10)
    assert sb.linear_map(sb.swt, 32, name, level=3, norm="l1").norm() == pytest.approx(1)
    # An odd length repeats its last sample, and "dmey" is orthonormal to two digits only.
    assert sb.linear_map(sb.dwt, 33, name, level=1, mode="periodization").norm() > 1.01
    assert sb.linear_map(sb.dwt, 128, "dmey", level=1, mode="periodization").norm() != 1.0


@pytest.mark.parametrize("name", ["2.2", "3.1", "4.4"])
def test_bior_and_rbio_are_each_others_duals(name: str) -> None:
    dual, peer = sb.wavelet(f"bior{name}").dual, sb.wavelet(f"rbio{name}")
    assert dual.dec_lo == peer.dec_lo
    assert dual.rec_hi == peer.rec_hi
    assert dual.dual.dec_hi == sb.wavelet(f"bior{name}").dec_hi
    x = np.arange(32.0) ** 2
    B = sb.linear_map(sb.idwt, 32, f"bior{name}", level=1, mode="zero")
    np.testing.assert_allclose(B.adjoint(x).array, sb.dwt(x, peer, level=1, mode="zero").array, atol=1e-9)


def test_elsewhere_the_adjoint_is_not_the_inverse(rng) -> None:
    """As discussed in pywt's issues 472 and 491."""
    x = rng.standard_normal(64)
    for name, mode in (("db4", "symmetric"), ("db4", "periodic"), ("bior2.2", "periodization")):
        A = sb.linear_map(sb.dwt, 64, name, level=2, mode=mode)
        c = A.forward(rng.standard_normal(64)).array + rng.standard_normal(A.output_shape)
        assert size(A.adjoint(c) - A.inverse(c)) > 0.05 * size(c)
        np.testing.assert_allclose(A.inverse(A.forward(x)), x, atol=1e-10)


@pytest.mark.parametrize("shape", [(64, 48), (40,)])
def test_norms_of_frames(shape: tuple[int, ...]) -> None:
    axes = tuple(range(-len(shape), 0))
    for dtype, bound in (("float64", 2), ("complex128", 4)):
        A = sb.linear_map(sb.dtcwt, shape, level=3, axes=axes, dtype=dtype)
        assert A.norm() == pytest.approx(sqrt(bound))
        values = svds(A.scipy(), 2, return_singular_vectors=False)
        np.testing.assert_allclose(values, sqrt(bound), rtol=1e-6)
    lowest, highest = sb.frame_bounds("hann", 8)
    X = sb.linear_map(sb.stft, shape, "hann", 8, dtype=complex)
    assert X.norm() == pytest.approx(sqrt(highest))
    assert sb.linear_map(sb.istft, shape, "hann", 8, dtype=complex).norm() == pytest.approx(1 / sqrt(lowest))


def test_a_batch_does_not_change_the_norm(rng) -> None:
    one = sb.linear_map(sb.dwt, 100, "db4", level=3).norm()
    assert sb.linear_map(sb.dwt, (5, 100, 7), "db4", level=3, axes=1).norm() == pytest.approx(one, rel=1e-9)
    # Longer than the matrix would be written out for, and clustered at the top.
    A = sb.linear_map(sb.dwt, 600, "bior4.4", level=4, mode="reflect")
    values = eigsh(A.scipy().H @ A.scipy(), 1, tol=1e-13, return_eigenvectors=False)
    assert A.norm() == pytest.approx(sqrt(values[0]), rel=1e-6)


@every_analysis
def test_leading_axes_are_a_batch(A: sb.LinearMap, rng) -> None:
    view = A._single
    xs = np.stack([draw(view.input, rng) for _ in range(6)]).reshape(3, 2, *A.input_shape)
    ys = np.stack([draw(view.output, rng) for _ in range(6)]).reshape(3, 2, *A.output_shape)
    many, back = A.forward(xs), A.adjoint(ys)
    np.testing.assert_allclose(numbers(many)[2, 1], numbers(A.forward(xs[2, 1])), atol=1e-12)
    np.testing.assert_allclose(numbers(back)[2, 1], numbers(A.adjoint(ys[2, 1])), atol=1e-11)
    np.testing.assert_array_equal(numbers(A.adjoint(many)), numbers(A.adjoint(numbers(many))))


@every_matrix
def test_torch_differentiates_to_the_adjoint_and_keeps_its_precision(A: sb.LinearMap, rng) -> None:
    view = A._single
    x = torch.asarray(draw(view.input, rng)).requires_grad_()
    y = torch.asarray(draw(view.output, rng))
    forward = A.forward(x)
    (gradient,) = torch.autograd.grad(getattr(forward, "array", forward), x, y)
    back = A.adjoint(y)
    back = getattr(back, "array", back)
    assert back.dtype == x.dtype
    torch.testing.assert_close(back, gradient, atol=1e-10, rtol=1e-10)
    np.testing.assert_allclose(back.numpy(), numbers(A.adjoint(y.numpy())), atol=1e-10)
    single = A.adjoint(y.to(torch.complex64 if y.is_complex() else torch.float32))
    assert getattr(single, "array", single).dtype in (torch.float32, torch.complex64)


@pytest.mark.parametrize(
    "A",
    [
        sb.linear_map(sb.dwt, 16, "db2", level=1),
        sb.linear_map(sb.idwt, 16, "db2", level=1),
        sb.linear_map(sb.swt, 16, "db2", level=1),
        sb.linear_map(sb.cwt, 16, "morlet", frequencies=[0.1, 0.3]),
        sb.linear_map(sb.stft, 16, "hann", 4),
        sb.linear_map(sb.lift, 15, "cdf2.2", level=1),
    ],
    ids=lambda A: A.transform.__name__,
)
def test_jax_agrees_and_jits(A: sb.LinearMap, rng) -> None:
    x, y = draw(A._single.input, rng), draw(A._single.output, rng)
    gram = jax.jit(lambda x: getattr(A.adjoint(A.forward(x)), "array", A.adjoint(A.forward(x))))
    np.testing.assert_allclose(gram(jnp.asarray(x)), numbers(A.adjoint(A.forward(x))), atol=1e-11)
    back = A.adjoint(jnp.asarray(y))
    assert isinstance(getattr(back, "array", back), jax.Array)
    np.testing.assert_allclose(numbers(back), numbers(A.adjoint(y)), atol=1e-11)


@every_kind
def test_scipy_sees_the_same_matrix(A: sb.LinearMap, rng) -> None:
    operator = A.scipy()
    real = operator.dtype.kind == "f"
    columns = rng.standard_normal((operator.shape[1], 3)) + (0 if real else 1j)
    rows = rng.standard_normal((operator.shape[0], 3)) + (0 if real else 1j)
    there, back = operator @ columns, operator.H @ rows
    assert there.dtype == back.dtype == operator.dtype
    np.testing.assert_allclose(there[:, 1], operator @ columns[:, 1], atol=1e-11)
    np.testing.assert_allclose(
        rows.conj().T @ there, (columns.conj().T @ back).conj().T, atol=1e-11 * (1 + np.abs(there).max())
    )
    space = A._single.input
    if not (real and space.is_complex):
        x = columns[:, 0].astype(operator.dtype).reshape(space.shape)
        y = numbers(A.forward(x)).ravel()
        whole = np.concat([y.real, y.imag]) if real and np.iscomplexobj(y) else y
        np.testing.assert_allclose(there[:, 0], whole, atol=1e-11)


def test_half_precision_is_widened_where_numbers_are_complex() -> None:
    for A in (
        sb.linear_map(sb.dwt, 16, "db2", level=1),
        sb.linear_map(sb.stft, 16, "hann", 4),
        sb.linear_map(sb.idtcwt, 16, level=2),
    ):
        x, y = torch.ones(A.input_shape).half(), torch.ones(A.output_shape).half()
        want = A.adjoint(y.float())
        got = A.adjoint(y)
        torch.testing.assert_close(
            getattr(got, "array", got), getattr(want, "array", want), rtol=2e-3, atol=2e-3, check_dtype=False
        )
        assert np.isfinite(numbers(A.forward(x))).all()


def test_lsqr_fills_in_missing_coefficients(rng) -> None:
    """Half of a redundant transform's coefficients, chosen by chance, still determine the signal."""
    x = np.cumsum(rng.standard_normal(96))
    for A in (sb.linear_map(sb.swt, 96, "db3", level=3), sb.linear_map(sb.stft, 96, "hann", 4)):
        operator = A.scipy()
        known = rng.random(operator.shape[0]) < 0.5
        seen = LinearOperator(
            (int(known.sum()), 96),
            matvec=lambda v, A=operator, known=known: (A @ v)[known],
            rmatvec=lambda w, A=operator, known=known: A.H @ spread(w, known),
            dtype=float,
        )
        found = lsqr(seen, (operator @ x)[known], atol=1e-13, btol=1e-13, iter_lim=2000)[0]
        np.testing.assert_allclose(found, x, atol=1e-6)


def spread(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    whole = np.zeros(known.shape)
    whole[known] = values.ravel()
    return whole


@every_kind
def test_maps_can_be_pickled(A: sb.LinearMap, rng) -> None:
    again = pickle.loads(pickle.dumps(A))
    x = draw(A._single.input, rng)
    np.testing.assert_array_equal(numbers(again.forward(x)), numbers(A.forward(x)))
    assert again.H.input_shape == A.output_shape


def test_errors_say_what_to_do(rng) -> None:
    A = sb.linear_map(sb.dwt, (8, 16), "db2", level=1, axes=(-2, -1))
    c = A.forward(rng.standard_normal((8, 16)))
    with pytest.raises(InvalidInput, match=r"shape \(8, 17\) is no input .* give \(8, 16\)"):
        A.forward(np.zeros((8, 17)))
    with pytest.raises(InvalidInput, match="is no input"):
        A.forward(np.zeros(16))
    with pytest.raises(InvalidInput, match="is no output"):
        A.adjoint(c.array[..., :-1])
    with pytest.raises(InvalidInput, match="Coefficients, not PacketCoefficients"):
        A.adjoint(sb.packets(np.zeros((8, 16)), "db2", level=1))
    with pytest.raises(InvalidInput, match="type array, not Coefficients"):
        A.forward(c)
    with pytest.raises(InvalidInput, match="of another transform"):
        A.adjoint(sb.dwt(np.zeros((8, 16)), "sym2", level=1, mode="zero", axes=(-2, -1)))
    with pytest.raises(InvalidInput, match="dtype='complex128'"):
        A.forward(np.zeros((8, 16), complex))
    with pytest.raises(InvalidInput, match=r"no inverse.*subband\.dwt gives one"):
        sb.linear_map(sb.idwt, 16, "db2", level=1).inverse(np.zeros(16))
    with pytest.raises(InvalidInput, match="it is an adjoint"):
        A.H.inverse(np.zeros((8, 16)))
    with pytest.raises(InvalidInput, match="odd lengths or whole"):
        sb.linear_map(sb.shift, 16, 0.5).inverse(np.zeros(16))
    for odd in (sb.linear_map(sb.shift, 15, 0.5), sb.linear_map(sb.shift, 16, 3)):
        x = rng.standard_normal(odd.input_shape)
        np.testing.assert_allclose(odd.inverse(odd.forward(x)), x, atol=1e-12)
    with pytest.raises(InvalidInput, match="not a linear transform known here: give one of"):
        sb.linear_map(sb.synchrosqueeze, 16)
    with pytest.raises(InvalidInput, match="give 'float32'"):
        sb.linear_map(sb.dwt, 16, "db2", dtype="int64")
    with pytest.raises(InvalidInput, match="at most"):
        sb.linear_map(sb.dwt, 16, "db2", level=9)
    with pytest.raises(InvalidInput, match="give one of swt, dwt"):
        sb.linear_map(sb.mra, 16, "db2", transform="cwt")
    with pytest.raises(InvalidInput, match="window is an array of torch"):
        sb.linear_map(sb.stft, 16, torch.ones(8), 2)
    with pytest.raises(TypeError, match="levels"):
        sb.linear_map(sb.dwt, 16, "db2", levels=2)
    assert sb.linear_map(sb.dwt, 16, "db2", dtype=torch.float32).scipy().dtype == np.float32
