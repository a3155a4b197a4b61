"""Command-line flags generated from the fields of a settings dataclass: name, type, default and help."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer
from typer.models import OptionInfo

if TYPE_CHECKING:
    from subband.training import Setting

FITTED = "fitted to the images"  # shown by --help as the default of a setting that depends on the images


def flags(settings: Sequence["Setting"], panel: str, *, default: Any = None) -> list[inspect.Parameter]:
    """Keyword parameters of a typer command, one per setting.

    Args:
        settings: From `subband.training.settings_of`.
        panel: Heading in the help.
        default: Instance whose values are the defaults; by default those of the dataclass.

    Returns:
        Parameters with the names, types and defaults of the settings; the default is None where a family
        computes the value from the images.
    """
    return [_flag(setting, panel, default) for setting in settings]


def valued(parameters: Iterable[inspect.Parameter]) -> set[str]:
    """Options that take a value, as typed ("--data"), among the parameters of a typer command."""
    return {
        f"--{p.name.replace('_', '-')}"
        for p in parameters
        if get_origin(p.annotation) is Annotated
        and isinstance(get_args(p.annotation)[1], OptionInfo)
        and get_args(p.annotation)[0] is not bool
    }


def chosen(values: dict[str, Any]) -> dict[str, Any]:
    """Settings that were set: those that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def with_flags(
    command: Callable[..., None], extra: Sequence[inspect.Parameter], *, more: Sequence[str] = ()
) -> Callable[..., None]:
    """`command` with its `**settings` replaced by named parameters in its signature, for typer.

    Args:
        command: Function whose last parameter is `**settings`.
        extra: Parameters in place of `**settings`.
        more: Lines appended to its help.
    """
    own = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
    taken = {p.name for p in own} & {p.name for p in extra}
    assert not taken, f"settings named like options of {command.__name__}: {taken}"

    def run(**values: Any) -> None:
        command(**values)

    paragraphs = [inspect.getdoc(command) or "", *(["\n".join(more)] if more else [])]
    run.__name__, run.__doc__ = command.__name__, "\n\n".join(paragraphs)
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *extra)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    return run


def _flag(setting: "Setting", panel: str, values: Any) -> inspect.Parameter:
    default = setting.default if values is None else getattr(values, setting.name)
    if default is MISSING or (setting.role == "fitted" and values is None):
        default = None
    word, hint = setting.name.replace("_", "-"), setting.type
    names = [f"--{word}/--no-{word}"] if hint is bool else [f"--{word}"]
    more: dict[str, Any] = {"help": f"{setting.help[0].upper()}{setting.help[1:]}.", "rich_help_panel": panel}
    if default is None and setting.role == "fitted":
        more["show_default"] = FITTED
    if get_origin(hint) is tuple:
        more |= {"parser": _tuple_of(get_args(hint)), "metavar": "A,B,..."}
        hint, default = str, ",".join(map(str, default)) if default is not None else None
        if default == "":
            more["show_default"] = "none"
    option = typer.Option(*names, **more)
    annotation = Annotated[hint | None if default is None else hint, option]  # type: ignore[valid-type]
    return inspect.Parameter(
        setting.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _tuple_of(kinds: tuple[Any, ...]) -> Callable[[str], tuple[Any, ...]]:
    """Parser of "1,2,2" or "none": any number of values for tuple[T, ...], else exactly one per type."""

    def parse(text: str | tuple[Any, ...]) -> tuple[Any, ...]:
        if isinstance(text, tuple):
            return text
        words = [word.strip() for word in text.split(",") if word.strip() not in ("", "none")]
        types = [kinds[0]] * len(words) if kinds[-1] is ... else list(kinds)
        if len(words) != len(types):
            raise typer.BadParameter(f"{text!r} has {len(words)} values; give {len(types)}")
        try:
            return tuple(kind(word) for kind, word in zip(types, words, strict=True))
        except ValueError as error:
            example = ",".join(["1"] * max(len(types), 2))
            raise typer.BadParameter(
                f"{text!r} is not a list of {kinds[0].__name__}: type e.g. {example}"
            ) from error

    return parse
