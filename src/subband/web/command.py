"""`subband app`: the page in the browser."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from subband.errors import MissingDependency

PORT = 7860


def add_app(program: typer.Typer, load: Callable[[str | None], Any]) -> None:
    """Add the command `app` to the program.

    Args:
        program: The commands.
        load: --model, or None → a detector; raises a `SubbandError` that says how to get one.
    """

    @program.command("app")
    def app(
        port: Annotated[
            int,
            typer.Option(min=0, max=65535, metavar="PORT", help="Port on this computer; 0 for any free one."),
        ] = PORT,
        browser: Annotated[
            bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
        ] = True,
        model: Annotated[
            str | None,
            typer.Option(
                metavar="DIR",
                help="Folder of a detector, or of a run of the lab. (default: as for detect)",
                show_default=False,
            ),
        ] = None,
    ) -> None:
        """Open a page in the browser: judge a picture, compare two, explore wavelets.

        The page is served to this computer only, loads nothing from the network and
        sends nothing to it. Pictures are not kept. Ctrl-C ends it.
        """
        check_installed()
        from subband.web.server import serve

        serve(lambda: load(model), port=port, browser=browser, required=model is not None)


def check_installed() -> None:
    """Check that the packages of the extra "web" are there.

    Raises:
        MissingDependency: one is missing; the message says what to type.
    """
    from importlib.util import find_spec

    for package in ("gradio", "fastapi", "uvicorn"):
        if find_spec(package) is None:
            raise MissingDependency(f"subband app needs {package}: pip install 'subband[web]'")
