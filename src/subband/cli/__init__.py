"""Command line: `subband lab`, `detect`, `scan`, `compress`, `predict`, `fly`, `reproduce`, `train`, `sample`."""

from subband.cli.app import app, main

__all__ = ["app", "main"]
