"""PyWavelets' names give PyWavelets' numbers for arrays of every library, with gradients."""

import pickle

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch

from subband.compat import pywt as ours
from subband.compat.pywt import onelevel

pytestmark = pytest.mark.filterwarnings("ignore:Level value of . is too high")

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}

CALLS = {
    "dwt": lambda w, x: w.dwt(x, "db3", "reflect", 0),
    "idwt": lambda w, x: w.idwt(x, None, "db2", "symmetric", 1),
    "idwt of details": lambda w, x: w.idwt(None, x, "db2", "periodization"),
    "dwt2": lambda w, x: w.dwt2(x, ("db2", "haar"), ("smooth", "periodization")),
    "dwtn, an axis twice": lambda w, x: w.dwtn(x, "db2", "zero", (1, 1)),
    "wavedec": lambda w, x: w.wavedec(x, "bior2.2", "antireflect", 2),
    "waverec": lambda w, x: w.waverec(w.wavedec(x, "sym4", "smooth", 1), "sym4", "smooth"),
    "waverec2": lambda w, x: w.waverec2(w.wavedec2(x, "db2", "antisymmetric", 2), "db2", "antisymmetric"),
    "wavedecn": lambda w, x: w.wavedecn(x, ("db2", "haar"), ("constant", "periodic"), 2),
    "waverecn": lambda w, x: w.waverecn(w.wavedecn(x, "db2", level=2), "db2"),
    "fswavedecn": lambda w, x: w.fswavedecn(x, "db2", levels=(2, 1)).coeffs,
    "fswaverecn": lambda w, x: w.fswaverecn(w.fswavedecn(x, "db2", levels=(2, 1))),
    "swt": lambda w, x: w.swt(x, "db3", 2, start_level=1, axis=0, norm=True),
    "iswt": lambda w, x: w.iswt(w.swt(x, "db3", 2, axis=0), "db3", axis=0),
    "swt2": lambda w, x: w.swt2(x, "db2", 1, trim_approx=True),
    "iswt2": lambda w, x: w.iswt2(w.swt2(x, "db2", 1), "db2"),
    "swtn": lambda w, x: w.swtn(x, "haar", 1),
    "mra": lambda w, x: w.mra(x, "db2", 2, axis=0),
    "mran": lambda w, x: w.mran(x, "db2", 1, transform="dwtn"),
    "downcoef": lambda w, x: w.downcoef("d", x[:, 0], "db2", "periodic", 2),
    "upcoef": lambda w, x: w.upcoef("d", x[:, 0], "db4", 3, 31),
    "coeffs_to_array": lambda w, x: w.coeffs_to_array(w.wavedec2(x, "db2", level=2), padding=7)[0],
    "ravel_coeffs": lambda w, x: w.ravel_coeffs(w.wavedecn(x, "db2", level=2))[0],
    "threshold": lambda w, x: [w.threshold(x, 0.5, m) for m in ("soft", "hard", "garrote")],
    "threshold to 3": lambda w, x: w.threshold(x, 0.5, "soft", 3.0),
    "threshold_firm": lambda w, x: w.threshold_firm(x, 0.3, 0.9),
    "pad": lambda w, x: [w.pad(x, ((2, 5), (3, 1)), m) for m in pywt.Modes.modes],
    "packets": lambda w, x: [n.data for n in w.WaveletPacket(x, "db2", axis=0).get_level(2, "freq")],
    "packets of two axes": lambda w, x: w.WaveletPacket2D(x, "haar", "zero")["hv"].data,
    "packets of any axes": lambda w, x: w.WaveletPacketND(x, "haar", axes=(0,))["da"].data,
}


def leaves(result) -> list:
    if isinstance(result, dict):
        return [leaf for name in sorted(result) for leaf in leaves(result[name])]
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


# JAX compiles each operation for each shape, which takes seconds a call, so it gets one call of each kind.
IN_JAX = [
    "dwt",
    "waverec",
    "wavedecn",
    "swt",
    "coeffs_to_array",
    "ravel_coeffs",
    "threshold",
    "pad",
    "packets",
]


@pytest.mark.parametrize(
    ("call", "kind", "dtype"),
    [(call, kind, "complex128") for call in CALLS for kind in ("numpy", "torch", "strict")]
    + [(call, kind, "float32") for call in CALLS for kind in ("numpy", "torch")]
    + [(call, "jax", "complex128") for call in IN_JAX],
)
def test_same_numbers_same_kind(call: str, kind: str, dtype: str, rng) -> None:
    x = rng.standard_normal((16, 10)) + 1j * rng.standard_normal((16, 10))
    x = x if dtype == "complex128" else x.real.astype(dtype)
    given = MAKE[kind](x)
    with np.errstate(all="ignore"):
        want, got = leaves(CALLS[call](pywt, x)), leaves(CALLS[call](ours, given))
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    for a, b in zip(got, want, strict=True):
        assert type(a) is type(given)
        assert a.dtype == given.dtype
        np.testing.assert_allclose(np.asarray(a), b, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("call", ["waverec", "coeffs_to_array", "threshold_firm"])
def test_gradients_agree_between_torch_and_jax(call: str, rng) -> None:
    x = rng.standard_normal((16, 10))
    there = torch.asarray(x).requires_grad_()
    sum((leaf**3).sum() for leaf in leaves(CALLS[call](ours, there))).backward()
    here = jax.jit(jax.grad(lambda x: sum((leaf**3).sum() for leaf in leaves(CALLS[call](ours, x)))))
    np.testing.assert_allclose(np.asarray(here(jnp.asarray(x))), there.grad.numpy(), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("call", ["idwt", "iswt", "mran", "packets of any axes"])
def test_gradients_of_torch_are_numerical_ones(call: str, rng) -> None:
    x = torch.asarray(rng.standard_normal((4, 6))).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: tuple(leaves(CALLS[call](ours, x))), x, fast_mode=True)


def test_calls_compile_in_jax(rng) -> None:
    x = rng.standard_normal((16, 10))
    got = jax.jit(lambda x: ours.waverecn(ours.wavedecn(x, "db2", level=2), "db2"))(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(got), x, atol=1e-12)


@pytest.mark.parametrize("mode", ["soft", "hard", "garrote"])
def test_thresholds_have_finite_gradients_at_nothing(mode: str) -> None:
    x = torch.tensor([0.0, 0.2, -3.0], dtype=torch.float64, requires_grad=True)
    ours.threshold(x, 0.5, mode).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert x.grad[0] == 0


def test_an_infinite_sample_can_be_replaced() -> None:
    x = np.array([np.inf, -np.inf, 1.0])
    np.testing.assert_array_equal(ours.threshold(x, 2, "less"), pywt.threshold(x, 2, "less"))
    np.testing.assert_array_equal(ours.threshold(x, 2, "greater"), pywt.threshold(x, 2, "greater"))


@pytest.mark.parametrize("mode", pywt.Modes.modes)
@pytest.mark.parametrize("size", [2, 3, 7])
def test_wavelets_and_modes_by_axis(mode: str, size: int, rng) -> None:
    x = rng.standard_normal((size, 9, 8))
    args = (pywt.Wavelet("haar"), "sym2", "db4"), (mode, "periodization", pywt.Modes.reflect)
    want, got = pywt.dwtn(x, *args), ours.dwtn(x, *args)
    for name, band in want.items():
        np.testing.assert_allclose(got[name], band, atol=1e-12)
    np.testing.assert_allclose(ours.idwtn(got, *args), pywt.idwtn(want, *args), atol=1e-12)


@pytest.mark.parametrize("dtype", ["int32", "bool", "float16", "longdouble", "clongdouble", ">f4", ">f8"])
def test_dtypes_become_what_pywavelets_makes_of_them(dtype: str) -> None:
    x = np.arange(8).astype(dtype)
    want, got = pywt.dwt(x, "db2"), ours.dwt(x, "db2")
    assert got[0].dtype == want[0].dtype
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


WRONG = {
    "a mirror of one sample": lambda w: w.dwt([1.0], "db2", "reflect"),
    "no sample": lambda w: w.dwt(np.ones(0), "db2"),
    "no such axis": lambda w: w.dwt(np.ones((2, 4)), "db2", axis=2),
    "no such axis back": lambda w: w.idwt(np.ones(4), None, "db2", axis=1),
    "no half": lambda w: w.idwt(None, None, "db2"),
    "unequal halves": lambda w: w.idwt(np.ones(3), np.ones(4), "db2"),
    "too short to invert": lambda w: w.idwt(np.ones(0), None, "db4", "periodization"),
    "an unknown wavelet": lambda w: w.dwt(np.ones(8), "db0"),
    "a continuous wavelet": lambda w: w.dwt(np.ones(8), "morl"),
    "an unknown mode": lambda w: w.dwt(np.ones(8), "db2", "mirror"),
    "objects": lambda w: w.dwtn(np.array([1, 2], dtype=object), "db2"),
    "an odd length": lambda w: w.swt(np.ones(7), "db2", 1),
    "too many still levels": lambda w: w.swt(np.ones(12), "db2", 3),
    "a late start": lambda w: w.swt(np.ones(8), "db2", 1, start_level=3),
    "a negative level": lambda w: w.wavedec(np.ones(8), "db2", level=-1),
    "a threshold of no kind": lambda w: w.threshold(np.ones(8), 1, "mild"),
    "part of no name": lambda w: w.downcoef("x", np.ones(8), "db2"),
    "no level": lambda w: w.upcoef("a", np.ones(8), "db2", 0),
    "mixed bands": lambda w: w.idwtn({"a": np.ones(4), "d": np.ones(3)}, "haar"),
    "an absent band": lambda w: w.waverecn([np.ones(4), {"d": None}], "haar"),
    "too long a detail": lambda w: w.waverec([np.ones(4), np.ones(5), np.ones(8)], "haar"),
    "packets out of range": lambda w: w.WaveletPacket(np.ones(8), "haar")["aaaa"],
    "an unknown order": lambda w: w.WaveletPacket(np.ones(8), "haar").get_level(1, "gray"),
}


@pytest.mark.filterwarnings("ignore:No levels of stationary wavelet:UserWarning")
@pytest.mark.parametrize("wrong", WRONG)
def test_the_same_errors(wrong: str) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        WRONG[wrong](pywt)
    with pytest.raises(theirs.type) as raised:
        WRONG[wrong](ours)
    assert str(raised.value) == str(theirs.value)


@pytest.mark.filterwarnings("default:Level value of . is too high")
def test_too_high_a_level_warns() -> None:
    with pytest.warns(UserWarning, match="Level value of 9 is too high"):
        c = ours.wavedec(np.arange(16.0), "db2", level=9)
    with pytest.warns(UserWarning, match="Level value of 9 is too high"):
        want = pywt.wavedec(np.arange(16.0), "db2", level=9)
    for a, b in zip(c, want, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10)


@pytest.mark.parametrize("kind", ["numpy", "torch", "jax"])
def test_separable_results_can_be_written_to(kind: str) -> None:
    result = ours.fswavedecn(MAKE[kind](np.ones((8, 8))), "haar", levels=1)
    result[1, 1] = result[1, 1] + 2
    result.approx = 0 * result.approx
    assert np.asarray(result.coeffs).sum() == pytest.approx(32)


def test_trees_are_pickled_and_grow_lazily(rng) -> None:
    tree = ours.WaveletPacket2D(rng.standard_normal((16, 16)), "db2", "zero")
    assert not tree.has_any_subnode
    copy = pickle.loads(pickle.dumps(tree))
    np.testing.assert_array_equal(copy["ad"].data, tree["ad"].data)
    np.testing.assert_allclose(tree.reconstruct(), copy.data, atol=1e-12)


@pytest.mark.parametrize("shape", [(37,), (3, 40)])
def test_short_signals_take_a_short_cut_to_the_same_numbers(shape, monkeypatch, rng) -> None:
    x = rng.standard_normal(shape)
    long = ours.dwt(x, "db3", "smooth")
    back = ours.idwt(*long, "db3", "smooth")
    monkeypatch.setattr(onelevel, "SHORT", 1000)
    monkeypatch.setattr(onelevel, "split", None)
    monkeypatch.setattr(onelevel, "merge", None)
    np.testing.assert_allclose(ours.dwt(x, "db3", "smooth"), long, atol=1e-12)
    np.testing.assert_allclose(ours.idwt(*long, "db3", "smooth"), back, atol=1e-12)


@pytest.mark.parametrize("missing", [(0,), (1,), (2,), (0, 2)])
@pytest.mark.parametrize("size", [37, 40])
def test_missing_bands_count_as_zeros(missing: tuple[int, ...], size: int, rng) -> None:
    c = pywt.wavedec(rng.standard_normal(size), "db2", "smooth", 3)
    want = pywt.waverec([0 * b if i in missing else b for i, b in enumerate(c)], "db2", "smooth")
    a, *d = (None if i in missing else band for i, band in enumerate(c))
    np.testing.assert_allclose(ours.waverec([a, *d], "db2", "smooth"), want, atol=1e-12)
    named = [{} if band is None else {"d": band} for band in d]
    np.testing.assert_allclose(ours.waverecn([a, *named], "db2", "smooth"), want, atol=1e-12)


@pytest.mark.parametrize("size", [37, 40])
def test_without_the_finest_details_the_signal_is_as_long_as_pywavelets_makes_it(size: int, rng) -> None:
    c = [*pywt.wavedec(rng.standard_normal(size), "db2", "smooth", 3)[:-1], None]
    want, got = (w.waverec(c, "db2", "smooth") for w in (pywt, ours))
    np.testing.assert_allclose(got, want, atol=1e-12)


def test_bands_of_several_precisions_end_in_double(rng) -> None:
    a, *d = pywt.wavedec(rng.standard_normal(40), "db2", level=2)
    mixed = [a.astype("f4"), d[0].astype("c8"), d[1]]
    want, got = (w.waverec(mixed, "db2") for w in (pywt, ours))
    assert got.dtype == want.dtype == np.complex128
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_every_name_is_replaced_but_those_of_wavelets() -> None:
    theirs = {name for name in pywt.__all__ if getattr(ours, name) is getattr(pywt, name)}
    of_wavelets = {
        "Wavelet",
        "ContinuousWavelet",
        "DiscreteContinuousWavelet",
        "Modes",
        "families",
        "wavelist",
    }
    of_wavelets |= {"central_frequency", "integrate_wavelet", "frequency2scale", "scale2frequency"}
    of_wavelets |= {"orthogonal_filter_bank", "qmf", "data"}
    deprecated = {"centrfrq", "intwave", "orthfilt", "scal2frq"}
    assert theirs == of_wavelets | deprecated


def test_wavelets_can_be_read_back_from_what_they_print() -> None:
    shown = repr(ours.Wavelet("db2"))
    assert eval(shown, {"pywt": ours}).filter_bank == ours.Wavelet("db2").filter_bank
    with pytest.raises(AttributeError):
        ours.wavelets  # noqa: B018
