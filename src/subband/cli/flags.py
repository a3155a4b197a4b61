"""Settings dataclasses as flags: the words, types, defaults and help of the command line are those of the
fields."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer
from typer.models import OptionInfo

if TYPE_CHECKING:
    from subband.training import Setting

FITTED = "fitted to the images"  # what --help says of a default that depends on them


def flags(settings: Sequence["Setting"], panel: str, *, default: Any = None) -> list[inspect.Parameter]:
    """One keyword parameter of a typer command for each setting.

    Args:
        settings: of `subband.training.settings_of`.
        panel: heading in the help.
        default: an instance whose values are the defaults; the dataclass's own if left out.

    Returns:
        Parameters of the settings' names, types and defaults; None where a family fits the value to the
        images.
    """
    return [_flag(setting, panel, default) for setting in settings]


def valued(parameters: Iterable[inspect.Parameter]) -> set[str]:
    """The options among a typer command's parameters that take a value, as they are typed."""
    return {
        f"--{p.name.replace('_', '-')}"
        for p in parameters
        if get_origin(p.annotation) is Annotated
        and isinstance(get_args(p.annotation)[1], OptionInfo)
        and get_args(p.annotation)[0] is not bool
    }


def chosen(values: dict[str, Any]) -> dict[str, Any]:
    """The settings without those that a family is to choose."""
    return {name: value for name, value in values.items() if value is not None}


def with_flags(
    command: Callable[..., None], extra: Sequence[inspect.Parameter], *, more: Sequence[str] = ()
) -> Callable[..., None]:
    """`command`, whose last parameter is `**settings`, with a signature that names these settings.

    Args:
        command: of typer.
        extra: its further parameters.
        more: lines below its help.
    """
    own = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
    taken = {p.name for p in own} & {p.name for p in extra}
    assert not taken, f"settings named like options of {command.__name__}: {taken}"

    def run(**values: Any) -> None:
        command(**values)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.epilog = "\n\n".join(more)  # type: ignore[attr-defined]
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
    """A reader of "1,2,2" or "none": any number of values of one kind for tuple[T, ...], else one of each."""

    def parse(text: str | tuple[Any, ...]) -> tuple[Any, ...]:
        if isinstance(text, tuple):
            return text
        words = [word.strip() for word in text.split(",") if word.strip() not in ("", "none")]
        types = [kinds[0]] * len(words) if kinds[-1] is ... else list(kinds)
        if len(words) != len(types):
            raise typer.BadParameter(f"{text!r} has {len(words)} values: {len(types)} are needed")
        try:
            return tuple(kind(word) for kind, word in zip(types, words, strict=True))
        except ValueError as error:
            example = ",".join(["1"] * max(len(types), 2))
            raise typer.BadParameter(
                f"{text!r} is no list of {kinds[0].__name__}: type e.g. {example}"
            ) from error

    return parse
