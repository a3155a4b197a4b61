"""Every public function × every argument × what people give by mistake: a result, or an error that helps."""

import inspect
import warnings
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import torch
from calls import CALLS, FUNCTIONS, MADE_BY_TRANSFORMS, Call
from public import TRANSFORMS

import subband as sb
from subband.errors import InvalidInput, SubbandError

WRONG: dict[str, Any] = {
    "None": None,
    "object": object(),
    "type": int,
    "empty string": "",
    "word": "no such thing",
    "digits": "44",
    "PyWavelets' mode": "periodic",
    "bytes": b"haar",
    "negative": -1,
    "far below": -(10**30),
    "zero": 0,
    "huge": 10**30,
    "beyond float": 10**400,
    "fraction": 1.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "minus inf": float("-inf"),
    "complex": 1j,
    "truth": True,
    "NumPy's nan": np.float32("nan"),
    "NumPy's negative": np.int64(-3),
    "list": [],
    "list of one": [1],
    "ragged list": [[1.0], [1.0, 2.0]],
    "list of words": ["a", "b"],
    "list of None": [None, None, None, None],
    "tuple": (1, 2, 3),
    "dict": {"level": 1},
    "set": {1},
    "function": lambda *_: None,
    "array": np.ones(3),
    "array of a number": np.array(7.0),
    "array of words": np.array(["a"]),
    "array of objects": np.array([object()]),
    "complex array": np.ones(4) * 1j,
    "empty array": np.zeros((0,)),
    "tensor": torch.ones(3),
    "tensor of a number": torch.tensor(3),
    "tensor with a gradient": torch.ones(4, requires_grad=True),
    "wavelet": sb.wavelet("haar"),
    "coefficients": sb.dwt(np.ones(8), "haar"),
}
"""Values of wrong type or size, or, for some arguments, good ones."""


ELSEWHERE = {
    "x": ("samples",),
    "axes": ("axis", "levels"),
    "axis": ("levels",),
    "shape": ("samples",),
    "tree": ("path",),
    "array": ("shape",),
    "key": ("order", "path", "column", "index"),
    "given": ("wavelet", "window", "filters"),
    "like": ("filters",),
    "wavelet": ("shape",),
    "first": ("wavelet",),
    "later": ("wavelet",),
    "paths": ("path",),
    "statistic": ("entries",),
}
"""Words that tell which argument is meant, other than its name: its effects show in others, too."""


def test_every_public_callable_has_a_call() -> None:
    public = {name for name in TRANSFORMS if callable(getattr(sb, name))}
    assert public == set(FUNCTIONS) | MADE_BY_TRANSFORMS
    for name in FUNCTIONS:
        known = set(inspect.signature(getattr(sb, name)).parameters) - {"arguments", "keywords", "approx"}
        assert known <= set(FUNCTIONS[name]), name


@pytest.mark.parametrize("name", CALLS)
def test_what_is_wrong_is_explained(name: str) -> None:
    call = CALLS[name]
    _apply(call, {})  # the good call is one
    poor = []
    for argument in call.good:
        for what, value in WRONG.items():
            if (argument, what) in {
                ("f", "type"),
                ("layer", "type"),
                ("cost", "type"),
                ("freedom", "type"),
                ("progress", "type"),
            }:
                continue  # what a caller's own function raises is the caller's to see
            complaint = _complaint(call, argument, value)
            if complaint:
                poor.append(f"{argument}={what}: {complaint}")
    assert not poor, "\n".join(poor)


def _complaint(call: Call, argument: str, value: Any) -> str:
    """What is poor about how a call with one spoilt argument ends; "" for a result or an error that helps."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _apply(call, {argument: value})
    except SubbandError as error:
        said = str(error)
        told = {argument, repr(value), type(value).__name__, *ELSEWHERE.get(argument, ()), *call.good}
        if not any(word in said for word in told):
            return f"names neither argument nor value: {said}"
        return "" if len(said) < 700 else f"is long: {said}"
    except Exception as error:  # noqa: BLE001 - what a user would see
        return f"raw {type(error).__name__}: {error}"
    return ""


def _apply(call: Call, spoilt: dict[str, Any]) -> Any:
    """Call with values by name, or, where a signature does not allow that, by place."""
    given = dict(call.good) | spoilt
    try:
        parameters = inspect.signature(call.of).parameters.values()
    except ValueError:  # of a builtin
        return call.of(*given.values())
    if call.of.__name__ == "__getitem__" if hasattr(call.of, "__name__") else False:
        return call.of(*given.values())
    leading = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
    return call.of(*[given.pop(name) for name in leading], **given)


@pytest.mark.parametrize("name", CALLS)
def test_numpys_numbers_are_as_good_as_pythons(name: str) -> None:
    call = CALLS[name]
    want = _numbers(_apply(call, {}))
    for argument, good in call.good.items():
        for value in _as_numpy(good):
            got = _numbers(_apply(call, {argument: value}))
            assert len(got) == len(want)
            for a, b in zip(got, want, strict=True):
                assert a.dtype == b.dtype, (argument, value)
                np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6, err_msg=f"{argument}={value!r}")


def _as_numpy(good: Any) -> Iterator[Any]:
    """The same number, or numbers, of NumPy's types; halves and quarters are exact in all of them."""
    if isinstance(good, bool):
        yield np.bool_(good)
    elif isinstance(good, int):
        yield from (np.int64(good), np.int32(good), np.array(good))
        if good >= 0:
            yield np.uint8(good)
    elif isinstance(good, float):
        yield from (np.float64(good), np.float32(good), np.array(good))
    elif isinstance(good, str):
        yield np.str_(good)
    elif isinstance(good, tuple) and good and all(type(one) in (int, float) for one in good):
        yield from (np.array(good), list(good), tuple(np.asarray(good)))


def _numbers(result: Any) -> list[np.ndarray]:
    """All numbers that a result holds, however deep."""
    if isinstance(result, np.ndarray) and result.dtype.names:
        return [np.asarray(result[name]) for name in result.dtype.names]
    if isinstance(result, sb.Operator):
        return _numbers(result.forward(np.ones(result.input_shape)))
    if isinstance(result, np.ndarray | np.number | float | int):
        return [np.asarray(result)]
    if isinstance(result, tuple | list):
        return [array for one in result for array in _numbers(one)]
    if isinstance(result, dict):
        return [array for one in result.values() for array in _numbers(one)]
    if is_dataclass(result) and not isinstance(result, type):
        return [array for field in fields(result) for array in _numbers(getattr(result, field.name))]
    return []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: sb.dwt(x, "db4", level="periodic"),
            "boundary mode, not a number of levels: give mode='periodic'",
        ),
        (lambda x: sb.dwt(x, "db4", mode="per"), "did you mean 'periodic' or 'periodization'"),
        (lambda x: sb.dwt(x, "db4", mode=3), "mode 3 is unknown: give one of zero, "),
        (lambda x: sb.dwt(x, "db4", axes="0"), "axes='0': give a whole number such as -1"),
        (lambda x: sb.dwt(x, "db4", level="44"), "level='44' must be a whole number, 1 or more"),
        (lambda x: sb.swt(x, "db4", level=2, axes="symmetric"), "swt is periodic, and takes none"),
        (
            lambda x: sb.swt(x, "db4", level="symmetric"),
            "boundary mode, not a number of levels: swt is periodic",
        ),
        (lambda x: sb.stft(x, "hann", 4, fs=float("nan")), "fs=nan must be a positive number"),
        (lambda x: sb.stft(x, "hann", True), "hop=True must be a whole number of samples, 1 or more"),
        (lambda x: sb.dwt([[1.0], [1.0, 2.0]], "db4"), "give an array, or lists of equal lengths"),
    ],
)
def test_the_likeliest_slips_say_what_to_type(call, message: str) -> None:
    with pytest.raises(SubbandError, match=message.replace("(", r"\(")):
        call(np.ones(64))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (
            lambda c, image: image[1]["LH"],
            "one of 'ad', 'da', 'dd'; PyWavelets' cH .LH. is 'da', cV .HL. is 'ad'",
        ),
        (lambda c, image: c[1]["cD"], "no sub-band 'cD': give 'd'; PyWavelets' cD is 'd'"),
        (lambda c, image: c[1]["a"], "the approximation is .approx"),
        (lambda c, image: c[1][0], "no sub-band 0: give 'd'"),
        (lambda c, image: c["d"], r"indexed by level first: give c\[1\]\['d'\]"),
        (lambda c, image: c[0], "level 0 does not exist: give one of 1 … 2, 1 the finest"),
        (lambda c, image: sb.dtcwt(np.ones(16), level=1)[1]["d"], r"no sub-band 'd': give '\+d'"),
        (
            lambda c, image: sb.packets(np.ones(16), "haar", level=2)["LH"],
            "give 1 of 2 letters a or d.* such as 'aa'",
        ),
    ],
)
def test_sub_bands_that_are_not_there_are_named(key, message: str) -> None:
    c, image = sb.dwt(np.ones(16), "haar", level=2), sb.dwt(np.ones((8, 8)), "haar", level=1, axes=(0, 1))
    with pytest.raises(InvalidInput, match=message) as caught:
        key(c, image)
    assert "\\n" not in str(caught.value)


def test_a_missing_sub_band_is_a_key_error_too() -> None:
    details = sb.dwt(np.ones(16), "haar", level=1)[1]
    with pytest.raises(KeyError):
        details["LH"]
    assert details.get("LH") is None
    assert "LH" not in details
