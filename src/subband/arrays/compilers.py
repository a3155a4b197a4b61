"""Decorators that make caches and lazy attributes safe under torch.compile and jax.jit.

JAX executes Python and traces the array operations. PyTorch's compiler interprets the byte code instead, and
breaks the graph at locks, compiled extensions and caches. Values that depend on no array data are therefore
marked: `static` results become constants of compiled programs, `remembered` functions are cached in eager
mode and inlined by compilers, and `lazy` attributes are computed once.

Neither library is imported; `when_imported` defers until the user imports it.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any, Generic, Self, TypeVar, overload

from subband.arrays.caches import by_count, within_budget
from subband.arrays.import_hooks import when_imported

F = TypeVar("F", bound=Callable)
T = TypeVar("T")

PLAIN = (int, float, str, type, type(None))
"""Types that compilers treat as constants, as they do tuples of these."""


def static(f: F, *, large: bool = False) -> F:
    """Cache a function of numbers, strings and types, and make its results constants of compiled programs.

    Results should be numbers, strings or arrays: compilers have limited support for other constants.

    Args:
        f: function with positional arguments.
        large: whether results grow with a signal's length; their cache is bounded in bytes
            (`subband.arrays.caches`), others in number.

    Raises:
        TypeError: when called with other arguments. An object created inside a compiled program may not have
            its final values while compiling, which would give wrong constants.
    """
    cached = within_budget(f) if large else by_count(f, 1024)

    @wraps(f)
    def call(*args):
        for arg in args:
            if not _is_plain(arg):
                raise TypeError(f"{f.__name__} is static: {arg!r} is neither a number nor a string")
        return cached(*args)

    # As torch.compiler.assume_constant_result does, but without importing the compiler (1 s).
    call._dynamo_marked_constant = True  # pyright: ignore[reportAttributeAccessIssue]
    return call  # pyright: ignore[reportReturnType]


def remembered(f: F) -> F:
    """Cache a function by its arguments, if they are hashable; compilers inline the function instead."""
    cached = by_count(f, 1024)

    @wraps(f)
    def call(*args):
        if compiling():
            return f(*args)
        try:
            return cached(*args)
        except TypeError:  # an unhashable argument, such as a list
            return f(*args)

    return call  # pyright: ignore[reportReturnType]


def uncompiled(f: F) -> F:
    """Run a function as it stands where PyTorch compiles the caller: one that reads numbers and goes on in NumPy.

    The compiler would translate NumPy's functions, of which it has some only.
    """

    @wraps(f)
    def call(*args, **keywords):
        dynamo = sys.modules.get("torch._dynamo")
        return f(*args, **keywords) if dynamo is None else dynamo.disable(f)(*args, **keywords)

    return call  # pyright: ignore[reportReturnType]


class lazy(Generic[T]):  # noqa: N801 - reads as a decorator, like property
    """A property of an immutable object, computed on first access and then stored as an attribute.

    Unlike `functools.cached_property` it uses no lock, which would break the graph, and stores nothing while
    compiling.
    """

    def __init__(self, f: Callable[[Any], T]) -> None:
        self._f, self._name, self.__doc__ = f, f.__name__, f.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> T: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        value = self._f(instance)
        if not compiling():
            object.__setattr__(instance, self._name, value)
        return value


def _never() -> bool:
    return False


_torch_is_compiling: Callable[[], bool] = _never


def compiling() -> bool:
    """Whether the caller is being compiled or exported by PyTorch."""
    return _torch_is_compiling()


def transforming() -> bool:
    """Whether a `torch.func` transform (grad, jvp, vmap) or forward-mode differentiation is active."""
    torch = sys.modules["torch"]
    return (
        torch._C._functorch.maybe_current_level() is not None or torch.autograd.forward_ad._current_level >= 0
    )


transforming._dynamo_marked_constant = True  # pyright: ignore[reportFunctionMemberAccess]


def _bind_torch(torch: ModuleType) -> None:
    global _torch_is_compiling
    _torch_is_compiling = torch.compiler.is_compiling


def _is_plain(arg: Any) -> bool:
    return isinstance(arg, PLAIN) or (isinstance(arg, tuple) and all(map(_is_plain, arg)))


when_imported("torch", _bind_torch)
