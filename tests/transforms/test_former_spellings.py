"""Calls as version 0.1 had them: they work for one more release, and say what to type."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import InvalidInput, SubbandDeprecation

X = np.random.default_rng(0).standard_normal((8, 32))
BAND = sb.packet_band(X, "haar", "ad")

SPELLINGS: dict[str, tuple[Callable, Callable, str]] = {
    "dwt": (
        lambda: sb.dwt(X, "haar", 2, "zero", (0, 1)),
        lambda: sb.dwt(X, "haar", level=2, mode="zero", axes=(0, 1)),
        r"dwt\(x, wavelet, level=2, mode='zero', axes=\(0, 1\)\)",
    ),
    "packets": (
        lambda: sb.packets(X, "db2", 2, order="natural"),
        lambda: sb.packets(X, "db2", level=2, order="natural"),
        r"packets\(x, wavelet, order='natural', level=2\)",
    ),
    "best_basis": (
        lambda: sb.best_basis(X, "haar", 2, "zero", -1),
        lambda: sb.best_basis(X, "haar", level=2, mode="zero", axes=-1),
        "level=2, mode='zero', axes=-1",
    ),
    "basis_cost": (
        lambda: sb.basis_cost(sb.packet_basis(X, "haar", ["a", "d"]), norm=2.0),
        lambda: sb.basis_cost(sb.packet_basis(X, "haar", ["a", "d"]), signal_norm=2.0),
        "signal_norm=2.0",
    ),
    "packet_band": (
        lambda: sb.packet_band(X, "haar", "ad", "zero", 0),
        lambda: sb.packet_band(X, "haar", "ad", mode="zero", axes=0),
        r"packet_band\(x, wavelet, path, mode='zero', axes=0\)",
    ),
    "ipacket_band": (
        lambda: sb.ipacket_band(BAND, "haar", "ad", X.shape, "symmetric"),
        lambda: sb.ipacket_band(BAND, "haar", "ad", X.shape, mode="symmetric"),
        r"ipacket_band\(band, wavelet, path, shape, mode='symmetric'\)",
    ),
    "packet_basis": (
        lambda: sb.packet_basis(X, "haar", ["a", "d"], "zero"),
        lambda: sb.packet_basis(X, "haar", ["a", "d"], mode="zero"),
        "mode='zero'",
    ),
    "swt": (
        lambda: sb.swt(X, "haar", 2, 0),
        lambda: sb.swt(X, "haar", level=2, axes=0),
        r"swt\(x, wavelet, level=2, axes=0\)",
    ),
    "swt, normed": (
        lambda: sb.swt(X, "haar", level=2, norm=True),
        lambda: sb.swt(X, "haar", level=2, norm="l1"),
        "norm='l1'",
    ),
    "mra": (
        lambda: sb.mra(X, "haar", 2, 0, "dwt", "zero"),
        lambda: sb.mra(X, "haar", level=2, axes=0, transform="dwt", mode="zero"),
        "level=2, axes=0, transform='dwt', mode='zero'",
    ),
    "lift": (
        lambda: sb.lift(X, "haar", 2, 0, "periodization"),
        lambda: sb.lift(X, "haar", level=2, mode="periodization", axes=0),
        "level=2, axes=0, mode='periodization'",
    ),
    "dtcwt": (
        lambda: sb.dtcwt(X, 2, (0, 1)),
        lambda: sb.dtcwt(X, level=2, axes=(0, 1)),
        r"dtcwt\(x, level=2",
    ),
    "cwt": (
        lambda: sb.cwt(X, "morse", [0.1, 0.2], axes=0),
        lambda: sb.cwt(X, "morse", frequencies=[0.1, 0.2], axis=0),
        r"cwt\(x, wavelet, axis=0, frequencies=\[0.1, 0.2\]\)",
    ),
    "stft": (
        lambda: sb.stft(X, "hann", 4, axes=0),
        lambda: sb.stft(X, "hann", 4, axis=0),
        r"stft\(x, window, hop, axis=0\)",
    ),
    "threshold": (
        lambda: sb.threshold(X, 0.5, mode="hard"),
        lambda: sb.threshold(X, 0.5, "hard"),
        r"threshold\(x, value, shrinkage='hard'\)",
    ),
    "denoise": (
        lambda: sb.denoise(X, "haar", "visu", mode="hard", boundary="zero"),
        lambda: sb.denoise(X, "haar", method="visu", shrinkage="hard", mode="zero"),
        "shrinkage='hard', mode='zero', method='visu'",
    ),
    "denoise by place": (
        lambda: sb.denoise(X, "haar", "visu", "hard", 1, 0, 0.5),
        lambda: sb.denoise(X, "haar", method="visu", shrinkage="hard", level=1, axes=0, sigma=0.5),
        "level=1, axes=0, sigma=0.5",
    ),
    "lifting_filters": (
        lambda: sb.lifting_filters("haar", None, np.array([1.0, 1.0])),
        lambda: sb.lifting_filters("haar", scales=np.array([1.0, 1.0])),
        "weights=None, scales=",
    ),
    "log_frequencies": (
        lambda: sb.log_frequencies("morse", 64, 2.0, 4),
        lambda: sb.log_frequencies("morse", 64, fs=2.0, voices=4),
        r"log_frequencies\(wavelet, samples, fs=2.0, voices=4\)",
    ),
    "linear_map": (
        lambda: sb.linear_map(sb.dwt, 32, "haar", 2, "zero").forward(X),
        lambda: sb.linear_map(sb.dwt, 32, "haar", level=2, mode="zero").forward(X),
        r"linear_map\(…, level=2, mode='zero'\)",
    ),
    "linear_map of an inverse": (
        lambda: sb.linear_map(sb.istft, 32, "hann", 4, axes=-1).adjoint(X),
        lambda: sb.linear_map(sb.istft, 32, "hann", 4, axis=-1).adjoint(X),
        "axis=-1",
    ),
}
"""As it was, as it is, and what the warning says to type."""


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_former_spelling_gives_the_same_and_says_what_to_type(name: str) -> None:
    former, now, message = SPELLINGS[name]
    with pytest.warns(SubbandDeprecation, match=message) as caught:
        got = former()
    assert [warning.filename for warning in caught] == [__file__]  # the caller's line, not ours
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        want = now()
    for a, b in zip(_arrays(got), _arrays(want), strict=True):
        np.testing.assert_array_equal(a, b)


def _arrays(result) -> list[np.ndarray]:
    if isinstance(result, sb.PacketBasis):
        return list(result.bands)
    if isinstance(result, sb.Filters):
        return list(result)
    return [np.asarray(getattr(result, "array", result))]


def test_what_is_wrong_is_said_without_a_word_of_spelling() -> None:
    with pytest.raises(InvalidInput, match="give mode='periodic'"):
        sb.dwt(X, "db2", "periodic")
    with pytest.raises(InvalidInput, match="swt is periodic, and takes none"):
        sb.swt(X, "db2", 2, "symmetric")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.dwt(X, "db2", 2, "zero", -1, "fast"), "takes 2 positional arguments but 6 were given"),
        (lambda: sb.dwt(X, "db2", 2, level=3), "multiple values for argument 'level'"),
        (lambda: sb.dwt(X, "db2", levels=3), "unexpected keyword argument 'levels'"),
        (lambda: sb.cwt(X, axis=0, axes=0), "got values for 'axis' and for 'axes', its former name"),
    ],
)
def test_what_no_version_took_is_a_type_error(call, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


def test_a_former_spelling_compiles() -> None:
    x = torch.asarray(X)
    compiled = torch.compile(lambda x: sb.dwt(x, "db2", 2, "zero").array, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x), sb.dwt(x, "db2", level=2, mode="zero").array)


def test_a_denoise_with_a_boundary_mode_of_now_is_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb.denoise(X, "haar", mode="periodization")


@pytest.mark.parametrize("name", sb.FORMER)
def test_a_former_name_still_finds_what_has_another_name_now(name: str) -> None:
    now = sb.FORMER[name]
    with pytest.warns(SubbandDeprecation, match=rf"{name} is called subband\.{now} now") as caught:
        assert getattr(sb, name) is getattr(sb, now)
    assert [warning.filename for warning in caught] == [__file__]
    assert name not in sb.__all__


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'subband' has no attribute 'dwt3'"):
        sb.dwt3  # noqa: B018


CONTAINERS = {"Packets", "Stationary", "Lifted", "DualTree", "Spectrogram", "Synchrosqueezed"}


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_containers_keep_their_keys_in_saved_programs(name: str) -> None:
    from torch.utils import _pytree

    from subband.arrays import static_json

    cls = getattr(sb, sb.FORMER[name])
    assert static_json.key_of(cls) == name
    for saved in (f"subband.{name}", static_json.first_location(name).replace(":", ".")):
        assert _pytree.SERIALIZED_TYPE_TO_PYTHON_TYPE[saved] is cls
    assert static_json.first_location(name).endswith(f":{name}")  # as version 0.1.0 called it


def test_stationary_coefficients_of_a_program_of_version_0_1_are_inverted() -> None:
    for before, now in ((True, "l1"), (False, "l2")):
        c = sb.swt(X, "haar", level=2, norm=now)
        saved = sb.StationaryCoefficients(c.array, c.spec, before)  # pyright: ignore[reportArgumentType]
        np.testing.assert_allclose(sb.iswt(saved), X, atol=1e-12)
