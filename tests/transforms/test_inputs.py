"""Arrays as they come: strided, read-only, empty, broken. A clear error or a correct result, never a wrong one."""

import numpy as np
import pytest
import scipy.sparse
import torch

import subband as sb
from subband.errors import InvalidInput, UnsupportedArray


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[::-1],
        lambda x: x[:, ::-1],
        lambda x: x[::2, 1::3],
        lambda x: x.T,
        lambda x: np.broadcast_to(x[:1], (5, 24)),
        lambda x: np.asfortranarray(x),
        lambda x: x.astype(">f8"),
    ],
    ids=[
        "rows backwards",
        "samples backwards",
        "strided",
        "transposed",
        "zero stride",
        "Fortran",
        "big-endian",
    ],
)
def test_any_layout_gives_what_a_plain_copy_gives(view, rng) -> None:
    x = view(rng.standard_normal((12, 24)))
    plain = np.array(x, dtype=np.float64, order="C")
    np.testing.assert_array_equal(sb.dwt(x, "db2", level=1).array, sb.dwt(plain, "db2", level=1).array)
    np.testing.assert_array_equal(
        sb.packets(x, "haar", level=1, axes=(0, 1)).array,
        sb.packets(plain, "haar", level=1, axes=(0, 1)).array,
    )


def test_read_only_input_is_read_and_left_alone(rng) -> None:
    x = rng.standard_normal(32)
    before = x.copy()
    x.flags.writeable = False
    np.testing.assert_allclose(sb.idwt(sb.dwt(x, "db2", level=2)), before, atol=1e-12)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("impl", [pytest.param("fast", marks=pytest.mark.compiled), "reference"])
def test_nan_and_infinity_reach_only_what_reads_them(impl: str, rng) -> None:
    x = rng.standard_normal(64)
    clean = sb.dwt(x, "db2", level=1)
    for bad in (np.nan, np.inf):
        x[32] = bad
        c = sb.dwt(x, "db2", level=1, impl=impl)
        for got, want in ((c.approx, clean.approx), (c[1]["d"], clean[1]["d"])):
            touched = ~np.isfinite(got)
            assert touched.sum() == 2  # four taps, every second sample
            np.testing.assert_allclose(got[~touched], want[~touched])


def test_coefficients_know_their_bands(rng) -> None:
    x = rng.standard_normal((2, 16, 3, 16))
    c = sb.dwt(x, "haar", level=2, axes=(1, 3))
    assert c.array.shape == (2, 3, 256)
    assert c.approx.shape == (2, 4, 3, 4)
    assert set(c[2]) == {"ad", "da", "dd"}
    assert c[1]["ad"].shape == (2, 8, 3, 8)
    assert [level for level, _ in c] == [2, 1]
    assert len(c) == 2
    assert "haar" in repr(c)
    kept = c.map(lambda band: 0 * band, approx=False)
    np.testing.assert_allclose(kept.approx, c.approx)
    assert not np.any(kept[1]["dd"])
    assert not np.any(kept[2]["ad"])
    np.testing.assert_allclose(sb.idwt(c.map(lambda band: 3 * band)), 3 * x, atol=1e-12)
    with pytest.raises(InvalidInput, match=r"level 3 does not exist: give one of 1 … 2"):
        c[3]
    with pytest.raises(InvalidInput, match="can't be replaced"):
        c.replace(c.array[..., :-1])


def test_packets_by_path(rng) -> None:
    x = rng.standard_normal((2, 16, 16))
    p = sb.packets(x, "haar", level=2, axes=(1, 2))
    assert p.array.shape == (2, 4, 4, 4, 4)
    np.testing.assert_array_equal(p["aa", "aa"], p.array[:, 0, 0])
    np.testing.assert_array_equal(p["dd", "da"], p.array[:, 2, 3])
    with pytest.raises(InvalidInput, match="give 2 of 2 letters a or d"):
        p["aa"]
    with pytest.raises(InvalidInput, match="letters a or d"):
        p["ax", "aa"]


def test_a_rising_chirp_rises_through_the_packets() -> None:
    t = np.linspace(0, 1, 4096, endpoint=False)
    x = np.cos(2 * np.pi * 1024 * t**2)  # from 0 Hz to the Nyquist frequency
    power = sb.packets(x, "db8", level=5, mode="zero").array ** 2
    centre = (np.arange(32)[:, None] * power).sum(axis=0) / power.sum(axis=0)
    # Band b holds the frequencies (b … b + 1) / 64 of the sampling rate, and the chirp rises by the same law.
    expected = 32 * np.linspace(0, 1, centre.size) - 0.5
    # Filters of finite length leak into the mirror image of a band, so the law holds in the mean.
    assert np.abs(centre - expected)[10:-10].mean() < 1
    assert np.corrcoef(centre[10:-10], expected[10:-10])[0, 1] > 0.99


def test_pywavelets_objects_and_bare_filters_serve_as_wavelets(rng) -> None:
    import pywt

    x = rng.standard_normal(32)
    want = sb.dwt(x, "bior2.2", level=2).array
    np.testing.assert_array_equal(sb.dwt(x, pywt.Wavelet("bior2.2"), level=2).array, want)
    np.testing.assert_array_equal(sb.dwt(x, pywt.Wavelet("bior2.2").filter_bank, level=2).array, want)


ERRORS = {
    "unknown wavelet": (
        lambda x: sb.dwt(x, "nope"),
        "wavelet 'nope' is unknown: give a discrete one such as 'haar'",
    ),
    "continuous wavelet": (lambda x: sb.dwt(x, "morl"), "is a continuous wavelet"),
    "odd filters": (lambda x: sb.dwt(x, ([1, 2, 3],) * 4), "of one even length"),
    "no wavelet": (lambda x: sb.dwt(x, 3), "can't read a wavelet from int"),
    "unknown mode": (
        lambda x: sb.dwt(x, "haar", mode="mirror"),
        "mode 'mirror' is unknown: give one of zero, ",
    ),
    "unknown order": (
        lambda x: sb.packets(x, "haar", order="gray"),
        "order 'gray' is unknown: give one of natural, frequency",
    ),
    "unknown impl": (lambda x: sb.dwt(x, "haar", impl="cuda"), "give one of fast, reference"),
    "level too high": (
        lambda x: sb.dwt(np.ones(256), "db4", level=9),
        r"can't take 9 levels of db4 on 256 samples: at most 5 \(subband.max_level\(256, \"db4\"\)\)",
    ),
    "level zero": (lambda x: sb.dwt(x, "haar", level=0), "must be a whole number, 1 or more"),
    "empty axis": (lambda x: sb.dwt(x[:, :0], "haar"), "axis 1 of an array of shape"),
    "axis that is not there": (lambda x: sb.dwt(x, "haar", axes=2), "give one of -2 … 1"),
    "axis named twice": (lambda x: sb.dwt(x, "haar", axes=(0, -2)), "none of them twice"),
    "wavelets for other axes": (lambda x: sb.dwt(x, ("haar", "db2")), "2 wavelets for 1 axes"),
    "a single number": (lambda x: sb.dwt(np.float64(1), "haar"), "at least one axis"),
    "not coefficients": (lambda x: sb.idwt(x), "can't invert a ndarray"),
    "not packets": (lambda x: sb.ipackets(x), "can't invert a ndarray"),
    "too many axes for the compiled kernel": (
        lambda x: sb.dwt(np.ones((2, 2, 2, 2)), "haar", axes=(0, 1, 2, 3), impl="fast"),
        "no compiled kernel for 4 axes",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 16)))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([object()] * 8), "dtype object"),
        (np.array(["a"] * 8), "dtype <U1"),
        (np.ma.ones(8), "MaskedArray"),
        (scipy.sparse.eye(8).tocsr(), "scipy.sparse"),
        (torch.eye(8).to_sparse(), "torch.sparse_coo"),
        (np.ones(8, np.longdouble), "give float64"),
    ],
    ids=["object", "text", "masked", "sparse", "sparse tensor", "long double"],
)
def test_arrays_that_cannot_be_filtered_are_refused(array, message: str) -> None:
    with pytest.raises(UnsupportedArray, match=message):
        sb.dwt(array, "haar")


def test_an_empty_batch_stays_empty() -> None:
    assert sb.idwt(sb.dwt(np.ones((0, 16)), "db2", level=1)).shape == (0, 16)
    assert sb.packets(torch.ones(0, 16), "haar", level=1).array.shape == (0, 2, 8)


def test_meta_tensors_take_the_reference_path() -> None:
    c = sb.dwt(torch.ones(3, 16, device="meta"), "db2", level=2)
    assert c.array.shape == sb.dwt(torch.ones(3, 16), "db2", level=2).array.shape
    assert c.array.device.type == "meta"


THRESHOLDS = {
    "NumPy's double": np.float64(1),
    "NumPy's single": np.float32(1),
    "NumPy's integer": np.int64(1),
    "0-d array": np.array(1.0),
    "array": np.ones((1, 16)),
    "list": [1.0] * 16,
}
DTYPES = (np.float32, np.float64, np.complex64, np.complex128)


@pytest.mark.parametrize("shrinkage", ["soft", "hard", "garrote", "greater", "less"])
@pytest.mark.parametrize("kind", THRESHOLDS)
def test_a_threshold_leaves_the_dtype_of_the_signal(shrinkage: str, kind: str, rng) -> None:
    value = THRESHOLDS[kind]
    for dtype in DTYPES[: 2 if shrinkage in ("greater", "less") else 4]:
        x = (2 * rng.standard_normal((3, 16))).astype(dtype)
        want = sb.threshold(x, 1.0, shrinkage)
        assert want.dtype == dtype
        for given, like in ((x, np.asarray), (torch.asarray(x), torch.asarray)):
            got = sb.threshold(given, value, shrinkage)
            assert got.dtype == like(want).dtype
            np.testing.assert_array_equal(np.asarray(got), want)


def test_half_precision_stays_half() -> None:
    assert sb.threshold(np.ones(4, np.float16), np.float64(0.5)).dtype == np.float16
    assert sb.threshold_firm(torch.ones(4, dtype=torch.bfloat16), np.float64(0.5), 2).dtype == torch.bfloat16


@pytest.mark.parametrize(
    "value",
    [-1, np.float32(-1), np.array(-1.0), np.array([1.0] * 15 + [-1.0]), torch.tensor(-1.0), float("nan")],
    ids=["number", "NumPy's number", "0-d array", "one of many", "tensor", "nan"],
)
def test_no_negative_threshold_passes(value) -> None:
    x = torch.ones(16) if isinstance(value, torch.Tensor) else np.ones(16)
    for shrinkage in ("soft", "hard", "garrote"):
        with pytest.raises(InvalidInput, match=r"value=.*(0 or more|a threshold, or an array of these)"):
            sb.threshold(x, value, shrinkage)


def test_thresholds_of_another_library_are_refused() -> None:
    with pytest.raises(InvalidInput, match="of torch can't shrink an array of numpy: give a number"):
        sb.threshold(np.ones(4), torch.ones(4))
    with pytest.raises(InvalidInput, match="of torch can't go with an array of numpy"):
        sb.denoise(np.ones(32), "haar", sigma=torch.tensor(1.0))


def test_firm_with_equal_thresholds_is_hard(rng) -> None:
    x = np.append(rng.standard_normal(64), [2.0, -2.0])
    np.testing.assert_array_equal(sb.threshold_firm(x, 2, 2), sb.threshold(x, 2, "hard"))
    assert sb.threshold_firm(np.array([2.0]), 2, 2) == 2  # |x| ≥ value is kept
    assert sb.threshold_firm(np.array([2.0]), np.float32(2), np.int64(2)) == 2


CONTAINERS = {
    "dwt": lambda x: sb.dwt(x, "db2", level=2),
    "swt": lambda x: sb.swt(x, "db2", level=2),
    "mra": lambda x: sb.mra(x, "db2", level=2),
    "dtcwt": lambda x: sb.dtcwt(x, level=2),
    "packet_basis": lambda x: sb.packet_basis(x, "db2", ["aa", "ad", "d"]),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_mapping_keeps_the_precision_of_the_signal(name: str, rng) -> None:
    c = CONTAINERS[name](rng.standard_normal((2, 32)).astype(np.float32))
    back = {
        "dwt": sb.idwt,
        "swt": sb.iswt,
        "mra": sb.imra,
        "dtcwt": sb.idtcwt,
        "packet_basis": sb.ipacket_basis,
    }
    for f in (lambda band: sb.threshold(band, np.float64(1)), lambda band: band * np.float64(2)):
        assert back[name](c.map(f)).dtype == np.float32
    complex_ = c.map(lambda band: band * 1j)
    assert (complex_.bands[0] if name == "packet_basis" else complex_.array).dtype == np.complex64


@pytest.mark.parametrize(
    "sigma", [np.float64(0.3), np.float32(0.3), np.array(0.3), np.full(2, 0.3), [0.3, 0.3]]
)
def test_denoising_keeps_the_dtype_of_the_signal(sigma, rng) -> None:
    x = rng.standard_normal((2, 64)).astype(np.float32)
    for transform in ("dwt", "swt"):
        y = sb.denoise(x, "db2", sigma=sigma, transform=transform)
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, sb.denoise(x, "db2", sigma=0.3, transform=transform), atol=1e-6)


@pytest.mark.parametrize("sigma", [np.float64(-1), np.array([1.0, -1.0]), float("nan")])
def test_a_negative_deviation_is_refused(sigma) -> None:
    with pytest.raises(InvalidInput, match="sigma"):
        sb.denoise(np.ones((2, 32)), "haar", sigma=sigma)


def test_bands_by_name_are_pytrees() -> None:
    jax = pytest.importorskip("jax")
    details = sb.dwt(np.ones((8, 8)), "haar", level=1, axes=(0, 1))[1]
    doubled = jax.tree.map(lambda band: 2 * band, details)
    assert type(doubled) is type(details)
    np.testing.assert_array_equal(doubled["ad"], 2 * details["ad"])
    traced = jax.jit(lambda x: sb.dwt(x, "haar", level=1)[1])(jax.numpy.ones(8))
    assert set(traced) == {"d"}
    mapped = torch.func.vmap(lambda x: sb.dwt(x, "haar", level=1)[1])(torch.ones(3, 8))
    assert mapped["d"].shape == (3, 4)
