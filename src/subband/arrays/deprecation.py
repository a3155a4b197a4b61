"""Former spellings of calls, which work for one more release and say what to type now."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import compiling
from subband.errors import SubbandDeprecation

P = ParamSpec("P")
R = TypeVar("R")
Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def keyword_only_after(
    last: str,
    *former: str,
    renamed: Mapping[str, str] | None = None,
    by_value: Mapping[str, tuple[str, Sequence[str]]] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function that once took more arguments by place, or by other names.

    Args:
        last: The last argument that may be given by place.
        former: Those that could follow it, by their names of now, in the order of then.
        renamed: Former name → name of now.
        by_value: Former name → (name of now, the values that meant it), where the former name lives on with others.

    Returns:
        The decorator. What it makes calls the function at once unless the spelling is a former one, so it costs
        some 0.1 µs and compilers see through it. `.respelled(args, kwargs)` gives a call's arguments as of now.
    """
    names, values = dict(renamed or {}), dict(by_value or {})
    old_names = (*names, *values)

    def decorate(f: Callable[P, R]) -> Callable[P, R]:
        count = list(signature(f).parameters).index(last) + 1

        def respelled(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Arguments:
            """The arguments by the names of now."""
            if len(args) > count + len(former):
                raise TypeError(
                    f"{f.__name__}() takes {count} positional arguments but {len(args)} were given"
                )
            now = dict(kwargs)
            for old, (new, meant) in values.items():
                if isinstance(now.get(old), str) and now[old] in meant:
                    _move(f.__name__, now, old, new)
            for old, new in names.items():
                if old in now:
                    _move(f.__name__, now, old, new)
            for name, value in zip(former, args[count:], strict=False):
                if name in now:
                    raise TypeError(f"{f.__name__}() got multiple values for argument {name!r}")
                now[name] = value
            return args[:count], now

        def as_before(args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
            there, now = respelled(args, kwargs)
            result = f(*there, **now)  # pyright: ignore[reportCallIssue]
            if (
                len(args) > count or now.keys() != kwargs.keys()
            ):  # a call that fails says what is wrong itself
                leading = list(signature(f).parameters)[: len(there)]
                given = ", ".join([*leading, *[f"{name}={shown(value)}" for name, value in now.items()]])
                deprecated(
                    f"this spelling of {f.__name__} ends with the next release: type {f.__name__}({given})", 4
                )
            return result

        if old_names:

            @wraps(f)
            def call(*args: P.args, **kwargs: P.kwargs) -> R:
                if len(args) > count or _some_in(old_names, kwargs):
                    return as_before(args, kwargs)
                return f(*args, **kwargs)
        else:
            # Of functions that take labelled arrays too, plain arrays skip the other decorator.
            plain: Callable[P, R] = getattr(f, "unlabelled", f)

            @wraps(f)
            def call(*args: P.args, **kwargs: P.kwargs) -> R:
                if len(args) > count:
                    return as_before(args, kwargs)
                if args and type(args[0]) is np.ndarray:
                    return plain(*args, **kwargs)
                return f(*args, **kwargs)

        call.respelled = respelled  # pyright: ignore[reportAttributeAccessIssue]
        return call

    return decorate


def former_name(module: str, name: str, now: str) -> None:
    """Warn that a name of a module has changed; for its `__getattr__`."""
    deprecated(
        f"{module}.{name} is called {module}.{now} now, and the former name ends with the next release", 4
    )


def deprecated(message: str, level: int = 3) -> None:
    """Warn of a former spelling, at the caller `level` frames up; nothing while a program is compiled."""
    if not compiling():
        warnings.warn(message, SubbandDeprecation, stacklevel=level)


def _some_in(names: tuple[str, ...], given: Mapping[str, Any]) -> bool:
    for name in names:  # noqa: SIM110 - compilers read a loop at once
        if name in given:
            return True
    return False


def _move(function: str, given: dict[str, Any], old: str, new: str) -> None:
    if new in given:
        raise TypeError(f"{function}() got values for {new!r} and for {old!r}, its former name")
    given[new] = given.pop(old)
