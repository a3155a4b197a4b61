"""Every public function of an array takes a Series and a DataArray, or says what to give instead."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from calls import FUNCTIONS
from test_arguments import _numbers

import subband as sb
from subband.errors import InvalidInput

xarray = pytest.importorskip("xarray", reason="xarray is not installed: pip install 'subband[xarray]'")

SIGNALS = ("x", "y", "a", "b", "band")
OF_SIGNALS = sorted(
    name for name, good in FUNCTIONS.items() if any(isinstance(good.get(k), np.ndarray) for k in SIGNALS)
)


def outcome(name: str, changed: dict[str, Any]) -> Any:
    """The result of a good call with some arguments changed, without labels; or its error."""
    try:
        made = getattr(sb, name)(**{**FUNCTIONS[name], **changed})
    except InvalidInput as error:
        return error
    has_labels = is_dataclass(made) and any(field.name == "labels" for field in fields(made))
    return replace(made, labels=None) if has_labels else made


def signals(name: str, make: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    return {k: make(v) for k, v in FUNCTIONS[name].items() if k in SIGNALS and isinstance(v, np.ndarray)}


def check_same(made: Any, want: Any) -> None:
    if isinstance(made, InvalidInput):
        assert any(word in str(made) for word in ("give", "say", "resample"))
        return
    plain = np.asarray(made) if isinstance(made, xarray.DataArray | pd.Series) else made
    ours, theirs = _numbers(plain), _numbers(want)
    assert ours
    for one, same in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, same)


@pytest.mark.parametrize("name", OF_SIGNALS)
def test_a_data_array_of_named_axes(name: str) -> None:
    good = FUNCTIONS[name]
    names = ("u", "v", "w", "z")
    changed = signals(name, lambda v: xarray.DataArray(v, dims=names[: v.ndim]))
    for argument in {"axis", "axes"} & set(good):
        known = next(iter(changed.values())).dims
        axes = good[argument]
        changed[argument] = known[axes] if isinstance(axes, int) else tuple(known[i] for i in axes)
    check_same(outcome(name, changed), outcome(name, {}))


@pytest.mark.parametrize("name", [name for name in OF_SIGNALS if name not in ("rotate", "register_images")])
def test_a_series(name: str) -> None:
    row = signals(name, lambda v: v.reshape(-1)[:32])
    along = {k: 0 for k in ("axis", "axes") if k in FUNCTIONS[name]}
    along |= {k: None for k in ("mask", "moving_mask") if k in FUNCTIONS[name]}
    along |= {"shape": (32 * 4,)} if name == "ipacket_band" else {}
    want = outcome(name, {**row, **along})
    made = outcome(name, {k: pd.Series(v) for k, v in row.items()} | along)
    assert isinstance(made, InvalidInput) == isinstance(want, InvalidInput)
    if not isinstance(want, InvalidInput):
        check_same(made, want)
