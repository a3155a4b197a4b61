"""Registration of array containers as pytrees of JAX and PyTorch, on import of either."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from types import ModuleType
from typing import Any, TypeVar

from subband.arrays.import_hooks import when_imported

T = TypeVar("T")

LABELS = "labels"
"""Field of what a pandas or xarray object says beside its numbers. Programs don't see it: what comes out of one may
have been traced with the labels of another signal."""

Names = tuple[str, ...]
Context = tuple[Names, tuple[tuple[str, Any], ...]]
"""Static metadata: names of the non-None leaves, and all other fields by name, compared with ``==``."""


def pytree(*leaves: str) -> Callable[[type[T]], type[T]]:
    """Class decorator that registers a frozen dataclass as a pytree.

    Args:
        leaves: names of the array fields; all other fields are static. Fields that are None are static too,
            since the libraries treat None leaves differently.
    """

    def register(cls: type[T]) -> type[T]:
        when_imported("jax", lambda jax: _register_jax(jax, cls, leaves))
        when_imported("torch", lambda torch: _register_torch(cls, leaves))
        return cls

    return register


def mapping_node(cls: type[T]) -> type[T]:
    """Decorator of a subclass of dict without fields of its own: JAX and PyTorch see a pytree, as of a dict."""
    when_imported("jax", lambda jax: _register_jax_mapping(cls))
    when_imported("torch", lambda torch: _register_torch_mapping(cls))
    return cls


def _register_jax_mapping(cls: Any) -> None:
    from jax.tree_util import DictKey, register_pytree_with_keys

    register_pytree_with_keys(
        cls,
        lambda instance: ([(DictKey(name), instance[name]) for name in instance], tuple(instance)),
        lambda names, children: cls(zip(names, children, strict=True)),
        lambda instance: (list(instance.values()), tuple(instance)),
    )


def _register_torch_mapping(cls: Any) -> None:
    from torch.utils import _pytree

    _pytree.register_pytree_node(
        cls,
        lambda instance: (list(instance.values()), tuple(instance)),
        lambda children, names: cls(zip(names, children, strict=True)),
        flatten_with_keys_fn=_flatten_mapping_with_keys,
    )


def _flatten_mapping_with_keys(instance: Any) -> tuple[list[Any], Names]:
    from torch.utils import _pytree

    return [(_pytree.MappingKey(name), instance[name]) for name in instance], tuple(instance)


def _register_jax(jax: ModuleType, cls: type, leaves: Names) -> None:
    from jax.tree_util import GetAttrKey

    jax.tree_util.register_pytree_with_keys(
        cls,
        lambda instance: _flatten_with_keys(instance, leaves, GetAttrKey),
        lambda context, children: _unflatten(cls, context, children),
        lambda instance: _flatten(instance, leaves),
    )


def _register_torch(cls: type, leaves: Names) -> None:
    from torch.utils import _pytree

    from subband.arrays.static_json import first_location, key_of, read, write

    key = key_of(cls)
    _pytree.register_pytree_node(
        cls,
        lambda instance: _flatten(instance, leaves),
        lambda children, context: _unflatten(cls, context, children),
        serialized_type_name=f"subband.{key}" if key else f"{cls.__module__}.{cls.__qualname__}",
        to_dumpable_context=write,
        from_dumpable_context=read,
        flatten_with_keys_fn=lambda instance: _flatten_with_keys(instance, leaves, _pytree.GetAttrKey),
    )
    if key:  # type name in programs exported by version 0.1.0
        _pytree.SERIALIZED_TYPE_TO_PYTHON_TYPE[first_location(key).replace(":", ".")] = cls


def _flatten(instance: Any, leaves: Names) -> tuple[list[Any], Context]:
    present = tuple(name for name in leaves if getattr(instance, name) is not None)
    static = tuple(
        (field.name, getattr(instance, field.name))
        for field in fields(instance)
        if field.name not in present and field.name != LABELS
    )
    return [getattr(instance, name) for name in present], (present, static)


def _flatten_with_keys(
    instance: Any, leaves: Names, key: Callable[[str], Any]
) -> tuple[list[tuple[Any, Any]], Context]:
    children, context = _flatten(instance, leaves)
    return [(key(name), child) for name, child in zip(context[0], children, strict=True)], context


def _unflatten(cls: type, context: Context, children: Iterable[Any]) -> Any:
    """A container from leaves, without validation: a tree map may produce leaves that are not arrays."""
    present, static = context
    instance = object.__new__(cls)
    for name, value in (*zip(present, children, strict=True), *static):
        object.__setattr__(instance, name, value)
    return instance
