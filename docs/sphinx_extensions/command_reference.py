"""One page of all commands and options, from the program itself."""

import inspect
import re
from pathlib import Path
from typing import Any

import typer
from api_reference import _keep
from docstrings import escape
from sphinx.application import Sphinx

from subband.cli import app as program


def page() -> str:
    group = typer.main.get_command(program)
    told = (
        "As by `subband COMMAND --help`. `train`, `sample` and `evaluate` have more options for each family: "
    )
    lines = ["# Commands", "", told + "`subband train diffusion --help`.", ""]
    for name, command in sorted(group.commands.items()):
        if not command.hidden:
            lines += _command(name, command)
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any) -> list[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    typed = " ".join(_metavar(one) for one in arguments)
    lines = [
        f"## {name}",
        "",
        "```text",
        f"subband {name} {typed}".rstrip() + (" [OPTIONS]" if options else ""),
        "```",
        "",
    ]
    help_text = inspect.cleandoc(command.help or "").replace("\f", "")
    for paragraph in re.split(r"\n\s*\n", help_text):
        lines += _paragraph(paragraph.replace("\b\n", ""))
    rows = [(f"`{_metavar(one)}`", getattr(one, "help", None) or "") for one in arguments]
    rows += [(_flags(one), one.help or "") for one in options]
    if rows:
        lines += ["| | |", "|---|---|"]
        lines += [f"| {left} | {escape(' '.join(right.split()))} |" for left, right in rows]
    return [*lines, ""]


def _paragraph(text: str) -> list[str]:
    if any(line.startswith("    ") or "  " in line.strip() for line in text.splitlines()):
        return ["```text", inspect.cleandoc(text), "```", ""]
    return [escape(text), ""]


def _metavar(argument: Any) -> str:
    word = argument.metavar or (argument.name or "").upper()
    return word + (" …" if argument.nargs == -1 and "..." not in word else "")


def _flags(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    if getattr(option, "is_flag", False):
        return names
    return f"{names} `{option.metavar or (option.name or '').upper()}`"


def write(app: Sphinx) -> None:
    _keep(Path(app.srcdir) / "generated" / "commands.md", page())


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
