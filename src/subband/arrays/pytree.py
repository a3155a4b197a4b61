"""Containers of arrays that JAX and PyTorch can look into, registered as soon as either is imported."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from types import ModuleType
from typing import Any, TypeVar

from subband.arrays.import_hooks import when_imported
from subband.arrays.static_json import first_location, key_of, read, write

T = TypeVar("T")

Names = tuple[str, ...]
Context = tuple[Names, tuple[tuple[str, Any], ...]]
"""Names of the leaves that are there, and all other fields by name, hashable and compared by ``==``."""


def pytree(*leaves: str) -> Callable[[type[T]], type[T]]:
    """Decorate a frozen dataclass: the fields named are arrays, leaves of a pytree; all others are static.

    A leaf that is None is not there, for libraries differ in what they take None for.
    """

    def register(cls: type[T]) -> type[T]:
        when_imported("jax", lambda jax: _tell_jax(jax, cls, leaves))
        when_imported("torch", lambda torch: _tell_torch(cls, leaves))
        return cls

    return register


def mapping_node(cls: type[T]) -> type[T]:
    """Decorate a subclass of dict without fields of its own: JAX and PyTorch see a pytree, as of a dict."""
    when_imported("jax", lambda jax: _tell_jax_of_mapping(cls))
    when_imported("torch", lambda torch: _tell_torch_of_mapping(cls))
    return cls


def _tell_jax_of_mapping(cls: Any) -> None:
    from jax.tree_util import DictKey, register_pytree_with_keys

    register_pytree_with_keys(
        cls,
        lambda made: ([(DictKey(name), made[name]) for name in made], tuple(made)),
        lambda names, children: cls(zip(names, children, strict=True)),
        lambda made: (list(made.values()), tuple(made)),
    )


def _tell_torch_of_mapping(cls: Any) -> None:
    from torch.utils import _pytree

    _pytree.register_pytree_node(
        cls,
        lambda made: (list(made.values()), tuple(made)),
        lambda children, names: cls(zip(names, children, strict=True)),
        flatten_with_keys_fn=_with_names,
    )


def _with_names(made: Any) -> tuple[list[Any], Names]:
    from torch.utils import _pytree

    return [(_pytree.MappingKey(name), made[name]) for name in made], tuple(made)


def _tell_jax(jax: ModuleType, cls: type, leaves: Names) -> None:
    from jax.tree_util import GetAttrKey

    jax.tree_util.register_pytree_with_keys(
        cls,
        lambda made: _with_keys(made, leaves, GetAttrKey),
        lambda context, children: _assemble(cls, context, children),
        lambda made: _take_apart(made, leaves),
    )


def _tell_torch(cls: type, leaves: Names) -> None:
    from torch.utils import _pytree

    key = key_of(cls)
    _pytree.register_pytree_node(
        cls,
        lambda made: _take_apart(made, leaves),
        lambda children, context: _assemble(cls, context, children),
        serialized_type_name=f"subband.{key}" if key else f"{cls.__module__}.{cls.__qualname__}",
        to_dumpable_context=write,
        from_dumpable_context=read,
        flatten_with_keys_fn=lambda made: _with_keys(made, leaves, _pytree.GetAttrKey),
    )
    if key:  # as programs of version 0.1.0 call it
        _pytree.SERIALIZED_TYPE_TO_PYTHON_TYPE[first_location(key).replace(":", ".")] = cls


def _take_apart(made: Any, leaves: Names) -> tuple[list[Any], Context]:
    there = tuple(name for name in leaves if getattr(made, name) is not None)
    static = tuple(
        (field.name, getattr(made, field.name)) for field in fields(made) if field.name not in there
    )
    return [getattr(made, name) for name in there], (there, static)


def _with_keys(made: Any, leaves: Names, key: Callable[[str], Any]) -> tuple[list[tuple[Any, Any]], Context]:
    children, context = _take_apart(made, leaves)
    return [(key(name), child) for name, child in zip(context[0], children, strict=True)], context


def _assemble(cls: type, context: Context, children: Iterable[Any]) -> Any:
    """Put a container together from leaves that a tree map made, which need not be arrays."""
    there, static = context
    made = object.__new__(cls)
    for name, value in (*zip(there, children, strict=True), *static):
        object.__setattr__(made, name, value)
    return made
