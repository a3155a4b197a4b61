"""The program: `subband`, or `python -m subband`."""

import os
import sys


def main() -> None:
    """Run the program on sys.argv, or say which extra installs what it needs."""
    # PyTorch's threads (GNU OpenMP) spin for milliseconds while they wait for each other. Where something else runs
    # on the same cores, they keep each other from running, and small operations take ten times as long. With 10,000
    # turns they are as fast on a quiet machine, four times as fast on a busy one. Read when PyTorch is imported.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    try:
        from subband.cli.app import app
        from subband.cli.app import main as run
        from subband.cli.detectors import load_detector
        from subband.web.command import add_app
    except ModuleNotFoundError as error:
        if not error.name or error.name.startswith("subband"):
            raise
        sys.exit(f"subband: the command line needs {error.name}, among others: pip install 'subband[lab]'")
    add_app(app, load_detector)  # cli and web, on one layer, don't import each other
    run()


if __name__ == "__main__":
    main()
