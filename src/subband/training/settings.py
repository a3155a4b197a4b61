"""Settings as dataclasses: one place from which Python, the command line and `config.json` read them.

A family of models states its settings once, as a frozen dataclass whose docstring has an "Attributes:"
section. Its fields are the flags of `subband train`, the section's sentences their help, the field's defaults
their defaults, and its values the `config.json` of a checkpoint. Three marks say what a plain field can't:

    from_data()    the data decide (size, channels, classes): no flag
    fitted()       a flag; left alone, the family chooses a value that suits the images
    sampling()     a flag that can still be changed when a trained model draws: also a flag of `subband
    sample`
"""

import inspect
import math
import types
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from itertools import pairwise
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from docstring_parser import ParseError, google

from subband.errors import InvalidInput

Role = Literal["plain", "data", "fitted", "sampling"]

_ROLE = "subband role"


def from_data(default: Any = MISSING) -> Any:
    """A field that the training images decide, such as their size."""
    return field(default=default, metadata={_ROLE: "data"})


def fitted(default: Any) -> Any:
    """A field that the family chooses to suit the images unless somebody says otherwise."""
    return field(default=default, metadata={_ROLE: "fitted"})


def sampling(default: Any) -> Any:
    """A field that says how to draw, and may be another one each time."""
    return field(default=default, metadata={_ROLE: "sampling"})


@dataclass(frozen=True)
class Setting:
    """One field of a settings dataclass.

    Attributes:
        name: of the field.
        type: its type.
        default: its default; `dataclasses.MISSING` where there is none.
        help: its sentence in the docstring.
        role: who decides it, as above.
    """

    name: str
    type: Any
    default: Any
    help: str
    role: Role


def settings_of(cls: type) -> tuple[Setting, ...]:
    """The fields of a settings dataclass, in order.

    Raises:
        InvalidInput: if a field is not explained in the docstring's "Attributes:" section.
    """
    hints, said = get_type_hints(cls), described(cls)
    silent = [f.name for f in fields(cls) if f.name not in said]
    if silent:
        raise InvalidInput(
            f"{cls.__name__} does not explain {', '.join(silent)}: add a line to its Attributes:"
        )
    return tuple(
        Setting(f.name, hints[f.name], f.default, said[f.name], f.metadata.get(_ROLE, "plain"))
        for f in fields(cls)
    )


def described(cls: type) -> dict[str, str]:
    """Each attribute's text from the docstring's "Attributes:" section; "a, b: text" explains both.

    What a base class explains need not be said again.

    Raises:
        InvalidInput: if a line of the section is neither "name: text" nor a continuation, indented deeper: its
            words would be lost, or taken for a field.
    """
    entries: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        if is_dataclass(part):
            entries |= _described_here(part)
    return entries


def _described_here(cls: type) -> dict[str, str]:
    """What the docstring of the class itself explains."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    try:
        parsed = google.parse(text)
    except ParseError as error:
        raise InvalidInput(f"can't read the Attributes: of {cls.__name__}: {error}") from error
    entries: dict[str, str] = {}
    for entry in parsed.params:
        if entry.args[0] == "attribute":
            said = " ".join((entry.description or "").split()).rstrip(".")
            entries |= dict.fromkeys((name.strip() for name in entry.args[1].split(",")), said)
    odd = [name for name in entries if name not in {f.name for f in fields(cls)}] + _cut_off(text)
    if odd:
        raise InvalidInput(
            f"the Attributes: of {cls.__name__} hold {odd[0]!r}, which is no field: indent continued lines deeper"
        )
    return entries


def _cut_off(text: str) -> list[str]:
    """Lines right below an entry that are not indented, where a parser ends the section."""
    lines = text.splitlines()
    section = lines[lines.index("Attributes:") + 1 :] if "Attributes:" in lines else []
    return [
        line
        for above, line in pairwise(section)
        if above.startswith(" ") and line and not line.startswith(" ")
    ]


def check_choices(settings: Any) -> None:
    """Raise InvalidInput unless each field of a `Literal` type holds one of its values; for
    `__post_init__`."""
    for name, hint in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        if get_origin(hint) is Literal and value not in get_args(hint):
            raise InvalidInput(
                f"can't use {name}={value!r}: choose one of {', '.join(map(str, get_args(hint)))}"
            )


def check_finite(settings: Any) -> None:
    """Raise InvalidInput if a number among the fields, or in a tuple there, is not finite."""
    for f in fields(settings):
        value = getattr(settings, f.name)
        numbers = [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, float)]
        if not all(map(math.isfinite, numbers)):
            raise InvalidInput(f"can't use {f.name}={value}: give a finite number")


def plain_type(hint: Any) -> tuple[Any, bool]:
    """(T, True) of `T | None`, (T, False) of any other T."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        return (inner[0], True) if len(inner) == 1 else (hint, True)
    return hint, False
