"""How ordinary Python here goes through the compilers of PyTorch and JAX.

JAX runs Python as it stands and records what arrays go through. PyTorch's compiler reads the byte code instead, and
stops at locks, at compiled extensions and at caches. So what is known before any sample is seen is marked here:
`static` results are constants of a compiled program, `remembered` ones are cached between calls but read when
compiling, and `lazy` ones are attributes that are found out once.

Neither library is imported; `when_imported` waits until the user does.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any, Generic, Self, TypeVar, overload

from subband.arrays.caches import by_count, within_budget
from subband.arrays.import_hooks import _doorman, when_imported

F = TypeVar("F", bound=Callable)
T = TypeVar("T")

PLAIN = (int, float, str, type, type(None))
"""What a compiler knows by value, apart from tuples of these."""


def static(f: F, *, large: bool = False) -> F:
    """Cache a function of numbers, strings and types, and make what it gives a constant of compiled programs.

    What it gives should be numbers and strings, too, or arrays: compilers can't look into other constants in full.
    What is `large`, as all that grows with a signal's length, has a budget in bytes (`subband.arrays.caches`).

    Raises:
        TypeError: when called with anything else. A compiler may not yet know what is in an object that the
            program itself makes, and would go on with wrong numbers.
    """
    cached = within_budget(f) if large else by_count(f, 1024)

    @wraps(f)
    def call(*args):
        for arg in args:
            if not _is_plain(arg):
                raise TypeError(f"{f.__name__} is static: {arg!r} is neither a number nor a string")
        return cached(*args)

    # What torch.compiler.assume_constant_result sets, without a second's import of the compiler.
    call._dynamo_marked_constant = True  # pyright: ignore[reportAttributeAccessIssue]
    return call  # pyright: ignore[reportReturnType]


def remembered(f: F) -> F:
    """Cache a function by its arguments, if these can be hashed; a compiler reads the function itself."""
    cached = by_count(f, 1024)

    @wraps(f)
    def call(*args):
        if compiling():
            return f(*args)
        try:
            return cached(*args)
        except TypeError:  # an argument that can't be hashed, such as a list
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
    """A property of an immutable object, found out once and then an ordinary attribute of it.

    Unlike `functools.cached_property` it has no lock, at which compilers stop, and writes nothing while compiling.
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


sys.meta_path.insert(0, _doorman)


def _never() -> bool:
    return False


_torch_is_compiling: Callable[[], bool] = _never


def compiling() -> bool:
    """Whether PyTorch is compiling or exporting the caller, rather than running it."""
    return _torch_is_compiling()


def transforming() -> bool:
    """Whether `torch.func` or forward mode transforms the caller: a gradient, a tangent, or a map."""
    torch = sys.modules["torch"]
    return (
        torch._C._functorch.maybe_current_level() is not None or torch.autograd.forward_ad._current_level >= 0
    )


transforming._dynamo_marked_constant = True  # pyright: ignore[reportFunctionMemberAccess]


def _meet_torch(torch: ModuleType) -> None:
    global _torch_is_compiling
    _torch_is_compiling = torch.compiler.is_compiling


def _is_plain(arg: Any) -> bool:
    return isinstance(arg, PLAIN) or (isinstance(arg, tuple) and all(map(_is_plain, arg)))


when_imported("torch", _meet_torch)
