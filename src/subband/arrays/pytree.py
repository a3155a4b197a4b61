"""Containers of arrays that JAX and PyTorch can look into, registered only once either is in use."""

import sys
from collections.abc import Callable, Hashable
from typing import Any

Flatten = Callable[[Any], tuple[list[Any], Hashable]]
Unflatten = Callable[[Hashable, Any], Any]

_registered: set[tuple[str, type]] = set()


def register_container(cls: type, flatten: Flatten, unflatten: Unflatten) -> None:
    """Tell the libraries that are already imported how to take `cls` apart and put it together.

    Called when a container is made, so that importing Subband imports neither library.

    Args:
        cls: The container's type.
        flatten: container → (arrays, static description); the description is hashable and compared by `==`.
        unflatten: (static description, arrays) → container.
    """
    if "jax" in sys.modules and ("jax", cls) not in _registered:
        from jax import tree_util

        tree_util.register_pytree_node(cls, flatten, unflatten)
        _registered.add(("jax", cls))
    if "torch" in sys.modules and ("torch", cls) not in _registered:
        from torch.utils import _pytree

        _pytree.register_pytree_node(
            cls,
            flatten,
            lambda leaves, context: unflatten(context, leaves),
            serialized_type_name=f"{cls.__module__}.{cls.__qualname__}",
        )
        _registered.add(("torch", cls))
