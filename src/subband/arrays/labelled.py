"""Decorator of transforms that take labelled arrays of pandas and xarray."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from inspect import Parameter, signature
from typing import Any, TypeVar

import numpy as np

from subband.arrays.axes import count_axes
from subband.arrays.labels import Labels, kind_of, labels_of, numbers_of
from subband.errors import InvalidInput

F = TypeVar("F", bound=Callable)

SIGNALS = ("x", "y", "a", "b")
"""Arguments whose axes are those of the signal."""


def labelled(f: F, *, like: Callable | None = None) -> F:
    """Let a function of arrays take a Series, DataFrame or DataArray as its first argument.

    Axes can be named; a sampling rate `fs` that isn't given is that of the coordinate. A result with a field
    `labels` gets those of the signal; others stay what they are.

    Args:
        f: The function.
        like: Another function to which `f` passes its keyword arguments on.
    """
    return _decorated(f, keeps=False, parameters=signature(like or f).parameters)


def labelled_alike(f: F) -> F:
    """`labelled`, for a function whose result has the shape of its first argument, and so its labels."""
    return _decorated(f, keeps=True, parameters=signature(f).parameters)


def _decorated(f: F, keeps: bool, parameters: Mapping[str, Parameter]) -> F:
    names = list(signature(f).parameters)
    leading = [
        name for name in names if signature(f).parameters[name].kind is Parameter.POSITIONAL_OR_KEYWORD
    ]

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        if args and (type(args[0]) is np.ndarray or not kind_of(args[0])):
            return f(*args, **kwargs)
        return with_labels(args, kwargs)

    def with_labels(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        first = args[0] if args else kwargs.get(names[0])
        if not kind_of(first):
            return f(*args, **kwargs)
        given = dict(zip(leading, args, strict=False)) | kwargs
        if len(given) < len(args) + len(kwargs):
            return f(*args, **kwargs)  # a call that fails says what is wrong itself
        labels, given = _unlabelled(names[0], given)
        given = _with_axes(labels, given, parameters)
        result = f(**given)
        if keeps:
            return labels.rebuild(result)
        if is_dataclass(result) and any(field.name == "labels" for field in fields(result)):
            return replace(result, labels=labels)  # pyright: ignore[reportArgumentType]
        return result

    call.unlabelled = f  # pyright: ignore[reportAttributeAccessIssue]
    return call  # pyright: ignore[reportReturnType]


def _unlabelled(first: str, given: dict[str, Any]) -> tuple[Labels, dict[str, Any]]:
    """The labels of the first argument, and all arguments as plain arrays, with axes in its order."""
    plain, x = {}, given[first]
    plain[first] = numbers_of(x, first)
    labels = labels_of(x)
    for name, value in given.items():
        kind = kind_of(value)
        if name == first or not kind:
            plain.setdefault(name, value)
            continue
        if name in SIGNALS and kind == labels.kind == "DataArray" and set(value.dims) == set(labels.dims):
            value = value.transpose(*labels.dims)
        plain[name] = numbers_of(value, name)
        if name in SIGNALS:
            _check_alike(first, labels, name, labels_of(value))
    return labels, plain


def _check_alike(first: str, ours: Labels, second: str, theirs: Labels) -> None:
    for a, b in zip(ours.axes, theirs.axes, strict=False):
        same = a.coordinate is None or b.coordinate is None or np.array_equal(a.coordinate, b.coordinate)
        if not same or a.length != b.length or ours.dims != theirs.dims:
            how = (
                f"xr.align({first}, {second})"
                if ours.kind == "DataArray"
                else f"{second}.reindex_like({first})"
            )
            raise InvalidInput(
                f"{first} and {second} have other coordinates along {a.name!r}: align them, e.g. {how}, or give "
                "plain arrays"
            )


def _with_axes(labels: Labels, given: dict[str, Any], parameters: Any) -> dict[str, Any]:
    """The arguments with axes as numbers, and the sampling rate of the coordinate."""
    argument = next((name for name in ("axes", "axis") if name in parameters), None)
    if argument is None:
        return given
    if argument in given:
        named = given[argument]
        several = isinstance(named, list | tuple | np.ndarray | range)
        places = [labels.place(one, argument) for one in (named if several else [named])]
        chosen = tuple(places) if several else places[0]
    else:
        chosen = _default(labels, parameters[argument].default, argument)
    given = {**given, argument: chosen}
    counted = count_axes(chosen, tuple(axis.length for axis in labels.axes), argument)
    if given.get("fs") is not None:
        return given
    named = [labels.axes[i].name for i in counted if labels.axes[i].is_named]
    if named and "fs" in parameters:
        raise InvalidInput(
            f"the labels of {named[0]!r} are neither numbers nor times: give fs, the samples in a second"
        )
    rates = [labels.axes[i].rate(labels.advice(i)) for i in counted]
    return {**given, "fs": rates[0]} if "fs" in parameters else given


def _default(labels: Labels, default: Any, argument: str) -> Any:
    """The axes where none are named: all, or the index of a DataFrame, whose columns are signals."""
    count = 1 if isinstance(default, int) else len(default)
    if count == len(labels.axes):
        return default
    if labels.kind == "DataFrame":
        return 0
    example = repr(labels.dims[0]) if count == 1 else repr(labels.dims[-count:])
    raise InvalidInput(
        f"x has the axes {labels.dims}: say along which, e.g. {argument}={example}"
        if len(labels.axes) > count
        else f"x has {len(labels.axes)} axes, of {count} that are needed"
    )
