"""How loops over a batch are compiled: without the interpreter's lock, and kept on disk where possible."""

from collections.abc import Callable
from typing import Any

from numba import njit


def outer(function: Callable[..., Any]) -> Any:
    """Compile `function` at its first call, from numba's cache where there is one.

    numba keeps compiled code beside the source, in the user's cache folder or in $NUMBA_CACHE_DIR, and refuses to
    cache where none of them can be written to, e.g. in a read-only installation without a home. There every process
    compiles anew.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract"}, "error_model": "numpy"}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)
