"""Static descriptions written as JSON, for programs that are compiled, or saved to a file."""

from dataclasses import fields, is_dataclass
from fractions import Fraction
from importlib import import_module
from typing import Any

from subband.errors import InvalidInput


def write(value: Any) -> Any:
    """Numbers, strings, tuples, fractions, PyTorch's dtypes and our dataclasses of these, as JSON can hold them.

    Raises:
        InvalidInput: for anything else, such as a length that is still open.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return {"tuple": [write(item) for item in value]}
        case Fraction():
            return {"fraction": [value.numerator, value.denominator]}
    name = f"{type(value).__module__}:{type(value).__qualname__}"
    if is_dataclass(value) and name.startswith("subband."):
        return {"class": name, "fields": {f.name: write(getattr(value, f.name)) for f in fields(value)}}
    if name == "torch:dtype":
        return {"dtype": str(value).removeprefix("torch.")}
    raise InvalidInput(
        f"can't save a {type(value).__name__} as the static part of a program's output: return `.array`, or "
        "export with a fixed shape"
    )


def read(written: Any) -> Any:
    """The inverse of `write`. Nothing but dataclasses of Subband is made.

    Raises:
        InvalidInput: what `write` did not write.
    """
    match written:
        case None | bool() | int() | float() | str():
            return written
        case {"tuple": items}:
            return tuple(read(item) for item in items)
        case {"fraction": [numerator, denominator]}:
            return Fraction(numerator, denominator)
        case {"dtype": name}:
            return getattr(import_module("torch"), name)
        case {"class": str(name), "fields": dict(values)} if name.startswith("subband."):
            module, _, kind = name.partition(":")
            cls: Any = getattr(import_module(module), kind)
            if isinstance(cls, type) and is_dataclass(cls):
                return cls(**{key: read(value) for key, value in values.items()})
    raise InvalidInput(f"{written!r} is no description that Subband wrote: export the program again")
