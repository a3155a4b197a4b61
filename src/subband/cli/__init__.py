"""The command line, the same words as in Python: `subband lab`, `detect`, `reproduce`."""

from subband.cli.app import app, main

__all__ = ["app", "main"]
