"""Command line: `subband lab`, `detect`, `scan`, `compress`, `reproduce`, `train`, `sample` and `evaluate`."""

from subband.cli.app import app, main

__all__ = ["app", "main"]
