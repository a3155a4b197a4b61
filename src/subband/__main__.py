"""The program: `subband`, or `python -m subband`."""

import sys


def main() -> None:
    """Run the program on sys.argv, or say which extra installs what it needs."""
    try:
        from subband.cli.app import main as run
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("subband"):
            raise
        sys.exit(f"subband: the command line needs {error.name}, among others: pip install 'subband[lab]'")
    run()


if __name__ == "__main__":
    main()
